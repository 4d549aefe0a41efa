"""Statements under an index answer as statements one by one do."""

from __future__ import annotations

import time
from itertools import product
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from setsquare.powers.iam.box_index import BoxIndex
from setsquare.powers.iam.boxes import Box, box_of, covers_actions, covers_resources, is_same, is_under, touch_actions
from setsquare.powers.iam.containment import widening
from setsquare.powers.iam.evaluation.evaluating import evaluate
from setsquare.powers.iam.evaluation.request import Layers, NamedPolicy, Request
from setsquare.powers.iam.policy.document import Condition, Effect, Policy, Statement
from setsquare.powers.iam.recommendation.replaying import ReplayIndex
from setsquare.powers.iam.universe import Universe

UNIVERSE = Universe(version="test", dated="2026-10-27", actions={}, resource_types={})
ACTIONS = ("*", "s3:*", "s3:Get*", "S3:GetObject", "s3:*Object", "s?:Get*", "s*:*", "sqs:SendMessage", "s3:$x", "?*", "nocolon")
RESOURCES = (
    "*", "arn:aws:s3:::b", "arn:aws:s3:::b*", "arn:aws:s3:::b/*", "arn:aws:s3:::*/x", "arn:aws:s3:::b/${aws:userid}/*", "arn:aws:s3:::${*}",
    "arn:aws:s3:::b/${aws:userid}", "arn:aws:s3:::b$", "arn:aws:s3:::b${", "arn:aws:s3:::b}x", "arn:*:s3:::b", "a?n:aws:s3:::b", "arn:aws:s3:::${$}",
)  # fmt: skip
CONDITIONS = (
    (),
    (Condition("StringEquals", "aws:RequestedRegion", ("eu-west-1",)),),
    (Condition("Bool", "aws:SecureTransport", ("true",)),),
)


def words(pool: tuple[str, ...]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(pool), min_size=1, max_size=3, unique=True).map(tuple)


@st.composite
def statements(draw: st.DrawFn) -> Statement:
    spoken, on = draw(words(ACTIONS)), draw(words(RESOURCES))
    is_not_action, is_not_resource = draw(st.integers(0, 4)) == 0, draw(st.integers(0, 4)) == 0
    return Statement(
        effect=draw(st.sampled_from([Effect.ALLOW, Effect.ALLOW, Effect.DENY])),
        actions=None if is_not_action else spoken,
        not_actions=spoken if is_not_action else None,
        resources=None if is_not_resource else on,
        not_resources=on if is_not_resource else None,
        conditions=draw(st.sampled_from(CONDITIONS)),
    )


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    found = draw(st.lists(statements(), min_size=1, max_size=6))
    numbered = tuple(replace(each, index=at) for at, each in enumerate(found))
    return Policy(statements=numbered, version=draw(st.sampled_from(["2012-10-17", "2012-10-17", ""])))


def boxes(*found: Policy) -> tuple[Box, ...]:
    return tuple(box_of("p", statement, policy) for policy in found for statement in policy.statements)


def places(mask: int, count: int) -> list[int]:
    return [at for at in range(count) if mask >> at & 1]


# req: iam-autopilot/4.5
@given(policies(), policies(), policies())
def test_an_index_answers_as_each_statement_does(one: Policy, other: Policy, asked: Policy) -> None:
    held = boxes(one, other)
    index, every = BoxIndex(held), (1 << len(held)) - 1
    for box in boxes(asked):
        assert index.says(box) == any(is_same(box, each) for each in held)
        assert places(index.under(box), len(held)) == [at for at, each in enumerate(held) if is_under(box, each)]
        for part in box.actions.parts():
            covering = [at for at, each in enumerate(held) if covers_actions(each.actions, part)]
            # Asked of a few first: what is remembered of them must not stand for the others.
            assert places(index.covering_actions(part, 1), len(held)) == [at for at in covering if at == 0]
            assert places(index.covering_actions(part, every), len(held)) == covering
            touching = [at for at, each in enumerate(held) if touch_actions(each.actions, part)]
            assert places(index.touching_actions(part), len(held)) == touching
        for part in box.resources.parts():
            for at, each in enumerate(held):
                assert index.has_covering(part, box, 1 << at) == covers_resources(each, part, box)


# req: iam-autopilot/4.4
@given(policies(), policies(), st.sampled_from(["s3:GetObject", "sqs:SendMessage", "iam:PassRole"]), st.sampled_from(["", *RESOURCES]))
def test_a_request_is_answered_by_the_statements_that_may_apply(one: Policy, other: Policy, action: str, resource: str) -> None:
    held = (NamedPolicy("one", one), NamedPolicy("other", other))
    request = Request(action=action, resource=resource, principal="arn:aws:iam::111122223333:role/app", is_context_complete=False)
    whole = evaluate(request, Layers(identity=held))
    few = evaluate(request, Layers(identity=ReplayIndex(held).about(action, resource)))
    assert (few.answer, few.is_explicit, few.unknown_keys) == (whole.answer, whole.is_explicit, whole.unknown_keys)


def many(shape: str, count: int = 700) -> tuple[NamedPolicy, NamedPolicy]:
    """Make a policy of many statements, and one with less."""
    forms: dict[str, Any] = {
        "same actions": lambda at: {"resources": (f"arn:aws:s3:::b-{at}", f"arn:aws:s3:::b-{at}/*")},
        "resources alike": lambda at: {"resources": (f"arn:aws:s3:::*-{at}-*",)},
        "conditions": lambda at: {"resources": ("*",), "conditions": (Condition("StringEquals", "aws:ResourceTag/team", (str(at),)),)},
    }
    before = tuple(
        Statement(effect=Effect.ALLOW, index=at, actions=("s3:Get*", "s3:Put*", "sqs:*"), **forms[shape](at)) for at in range(count)
    )
    after = tuple(replace(each, actions=("s3:GetObject", "sqs:Send*")) for each in before)
    return tuple(NamedPolicy("p", Policy(statements=each, version="2012-10-17")) for each in (before, after))  # type: ignore[return-value]


def test_many_statements_are_compared_in_a_moment() -> None:
    for shape, (turn, wanted) in product(("same actions", "resources alike", "conditions"), ((1, True), (-1, False))):
        old, new = many(shape)[::turn]
        began = time.process_time()
        assert (widening((old,), (new,), UNIVERSE) == ()) is wanted
        assert time.process_time() - began < 8  # CPU seconds; held each against each they take minutes
