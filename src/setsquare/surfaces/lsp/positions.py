"""Turns the bytes that Setsquare counts into the lines and code units that editors count, and back.

Source: Language Server Protocol 3.17, "Text Documents": lines end with LF, CR LF or CR; a character is a UTF-16 code unit unless both sides
agree on another encoding.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import Final

from lsprotocol import types

from setsquare.text.span import Span

UTF8: Final = "utf-8"
UTF16: Final = "utf-16"

_END: Final = re.compile(r"\r\n|\r|\n")
_END_BYTES: Final = re.compile(rb"\r\n|\r|\n")
_PLAIN_LIMIT: Final = 0x10000


def units(text: str, encoding: str) -> int:
    """Count a text's code units in an encoding.

    >>> units("a𝄞求", "utf-16"), units("a𝄞求", "utf-8"), units("a𝄞求", "utf-32")
    (4, 8, 3)
    """
    if text.isascii() or encoding not in (UTF8, UTF16):
        return len(text)
    if encoding == UTF8:
        return len(text.encode("utf-8", "replace"))
    return len(text) + sum(ord(char) >= _PLAIN_LIMIT for char in text)


def cut(text: str, count: int, encoding: str) -> int:
    """Say how many characters of a line make up a number of code units; past the end gives the end, inside a pair what stands before it.

    >>> cut("a𝄞求", 3, "utf-16"), cut("a𝄞求", 2, "utf-16"), cut("ab", 9, "utf-16")
    (2, 1, 2)
    """
    if text.isascii() or encoding not in (UTF8, UTF16):
        return min(count, len(text))
    used = 0
    for index, char in enumerate(text):
        used += units(char, encoding)
        if used > count:
            return index
    return len(text)


class Lines:
    """One file's bytes by lines, in the code units that were agreed on."""

    def __init__(self, raw: bytes, encoding: str = UTF16) -> None:
        """Find the lines."""
        self.raw = raw
        self._encoding = encoding
        self._starts = [0, *(match.end() for match in _END_BYTES.finditer(raw))]

    def position(self, offset: int) -> types.Position:
        """Give the position of a byte; past the end gives the end."""
        offset = max(0, min(offset, len(self.raw)))
        line = bisect_right(self._starts, offset) - 1
        before = self.raw[self._starts[line] : offset]
        return types.Position(line, len(before) if before.isascii() else units(before.decode("utf-8", "replace"), self._encoding))

    def range(self, span: Span) -> types.Range:
        """Give the range of some bytes, without a line end that it ends with."""
        end = span.end
        while end > span.start and self.raw[end - 1 : end] in (b"\n", b"\r"):
            end -= 1
        return types.Range(self.position(span.start), self.position(end))

    def exact(self, span: Span) -> types.Range:
        """Give the range of exactly these bytes, as an edit needs it."""
        return types.Range(self.position(span.start), self.position(span.end))

    def offset(self, position: types.Position) -> int:
        """Give the byte of a position; past a line's end gives the line's end."""
        if position.line >= len(self._starts):
            return len(self.raw)
        start = self._starts[position.line]
        text = self.line(position.line)
        return start + len(text[: cut(text, position.character, self._encoding)].encode("utf-8", "surrogateescape"))

    def line(self, number: int) -> str:
        """Give a line's text without its end; `number` counts from 0."""
        if number >= len(self._starts):
            return ""
        end = self._starts[number + 1] if number + 1 < len(self._starts) else len(self.raw)
        return self.raw[self._starts[number] : end].rstrip(b"\r\n").decode("utf-8", "surrogateescape")

    def start(self, number: int) -> int:
        """Give the byte that a line begins with; past the last line the end."""
        return self._starts[number] if number < len(self._starts) else len(self.raw)

    def span_of(self, found: types.Range) -> Span:
        """Give the bytes of a range."""
        start, end = self.offset(found.start), self.offset(found.end)
        return Span(min(start, end), max(start, end))


def edited(text: str, change: types.TextDocumentContentChangeEvent, encoding: str) -> str:
    r"""Apply one change that an editor sent.

    >>> at = types.Range(types.Position(1, 0), types.Position(1, 1))
    >>> edited("a\r\nb", types.TextDocumentContentChangePartial(range=at, text="求"), "utf-16")
    'a\r\n求'
    """
    if isinstance(change, types.TextDocumentContentChangeWholeDocument):
        return change.text
    starts = [0, *(match.end() for match in _END.finditer(text))]

    def index(position: types.Position) -> int:
        if position.line >= len(starts):
            return len(text)
        start = starts[position.line]
        end = starts[position.line + 1] if position.line + 1 < len(starts) else len(text)
        line = text[start:end].rstrip("\r\n")
        return start + cut(line, position.character, encoding)

    start, end = index(change.range.start), index(change.range.end)
    return text[: min(start, end)] + change.text + text[max(start, end) :]
