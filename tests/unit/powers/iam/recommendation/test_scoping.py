"""Resources are narrowed on request, and only where every use names its resource."""

from __future__ import annotations

from typing import Any

import pytest

from setsquare.powers.iam.policy.document import Policy
from setsquare.powers.iam.recommendation.recommending import Options
from setsquare.powers.iam.recommendation.scoping import generalised
from setsquare.powers.iam.usage.model import Gap

QUEUE = "arn:aws:sqs:eu-west-1:111122223333:"
NARROW = Options(narrow_resources=True)


def made(account: Any, statement: Any, uses: list[Any], options: Options = NARROW, gaps: tuple[Gap, ...] = ()) -> Policy:
    found = account.recommend(account.grant(account.policy(statement)), account.usage(uses, gaps=gaps), options)
    assert found.refusals == ()
    policy: Policy
    (policy,) = found.policies[0].after
    return policy


def shown(policy: Policy) -> list[tuple[tuple[str, ...] | None, tuple[str, ...] | None]]:
    return [(statement.actions, statement.resources) for statement in policy.statements]


def test_nothing_is_narrowed_unasked(account: Any) -> None:
    policy = made(account, account.statement("sqs:*"), [account.use("sqs:GetQueueUrl", QUEUE + "a")], Options())
    assert shown(policy) == [(("sqs:GetQueueUrl",), ("*",))]


def test_used_resources_are_listed_while_they_are_few(account: Any) -> None:
    uses = [account.use("sqs:GetQueueUrl", QUEUE + name) for name in "ba"]
    assert shown(made(account, account.statement("sqs:*"), uses)) == [(("sqs:GetQueueUrl",), (QUEUE + "a", QUEUE + "b"))]


def test_objects_become_the_folder_they_stand_in(account: Any) -> None:
    uses = [account.use("s3:GetObject", f"arn:aws:s3:::logs/2026/{number}.gz") for number in range(3)]
    assert shown(made(account, account.statement("s3:*Object"), uses)) == [(("s3:GetObject",), ("arn:aws:s3:::logs/2026/*",))]


def test_actions_are_grouped_by_what_they_were_used_on(account: Any) -> None:
    uses = [
        account.use("s3:GetObject", "arn:aws:s3:::logs/a/1"),
        account.use("s3:PutObject", "arn:aws:s3:::logs/a/2"),
        account.use("s3:ListObjectsV2", "arn:aws:s3:::logs"),
        account.use("sqs:GetQueueUrl"),
    ]
    policy = made(account, account.statement(("s3:*", "sqs:*"), sid="All"), uses)
    assert shown(policy) == [
        (("s3:GetObject", "s3:PutObject"), ("arn:aws:s3:::logs/a/*",)),
        (("s3:ListBucket",), ("arn:aws:s3:::logs",)),
        (("sqs:GetQueueUrl",), ("*",)),
    ]
    assert [statement.sid for statement in policy.statements] == ["All", "All2", "All3"]


@pytest.mark.parametrize(
    ("call", "resource", "why"),
    [
        ("sqs:GetQueueUrl", "*", "a use without a resource"),
        ("ec2:RunInstances", "arn:aws:ec2:eu-west-1:111122223333:instance/i-1", "an action on several kinds of resources"),
        ("ec2:DescribeInstances", "arn:aws:ec2:eu-west-1:111122223333:instance/i-1", "an action that knows no resource"),
        ("s3:GetBucketPolicy", "arn:aws:s3:::logs/key", "an ARN of another kind"),
        ("s3:GetObject", "arn:aws:s3:::logs/*/key", "a key that would be a pattern"),
        ("s3:GetObject", "arn:aws:s3:::logs/${aws:userid}/key", "a key that would be a variable"),
    ],
)
def test_what_cannot_be_shown_keeps_its_resources(account: Any, call: str, resource: str, why: str) -> None:
    action = call
    policy = made(account, account.statement((action, "iam:ListUsers")), [account.use(call, resource)])
    assert shown(policy) == [((action,), ("*",))], why


def test_one_use_without_a_resource_keeps_all(account: Any) -> None:
    uses = [account.use("sqs:GetQueueUrl", QUEUE + "a"), account.use("sqs:GetQueueUrl")]
    assert shown(made(account, account.statement("sqs:*"), uses)) == [(("sqs:GetQueueUrl",), ("*",))]


def test_needed_and_unjudged_actions_keep_their_resources(account: Any) -> None:
    uses = [account.use("s3:GetObject", "arn:aws:s3:::logs/a/1")]
    policy = made(account, account.statement(("s3:GetObject", "kms:Decrypt", "iam:PassRole")), uses)
    assert shown(policy) == [(("s3:GetObject",), ("arn:aws:s3:::logs/a/*",)), (("kms:Decrypt", "iam:PassRole"), ("*",))]


def test_listed_resources_are_only_left_out(account: Any) -> None:
    statement = account.statement("sqs:GetQueueUrl", (QUEUE + "a", QUEUE + "b"))
    assert shown(made(account, statement, [account.use("sqs:GetQueueUrl", QUEUE + "b")])) == [(("sqs:GetQueueUrl",), (QUEUE + "b",))]


def test_a_generalisation_stays_inside_the_pattern(account: Any) -> None:
    statement = account.statement("s3:GetObject", ("arn:aws:s3:::logs/*.gz", "arn:aws:s3:::other/*"))
    policy = made(account, statement, [account.use("s3:GetObject", "arn:aws:s3:::logs/a/1.gz")])
    assert shown(policy) == [(("s3:GetObject",), ("arn:aws:s3:::logs/*.gz",))]


def test_a_gap_keeps_all_resources(account: Any) -> None:
    gap = Gap(code="days-missing", reason="no event of a day")
    policy = made(account, account.statement("sqs:*"), [account.use("sqs:GetQueueUrl", QUEUE + "a")], gaps=(gap,))
    assert shown(policy) == [(("sqs:*",), ("*",))]


def test_data_events_that_the_trail_may_lack_keep_all_resources(account: Any) -> None:
    uses = [account.use("s3:GetObject", "arn:aws:s3:::logs/a/1"), account.use("s3:ListObjectsV2", "arn:aws:s3:::logs")]
    granted = account.grant(account.policy(account.statement(("s3:GetObject", "s3:ListBucket"))))
    (policy,) = account.recommend(granted, account.usage(uses, data=()), NARROW).policies[0].after
    assert shown(policy) == [(("s3:GetObject",), ("*",)), (("s3:ListBucket",), ("arn:aws:s3:::logs",))]


def test_a_gap_of_one_service_keeps_its_resources_alone(account: Any) -> None:
    gap = Gap(code="source-excluded", reason="KMS is left out", scope="kms")
    policy = made(account, account.statement("sqs:*"), [account.use("sqs:GetQueueUrl", QUEUE + "a")], gaps=(gap,))
    assert shown(policy) == [(("sqs:GetQueueUrl",), (QUEUE + "a",))]


def test_a_variable_in_the_resources_keeps_them(account: Any) -> None:
    statement = account.statement("s3:GetObject", ("arn:aws:s3:::home/${aws:username}/*",))
    policy = made(account, statement, [account.use("s3:GetObject", "arn:aws:s3:::home/me/x")])
    assert shown(policy) == [(("s3:GetObject",), ("arn:aws:s3:::home/${aws:username}/*",))]


def test_the_lattice_never_leaves_region_and_account() -> None:
    arns = [f"arn:aws:dynamodb:{region}:111122223333:table/t{number}" for region in ("eu-west-1", "us-east-1") for number in range(4)]
    assert generalised(arns) == ("arn:aws:dynamodb:eu-west-1:111122223333:table/*", "arn:aws:dynamodb:us-east-1:111122223333:table/*")


def test_many_of_no_common_part_stay_as_granted(account: Any) -> None:
    assert generalised([f"{QUEUE}{number}" for number in range(9)]) == ()
    uses = [account.use("sqs:GetQueueUrl", f"{QUEUE}{number}") for number in range(9)]
    assert shown(made(account, account.statement("sqs:*", QUEUE + "*"), uses)) == [(("sqs:GetQueueUrl",), (QUEUE + "*",))]
