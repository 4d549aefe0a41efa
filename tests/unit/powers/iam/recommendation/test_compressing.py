"""Actions as fewer words: exact, inside the grant, and wider only with leave."""

from __future__ import annotations

from typing import Any

from setsquare.powers.iam.policy.document import Effect, Statement
from setsquare.powers.iam.policy.patterns import action_matches
from setsquare.powers.iam.recommendation.compressing import Leave, compressed, is_inside, widened


def allowed(*actions: str, **more: Any) -> Statement:
    return Statement(effect=Effect.ALLOW, actions=actions or None, resources=("*",), **more)


def matched(words: tuple[str, ...], account: Any) -> set[str]:
    return {facts.name for facts in account.universe.actions.values() if any(action_matches(word, facts.name) for word in words)}


def test_words_match_the_set_and_nothing_else(account: Any) -> None:
    wanted = {
        "s3:GetObject",
        "s3:GetObjectAcl",
        "s3:PutObject",
        "s3:DeleteObject",
        "sqs:GetQueueUrl",
        "sqs:GetQueueAttributes",
        "ec2:RunInstances",
    }
    words = compressed(sorted(wanted), (allowed("*"),), account.universe)
    assert matched(words, account) == wanted
    assert words == ("ec2:RunInstances", "s3:*Object", "s3:GetObject*", "sqs:Get*")


def test_a_whole_service_is_one_word(account: Any) -> None:
    wanted = [facts.name for facts in account.universe.actions.values() if facts.name.startswith("sqs:")]
    assert compressed(wanted, (allowed("*"),), account.universe) == ("sqs:*",)


def test_a_word_stays_inside_what_was_granted(account: Any) -> None:
    wanted = ["sqs:GetQueueUrl", "sqs:GetQueueAttributes"]
    assert compressed(wanted, (allowed("sqs:GetQueueUrl", "sqs:GetQueueAttributes"),), account.universe) == tuple(sorted(wanted))
    assert compressed(wanted, (allowed("sqs:GetQueue*"),), account.universe) == ("sqs:GetQueue*",)
    assert compressed(wanted, (allowed(not_actions=("sqs:GetQueueThing",)),), account.universe) == tuple(sorted(wanted))
    assert compressed(wanted, (allowed(not_actions=("iam:*",)),), account.universe) == ("sqs:Get*",)


def test_words_that_were_written_stay(account: Any) -> None:
    assert compressed(["ec2:Describe*", "new:Thing", "sqs:GetQueueUrl"], (allowed("*"),), account.universe) == (
        "ec2:Describe*",
        "new:Thing",
        "sqs:GetQueueUrl",
    )


def test_wider_words_add_what_was_granted_and_say_so(account: Any) -> None:
    wanted = ["sqs:GetQueueUrl", "sqs:CreateQueue", "sqs:DeleteQueue"]
    short = widened(wanted, (allowed("sqs:*"),), account.universe, Leave(price=0))
    assert short.words == ("sqs:*",)
    assert short.added == ("sqs:GetQueueAttributes", "sqs:SendMessage")
    dear = widened(wanted, (allowed("sqs:*"),), account.universe, Leave(price=1000))
    assert dear.added == ()


def test_wider_words_never_add_what_leads_to_more_rights(account: Any) -> None:
    iam = widened(["iam:CreateUser", "iam:ListUsers"], (allowed("*"),), account.universe, Leave(price=0))
    assert (iam.added, set(iam.words)) == ((), {"iam:CreateUser", "iam:ListUsers"})
    kms = widened(["kms:Decrypt"], (allowed("*"),), account.universe, Leave(price=0))
    assert kms.words == ("kms:Decrypt",)
    guarded = frozenset({"sqs:sendmessage"})
    queues = widened(
        ["sqs:GetQueueUrl", "sqs:CreateQueue", "sqs:DeleteQueue"], (allowed("sqs:*"),), account.universe, Leave(price=0, guarded=guarded)
    )
    assert "sqs:SendMessage" not in matched(queues.words, account)


def test_inside_means_every_text_the_word_can_match() -> None:
    assert is_inside("s3:Get*", (allowed("s3:G*"),))
    assert not is_inside("s3:G*", (allowed("s3:Get*"),))
    assert not is_inside("s3:*", (allowed("s3:Get*", "s3:Put*"),))
