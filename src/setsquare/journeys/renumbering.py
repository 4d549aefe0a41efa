"""Renumbers references that name another criterion than when they were pinned, in documents, code and tests."""

from __future__ import annotations

import difflib

from msgspec import Struct

from setsquare.journeys.app import App
from setsquare.journeys.locking import Linked, linked, lock_updates, require_whole, updates_after, write
from setsquare.journeys.opening import opened
from setsquare.spec.link_state import Shift, told_apart
from setsquare.spec.renumber import renumbering
from setsquare.text.document import decode
from setsquare.text.paths import RelPath
from setsquare.text.plan import FileChange, digest
from setsquare.text.span import apply_edits
from setsquare.workspace.model import Workspace
from setsquare.workspace.spec import Spec


class Renumbering(Struct, frozen=True, kw_only=True):
    """What renumbering changes: `shifts` that are rewritten, `left` that a person must write, the diff of all files."""

    shifts: tuple[Shift, ...] = ()
    left: tuple[Shift, ...] = ()
    changes: tuple[FileChange, ...] = ()
    diff: str = ""
    is_written: bool = False


# req: spec-engine/2.3
def renumbered(app: App, workspace: Workspace, specs: tuple[Spec, ...] = (), *, is_writing: bool = False) -> Renumbering:
    """Work out which references to the criteria of some specs (all, where none is named) shifted, and rewrite them with their locks.

    Raises:
        Refused: a lock cannot be read whole.
        StalePlan: a file changed meanwhile; nothing was written.
    """
    found = linked(app, workspace)
    wanted = {spec.path for spec in specs}
    require_whole(found, wanted)
    shifts = tuple(
        shift
        for shift in told_apart(found.states).shifts
        if not wanted or shift.spec in wanted or any(link.home in wanted for link in shift.links)
    )
    changes: list[FileChange] = []
    parts: list[str] = []
    for path, edits in sorted(renumbering(shifts).items()):
        raw = _raw(app, workspace, path)
        changes.append(FileChange(path, digest(raw), edits))
        parts.append(_diff(path, raw, apply_edits(raw, edits)))
    done = tuple(shift for shift in shifts if shift.new)
    if is_writing and changes:
        homes = _locks(found, done)
        write(app, updates_after(found, homes), "Renumber references", tuple(changes))
        # The pins take over the new spelling from the files as they are now; until then they are right by what they mean.
        again = opened(app)
        write(app, lock_updates(app, again, (spec for spec in again.specs if spec.path in homes)), "Renumber references")
    return Renumbering(
        shifts=done,
        left=tuple(shift for shift in shifts if not shift.new),
        changes=tuple(changes),
        diff="".join(parts),
        is_written=is_writing and bool(changes),
    )


def _locks(found: Linked, shifts: tuple[Shift, ...]) -> set[str]:
    """Name the folders of the specs whose locks hold the pins of what is rewritten."""
    return {link.home for shift in shifts for link in shift.links if found.identity.by_path[link.home].is_usable}


def _raw(app: App, workspace: Workspace, path: RelPath) -> bytes:
    """Give the bytes of a document as loaded, of any other file as on disk."""
    artefact = workspace.by_path.get(path)
    return artefact.document.render() if artefact else app.files.read(path) or b""


def _diff(path: RelPath, old: bytes, new: bytes) -> str:
    """Show what changes in one file."""
    before, after = (decode(raw).splitlines(keepends=True) for raw in (old, new))
    lines = difflib.unified_diff(before, after, f"a/{path}", f"b/{path}")
    return "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)
