"""Merges two changed versions of a text by lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from msgspec import Struct


class Conflict(Struct, frozen=True):
    """Lines that both versions changed in different ways; `line` is that of the base from 1."""

    line: int
    base: bytes
    ours: bytes
    theirs: bytes


class Merged(Struct, frozen=True):
    """A merge: `raw` is whole only without conflicts; at a conflict it has our lines."""

    raw: bytes
    conflicts: tuple[Conflict, ...] = ()


def merge(base: bytes, ours: bytes, theirs: bytes, *, is_by_line: bool = False) -> Merged:
    r"""Merge what two versions changed since their base; the same change in both counts once.

    Changes of neighbouring lines clash, unless `is_by_line` is set: then a stretch in which nobody added or took lines is merged line by line.

    >>> merge(b"a\nb\nc\nd\n", b"A\nb\nc\nd\n", b"a\nb\nc\nD\n").raw
    b'A\nb\nc\nD\n'
    >>> len(merge(b"a\n", b"b\n", b"c\n").conflicts)
    1
    >>> merge(b"a\nb\n", b"A\nb\n", b"a\nB\n", is_by_line=True).raw
    b'A\nB\n'
    """
    if ours in (base, theirs):
        return Merged(theirs)
    if theirs == base:
        return Merged(ours)
    parts: list[bytes] = []
    conflicts: list[Conflict] = []
    lines = tuple(raw.splitlines(keepends=True) for raw in (base, ours, theirs))
    at = (0, 0, 0)
    for kept, ends in _anchors(*lines):
        for start, end in _single(at, kept) if is_by_line else ((at, kept),):
            parts += _chunk(lines, start, end, conflicts)
        parts += lines[0][kept[0] : ends[0]]
        at = ends
    return Merged(b"".join(parts), tuple(conflicts))


_Triple = tuple[int, int, int]


def _chunk(lines: tuple[list[bytes], ...], start: _Triple, end: _Triple, conflicts: list[Conflict]) -> list[bytes]:
    """Merge what stands between two anchors."""
    base, ours, theirs = (raw[first:last] for raw, first, last in zip(lines, start, end, strict=True))
    if theirs in (base, ours):
        return ours
    if ours == base:
        return theirs
    conflicts.append(Conflict(start[0] + 1, b"".join(base), b"".join(ours), b"".join(theirs)))
    return ours


def _single(start: _Triple, end: _Triple) -> Iterator[tuple[_Triple, _Triple]]:
    """Cut a stretch into single lines where all three have as many."""
    count = end[0] - start[0]
    if not all(last - first == count for first, last in zip(start, end, strict=True)):
        yield start, end
        return
    for at in range(count):
        yield (start[0] + at, start[1] + at, start[2] + at), (start[0] + at + 1, start[1] + at + 1, start[2] + at + 1)


def _anchors(base: Sequence[bytes], ours: Sequence[bytes], theirs: Sequence[bytes]) -> Iterator[tuple[_Triple, _Triple]]:
    """List the stretches that all three have, as starts and ends in each; the last is the end of all."""
    first, second = (SequenceMatcher(None, base, other, autojunk=False).get_matching_blocks() for other in (ours, theirs))
    one = two = 0
    while one < len(first) and two < len(second):
        start = max(first[one].a, second[two].a)
        end = min(first[one].a + first[one].size, second[two].a + second[two].size)
        if start < end:
            a, b = first[one].b + start - first[one].a, second[two].b + start - second[two].a
            yield (start, a, b), (end, a + end - start, b + end - start)
        if first[one].a + first[one].size < second[two].a + second[two].size:
            one += 1
        else:
            two += 1
    last = (len(base), len(ours), len(theirs))
    yield last, last
