"""The named parts of source files."""

from __future__ import annotations

from typing import Protocol

from msgspec import Struct

from setsquare.text.paths import RelPath


class Symbol(Struct, frozen=True, kw_only=True):
    """One function, method, class or type of a source file.

    `name` is qualified by what holds it (`Account.close`); a second bearer of a name carries `#2`. `line` and `end_line` count from 1. `digest` names what the symbol
    says in 16 hexadecimal digits: layout, comments and documentation strings do not count. What a class says includes its methods.
    """

    name: str
    line: int
    end_line: int
    digest: str


class Symbols(Protocol):
    """Reads source files as their symbols; never runs them."""

    def of(self, path: RelPath, raw: bytes) -> tuple[Symbol, ...] | None:
        """List a file's symbols in file order; `None` where its language is not known here or it cannot be parsed."""
        ...

    def whole(self, path: RelPath, raw: bytes) -> str:
        """Digest what a file as a whole says, in the same way as its symbols; empty where `of` gives `None`."""
        ...

    def missing(self, path: RelPath) -> str:
        """Name the extra that would read this file's language; empty when none would, or it is installed."""
        ...
