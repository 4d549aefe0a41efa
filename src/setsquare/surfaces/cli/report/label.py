"""Breaks and shortens texts to a room: terminal columns for tables, estimated pixels for pictures."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

from setsquare.surfaces.cli.style import width

_NARROW, _WIDE = frozenset("iljtfrI.,:;'|!()[]{} `-/\\"), frozenset("mwMW@%")
_LINES = 2


def pixels(text: str) -> float:
    """Estimate the width of a text at 12.5 px in a wide sans-serif font.

    >>> pixels("ill") < pixels("abc") < pixels("WWW") < pixels("需求书")
    True
    """
    return sum(_pixel(char) for char in text)


def cut(text: str, room: int) -> str:
    """Shorten a text to terminal columns.

    >>> cut("需求文档", 5), cut("abc", 3)
    ('需求…', 'abc')
    """
    return _shortened(text, room, width, 1)


def wrapped(text: str, room: float, *, keeps_end: bool = False) -> tuple[str, ...]:
    """Break a text to one or two lines of `room` pixels; what is longer loses its end, or with `keeps_end` the beginning.

    >>> wrapped("one two three", 60)
    ('one two', 'three')
    >>> wrapped("src/components/session/view/very/deep/login_form.tsx", 140, keeps_end=True)
    ('…deep/login_form.tsx',)
    """
    if keeps_end:
        return (_shortened(text[::-1], room, pixels, _pixel("…"))[::-1],)
    lines: list[str] = []
    rest = text
    while rest and len(lines) < _LINES - 1 and pixels(rest) > room:
        first = _break(rest, room)
        lines.append(rest[:first].rstrip())
        rest = rest[first:].lstrip()
    return (*lines, _shortened(rest, room, pixels, _pixel("…")))


def _pixel(char: str) -> float:
    """Estimate one character."""
    if unicodedata.combining(char):
        return 0
    if unicodedata.east_asian_width(char) in "WF":
        return 13
    if char in _NARROW:
        return 4.8
    return 11 if char in _WIDE else 8.8 if char.isupper() else 7.6


def _fitting(text: str, room: float, measure: Callable[[str], float]) -> int:
    """Count the characters that fit."""
    used = 0.0
    for index, char in enumerate(text):
        used += measure(char)
        if used > room:
            return index
    return len(text)


def _break(text: str, room: float) -> int:
    """Find where a line ends: at the last blank that fits, else where the room ends."""
    fits = _fitting(text, room, pixels)
    if unicodedata.east_asian_width(text[fits - 1]) in "WF":
        return max(1, fits)
    blank = text.rfind(" ", 0, fits + 1)
    return blank if blank > fits // 2 else max(1, fits)


def _shortened(text: str, room: float, measure: Callable[[str], float], mark: float) -> str:
    """Leave the end out of a text that is too long."""
    if _fitting(text, room, measure) == len(text):
        return text
    return text[: _fitting(text, room - mark, measure)].rstrip() + "…"
