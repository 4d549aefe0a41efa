"""Finds code that makes tests pass by other means than being right: it ends the process, changes the test framework, or notices that it is tested.

Tests and the code under test share one process, so such code can forge whatever a test run says; it is read before the run's result counts. Only Python
is read as a tree, of other languages the plainest ways are known. What is hidden well enough is not found: a person's look at the difference is not
replaced by this.

Source: safety.md AT42 (the agent weakens the tests).
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final

from setsquare.guard.proof_python_asserts import ASSERT_METHODS
from setsquare.guard.proof_python_names import is_standard
from setsquare.guard.proof_python_reach import equals_everything, name_of
from setsquare.guard.weakening import is_test_file

_ENDING: Final = frozenset({"os._exit", "os.abort", "signal.raise_signal"})
_LEAVING: Final = frozenset({"sys.exit", "exit", "quit", "SystemExit"})
_FRAMEWORKS: Final = frozenset({"unittest", "pytest", "_pytest", "builtins"})
_SKIPPING: Final = frozenset({"unittest.SkipTest", "pytest.skip", "pytest.xfail", "pytest.exit"})
_RUNNING: Final = frozenset({"run", "__call__", "debug", "fail", "failureException", "defaultTestResult", "_callTestMethod"})
_TESTED: Final = re.compile(r"PYTEST_CURRENT_TEST|PYTEST_VERSION|JEST_WORKER_ID|VITEST_WORKER_ID")
_OTHERS: Final = {
    "ends the process of the tests": r"\bprocess\.(?:exit|reallyExit|abort|kill)\s*\(|\bos\.Exit\(0\)|\bSystem\.exit\(\s*0",
    "changes the test framework": r"\bglobal(?:This)?\.(?:expect|assert|test|it|describe)\s*=[^=]",
}
_KNOWS: Final = "notices that it is tested"
_ENDS: Final = "ends the process of the tests"
_CHANGES: Final = "changes the test framework"


def tampering(path: str, old: str, new: str) -> tuple[str, ...]:
    r"""Say what a file does to the tests that it did not do before.

    >>> tampering("src/a.py", "", "import os\nos._exit(0)\n")
    ('ends the process of the tests: `os._exit`',)
    >>> tampering("tests/__init__.py", "", "import unittest as u\nu.TestCase.assertEqual = print\n")
    ('changes the test framework: `unittest.TestCase.assertEqual`',)
    >>> tampering("src/a.py", "", "def add(a, b):\n    return a + b\n"), tampering("README.md", "", "os._exit")
    ((), ())
    """
    before, after = (Counter(_signs(path, text)) for text in (old, new))
    return tuple(dict.fromkeys(after - before))


def _signs(path: str, text: str) -> Iterator[str]:
    """List every sign of tampering in a file."""
    is_test = is_test_file(path)
    if not is_test:
        yield from (f"{_KNOWS}: `{found[0]}`" for found in _TESTED.finditer(text) if not path.endswith((".md", ".txt")))
    if path.endswith(".py"):
        try:
            tree = ast.parse(text)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return
        yield from _Module(tree, is_test=is_test).signs()
    elif is_test:
        for what, pattern in _OTHERS.items():
            yield from (f"{what}: `{found[0].strip()}`" for found in re.finditer(pattern, text))


class _Module:
    """Reads one module, with the names under which it knows others."""

    def __init__(self, tree: ast.Module, *, is_test: bool) -> None:
        self._tree = tree
        self._is_test = is_test
        self._names = dict(_names(tree))

    def signs(self) -> Iterator[str]:
        """List what it does to the tests."""
        yield from self._ending()
        for node in ast.walk(self._tree):
            yield from (f"{_CHANGES}: `{name}`" for name in self._replaced(node) if name.partition(".")[0] in _FRAMEWORKS)
            if isinstance(node, ast.ClassDef):
                yield from self._of_class(node)
            elif not self._is_test:
                yield from self._knowing(node)
        if self._is_test:
            project = {
                *self._names.values(),
                *(alias.name for node in ast.walk(self._tree) if isinstance(node, ast.Import) for alias in node.names),
            }
            for node in self._tree.body:
                for name in self._replaced(node):
                    module = name.rpartition(".")[0]
                    if module in project and not is_standard(module):
                        yield f"replaces what others test: `{name}`"

    def _full(self, node: ast.AST) -> str:
        """Write a dotted name with the name of the module that it comes from."""
        first, dot, rest = name_of(node).partition(".")
        return f"{self._names.get(first, first)}{dot}{rest}"

    def _ending(self) -> Iterator[str]:
        """Find what ends the process: anywhere at once, in a test module's own statements also as a program ends."""
        for node in ast.walk(self._tree):
            if isinstance(node, ast.Attribute | ast.Name) and isinstance(node.ctx, ast.Load) and (name := self._full(node)) in _ENDING:
                yield f"{_ENDS}: `{name}`"
        for node in self._tree.body if self._is_test else ():
            called = node.value if isinstance(node, ast.Expr) else node.exc if isinstance(node, ast.Raise) else None
            name = self._full(called.func if isinstance(called, ast.Call) else called) if called is not None else ""
            if name in _LEAVING:
                yield f"{_ENDS}: `{name}`"

    def _replaced(self, node: ast.AST) -> Iterator[str]:
        """Name attributes that a statement replaces or deletes."""
        targets: Iterable[ast.AST] = ()
        if isinstance(node, ast.Assign | ast.Delete):
            targets = node.targets
        elif isinstance(node, ast.AnnAssign | ast.AugAssign):
            targets = (node.target,)
        yield from (self._full(target) for target in targets if isinstance(target, ast.Attribute))
        call = node.value if isinstance(node, ast.Expr) else node
        if isinstance(call, ast.Call) and name_of(call.func) in {"setattr", "delattr"} and len(call.args) > 1:
            named = call.args[1]
            yield f"{self._full(call.args[0])}.{named.value if isinstance(named, ast.Constant) and isinstance(named.value, str) else '…'}"

    def _of_class(self, node: ast.ClassDef) -> Iterator[str]:
        """Find what a class overrides in the test framework, or what makes its objects equal to everything."""
        if any(name_of(base).endswith("TestCase") for base in node.bases):
            own = (*_defined(node),)
            yield from (f"{_CHANGES}: `{node.name}.{name}`" for name in own if name in _RUNNING or name in ASSERT_METHODS)
        if not self._is_test and equals_everything(node):
            yield f"equals everything: `{node.name}`"

    def _knowing(self, node: ast.AST) -> Iterator[str]:
        """Find code that asks for the test framework."""
        if isinstance(node, ast.Attribute | ast.Name) and isinstance(node.ctx, ast.Load) and (name := self._full(node)) in _SKIPPING:
            yield f"skips tests: `{name}`"
        texts: Iterable[ast.AST] = ()
        if isinstance(node, ast.Compare) and any(self._full(side) == "sys.modules" for side in node.comparators):
            texts = (node.left,)
        elif isinstance(node, ast.Call) and self._full(node.func) == "sys.modules.get":
            texts = node.args[:1]
        elif isinstance(node, ast.Subscript) and self._full(node.value) == "sys.modules":
            texts = (node.slice,)
        for text in texts:
            if (
                isinstance(text, ast.Constant)
                and isinstance(text.value, str)
                and text.value.partition(".")[0] in _FRAMEWORKS - {"builtins"}
            ):
                yield f"{_KNOWS}: `{text.value}`"


def _names(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """List the names that imports bind, with what they stand for."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield (alias.asname, alias.name) if alias.asname else (alias.name.partition(".")[0],) * 2
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            for alias in node.names:
                yield alias.asname or alias.name, f"{module}.{alias.name}".lstrip(".") if module else alias.name


def _defined(node: ast.ClassDef) -> Iterator[str]:
    """Name what a class body defines or assigns."""
    for part in node.body:
        if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef):
            yield part.name
        elif isinstance(part, ast.Assign):
            yield from (name_of(target) for target in part.targets)
