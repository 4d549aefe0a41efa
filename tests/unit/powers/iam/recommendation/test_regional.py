"""What is claimed from a trail that shows one region alone."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from setsquare.powers.iam.policy.document import Condition, Effect, Statement
from setsquare.powers.iam.recommendation.model import Confidence, Verdict
from setsquare.powers.iam.recommendation.recommending import Options
from setsquare.powers.iam.recommendation.regional import is_kept_to
from setsquare.powers.iam.usage.model import Gap, Window

ALONE = (Gap(code="one-region", reason="all events are of us-east-1", scope="us-east-1"),)
ACTIONS = ("sqs:CreateQueue", "sqs:GetQueueUrl", "iam:CreateUser")
HERE = Condition("StringEquals", "aws:RequestedRegion", ("us-east-1",))


def verdicts(account: Any, uses: Any, gaps: tuple[Gap, ...] = ALONE, **more: Any) -> Any:
    granted = account.grant(account.policy(account.statement(ACTIONS, **more)))
    return account.verdicts(granted, account.usage(uses, gaps=gaps))


# req: iam-autopilot/3.8, iam-autopilot/4.8
def test_never_used_is_said_of_the_region_with_low_confidence_and_of_global_services_as_ever(account: Any) -> None:
    found = verdicts(account, [account.use("sqs:GetQueueUrl")])
    queue, user = found["sqs:CreateQueue"], found["iam:CreateUser"]
    assert (queue.verdict, queue.confidence) == (Verdict.UNUSED, Confidence.LOW)
    assert queue.reason.startswith("no call in us-east-1, the one region that the trail shows, from 2026-08-02")
    assert (user.verdict, user.confidence, "the one region" in user.reason) == (Verdict.UNUSED, Confidence.HIGH, False)
    assert found["sqs:GetQueueUrl"].confidence is Confidence.HIGH
    assert verdicts(account, [account.use("sqs:GetQueueUrl")], ())["sqs:CreateQueue"].confidence is Confidence.HIGH


def test_of_a_role_without_any_call_there_nothing_is_claimed_but_of_global_services(account: Any) -> None:
    found = verdicts(account, [])
    queue = found["sqs:CreateQueue"]
    assert (queue.verdict, queue.is_insufficient) == (Verdict.UNJUDGED, True)
    assert "no call of the role and no region but us-east-1" in queue.reason
    assert found["iam:CreateUser"].verdict is Verdict.UNUSED
    assert verdicts(account, [], ())["sqs:CreateQueue"].verdict is Verdict.UNUSED


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"resources": "arn:aws:sqs:us-east-1:111122223333:*"}, Confidence.HIGH),
        ({"conditions": (HERE,)}, Confidence.HIGH),
        ({"resources": ("arn:aws:sqs:us-east-1:111122223333:*", "arn:aws:sqs:eu-west-1:111122223333:*")}, Confidence.LOW),
    ],
)
def test_what_is_granted_in_the_region_alone_is_shown_by_it(account: Any, more: Any, expected: Confidence) -> None:
    found = verdicts(account, [account.use("sqs:GetQueueUrl")], **more)
    assert found["sqs:CreateQueue"].confidence is expected


def test_a_second_statement_that_reaches_further_counts(account: Any) -> None:
    kept = account.statement("sqs:CreateQueue", "arn:aws:sqs:us-east-1:111122223333:*")
    granted = account.grant(account.policy(kept, account.statement("sqs:*")))
    found = account.verdicts(granted, account.usage([account.use("sqs:GetQueueUrl")], gaps=ALONE))
    assert found["sqs:CreateQueue"].confidence is Confidence.LOW


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ({"resources": ("*",)}, False),
        ({"resources": ("arn:aws:s3:::bucket",)}, False),
        ({"resources": ("arn:aws:sqs:us-east-1",)}, False),
        ({"resources": ("arn:*:us-east-1:sqs",)}, False),
        ({"resources": ("arn:a*:sqs:us-east-1:1:q",)}, False),
        ({"resources": ("arn:aws:sqs:us-east-?:1:q",)}, False),
        ({"not_resources": ("arn:aws:sqs:us-east-1:1:q",)}, False),
        ({"resources": ("arn:aws:sqs:us-east-1:1:q",)}, True),
        ({"resources": ("*",), "conditions": (Condition("StringEqualsIfExists", "aws:RequestedRegion", ("us-east-1",)),)}, False),
        ({"resources": ("*",), "conditions": (Condition("StringEquals", "aws:RequestedRegion", ("us-east-1", "eu-west-1")),)}, False),
        ({"resources": ("*",), "conditions": (Condition("stringequals", "AWS:requestedregion", ("us-east-1",)),)}, True),
    ],
)
def test_only_plain_words_keep_a_statement_to_a_region(statement: Any, expected: bool) -> None:
    assert is_kept_to(Statement(effect=Effect.ALLOW, actions=("sqs:*",), **statement), "us-east-1") is expected


def test_a_persons_word_for_other_regions_is_written_down(account: Any) -> None:
    granted = account.grant(account.policy(account.statement(ACTIONS)))
    usage = account.usage([account.use("sqs:GetQueueUrl")])
    stated = replace(usage, coverage=replace(usage.coverage, is_stated=True, stated_region="us-east-1"))
    found = account.recommend(granted, stated)
    assert "and so do all regions but us-east-1" in found.statement
    assert max(each.confidence is Confidence.HIGH for each in found.verdicts if each.verdict is Verdict.UNUSED) is False


NARROW = Options(narrow_resources=True)
QUEUE = "arn:aws:sqs:us-east-1:111122223333:"


@pytest.mark.parametrize(
    ("statement", "uses", "narrowed"),
    [
        (("sqs:*", "*"), (("sqs:GetQueueUrl", QUEUE + "a"),), ("*",)),
        (("sqs:*", "arn:aws:sqs:*:111122223333:*"), (("sqs:GetQueueUrl", QUEUE + "a"),), ("arn:aws:sqs:*:111122223333:*",)),
        (("sqs:*", QUEUE + "*"), (("sqs:GetQueueUrl", QUEUE + "a"),), (QUEUE + "a",)),
        (("s3:GetObject", "*"), (("s3:GetObject", "arn:aws:s3:::logs/a/1"),), ("*",)),
    ],
)
def test_resources_are_narrowed_only_where_the_trail_shows_all_that_a_statement_reaches(
    account: Any, statement: Any, uses: Any, narrowed: tuple[str, ...]
) -> None:
    granted = account.grant(account.policy(account.statement(*statement)))
    usage = account.usage([account.use(*each) for each in uses], gaps=ALONE)
    found = account.recommend(granted, usage, NARROW)
    assert [each.resources for each in found.policies[0].after[0].statements] == [narrowed]
    assert any("reaches nothing outside of us-east-1" in note for note in found.notes)
    assert not any("reaches nothing outside" in note for note in account.recommend(granted, usage).notes)
    everywhere = account.recommend(granted, replace(usage, coverage=replace(usage.coverage, gaps=())), NARROW)
    assert everywhere.policies[0].after[0].statements[0].resources != ("*",)
    assert not any("reaches nothing outside" in note for note in everywhere.notes)


def cautioned(account: Any, **more: Any) -> str:
    granted = account.grant(account.policy(account.statement(ACTIONS)))
    told: str = account.recommend(granted, account.usage([account.use("sqs:GetQueueUrl")], **more)).caution
    return told


def test_low_confidence_is_told_with_its_reasons(account: Any) -> None:
    assert cautioned(account) == ""
    assert cautioned(account, gaps=ALONE) == "low confidence in 1 of 2 removals: the trail shows no region but us-east-1"
    short = cautioned(account, gaps=ALONE, window=Window("2026-10-20", "2026-10-30"))
    assert short == "low confidence in all 2 removals: the window has only 11 days, and the trail shows no region but us-east-1"
    reading = account.grant(account.policy(account.statement(("s3:GetObject", "sqs:GetQueueUrl"))))
    found = account.recommend(reading, account.usage([account.use("sqs:GetQueueUrl")]))
    assert found.caution == "low confidence in the removal: data events are there only where a trail selects them"
