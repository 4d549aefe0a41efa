"""The language of facts: what it reads, and what it says about what it does not."""

from __future__ import annotations

from fractions import Fraction

import pytest

from setsquare.spec.formal.formula import Formula, NoFormula, Sort, Variable, formula

KNOWN = {
    "mb": Variable(name="mb", sort=Sort.REAL),
    "n": Variable(name="n", sort=Sort.INT),
    "ok": Variable(name="ok", sort=Sort.BOOL),
    "state": Variable(name="state", sort=Sort.ENUM, values=("idle", "running")),
    "mode": Variable(name="mode", sort=Sort.ENUM, values=("fast", "slow")),
}


@pytest.mark.parametrize(
    ("text", "smt"),
    [
        ("ok", "|ok|"),
        ("mb<=10.5", "(<= |mb| (/ 21.0 2.0))"),
        ("not ok and mb > 3 or n != 4", "(or (and (not |ok|) (> |mb| 3.0)) (distinct |n| 4.0))"),
        ("ok -> mb >= -1", "(=> |ok| (>= |mb| (- 1.0)))"),
        ("ok implies ok implies ok", "(=> |ok| (=> |ok| |ok|))"),
        ("mb + 2 * n < 7 - mb", "(< (+ |mb| (* 2.0 |n|)) (- 7.0 |mb|))"),
        ("state = running", "(= |state| 1.0)"),
        ("idle = state", "(= 0.0 |state|)"),
        ("prev(state) = idle and n = prev(n) + 1", "(and (= |prev state| 0.0) (= |n| (+ |prev n| 1.0)))"),
        ("(ok)", "|ok|"),
        ("ok = true", "(= |ok| true)"),
    ],
)
def test_reads(text: str, smt: str) -> None:
    read = formula(text, KNOWN)
    assert isinstance(read, Formula)
    assert read.smt == smt


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "ends too early"),
        ("mb", "states nothing"),
        ("mb <= size", "no variable `size`"),
        ("ok and mb", "joins truth values"),
        ("ok < mb", "compares a number with a truth value"),
        ("state < running", "cannot order the values"),
        ("state = fast", "is a value of `mode`"),
        ("state = 3", "compared with something else"),
        ("mb * n = 2", "plain number"),
        ("(ok", "ends too early"),
        ("ok) ok", "should end"),
        ("ok ok", "should end"),
        ("mb <= 10 MB", "should end"),
        ("ok; (assert false)", "no part of a formula"),
        ("|x|", "no part of a formula"),
        ("(" * 200 + "ok" + ")" * 200, "nested too deeply"),
        ("not " * 200 + "ok", "nested too deeply"),
    ],
)
def test_refuses_with_a_reason(text: str, reason: str) -> None:
    read = formula(text, KNOWN)
    assert isinstance(read, NoFormula)
    assert reason in read.reason


def test_numbers_are_exact() -> None:
    read = formula("mb = 0.1", KNOWN)
    assert isinstance(read, Formula)
    assert Fraction(1, 10) == Fraction("0.1")
    assert read.smt == "(= |mb| (/ 1.0 10.0))"
