"""Works out what a file becomes when what a run wrote is taken back from it."""

from __future__ import annotations

from msgspec import Struct

from setsquare.journeys.run_provenance import LINK, Change
from setsquare.ports.trees import Held
from setsquare.text.paths import RelPath
from setsquare.text.plan import digest
from setsquare.text.taking_back import Standing, moved, taken_back

UNRECORDED = "what the run left there was not recorded"
DELETED = "deleted since by somebody else"
REPLACED = "the run deleted it, and something else stands there now"
KIND = "changed since by somebody else, and a part of it cannot be compared by lines"
EDITED = "changed since by somebody else"


class Stretch(Struct, frozen=True, kw_only=True):
    """Changes of one file without anything of anybody else between them: `first` before them, `last` after them."""

    changes: tuple[Change, ...]

    @property
    def first(self) -> Held | None:
        """Give the file as it was before."""
        return self.changes[0].old

    @property
    def last(self) -> Held | None:
        """Give the file as the run left it."""
        return self.changes[-1].new

    @property
    def is_known(self) -> bool:
        """Tell whether the bytes that the run left were recorded."""
        return self.changes[-1].is_known

    def left(self, now: Held | None) -> bool:
        """Tell whether a file is as one of these changes left it."""
        if now is None or now.mode == LINK:
            return any(change.is_known and change.new == now for change in self.changes)
        name = digest(now.raw)
        return any(change.touch.after == name for change in self.changes)


class Undone(Struct, frozen=True, kw_only=True):
    """One file after: `path` is where it stands now, `origin` where the run wrote it. `reason` says why it is left alone, if it is.

    `is_whole` when it becomes as it was before the run; otherwise lines of other people stay in it.
    """

    path: RelPath
    origin: RelPath
    now: Held | None
    target: Held | None
    is_whole: bool = True
    conflicts: tuple[Standing, ...] = ()
    reason: str = ""

    @property
    def is_changed(self) -> bool:
        """Tell whether anything is to be written."""
        return self.now != self.target


def stretches(changes: tuple[Change, ...]) -> tuple[Stretch, ...]:
    """Group changes of one file: where it was not as the run had left it, somebody else had written in between.

    >>> stretches(())
    ()
    """
    groups: list[list[Change]] = []
    for change in changes:
        if groups and _follows(groups[-1][-1], change):
            groups[-1].append(change)
        else:
            groups.append([change])
    return tuple(Stretch(changes=tuple(group)) for group in groups)


def _follows(one: Change, other: Change) -> bool:
    """Tell whether a change began with what another one had left."""
    if other.old is None or other.old.mode == LINK:
        return not one.touch.after and (not one.is_known or one.new == other.old)
    return digest(other.old.raw) == one.touch.after


# req: agent-runtime/4.3
def undone(path: RelPath, origin: RelPath, now: Held | None, groups: tuple[Stretch, ...], *, keeps: bool = False) -> Undone:
    """Take the run's stretches back from a file, the latest first; with `keeps` a file that somebody edited is left as it is.

    >>> undone(RelPath("a"), RelPath("a"), None, ()).is_changed
    False
    """
    current, conflicts, is_whole = now, tuple[Standing, ...](), True
    if groups and current == groups[0].first:
        return Undone(path=path, origin=origin, now=now, target=now)
    for group in reversed(groups):
        if current == group.first:
            continue
        if group.left(current):
            current = _in_mode(group.first, group.last, current)
            continue
        step = _without(group, current)
        if isinstance(step, str) or keeps:
            return Undone(path=path, origin=origin, now=now, target=now, reason=EDITED if keeps else str(step))
        target, places = step
        conflicts = (*(moved(place, _raw(current), _raw(target)) for place in conflicts), *places)
        current, is_whole = target, False
    return Undone(path=path, origin=origin, now=now, target=current, is_whole=is_whole, conflicts=conflicts)


def _without(group: Stretch, now: Held | None) -> tuple[Held | None, tuple[Standing, ...]] | str:
    """Take a stretch back from a file that somebody changed since; say why where that cannot be done."""
    if not group.is_known:
        return UNRECORDED
    first, last = group.first, group.last
    if now is None:
        # Whoever deleted what the run wrote wants neither; what was there before the run goes on being gone.
        return DELETED
    if last is None:
        return REPLACED
    if LINK in {now.mode, last.mode, first.mode if first else ""}:
        return KIND
    merged = taken_back(first.raw if first else b"", last.raw, now.raw)
    if merged.raw is None:
        return KIND
    if not merged.raw and first is None and not merged.conflicts:
        return None, ()
    mode = first.mode if first and now.mode == last.mode else now.mode
    return Held(mode, merged.raw), merged.conflicts


def _in_mode(first: Held | None, last: Held | None, now: Held | None) -> Held | None:
    """Give the earlier file; its right to execute is the person's word where they changed just that."""
    if first is None or now is None or last is None or LINK in {first.mode, now.mode}:
        return first
    return Held(first.mode if now.mode == last.mode else now.mode, first.raw)


def _raw(held: Held | None) -> bytes:
    return held.raw if held else b""
