"""The proofs see what is wrong with a recommendation."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from setsquare.powers.iam.policy.document import Effect, Policy
from setsquare.powers.iam.recommendation.evidence import doubts_of, uses_by_action
from setsquare.powers.iam.recommendation.fitting import Draft
from setsquare.powers.iam.recommendation.judging import Basis
from setsquare.powers.iam.recommendation.model import NarrowedPolicy
from setsquare.powers.iam.recommendation.narrowing import Kept, narrowed
from setsquare.powers.iam.recommendation.proving import unproven


def proof(account: Any, policy: Policy | None, uses: list[Any]) -> tuple[str, ...]:
    """Prove that `policy` may take the place of a grant of SQS and PassRole with a denial."""
    before = account.policy(
        account.statement(("sqs:*", "iam:PassRole"), ("arn:aws:sqs:*:*:mine", "arn:aws:iam::*:role/mine")),
        account.statement("sqs:DeleteQueue", effect=Effect.DENY),
    )
    granted, usage = account.grant(before), account.usage(uses)
    basis = Basis(
        grant=granted,
        usage=usage,
        universe=account.universe,
        tables=account.tables,
        uses=uses_by_action(usage, account.tables, account.universe),
        doubts=doubts_of(granted, usage, account.tables, account.universe),
    )
    removed = frozenset({"sqs:createqueue", "sqs:deletequeue", "sqs:getqueueattributes"})
    pieces = narrowed(before.policy, Kept(removed=removed, undocumented={}), account.universe)
    after = NarrowedPolicy(before=before, after=None if policy is None else (policy,), names=("inline",))
    return unproven(basis, (Draft(before, pieces),), (after,))


def after(
    account: Any, actions: tuple[str, ...] = ("sqs:GetQueueUrl", "sqs:SendMessage", "iam:PassRole"), *, denies: bool = True, **more: Any
) -> Policy:
    allowing = account.statement(actions, more.pop("resources", ("arn:aws:sqs:*:*:mine", "arn:aws:iam::*:role/mine")), **more)
    denial = account.statement("sqs:DeleteQueue", effect=Effect.DENY)
    policy: Policy = account.policy(allowing, *([denial] if denies else [])).policy
    return policy


def uses(account: Any) -> list[Any]:
    return [account.use("sqs:GetQueueUrl", "arn:aws:sqs:eu-west-1:1:mine"), account.use("sqs:SendMessage")]


# req: iam-autopilot/4.4, iam-autopilot/4.5
def test_a_good_recommendation_is_proven(account: Any) -> None:
    assert proof(account, after(account), uses(account)) == ()


@pytest.mark.parametrize(
    ("actions", "expected"),
    [
        (
            ("sqs:GetQueueUrl", "iam:PassRole"),
            "not sound: sqs:SendMessage on arn:aws:sqs:*:*:mine was used; the old policies answer allow, the new ones deny",
        ),
        (("sqs:SendMessage", "iam:PassRole"), "not sound: sqs:GetQueueUrl on arn:aws:sqs:eu-west-1:1:mine was used"),
        (("sqs:GetQueueUrl", "sqs:SendMessage"), "loss of what is kept: inline#0, iam:PassRole"),
        (("sqs:GetQueueUrl", "sqs:SendMessage", "iam:PassRole", "ec2:RunInstances"), "widening: inline#0, ec2:RunInstances"),
        (("sqs:GetQueueUrl", "sqs:SendMessage", "iam:P*"), "widening: inline#0, iam:P*"),
    ],
)
def test_a_bad_one_is_refused_with_the_reason(account: Any, actions: tuple[str, ...], expected: str) -> None:
    assert any(reason.startswith(expected) for reason in proof(account, after(account, actions), uses(account)))


def test_a_lost_denial_is_a_widening(account: Any) -> None:
    found = proof(account, after(account, ("sqs:*", "iam:PassRole"), denies=False), uses(account))
    assert any(reason.startswith("widening") and "Deny" in reason for reason in found)


def test_a_lost_policy_is_not_sound(account: Any) -> None:
    assert any("not sound" in reason for reason in proof(account, None, uses(account)))


def test_a_new_condition_makes_the_answer_unknown_and_that_is_a_loss(account: Any, condition: Any) -> None:
    found = proof(account, after(account, conditions=(condition,)), uses(account))
    assert any("the old policies answer allow, the new ones unknown" in reason for reason in found)


def test_other_resources_are_a_widening(account: Any) -> None:
    found = proof(account, after(account, resources=("arn:aws:sqs:*:*:*", "arn:aws:iam::*:role/mine")), uses(account))
    assert any(reason.startswith("widening") and "arn:aws:sqs:*:*:*" in reason for reason in found)


def test_what_was_denied_needs_no_proof(account: Any) -> None:
    assert proof(account, after(account), [*uses(account), account.use("sqs:DeleteQueue", "arn:aws:sqs:eu-west-1:1:mine")]) == ()


def test_many_failures_are_counted(account: Any) -> None:
    lost = [replace(account.use("sqs:SendMessage", f"arn:aws:sqs:r{at}:1:mine")) for at in range(9)]
    found = proof(account, after(account, ("iam:PassRole",)), lost)
    assert any(reason == "and 4 more of the same kind" for reason in found)
