"""Reads the project's source as syntax trees, for the tests that measure it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

Function = ast.FunctionDef | ast.AsyncFunctionDef


def modules(root: Path) -> Iterator[tuple[str, str, ast.Module]]:
    """Give every module's path below the package, its text and its tree; samples are data."""
    for path in sorted(root.rglob("*.py")):
        name = path.relative_to(root).as_posix()
        if not name.startswith("samples/"):
            text = path.read_text()
            yield name, text, ast.parse(text)


def lengths(tree: ast.Module) -> Iterator[tuple[str, int, Function]]:
    """Give every function's name, its lines with the docstring, and its node."""
    for node in ast.walk(tree):
        if isinstance(node, Function):
            yield node.name, (node.end_lineno or node.lineno) - node.lineno + 1, node


def parameters(node: Function) -> int:
    """Count parameters without self and cls."""
    args = node.args
    named = [arg.arg for arg in (*args.posonlyargs, *args.args, *args.kwonlyargs)]
    return sum(name not in ("self", "cls") for name in named)
