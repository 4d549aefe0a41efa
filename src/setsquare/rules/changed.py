"""Finds the lines of a file that another version of it does not have."""

from __future__ import annotations

from typing import Final

from setsquare.text.span import Span

_LIMIT_PAIRS: Final = 4_000_000
"""Pairs of lines that are compared at most; of a larger change everything between the first and the last changed line counts."""


def changed_spans(old: bytes, new: bytes) -> tuple[Span, ...]:
    r"""Give the stretches of whole lines in `new` that are new or changed, in order; where lines only went, the line that follows counts.

    >>> changed_spans(b"a\nb\nc\n", b"a\nB\nc\nd\n")
    (Span(start=2, end=4), Span(start=6, end=8))
    >>> changed_spans(b"a\nb\nc\n", b"a\nc\n")
    (Span(start=2, end=4),)
    """
    if old == new:
        return ()
    before, after = old.splitlines(keepends=True), new.splitlines(keepends=True)
    head = 0
    while head < min(len(before), len(after)) and before[head] == after[head]:
        head += 1
    tail = 0
    while tail < min(len(before), len(after)) - head and before[-1 - tail] == after[-1 - tail]:
        tail += 1
    middle = (before[head : len(before) - tail], after[head : len(after) - tail])
    starts = [0]
    for line in after:
        starts.append(starts[-1] + len(line))
    last = len(after)
    return tuple(
        Span(starts[min(head + low, last)], starts[min(max(head + high, head + low + 1), last)]) for low, high in _changed(*middle)
    )


def _changed(before: list[bytes], after: list[bytes]) -> list[tuple[int, int]]:
    """Give the ranges of lines of `after` that differ."""
    if not before or not after or len(before) * len(after) > _LIMIT_PAIRS:
        return [(0, len(after))]
    import difflib  # noqa: PLC0415  (start-up: only a comparison with a commit needs it)

    codes = difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    return [(low, high) for tag, _, _, low, high in codes if tag != "equal"]


def touches(spans: tuple[Span, ...], start: int, end: int) -> bool:
    """Tell whether a place, which may be empty, lies in one of the stretches.

    >>> touches((Span(2, 4),), 3, 3), touches((Span(2, 4),), 4, 9)
    (True, False)
    """
    return any(span.start <= start < span.end or start < span.start < end for span in spans)
