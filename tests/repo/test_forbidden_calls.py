"""What imports cannot see: bare `open`, `print`, `eval` and their like, keyword catch-alls, broad state."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

EVERYWHERE = {"print", "eval", "exec", "compile", "__import__", "input", "breakpoint", "globals", "vars"}
OUTSIDE_ADAPTERS = {"open"}
KEYWORDS_ALLOWED = ("adapters/", "surfaces/cli/options.py")


def forbidden(where: str, text: str) -> list[str]:
    """List the forbidden calls and keyword catch-alls of a module."""
    banned = EVERYWHERE if where.startswith(("adapters/", "_sandbox_exec")) else EVERYWHERE | OUTSIDE_ADAPTERS
    found: list[str] = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in banned:
            found.append(f"{where}:{node.lineno} {node.func.id}()")
        if isinstance(node, ast.FunctionDef) and node.args.kwarg and not where.startswith(KEYWORDS_ALLOWED):
            found.append(f"{where}:{node.lineno} **{node.args.kwarg.arg}")
        if isinstance(node, ast.Global):
            found.append(f"{where}:{node.lineno} global")
    return found


def test_the_source_calls_nothing_forbidden(repository: Path) -> None:
    """Samples are data."""
    root = repository / "src" / "setsquare"
    files = [path for path in root.rglob("*.py") if "samples" not in path.parts]
    assert [hit for path in files for hit in forbidden(path.relative_to(root).as_posix(), path.read_text())] == []


@pytest.mark.parametrize(
    "planted", ["open('x')", "print(1)", "eval('1')", "__import__('os')", "def f(**kwargs): ...", "def f():\n    global x"]
)
def test_each_ban_fires(planted: str) -> None:
    """A planted call is reported."""
    assert forbidden("spec/planted.py", planted)
