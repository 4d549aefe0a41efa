"""Rules that two files state in the same or nearly the same words."""

from __future__ import annotations

import pytest

from setsquare.migrate.doubles import doubles
from setsquare.migrate.rule_lines import rule_lines
from setsquare.text.paths import RelPath

LONG = "- Every new endpoint needs an integration test that covers the error path"


def found(first: str, second: str, second_path: str = "b.md") -> list[tuple[int, int, bool]]:
    rules = (*rule_lines(RelPath("a.md"), first), *rule_lines(RelPath(second_path), second))
    return [(one.first.line, one.second.line, one.is_same) for one in doubles(rules)]


# req: openspec-interop/5.4
@pytest.mark.parametrize(
    ("first", "second", "is_same"),
    [
        ("# T\n- **Never** commit secrets to git", "1. never commit `secrets` to git!", True),
        (f"# T\n{LONG}", LONG.replace("Every", "each"), False),
        (f"# T\n{LONG}", LONG.replace("covers the error path", "the error path covers"), False),
    ],
)
def test_a_rule_at_two_places_is_named(first: str, second: str, is_same: bool) -> None:
    assert found(first, second) == [(2, 1, is_same)]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("- Run tests", "- Run tests"),
        (LONG, LONG.replace("needs", "never needs")),
        ("- A function has at most 50 lines of code in this repository", "- A function has at most 60 lines of code in this repository"),
        ("```\ngit commit -m one two three\n```", "- git commit -m one two three"),
        (LONG, "- Something else that has nothing to do with tests or endpoints at all"),
    ],
)
def test_labels_code_and_rules_that_differ_are_not(first: str, second: str) -> None:
    assert found(first, second) == []


def test_one_file_may_repeat_itself() -> None:
    assert found(LONG, LONG, "a.md") == []
