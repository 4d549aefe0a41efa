"""Takes one change of a text back from a later version of it: the lines of that change go, what others did since stays."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher

from msgspec import Struct

_MOST_PAIRS = 400_000_000
"""How many pairs of lines are compared at most; beyond, nothing is taken back."""


class Standing(Struct, frozen=True):
    """Lines of the change that are left where they stand, because somebody changed them too: `first` to `last` of the result, from 1."""

    first: int
    last: int


class TakenBack(Struct, frozen=True):
    """A text without a change; `conflicts` are the places where it was left alone. `None` for `raw` when nothing could be compared."""

    raw: bytes | None
    conflicts: tuple[Standing, ...] = ()


class _Hunk(Struct, frozen=True):
    """Lines `start` to `end` of the changed text (from 0, end not included), and what they become."""

    start: int
    end: int
    lines: tuple[bytes, ...]


def taken_back(before: bytes, after: bytes, now: bytes) -> TakenBack:
    r"""Take the change from `before` to `after` back from `now`, which came from `after`.

    Lines that touch are no conflict, as in what was appended after the change's own lines; lines that were changed by both are. There
    the text is left as it is now.

    >>> taken_back(b"a\n", b"a\nrun\n", b"a\nrun\nmine\n").raw
    b'a\nmine\n'
    >>> taken_back(b"a\nb\n", b"a\nB\n", b"a\nB by me\n")
    TakenBack(raw=b'a\nB by me\n', conflicts=(Standing(first=2, last=2),))
    >>> taken_back(b"a\n", b"\0", b"\0\n")
    TakenBack(raw=None, conflicts=())
    """
    if now in {after, before}:
        return TakenBack(before)
    if b"\0" in before or b"\0" in after or b"\0" in now:
        return TakenBack(None)
    lines = tuple(_lines(raw) for raw in (before, after, now))
    theirs, ours = (_hunks(lines[1], other) for other in (lines[0], lines[2]))
    if theirs is None or ours is None:
        return TakenBack(None)
    barred = [any(_meet(hunk, other) for other in ours) for hunk in theirs]
    same = set(ours)
    wanted = [hunk for hunk, is_barred in zip(theirs, barred, strict=True) if not is_barred and hunk not in same]
    left = [hunk for hunk, is_barred in zip(theirs, barred, strict=True) if is_barred]
    made, starts = _applied(lines[1], [*ours, *wanted])
    return TakenBack(_joined(made, (before, after, now)), tuple(_standing(hunk, starts) for hunk in left))


def moved(place: Standing, old: bytes, new: bytes) -> Standing:
    r"""Say where lines of a text stand in a later version of it.

    >>> moved(Standing(2, 2), b"a\nb\n", b"0\na\nb\n")
    Standing(first=3, last=3)
    """
    hunks = _hunks(_lines(old), _lines(new)) or ()
    shift = sum(len(hunk.lines) - (hunk.end - hunk.start) for hunk in hunks if hunk.end < place.first)
    return Standing(place.first + shift, place.last + shift)


def _lines(raw: bytes) -> list[bytes]:
    """Split into lines; a last one without a line end gets one, so that what is appended does not change it."""
    lines = raw.splitlines(keepends=True)
    if lines and not lines[-1].endswith((b"\n", b"\r")):
        lines[-1] += _line_end(raw)
    return lines


def _line_end(raw: bytes) -> bytes:
    return b"\r\n" if b"\r\n" in raw else b"\n"


def _hunks(old: Sequence[bytes], new: Sequence[bytes]) -> tuple[_Hunk, ...] | None:
    """List what differs; `None` when there is too much to compare."""
    head = 0
    while head < min(len(old), len(new)) and old[head] == new[head]:
        head += 1
    tail = 0
    while tail < min(len(old), len(new)) - head and old[len(old) - 1 - tail] == new[len(new) - 1 - tail]:
        tail += 1
    inner, other = old[head : len(old) - tail], new[head : len(new) - tail]
    if len(inner) * len(other) > _MOST_PAIRS:
        return None
    return tuple(
        _Hunk(head + start, head + end, tuple(other[first:last]))
        for kind, start, end, first, last in SequenceMatcher(None, inner, other, autojunk=False).get_opcodes()
        if kind != "equal"
    )


def _meet(one: _Hunk, other: _Hunk) -> bool:
    """Tell whether two changes concern the same lines in different ways."""
    if one == other:
        return False
    if one.start == one.end and other.start == other.end:
        return one.start == other.start
    if one.start == one.end:
        return other.start < one.start < other.end
    if other.start == other.end:
        return one.start < other.start < one.end
    return max(one.start, other.start) < min(one.end, other.end)


def _applied(lines: Sequence[bytes], hunks: list[_Hunk]) -> tuple[list[bytes], list[int]]:
    """Apply changes that do not meet; give the lines, and where each old line begins in them."""
    made: list[bytes] = []
    starts: list[int] = []
    at = 0
    for hunk in sorted(hunks, key=lambda hunk: (hunk.start, hunk.end)):
        for line in lines[at : hunk.start]:
            starts.append(len(made))
            made.append(line)
        starts += [len(made)] * (hunk.end - max(at, hunk.start))
        made += hunk.lines
        at = max(at, hunk.end)
    for line in lines[at:]:
        starts.append(len(made))
        made.append(line)
    return made, [*starts, len(made)]


def _standing(hunk: _Hunk, starts: list[int]) -> Standing:
    """Say where the old lines of a change stand in what was made."""
    first = starts[hunk.start] + 1
    return Standing(first, max(first, starts[hunk.end]))


def _joined(lines: list[bytes], versions: tuple[bytes, bytes, bytes]) -> bytes:
    """Join lines; whether the last one has a line end is the person's word where they changed that, else as before."""
    before, after, now = (raw.endswith((b"\n", b"\r")) or not raw for raw in versions)
    whole = b"".join(lines)
    is_ended = now if now != after else before
    return whole if is_ended or not whole else whole.removesuffix(b"\n").removesuffix(b"\r")
