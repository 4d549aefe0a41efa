"""Holds regular expressions that are compiled when they are first used."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Protocol

from msgspec import Struct


class _Find(Protocol):
    def __call__(self, string: str, pos: int = 0, endpos: int = sys.maxsize, /) -> re.Match[str] | None: ...


class _FindEach(Protocol):
    def __call__(self, string: str, pos: int = 0, endpos: int = sys.maxsize, /) -> Iterator[re.Match[str]]: ...


class _Replace(Protocol):
    def __call__(self, repl: str | Callable[[re.Match[str]], str], string: str, count: int = 0) -> str: ...


class _Split(Protocol):
    def __call__(self, string: str, maxsplit: int = 0) -> list[str]: ...


class LazyPattern(Struct, frozen=True, dict=True):
    r"""A regular expression that costs nothing until it is asked: most commands use a few of the many that the rules know.

    Its methods are those of `re.Pattern`; from the second use on they cost the same.

    >>> LazyPattern(r"\bgo(?:es)?\b").sub("run", "it goes and goes")
    'it run and run'
    """

    pattern: str
    flags: int = 0

    @cached_property
    def compiled(self) -> re.Pattern[str]:
        """Give the compiled expression."""
        return re.compile(self.pattern, self.flags)

    @cached_property
    def match(self) -> _Find:
        """Match at a position."""
        return self.compiled.match

    @cached_property
    def fullmatch(self) -> _Find:
        """Match a whole text."""
        return self.compiled.fullmatch

    @cached_property
    def search(self) -> _Find:
        """Find the first place."""
        return self.compiled.search

    @cached_property
    def finditer(self) -> _FindEach:
        """Find every place."""
        return self.compiled.finditer

    @cached_property
    def findall(self) -> Callable[[str], list[str]]:
        """List what was found, for an expression with at most one group."""
        return self.compiled.findall

    @cached_property
    def sub(self) -> _Replace:
        """Replace every place."""
        return self.compiled.sub

    @cached_property
    def split(self) -> _Split:
        """Split a text at every place, for an expression without groups."""
        return self.compiled.split
