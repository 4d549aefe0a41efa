"""Tells which requirements of the main specs a change touches."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from setsquare.text.paths import RelPath
from setsquare.workspace.openspec.model import Change, Operation


class Touch(Struct, frozen=True, kw_only=True):
    """A requirement that a change does something to, by the name that it has before; `path` and `line` are where the delta says so."""

    change: str
    capability: str
    name: str
    operation: Operation
    path: RelPath
    line: int


def touches(change: Change) -> Iterator[Touch]:
    """List what a change touches, delta by delta; one requirement that is renamed and modified is listed once, under its name before.

    >>> list(touches(Change(id="c", path=RelPath("openspec/changes/c"))))
    []
    """
    for delta in change.deltas:
        before = {one.target.name: one.source.name for one in delta.renamed if one.source and one.target}
        found: dict[str, Touch] = {}

        def note(name: str, operation: Operation, line: int, capability: str = delta.capability, path: RelPath = delta.path) -> Touch:
            return Touch(change=change.id, capability=capability, name=name, operation=operation, path=path, line=line)

        for block in delta.modified:
            name = before.get(block.name, block.name)
            found.setdefault(name, note(name, Operation.MODIFIED, block.line))
        for named in delta.removed:
            found.setdefault(named.name, note(named.name, Operation.REMOVED, named.line))
        for rename in delta.renamed:
            if rename.source and rename.target:
                found.setdefault(rename.source.name, note(rename.source.name, Operation.RENAMED, rename.source.line))
                found.setdefault(rename.target.name, note(rename.target.name, Operation.RENAMED, rename.target.line))
        for block in delta.added:
            found.setdefault(block.name, note(block.name, Operation.ADDED, block.line))
        yield from found.values()
