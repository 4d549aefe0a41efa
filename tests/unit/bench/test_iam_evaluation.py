"""Comparing engines: rewritings keep their meaning, and what none explains is left open."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from bench.iam_cases import Case, cases
from bench.iam_engines import ALLOWED, EXPLICIT, IMPLICIT, UNKNOWN, evaluation_of, install_simulate, word_of
from bench.iam_evaluation import Comparison, Difference, Reading, explained, table
from bench.iam_rewriting import another_role, bounded, dated, decided, halved, of_one_family, spelt_out, without_vacuous, without_variables

MADE = cases(400, 11)
EQUAL: list[Callable[[Case], Case]] = [bounded, dated, halved, of_one_family, without_vacuous, without_variables, spelt_out]


def answers(made: list[Case]) -> list[str]:
    return [word_of(evaluation_of(case)) for case in made]


def test_made_cases_have_every_answer() -> None:
    assert set(answers(MADE)) >= {ALLOWED, EXPLICIT, IMPLICIT}


@pytest.mark.parametrize("rewrite", EQUAL, ids=lambda rewrite: rewrite.__name__)
def test_a_rewriting_changes_cases_and_no_answer(rewrite: Callable[[Case], Case]) -> None:
    rewritten = [rewrite(case) for case in MADE]
    assert sum(new != old for new, old in zip(rewritten, MADE, strict=True)) > 0
    assert answers(rewritten) == answers(MADE)


def test_conditions_that_are_decided_change_no_answer() -> None:
    rewritten = [decided(case, lambda _operator, _values: True) for case in MADE]
    assert sum(new != old for new, old in zip(rewritten, MADE, strict=True)) > 200
    assert answers(rewritten) == answers(MADE)


def test_a_difference_is_explained_by_what_makes_the_engine_agree() -> None:
    """An engine that reads no seconds since 1970: it denies whatever names them."""

    def odd(made: list[Case]) -> list[str]:
        return [
            IMPLICIT if b"1704067200" in msgspec.json.encode(case) and answer == ALLOWED else answer
            for case, answer in zip(made, answers(made), strict=True)
        ]

    found = explained(MADE, answers(MADE), odd(MADE), (Reading("dates", "page", dated),), odd)
    assert len(found) > 3
    assert {each.reason for each in found} <= {
        "dates",
        "AWS leaves open: a variable that cannot be resolved, or NotPrincipal that names a part of the caller",
    }


def test_what_no_rewriting_explains_is_left_open() -> None:
    def contrary(made: list[Case]) -> list[str]:
        return [ALLOWED if answer == EXPLICIT else answer for answer in answers(made)]

    found = explained(
        MADE, answers(MADE), contrary(MADE), (Reading("dates", "page", dated), Reading("roles", "page", another_role)), contrary
    )
    assert found
    assert {each.reason for each in found} == {""}
    lines = table(Comparison(MADE, answers(MADE), found, []), 11)
    assert any("NOT EXPLAINED" in line for line in lines)


def test_an_answer_that_is_unknown_is_open() -> None:
    (case,) = MADE[:1]
    (found,) = explained([case], [UNKNOWN], [ALLOWED], (), answers)
    assert isinstance(found, Difference)
    assert found.reason.startswith("AWS leaves open")


def test_without_npm_the_reason_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert install_simulate(tmp_path) == "node and npm are not installed"
