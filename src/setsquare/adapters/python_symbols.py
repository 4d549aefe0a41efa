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
# How a name is used follows from where it stands; `kind` is the `u` before a string; comments say types in an old way.
_SILENT = frozenset({"ctx", "kind", "type_comment", "type_ignores"})


# req: spec-engine/5.2
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
        return tuple(_symbols(tree.body, "", seen, {}))
    except RecursionError:
        return None


def python_whole(raw: bytes) -> str:
    r"""Digest what a Python file as a whole says, as its symbols are digested; empty where it is no Python of this version.

    >>> python_whole(b"x = 1") == python_whole(b"# one\nx  =  1\n"), python_whole(b"x = 1") == python_whole(b"x = 2")
    (True, False)
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _digest(ast.parse(raw), {})
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ""


def _symbols(body: list[ast.stmt], holder: str, seen: Counter[str], known: dict[ast.AST, str]) -> Iterator[Symbol]:
    """List the definitions of a body and, depth first, those below them; those under `if` and `try` count as well."""
    for node in body:
        if isinstance(node, _DEFINITIONS):
            name = f"{holder}{node.name}"
            seen[name] += 1
            first = min((node.lineno, *(decorator.lineno for decorator in node.decorator_list)))
            shown = name if seen[name] == 1 else f"{name}#{seen[name]}"
            yield Symbol(name=shown, line=first, end_line=node.end_lineno or node.lineno, digest=_digest(node, known))
            yield from _symbols(node.body, f"{name}.", seen, known)
        else:
            for part in ("body", "orelse", "finalbody"):
                yield from _symbols(getattr(node, part, []), holder, seen, known)
            for handler in getattr(node, "handlers", []):
                yield from _symbols(handler.body, holder, seen, known)


def _digest(node: ast.AST, known: dict[ast.AST, str]) -> str:
    """Digest the syntax tree without places and documentation strings; a definition counts by its own digest, so that each is read once."""
    if node not in known:
        words: list[str] = []
        _say(node, words, known)
        known[node] = hashlib.sha256("\0".join(words).encode("utf-8", "surrogatepass")).hexdigest()[:_LENGTH]
    return known[node]


def _say(node: ast.AST, words: list[str], known: dict[ast.AST, str]) -> None:
    """Write a tree as words: every Python version must write the same, so what is empty, and fields that only some versions have, are left out."""
    words.append(type(node).__name__)
    for name in node._fields:
        value = getattr(node, name, None)
        if value is None or value == [] or name in _SILENT:
            continue
        items = value if isinstance(value, list) else [value]
        words.append(f".{name}")
        for item in _doing(items) if isinstance(items[0], ast.stmt) else items:
            if isinstance(item, _DEFINITIONS):
                words.append(_digest(item, known))
            elif isinstance(item, ast.AST):
                _say(item, words, known)
            else:
                words.append(f"{type(item).__name__} {item!r}")
    words.append(")")


def _doing(body: list[ast.stmt]) -> list[ast.stmt]:
    """Leave out what does nothing: strings that stand alone (they document a definition or the name above) and `pass`; one `pass` stays where nothing else does."""
    return [node for node in body if not isinstance(node, ast.Pass) and not _is_remark(node)] or [ast.Pass()]


def _is_remark(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
