"""New policies within old ones: proven, certainly not, or not provable."""

from __future__ import annotations

from typing import Any

import pytest

from setsquare.powers.iam.containment import LIMIT_WIDENINGS, Widening, widening
from setsquare.powers.iam.evaluation.request import NamedPolicy
from setsquare.powers.iam.implication import implies
from setsquare.powers.iam.policy.document import Condition, Effect, Policy, Principals, Statement
from setsquare.powers.iam.universe import AccessLevel, ActionFacts, Universe

NAMES = ("s3:GetObject", "s3:GetObjectAcl", "s3:PutObject", "sqs:SendMessage", "iam:PassRole")
UNIVERSE = Universe(
    version="test",
    dated="2026-10-27",
    actions={name.lower(): ActionFacts(name=name, level=AccessLevel.WRITE) for name in NAMES},
    resource_types={},
)
EU = Condition("StringEquals", "aws:RequestedRegion", ("eu-west-1",))


def allow(*actions: str, on: tuple[str, ...] | None = ("*",), **more: Any) -> Statement:
    return Statement(effect=more.pop("effect", Effect.ALLOW), actions=actions or None, resources=on, **more)


def deny(*actions: str, **more: Any) -> Statement:
    return allow(*actions, effect=Effect.DENY, **more)


def policy(*statements: Statement, version: str = "2012-10-17") -> tuple[NamedPolicy, ...]:
    return (NamedPolicy("p", Policy(statements=statements, version=version)),)


def compared(old: tuple[NamedPolicy, ...], new: tuple[NamedPolicy, ...]) -> tuple[Widening, ...]:
    return widening(old, new, UNIVERSE)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param([allow("s3:*")], [allow("S3:getobject")], id="a part of the actions"),
        pytest.param(
            [allow("s3:*", on=("arn:aws:s3:::b*",))], [allow("s3:Get*", on=("arn:aws:s3:::b/x/*",))], id="a part of the resources"
        ),
        pytest.param([allow("s3:Get*"), allow("s3:Put*")], [allow("s3:GetObject", "s3:PutObject")], id="joined from two statements"),
        pytest.param([allow(not_actions=("iam:*",))], [allow("s3:*", "sqs:Send*")], id="named out of NotAction"),
        pytest.param([allow(not_actions=("iam:*",))], [allow(not_actions=("i*", "s3:*"))], id="a longer NotAction"),
        pytest.param(
            [allow("s3:*", on=None, not_resources=("arn:aws:s3:::x/*",))],
            [allow("s3:*", on=("arn:aws:s3:::y/*",))],
            id="out of NotResource",
        ),
        pytest.param(
            [allow("s3:*", on=None, not_resources=("arn:aws:s3:::x/y",))],
            [allow("s3:*", on=None, not_resources=("arn:aws:s3:::x/*",))],
            id="a longer NotResource",
        ),
        pytest.param([allow("s3:*")], [allow("s3:*", conditions=(EU,))], id="one condition more"),
        pytest.param([allow("s3:*", conditions=(EU,))], [allow("s3:Get*", conditions=(EU,))], id="the same condition"),
        pytest.param([allow("*"), deny("iam:*")], [allow("s3:*")], id="a denial of what is not allowed any more"),
        pytest.param([allow("*"), deny("iam:Pass*")], [allow("*"), deny("iam:*")], id="a wider denial"),
        pytest.param([allow("*"), deny("s3:*", conditions=(EU,))], [allow("*"), deny("s3:*")], id="a denial that always holds"),
        pytest.param([allow("s3:*", on=("a", "b"))], [allow("s3:*", on=("b",)), allow("s3:Get*", on=("a",))], id="apart by resource"),
        pytest.param(
            [allow("s3:*", on=("arn:aws:s3:::${aws:userid}/*",))], [allow("s3:*", on=("arn:aws:s3:::${aws:userid}/x",))], id="a variable"
        ),
        pytest.param([allow("s3:*")], [], id="nothing"),
    ],
)
# req: iam-autopilot/4.5
def test_proven(old: list[Statement], new: list[Statement]) -> None:
    assert compared(policy(*old), policy(*new)) == ()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param([allow("s3:Get*")], [allow("s3:*")], id="more actions"),
        pytest.param([allow("s3:GetObject", "s3:GetObjectAcl")], [allow("s3:Get*")], id="a word that AWS may add to"),
        pytest.param([allow("s3:*", on=("arn:aws:s3:::b/*",))], [allow("s3:*", on=("arn:aws:s3:::b*",))], id="more resources"),
        pytest.param([allow("s3:Get*", on=("a",)), allow("s3:Put*", on=("b",))], [allow("s3:GetObject", on=("b",))], id="crosswise"),
        pytest.param([allow("s3:*", conditions=(EU,))], [allow("s3:*")], id="a condition less"),
        pytest.param(
            [allow("s3:*", conditions=(EU,))],
            [allow("s3:*", conditions=(Condition("StringLike", "aws:RequestedRegion", ("eu-*",)),))],
            id="a wider condition",
        ),
        pytest.param([allow(not_actions=("iam:*",))], [allow("i*:PassRole")], id="into NotAction"),
        pytest.param([allow(not_actions=("iam:*",))], [allow(not_actions=("iam:PassRole",))], id="a shorter NotAction"),
        pytest.param([allow("s3:*")], [allow(not_actions=("iam:*",))], id="NotAction out of Action"),
        pytest.param([allow("s3:*", on=None, not_resources=("x",))], [allow("s3:*", on=("x",))], id="into NotResource"),
        pytest.param([allow("s3:*", on=("x",))], [allow("s3:*", on=None, not_resources=("y",))], id="NotResource out of Resource"),
        pytest.param([allow("*"), deny("iam:*")], [allow("*")], id="a lost denial"),
        pytest.param([allow("*"), deny("iam:*")], [allow("*"), deny("iam:Create*")], id="a narrower denial"),
        pytest.param([allow("*"), deny("iam:*")], [allow("*"), deny("iam:*", conditions=(EU,))], id="a denial under a condition"),
        pytest.param([allow("*"), deny("s3:*", on=("a*",))], [allow("s3:Get*", on=("*b",))], id="a lost denial that overlaps"),
        pytest.param([allow("*"), deny(not_actions=("s3:*",))], [allow("sqs:SendMessage")], id="a lost denial of all but some"),
        pytest.param(
            [allow("s3:*", on=("arn:aws:s3:::${aws:userid}/*",))], [allow("s3:*", on=("arn:aws:s3:::me/*",))], id="a text for a variable"
        ),
        pytest.param([], [allow("s3:GetObject")], id="out of nothing"),
        pytest.param([Statement(effect=Effect.ALLOW, resources=("*",))], [allow("s3:GetObject")], id="a statement without actions"),
    ],
)
def test_not_proven(old: list[Statement], new: list[Statement]) -> None:
    assert compared(policy(*old), policy(*new))


def test_a_certain_widening_names_a_documented_action() -> None:
    (found,) = compared(policy(allow("s3:Get*")), policy(allow("s3:*")))
    assert (found.is_certain, found.reason) == (True, "no old statement allows s3:PutObject")
    assert (found.policy, found.statement, found.action, found.resource) == ("p", 0, "s3:*", "*")
    (open_,) = compared(policy(allow("s3:*", conditions=(EU,))), policy(allow("s3:GetObject")))
    assert (open_.is_certain, open_.reason.startswith("cannot prove")) == (False, True)


def test_policies_of_one_principal_are_one_whole() -> None:
    old = (*policy(allow("s3:Get*")), *policy(allow("s3:Put*")))
    assert compared(old, policy(allow("s3:GetObject", "s3:PutObject"))) == ()


def test_versions_decide_what_a_variable_is() -> None:
    statement = allow("s3:*", on=("arn:aws:s3:::${aws:userid}/*",))
    assert compared(policy(statement, version=""), policy(statement, version="")) == ()
    assert compared(policy(statement, version=""), policy(statement))
    assert compared(policy(allow("s3:*")), policy(statement)) == ()


def test_principals_must_be_the_same() -> None:
    ours, theirs = (allow("sts:AssumeRole", on=None, principals=(Principals("AWS", (who,)),)) for who in ("1", "2"))
    assert compared(policy(ours), policy(ours)) == ()
    assert compared(policy(ours), policy(theirs))


def test_reports_end() -> None:
    many = [allow(*[f"a{number}:b" for number in range(300)])]
    assert len(compared((), policy(*many))) == LIMIT_WIDENINGS


@pytest.mark.parametrize(
    ("stricter", "wider", "expected"),
    [
        (("StringEquals", ("a",)), ("StringEquals", ("b", "a")), True),
        (("StringEquals", ("a", "c")), ("StringEquals", ("b", "a")), False),
        (("StringNotEquals", ("a", "b")), ("StringNotEquals", ("a",)), True),
        (("StringNotEquals", ("a",)), ("StringNotEquals", ("a", "b")), False),
        (("StringEquals", ("a",)), ("StringEqualsIfExists", ("a", "b")), True),
        (("StringEqualsIfExists", ("a",)), ("StringEquals", ("a",)), False),
        (("ForAnyValue:StringEquals", ("a",)), ("ForAnyValue:StringEquals", ("a", "b")), True),
        (("ForAllValues:StringEquals", ("a",)), ("ForAnyValue:StringEquals", ("a",)), False),
        (("ForAllValues:StringNotLike", ("a", "b")), ("ForAllValues:StringNotLike", ("a",)), True),
        (("Bool", ("true",)), ("Bool", ("true",)), True),
        (("Bool", ("true",)), ("Bool", ("true", "false")), False),
        (("Null", ("true",)), ("Null", ("false",)), False),
        (("Unheard", ("a",)), ("Unheard", ("a", "b")), False),
        (("STRINGEQUALS", ("a",)), ("stringequals", ("a",)), True),
    ],
)
def test_conditions_imply(stricter: tuple[str, tuple[str, ...]], wider: tuple[str, tuple[str, ...]], expected: bool) -> None:
    first, second = (Condition(operator, "k:V", values) for operator, values in (stricter, wider))
    assert implies((first, EU), (second,)) is expected
