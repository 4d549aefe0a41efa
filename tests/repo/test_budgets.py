"""The shape of the source stays within its budgets; every budget is shown to fire."""

from __future__ import annotations

import ast
import importlib.util
from pathlib import Path

import pytest

_spec = importlib.util.spec_from_file_location("source_tree", Path(__file__).with_name("source_tree.py"))
assert _spec is not None
assert _spec.loader is not None
source_tree = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(source_tree)

FILE_MAX, FILE_P90 = 500, 300
FUNCTION_MAX, FUNCTION_P90, FUNCTION_P50 = 60, 30, 11
PARAMETERS_MAX = 6
CLASS_MAX, METHODS_MAX = 200, 12
BROAD_EXCEPT_FILES = 3


def percentile(values: list[int], share: float) -> int:
    """Give the value below which a share of the values lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0


def over_budget(trees: list[tuple[str, str, ast.Module]]) -> list[str]:
    """List everything that is over a budget."""
    found: list[str] = []
    files = [len(text.splitlines()) for _, text, _ in trees]
    functions = [(name, where, size, node) for where, _, tree in trees for name, size, node in source_tree.lengths(tree)]
    sizes = [size for _, _, size, _ in functions]
    found += [f"{where}: {len(text.splitlines())} lines" for where, text, _ in trees if len(text.splitlines()) > FILE_MAX]
    found += [f"{where} {name}: {size} lines" for name, where, size, _ in functions if size > FUNCTION_MAX]
    found += [
        f"{where} {name}: {source_tree.parameters(node)} parameters"
        for name, where, _, node in functions
        if source_tree.parameters(node) > PARAMETERS_MAX
    ]
    for where, _, tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                methods = sum(isinstance(item, ast.FunctionDef) for item in node.body)
                lines = (node.end_lineno or 0) - node.lineno + 1
                if lines > CLASS_MAX or methods > METHODS_MAX:
                    found.append(f"{where} {node.name}: {lines} lines, {methods} methods")
    for label, got, limit in (
        ("lines per file, p90", percentile(files, 0.9), FILE_P90),
        ("lines per function, p90", percentile(sizes, 0.9), FUNCTION_P90),
        ("lines per function, p50", percentile(sizes, 0.5), FUNCTION_P50),
    ):
        if got > limit:
            found.append(f"{label}: {got} > {limit}")
    return found


def test_the_source_is_within_its_budgets(repository: Path) -> None:
    """Files, functions, parameters, classes."""
    assert over_budget(list(source_tree.modules(repository / "src" / "setsquare"))) == []


@pytest.mark.parametrize(
    ("planted", "said"),
    [
        ("\n" * 501, "501 lines"),
        ("def f():\n" + "    x = 1\n" * 60, "f: 61 lines"),
        ("def f(a, b, c, d, e, g, h): ...\n", "f: 7 parameters"),
        ("class C:\n" + "".join(f"    def m{n}(self): ...\n" for n in range(13)), "13 methods"),
    ],
)
def test_each_budget_fires(planted: str, said: str) -> None:
    """A planted file is reported."""
    assert any(said in line for line in over_budget([("planted.py", planted, ast.parse(planted))]))


def test_broad_excepts_stand_in_three_files_at_most(repository: Path) -> None:
    """The surface's top level, tool execution, hook firing."""
    files = {
        where
        for where, _, tree in source_tree.modules(repository / "src" / "setsquare")
        for node in ast.walk(tree)
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or (isinstance(node.type, ast.Name) and node.type.id in ("Exception", "BaseException")))
    }
    assert len(files) <= BROAD_EXCEPT_FILES, files


def test_public_functions_are_documented_and_annotated(repository: Path) -> None:
    """A docstring and every annotation."""
    bare: list[str] = []
    for where, _, tree in source_tree.modules(repository / "src" / "setsquare"):
        for name, _, node in source_tree.lengths(tree):
            args = [arg for arg in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs) if arg.arg not in ("self", "cls")]
            if not name.startswith("_") and (
                ast.get_docstring(node) is None or node.returns is None or not all(arg.annotation for arg in args)
            ):
                is_inner = any(
                    isinstance(other, ast.FunctionDef) and node in ast.walk(other) and other is not node for other in ast.walk(tree)
                )
                if not is_inner:
                    bare.append(f"{where} {name}")
    assert bare == []
