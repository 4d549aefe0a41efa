"""Tells whether the conditions of a statement hold for a request.

Source: AWS, IAM User Guide, "IAM JSON policy elements: Condition" and "Single-valued vs. multivalued context keys".
"""

from __future__ import annotations

from functools import lru_cache

from setsquare.powers.iam.evaluation.operators import Family, Operator, Quantifier, Test, operator_of, plain_test, test_of
from setsquare.powers.iam.evaluation.truth import FAILS, HOLDS, MAYBE, NO, YES, Tested, Truth, all_of, any_of
from setsquare.powers.iam.evaluation.variables import Resolved, has_variable, resolved
from setsquare.powers.iam.evaluation.view import View
from setsquare.powers.iam.policy.document import Condition
from setsquare.powers.iam.policy.glob import wild_atoms


# req: iam-autopilot/2.5
def condition_holds(condition: Condition, view: View, *, has_variables: bool) -> Tested:
    """Test one key under one operator. An operator that AWS does not document holds maybe: it never allows and never stays silent.

    >>> from setsquare.powers.iam.evaluation.request import Request
    >>> view = View(Request(action="s3:GetObject", context={"aws:requestedregion": ("eu-west-1",)}))
    >>> condition_holds(Condition("StringEquals", "aws:RequestedRegion", ("us-east-1", "eu-west-1")), view, has_variables=True).truth
    <Truth.YES: 'yes'>
    >>> condition_holds(Condition("StringEquals", "aws:RequestedRegion", ("us-east-1",)), view, has_variables=True).reason
    'condition StringEquals on aws:RequestedRegion fails: the request has "eu-west-1", the policy "us-east-1"'
    """
    found = operator_of(condition.operator)
    key = condition.key.lower()
    if found is None:
        return Tested(MAYBE, f"AWS documents no condition operator {_shown(condition.operator)}", (key,))
    values = view.values(key)
    if values is None:
        return Tested(MAYBE, f"{_named(condition)} depends on a value that is not known", (key,))
    truth = _null(condition.values, values) if found.family is Family.NULL else _tested(found, condition, values, view, has_variables)
    return truth if truth.reason else Tested(truth.truth, _reason(condition, truth.truth, values), truth.keys)


def _tested(found: Operator, condition: Condition, values: tuple[str, ...], view: View, has_variables: bool) -> Tested:
    if not values:
        return HOLDS if _holds_without(found) else FAILS
    if len(values) > 1 and found.quantifier is Quantifier.NONE:
        reason = f"{_named(condition)} has several values in the request and no set operator, which AWS does not define"
        return Tested(MAYBE, reason, (condition.key.lower(),))
    tests, open_ = _tests(found, condition, view, has_variables)
    each = [_value_holds(found, value, tests, open_) for value in values]
    return any_of(each) if found.quantifier is Quantifier.ANY else all_of(each)


def _holds_without(found: Operator) -> bool:
    """Tell whether an operator holds where the request lacks the key."""
    if found.is_if_exists or found.quantifier is Quantifier.ALL:
        return True
    return found.is_negated and found.quantifier is Quantifier.NONE


def _value_holds(found: Operator, value: str, tests: list[Test], open_: tuple[Resolved, ...]) -> Tested:
    """Test one value of the request against those of the policy: one is enough, or none for a negated operator."""
    if any(test(value) for test in tests):
        return FAILS if found.is_negated else HOLDS
    unknown = tuple(sorted({key for each in open_ for key in each.unknown}))
    missing = tuple(sorted({key for each in open_ for key in each.missing}))
    if unknown:
        return Tested(MAYBE, f"the variable {unknown[0]} is not known", unknown)
    if missing and found.is_negated:
        return Tested(MAYBE, f"the request lacks the variable {missing[0]}, which may make AWS leave the statement out", missing)
    return HOLDS if found.is_negated else FAILS


def _tests(found: Operator, condition: Condition, view: View, has_variables: bool) -> tuple[list[Test], tuple[Resolved, ...]]:
    """Give the tests of the policy's values, and what could not be resolved."""
    tests: list[Test] = []
    open_: list[Resolved] = []
    for value in condition.values:
        if not (has_variables and found.takes_variables and has_variable(value)):
            tests.append(_plain(found, value))
            continue
        resolution = resolved(value, view)
        if resolution.atoms is None:
            open_.append(resolution)
        else:
            tests.append(test_of(found, resolution.atoms))
    return tests, tuple(open_)


@lru_cache(maxsize=8192)
def _plain(found: Operator, value: str) -> Test:
    """Compile a value without variables once."""
    return test_of(found, wild_atoms(value)) if found.family in {Family.LIKE, Family.ARN} else plain_test(found, value)


def _null(expected: tuple[str, ...], values: tuple[str, ...]) -> Tested:
    """Test for absence: `true` asks that the key is absent, `false` that it is there."""
    written = "false" if values else "true"
    return HOLDS if any(value.lower() == written for value in expected) else FAILS


def _named(condition: Condition) -> str:
    return f"condition {_shown(condition.operator)} on {_shown(condition.key)}"


def _reason(condition: Condition, truth: Truth, values: tuple[str, ...]) -> str:
    """Say what a condition saw."""
    if truth is YES:
        return ""
    has = f"the request has {_listed(values)}" if values else "the request lacks the key"
    return f"{_named(condition)} {'fails' if truth is NO else 'is open'}: {has}, the policy {_listed(condition.values)}"


def _listed(values: tuple[str, ...]) -> str:
    shown = ", ".join([f'"{_shown(value)}"' for value in values[:3]])
    return f"{shown} and {len(values) - 3} more" if len(values) > 3 else shown or "no value"


def _shown(text: str) -> str:
    return text if len(text) <= 80 else f"{text[:80]}…"
