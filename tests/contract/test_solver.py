"""What a solver promises."""

from __future__ import annotations

import sys

import pytest

from setsquare.adapters.z3_solver import Z3Solver
from setsquare.errors import SolverFailed
from setsquare.ports.solver import Solver

pytest.importorskip("z3")


@pytest.fixture
def solver() -> Solver:
    return Z3Solver()


def test_answers_stand_one_a_line(solver: Solver) -> None:
    script = "(declare-const a Bool)(assert a)(check-sat)(assert (not a))(check-sat)"
    assert solver.evaluate(script).split() == ["sat", "unsat"]


def test_scripts_do_not_see_each_other(solver: Solver) -> None:
    solver.evaluate("(declare-const a Bool)(assert (not a))")
    assert solver.evaluate("(declare-const a Bool)(assert a)(check-sat)").strip() == "sat"


def test_a_limit_in_steps_gives_unknown(solver: Solver) -> None:
    script = "(declare-const x Real)(declare-const b Bool)(assert (=> b (> x 3.0)))(check-sat-assuming (b))"
    assert solver.evaluate(script).split() == ["sat"]
    assert solver.evaluate(f"(set-option :rlimit 10){script}").split() == ["unknown"]


def test_a_broken_script_is_a_failure(solver: Solver) -> None:
    with pytest.raises(SolverFailed, match="does not understand"):
        solver.evaluate("(assert undeclared)")


def test_without_the_library_the_message_says_how_to_get_it(solver: Solver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "z3", None)
    with pytest.raises(SolverFailed) as failed:
        solver.evaluate("(check-sat)")
    assert "setsquare[formal]" in failed.value.hint
