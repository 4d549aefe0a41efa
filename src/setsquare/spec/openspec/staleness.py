"""Names the entries of a delta whose requirement says something else now than when they were written."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from setsquare.spec.openspec.bases import Base, based_names
from setsquare.spec.openspec.scenario_operations import has_operations
from setsquare.spec.openspec.three_way import is_same, three_way
from setsquare.workspace.openspec.model import Delta, MainSpec


class Stale(Struct, frozen=True, kw_only=True):
    """An entry by its requirement's name in the main spec, and its line in the delta; `merges` where no line was changed by both."""

    name: str
    line: int
    merges: bool


# req: openspec-interop/3.4
def stale_entries(delta: Delta, main: MainSpec, known: Mapping[tuple[str, str], Base]) -> tuple[Stale, ...]:
    """Compare the requirements that a delta modifies or removes with what is on record of them, by capability and name; what is not on record is not judged.

    >>> from setsquare.text.paths import RelPath
    >>> stale_entries(Delta(capability="a", path=RelPath("x"), text=""), MainSpec(id="a", path=RelPath("y"), text=""), {})
    ()
    """
    now = {block.name: block.raw for block in main.requirements}
    written = {block.name: block for block in delta.modified}
    lines = {named.name: named.line for named in delta.removed} | {name: block.line for name, block in written.items()}
    found: list[Stale] = []
    for name, shown in based_names(delta).items():
        base, text, block = known.get((delta.capability, name)), now.get(name), written.get(shown)
        if base is None or text is None or is_same(base.text, text):
            continue
        if block is not None and is_same(block.raw, text):
            continue
        merges = block is not None and (has_operations(block) or isinstance(three_way(shown, base.text, text, block.raw), str))
        found.append(Stale(name=name, line=lines[shown], merges=merges))
    return tuple(found)
