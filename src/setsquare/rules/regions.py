"""Turns byte spans into lines and columns that people and editors count."""

from __future__ import annotations

from bisect import bisect_right
from functools import cached_property
from itertools import accumulate

from msgspec import Struct

from setsquare.text.document import decode
from setsquare.text.span import Span


class Region(Struct, frozen=True):
    """A stretch of text: lines and columns from 1, columns in characters; the end column is the one after the last character."""

    line: int
    column: int
    end_line: int
    end_column: int


class Lines(Struct, frozen=True, dict=True):
    """One file's bytes by lines."""

    raw: bytes

    @cached_property
    def _starts(self) -> list[int]:
        widths = map(len, self.raw.split(b"\n")[:-1])
        return [0, *(end + count for count, end in enumerate(accumulate(widths), 1))]

    def region(self, span: Span) -> Region:
        r"""Address a span.

        >>> Lines("a\nü bc".encode()).region(Span(5, 7))
        Region(line=2, column=3, end_line=2, end_column=5)
        """
        line, column = self._place(span.start)
        end_line, end_column = self._place(max(span.start, span.end))
        return Region(line, column, end_line, end_column)

    def text(self, line: int) -> str:
        r"""Give a line's text without its line end.

        >>> Lines(b"a\r\nb").text(1)
        'a'
        """
        start = self._starts[line - 1]
        end = self._starts[line] if line < len(self._starts) else len(self.raw)
        return decode(self.raw[start:end].rstrip(b"\r\n"))

    def _place(self, offset: int) -> tuple[int, int]:
        bounded = min(offset, len(self.raw))
        index = bisect_right(self._starts, bounded) - 1
        return index + 1, len(decode(self.raw[self._starts[index] : bounded])) + 1
