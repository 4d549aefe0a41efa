"""The examples in docstrings run, those of every module."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
from pathlib import Path

import pytest

import setsquare

MODULES = sorted(module.name for module in pkgutil.walk_packages(setsquare.__path__, "setsquare.") if not module.name.endswith(".__main__"))
LEAST_EXAMPLES = 300


def examples(name: str) -> list[doctest.DocTest]:
    """Find the examples of one module."""
    module = importlib.import_module(name)
    return [test for test in doctest.DocTestFinder(exclude_empty=True).find(module) if test.examples]


@pytest.mark.parametrize("name", ["setsquare", *MODULES])
def test_examples_of_a_module_run(name: str, repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(repository)
    for test in examples(name):
        said: list[str] = []
        result = doctest.DocTestRunner(optionflags=doctest.IGNORE_EXCEPTION_DETAIL).run(test, out=said.append)
        assert result.failed == 0, f"{test.name}:\n{''.join(said)}"


def test_there_are_examples() -> None:
    assert sum(len(test.examples) for name in MODULES for test in examples(name)) >= LEAST_EXAMPLES
