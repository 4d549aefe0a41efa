"""Operators: names read without case, values that are none of their kind match nothing, hostile values cost nothing."""

from __future__ import annotations

import time

import pytest

from setsquare.powers.iam.evaluation import truth
from setsquare.powers.iam.evaluation.conditions import condition_holds
from setsquare.powers.iam.evaluation.operators import Family, Quantifier, arn_parts, operator_of, plain_test, text_of
from setsquare.powers.iam.evaluation.request import Request
from setsquare.powers.iam.evaluation.truth import MAYBE, NO, YES, all_of, any_of
from setsquare.powers.iam.evaluation.variables import resolved
from setsquare.powers.iam.evaluation.view import View
from setsquare.powers.iam.policy.document import Condition
from setsquare.powers.iam.policy.glob import wild_atoms

DOCUMENTED = [
    "StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", "StringLike", "StringNotLike",
    "NumericEquals", "NumericNotEquals", "NumericLessThan", "NumericLessThanEquals", "NumericGreaterThan", "NumericGreaterThanEquals",
    "DateEquals", "DateNotEquals", "DateLessThan", "DateLessThanEquals", "DateGreaterThan", "DateGreaterThanEquals",
    "Bool", "BinaryEquals", "IpAddress", "NotIpAddress", "ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike",
]  # fmt: skip


def holds(operator: str, value: str, given: str) -> bool:
    view = View(Request(action="x:Y", context={"a:b": (given,)}))
    return condition_holds(Condition(operator, "A:B", (value,)), view, has_variables=True).truth is YES


@pytest.mark.parametrize("name", DOCUMENTED)
def test_every_documented_operator_is_known_with_all_that_may_stand_around_it(name: str) -> None:
    plain = operator_of(name)
    assert plain is not None
    for quantifier in Quantifier:
        for suffix in ("", "IfExists"):
            found = operator_of(f"{quantifier.value}{name}{suffix}".swapcase())
            assert found is not None
            assert (found.family, found.order, found.is_negated) == (plain.family, plain.order, plain.is_negated)
            assert (found.quantifier, found.is_if_exists) == (quantifier, bool(suffix))
    assert plain.is_negated == ("Not" in name)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "String",
        "StringNotLikes",
        "IfExists",
        "ForAllValues:",
        "ForSomeValues:StringLike",
        "BoolNot",
        "NotBool",
        "NullIfExists",
        "ForAnyValue:Null",
        "StringLikeIfExistsIfExists",
        " StringLike",
        "NumericLike",
    ],
)
def test_what_is_not_documented_is_no_operator(name: str) -> None:
    assert operator_of(name) is None


@pytest.mark.parametrize("value", ["", "ten", "1e5", "NaN", "inf", "0x10", "1_000", "٣", "1,5", "--1", "1" * 500, "9" * 100_000])
def test_what_is_no_number_equals_nothing(value: str) -> None:
    assert not holds("NumericEquals", value, value)
    assert not holds("NumericGreaterThan", "0", value)
    assert holds("NumericNotEquals", "0", value)


@pytest.mark.parametrize(
    "value", ["", "now", "2020-1-1", "2020-02-30", "2020-01-01T24:00:00Z", "2020-01-01 00:00:00", "20-01-01", "0000", "1e9", "٢٠٢٠"]
)
def test_what_is_no_date_equals_nothing(value: str) -> None:
    assert not holds("DateEquals", value, value)
    assert not holds("DateLessThan", "2030-01-01T00:00:00Z", value)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("2020-01-01T00:00Z", "2020-01-01"),
        ("2020-01-01T02:30:00+0230", "1577836800"),
        ("2020-01-01T00:00:00.5Z", "1577836800.5"),
        ("1969-12-31T23:59:59Z", "-1"),
        ("2020-06", "2020-06-01T00:00:00Z"),
    ],
)
def test_dates_in_two_forms_are_equal(first: str, second: str) -> None:
    assert holds("DateEquals", first, second)
    assert holds("DateEquals", second, first)


def test_values_of_other_kinds_match_nothing() -> None:
    assert not holds("IpAddress", "not/a/network", "10.0.0.1")
    assert not holds("IpAddress", "10.0.0.0/8", "10.0.0.0/8")
    assert not holds("BinaryEquals", "%%%", "%%%")
    assert not holds("ArnLike", "arn:aws:s3", "arn:aws:s3")
    assert holds("ArnLike", "arn:aws:s3:::*:x", "arn:aws:s3:::b/k:x")


def test_hostile_values_cost_little() -> None:
    started = time.process_time()
    for operator in DOCUMENTED:
        holds(operator, "*a?" * 700 + "b", "a" * 10_000)
        holds(operator, "9" * 50_000, "9" * 50_000)
        holds(operator, "${" * 10_000, "x")
    assert time.process_time() - started < 5


def test_variables_that_are_not_well_formed_are_text() -> None:
    view = View(Request(action="x:Y", context={"a:b": ("v",)}))
    for text in ("${", "${a:b", "$a:b}", "$"):
        assert resolved(text, view).atoms == tuple(text)
    assert resolved("${a:b, default}", view).missing == ("a:b, default",)
    assert resolved("${ A:B }", view).atoms == ("v",)


def test_a_value_that_is_unknown_leaves_open_what_is_not_decided() -> None:
    view = View(Request(action="x:Y", context={"a:b": ("v",)}, is_context_complete=False))
    both = Condition("StringEquals", "a:b", ("v", "${c:d}"))
    assert condition_holds(both, view, has_variables=True).truth is YES
    assert condition_holds(Condition("StringEquals", "a:b", ("w", "${c:d}")), view, has_variables=True).keys == ("c:d",)
    assert condition_holds(Condition("StringNotEquals", "a:b", ("v", "${c:d}")), view, has_variables=True).truth is NO


def test_three_values() -> None:
    maybe, other = truth.Tested(MAYBE, "one", ("a",)), truth.Tested(MAYBE, "two", ("b", "a"))
    assert (all_of([maybe, other]).keys, all_of([maybe, other]).reason) == (("a", "b"), "one; two")
    assert any_of([maybe, truth.Tested(YES)]).truth is YES
    assert all_of([maybe, truth.Tested(NO, "no")]).reason == "no"


def test_small_parts() -> None:
    found = operator_of("StringEquals")
    assert found is not None
    assert (found.family, found.takes_variables) == (Family.EXACT, True)
    assert plain_test(found, "x")("x")
    assert text_of(wild_atoms("a*?")) == "a*?"
    assert len(arn_parts(wild_atoms("a:b:c:d:e:f:g"))) == 6
