"""Takes what an archived change did to a main spec back out of it, requirement by requirement; what was written since then stays.

It is a merge with three sides: what the archive wrote is the base, the text from before the archive is one side, the spec as it is now the other.
"""

from __future__ import annotations

from msgspec import Struct

from setsquare.spec.openspec.layout import laid_out
from setsquare.spec.openspec.merging import header
from setsquare.spec.openspec.three_way import is_same, three_way
from setsquare.text.merging import merge
from setsquare.text.paths import RelPath
from setsquare.workspace.openspec.main_spec import read_main_spec
from setsquare.workspace.openspec.model import Delta, MainSpec


class TakenBack(Struct, frozen=True):
    """What a main spec becomes; `None` where it goes. `is_exact` says that it is what it was before the archive."""

    text: str | None
    is_exact: bool = False


class Stuck(Struct, frozen=True):
    """Why it cannot be taken back: what was written since then builds on it; `line` is where in the main spec, 0 where in none."""

    reason: str
    line: int = 0


def taken_back(delta: Delta, before: str | None, after: str | None, now: str | None) -> TakenBack | Stuck:
    r"""Work out a main spec without what a delta did; the three texts are `None` where there was, or is, no spec.

    >>> from setsquare.workspace.openspec.delta import read_delta
    >>> added = "### Requirement: B\nIt SHALL.\n#### Scenario: C\n- d\n"
    >>> delta = read_delta("a", RelPath("spec.md"), f"## ADDED Requirements\n{added}")
    >>> before = "# a\n\n## Purpose\nx\n\n## Requirements\n"
    >>> later = "\n### Requirement: E\nIt SHALL.\n"
    >>> print(taken_back(delta, before, f"{before}\n{added}", f"{before}\n{added}{later}").text)
    # a
    <BLANKLINE>
    ## Purpose
    x
    <BLANKLINE>
    ## Requirements
    <BLANKLINE>
    ### Requirement: E
    It SHALL.
    <BLANKLINE>
    """
    if now == after:
        return TakenBack(before, is_exact=True)
    if now == before:
        return TakenBack(now, is_exact=True)
    if after is None:
        return Stuck("the archive retired this capability, and it has been written anew since then", 1)
    if now is None:
        return Stuck("the spec is gone, though the archive left it there")
    sides = _Sides(*(read_main_spec(delta.capability, RelPath(""), text or "") for text in (before, after, now)))
    reason = sides.undo(delta)
    if reason is not None:
        return reason
    if before is None and not sides.blocks:
        if (sides.now.before, sides.now.after) == (sides.after.before, sides.after.after):
            return TakenBack(None)
        return Stuck("the archive made this spec, and text outside of its requirements has been written since then", 1)
    spec = sides.now
    if before is not None and delta.purpose is not None:
        head = merge(*(one.before.encode("utf-8", "surrogatepass") for one in (sides.after, sides.now, sides.before)))
        if head.conflicts:
            return Stuck("its purpose has been written anew since then", spec.purpose_line)
        spec = read_main_spec(delta.capability, spec.path, _with_head(spec, head.raw.decode("utf-8", "surrogatepass")))
    return TakenBack(laid_out(spec, [raw for _, raw in sides.blocks]))


class _Sides:
    """The three sides, and the requirements of the spec as they will stand."""

    def __init__(self, before: MainSpec, after: MainSpec, now: MainSpec) -> None:
        self.before, self.after, self.now = before, after, now
        self._before = {block.name: block for block in before.requirements}
        self._after = {block.name: block for block in after.requirements}
        self._lines = {block.name: block.line for block in now.requirements}
        self.blocks = [(block.name, block.raw) for block in now.requirements]

    def undo(self, delta: Delta) -> Stuck | None:
        """Undo the operations in the opposite order; the first that cannot be undone ends it."""
        origin = {one.target.name: one.source.name for one in delta.renamed if one.source and one.target}
        for block in delta.added:
            stuck = self._without(block.name) if block.name not in self._before else None
            if stuck:
                return stuck
        for name in dict.fromkeys((*(block.name for block in delta.modified), *origin)):
            stuck = self._as_before(name, origin.get(name, name))
            if stuck:
                return stuck
        for named in delta.removed:
            stuck = self._with(named.name, {source: target for target, source in origin.items()})
            if stuck:
                return stuck
        return None

    def _at(self, name: str) -> int:
        return next((at for at, (held, _) in enumerate(self.blocks) if held == name), -1)

    def _without(self, name: str) -> Stuck | None:
        at = self._at(name)
        if at < 0 or name not in self._after:
            return None
        if not is_same(self.blocks[at][1], self._after[name].raw):
            return Stuck(f'"{header(name)}" was added by the archive and has been changed since then', self._lines.get(name, 0))
        del self.blocks[at]
        return None

    def _as_before(self, name: str, former: str) -> Stuck | None:
        old, new, at = self._before.get(former), self._after.get(name), self._at(name)
        if old is None or new is None or (name == former and is_same(old.raw, new.raw)):
            return None
        if at < 0:
            back = self._at(former)
            if back >= 0 and is_same(self.blocks[back][1], old.raw):
                return None
            return Stuck(f'"{header(name)}" was written by the archive and has been removed or renamed since then')
        if name != former and self._at(former) >= 0:
            line = self._lines.get(former, 0)
            return Stuck(f'"{header(former)}" was renamed by the archive, and another requirement has that name now', line)
        found = three_way(former, new.raw, self.blocks[at][1], old.raw)
        if not isinstance(found, str):
            line = self._lines.get(name, 0) + found[0].main_line - 1
            return Stuck(f'"{header(name)}" was changed by the archive, and the same lines have been changed since then', line)
        self.blocks[at] = (former, f"{header(former)}\n{found.partition(chr(10))[2]}" if name != former else found)
        return None

    def _with(self, name: str, renamed: dict[str, str]) -> Stuck | None:
        old, at = self._before.get(name), self._at(name)
        if old is None or name in self._after:
            return None
        if at >= 0:
            if is_same(self.blocks[at][1], old.raw):
                return None
            return Stuck(
                f'"{header(name)}" was removed by the archive, and a requirement of that name has been added since then', self._lines[name]
            )
        place = 0
        for block in self.before.requirements:
            if block.name == name:
                break
            stands = max(self._at(block.name), self._at(renamed.get(block.name, block.name)))
            place = stands + 1 if stands >= 0 else place
        self.blocks.insert(place, (name, old.raw))
        return None


def _with_head(spec: MainSpec, head: str) -> str:
    return head + spec.text[len(spec.before) :] if spec.text.startswith(spec.before) else spec.text
