"""Reads source files as their symbols, by the language that their names show."""

from __future__ import annotations

from setsquare.adapters.python_symbols import python_symbols, python_whole
from setsquare.adapters.tree_sitter_symbols import grammar_of, is_installed, tree_sitter_symbols, tree_sitter_whole
from setsquare.ports.symbols import Symbol
from setsquare.text.paths import RelPath

_LIMIT_BYTES = 2_000_000
_PYTHON = (".py", ".pyi")


class SourceSymbols:
    """Python through its own parser; TypeScript, JavaScript, Java, Go and Rust where the extra `code` is installed."""

    def of(self, path: RelPath, raw: bytes) -> tuple[Symbol, ...] | None:
        """List a file's symbols; `None` where its language is not known here, it cannot be parsed, or it has more than 2 MB."""
        if len(raw) > _LIMIT_BYTES:
            return None
        if path.endswith(_PYTHON):
            return python_symbols(raw)
        grammar = grammar_of(path)
        return tree_sitter_symbols(grammar, raw) if grammar else None

    def whole(self, path: RelPath, raw: bytes) -> str:
        """Digest what a file as a whole says; empty where its symbols could not be listed either."""
        if len(raw) > _LIMIT_BYTES:
            return ""
        if path.endswith(_PYTHON):
            return python_whole(raw)
        grammar = grammar_of(path)
        return tree_sitter_whole(grammar, raw) if grammar else ""

    def missing(self, path: RelPath) -> str:
        """Name the extra that would read this file's language."""
        grammar = grammar_of(path)
        return "code" if grammar and not is_installed(grammar) else ""
