"""Finds the keys of a TOML file in its bytes: the parser of the standard library tells values, not places."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from typing import Final

from msgspec import Struct

from setsquare.text.span import Span

_HEADER: Final = re.compile(rb"\s*(\[\[?)([^\]\n]{1,500})\]")
_KEY: Final = re.compile(rb"""\s*((?:[\w-]+|"[^"\n]*"|'[^'\n]*')(?:\s*\.\s*(?:[\w-]+|"[^"\n]*"|'[^'\n]*'))*)\s*=""")
_PART: Final = re.compile(rb"""[\w-]+|"[^"\n]*"|'[^'\n]*'""")
_LINE: Final = re.compile(rb"[^\n]*\n?")


class TomlPlaces(Struct, frozen=True, dict=True):
    """One file; an array of tables counts its tables from 0. A key inside of a value on one line stands where the outer key stands."""

    raw: bytes

    def key(self, path: tuple[str, ...]) -> Span:
        r"""Find a key, or the nearest one above it.

        >>> TomlPlaces(b'[rules.X1]\nseverity = "of"').key(("rules", "X1", "severity"))
        Span(start=11, end=19)
        """
        for length in range(len(path), 0, -1):
            if found := self._keys.get(path[:length]):
                return found
        return self.line(1)

    def line(self, number: int) -> Span:
        r"""Address a line, counted from 1, without blanks around it.

        >>> TomlPlaces(b"a = 1\n  b\n").line(2)
        Span(start=8, end=9)
        """
        start = 0
        for _ in range(number - 1):
            following = self.raw.find(b"\n", start) + 1
            if not following:
                break
            start = following
        end = self.raw.find(b"\n", start)
        line = self.raw[start : len(self.raw) if end < 0 else end]
        first = start + len(line) - len(line.lstrip())
        return Span(first, max(first, start + len(line.rstrip())))

    @cached_property
    def _keys(self) -> dict[tuple[str, ...], Span]:
        found: dict[tuple[str, ...], Span] = {}
        for path, span in self._scanned():
            for length in range(1, len(path) + 1):
                found.setdefault(path[:length], span)
        return found

    def _scanned(self) -> Iterator[tuple[tuple[str, ...], Span]]:
        table: tuple[str, ...] = ()
        counts: dict[tuple[str, ...], int] = {}
        start = 0
        for line in _LINE.findall(self.raw):
            if header := _HEADER.match(line):
                table = self._placed(_parts(header[2]), counts, is_list=header[1] == b"[[")
                yield table, Span(start + header.start(2), start + header.end(2))
            elif key := _KEY.match(line):
                yield (*table, *_parts(key[1])), Span(start + key.start(1), start + key.end(1))
            start += len(line)

    @staticmethod
    def _placed(path: tuple[str, ...], counts: dict[tuple[str, ...], int], *, is_list: bool) -> tuple[str, ...]:
        """Put the number of the table that is meant behind the name of each array of tables."""
        placed: tuple[str, ...] = ()
        for index, part in enumerate(path):
            placed = (*placed, part)
            if is_list and index == len(path) - 1:
                counts[placed] = counts.get(placed, -1) + 1
            if placed in counts:
                placed = (*placed, str(counts[placed]))
        return placed


def _parts(raw: bytes) -> tuple[str, ...]:
    return tuple(part.decode("utf-8", "surrogateescape").strip("\"'") for part in _PART.findall(raw))
