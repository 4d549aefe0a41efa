"""Reads Python source as its symbols."""

from __future__ import annotations

import ast
import hashlib
import warnings
from collections import Counter
from collections.abc import Iterator

from setsquare.ports.symbols import Symbol

_LENGTH = 16
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def python_symbols(raw: bytes) -> tuple[Symbol, ...] | None:
    r"""List the functions, methods and classes of a Python file; `None` where it is no Python of this version.

    >>> [symbol.name for symbol in python_symbols(b"class A:\n  def b(self): pass") or ()]
    ['A', 'A.b']
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(raw)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    seen: Counter[str] = Counter()
    try:
        return tuple(_symbols(tree.body, "", seen))
    except RecursionError:
        return None


def _symbols(body: list[ast.stmt], holder: str, seen: Counter[str]) -> Iterator[Symbol]:
    """List the definitions of a body and, depth first, those below them; those under `if` and `try` count as well."""
    for node in body:
        if isinstance(node, _DEFINITIONS):
            name = f"{holder}{node.name}"
            seen[name] += 1
            first = min((node.lineno, *(decorator.lineno for decorator in node.decorator_list)))
            shown = name if seen[name] == 1 else f"{name}#{seen[name]}"
            yield Symbol(name=shown, line=first, end_line=node.end_lineno or node.lineno, digest=_digest(node))
            yield from _symbols(node.body, f"{name}.", seen)
        else:
            for part in ("body", "orelse", "finalbody"):
                yield from _symbols(getattr(node, part, []), holder, seen)
            for handler in getattr(node, "handlers", []):
                yield from _symbols(handler.body, holder, seen)


def _digest(node: ast.AST) -> str:
    """Digest the syntax tree without places and documentation strings."""
    for inner in ast.walk(node):
        if isinstance(inner, _DEFINITIONS) and ast.get_docstring(inner, clean=False) is not None:
            inner.body = inner.body[1:] or [ast.Pass()]
    return hashlib.sha256(ast.dump(node, annotate_fields=False).encode("utf-8", "surrogatepass")).hexdigest()[:_LENGTH]
