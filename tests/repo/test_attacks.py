"""Every published attack case is either tested, with a second run in which the attack succeeds, or stands among those that wait."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from docs.attacks import CASES, RISKS, attacks, covered, waiting


def test_every_case_is_tested_or_waits(repository: Path) -> None:
    folder = repository / "tests/attacks"
    tested, waits = covered(attacks(folder)), frozenset(waiting(folder))
    assert sorted({*CASES} - tested - waits) == []
    assert sorted(tested & waits) == [], "a tested case does not wait"
    assert sorted((tested | waits) - {*CASES}) == []


def test_every_file_says_what_it_is_about(repository: Path) -> None:
    for each in attacks(repository / "tests/attacks"):
        assert each.what, each.path
        assert each.defence, each.path
        assert set(each.twins) <= {name for _case, name in each.tests}, each.path
        number = each.path[7:9]
        assert any(case == f"AT{number}" for case, _ in each.tests), each.path
        named = re.findall(r"\b(?:[a-z_]+/)+[a-z_]+\.py\b", each.defence)
        assert [name for name in named if not (repository / "src/setsquare" / name).is_file()] == [], each.path


def test_every_test_of_a_case_is_marked_with_it(repository: Path) -> None:
    """By the marker a case can be run wherever its tests are."""
    for path in sorted((repository / "tests/attacks").glob("test_*.py")):
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.FunctionDef) and (named := re.match(r"test_at(\d\d)_", node.name)):
                marks = " ".join(ast.unparse(mark) for mark in node.decorator_list)
                assert f"pytest.mark.attack('AT{named[1]}')" in marks, f"{path.name}: {node.name}"


def test_no_case_is_skipped_or_expected_to_fail(repository: Path) -> None:
    """A skipped test, or one that may fail, would count as waiting."""
    for each in attacks(repository / "tests/attacks"):
        text = (repository / "tests/attacks" / each.path).read_text()
        assert "xfail" not in text, each.path
        assert "mark.skip(" not in text, each.path


def test_every_risk_has_cases_of_the_list() -> None:
    assert [name for name, _what, _cases in RISKS] == [f"ASI{number:02}" for number in range(1, 11)]
    assert {case for _name, _what, cases in RISKS for case in cases.split()} <= {*CASES}
