"""A small account: some documented actions, the tables of their calls, a role and what it did."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from typing import Any

import pytest
from msgspec import Struct

from setsquare.powers.iam.policy.document import Condition, Effect, Policy, Statement
from setsquare.powers.iam.recommendation.model import ActionVerdict, AttachedPolicy, Grant, PolicyKind, Recommendation
from setsquare.powers.iam.recommendation.recommending import Options, recommend
from setsquare.powers.iam.universe import AccessLevel, ActionFacts, ResourceType, Universe
from setsquare.powers.iam.usage.mapping import ActionTables
from setsquare.powers.iam.usage.model import Coverage, Gap, Outcome, Principal, Usage, Use, Window

ROLE_ARN = "arn:aws:iam::111122223333:role/app"
DAYS = tuple((date(2026, 8, 2) + timedelta(number)).isoformat() for number in range(90))

WINDOW = Window(DAYS[0], DAYS[-1])
DEFAULTS = Options()

_LEVELS = {"Get": AccessLevel.READ, "List": AccessLevel.LIST, "Describe": AccessLevel.LIST, "Tag": AccessLevel.TAGGING}
_ACTIONS: Mapping[str, tuple[str, ...]] = {
    "s3:GetObject": ("object", "accesspointobject"),
    "s3:GetObjectAcl": ("object",),
    "s3:PutObject": ("object",),
    "s3:DeleteObject": ("object",),
    "s3:ListBucket": ("bucket",),
    "s3:GetBucketPolicy": ("bucket",),
    "s3:CreateBucket": ("bucket",),
    "s3:DeleteBucket": ("bucket",),
    "sqs:CreateQueue": ("queue",),
    "sqs:DeleteQueue": ("queue",),
    "sqs:GetQueueUrl": ("queue",),
    "sqs:GetQueueAttributes": ("queue",),
    "sqs:SendMessage": ("queue",),
    "ec2:RunInstances": ("instance", "subnet"),
    "ec2:TerminateInstances": ("instance",),
    "ec2:DescribeInstances": (),
    "ec2:DescribeSubnets": (),
    "kms:Decrypt": ("key",),
    "kms:CreateGrant": ("key",),
    "iam:PassRole": ("role",),
    "iam:CreateUser": ("user",),
    "iam:PutUserPolicy": ("user",),
    "iam:ListUsers": (),
}
_TYPES = {
    "s3": {"object": "arn:${Partition}:s3:::${BucketName}/${ObjectName}", "bucket": "arn:${Partition}:s3:::${BucketName}"},
    "sqs": {"queue": "arn:${Partition}:sqs:${Region}:${Account}:${QueueName}"},
    "ec2": {
        "instance": "arn:${Partition}:ec2:${Region}:${Account}:instance/${InstanceId}",
        "subnet": "arn:${Partition}:ec2:${Region}:${Account}:subnet/${SubnetId}",
    },
}


class Account(Struct, frozen=True, kw_only=True):
    """Makes the values of a test."""

    universe: Universe
    tables: ActionTables
    statement: Callable[..., Statement]
    policy: Callable[..., AttachedPolicy]
    grant: Callable[..., Grant]
    use: Callable[..., Use]
    usage: Callable[..., Usage]
    recommend: Callable[..., Recommendation]
    verdicts: Callable[..., Mapping[str, ActionVerdict]]


def universe_of(actions: Mapping[str, tuple[str, ...]]) -> Universe:
    facts = {}
    for name, types in actions.items():
        word = name.partition(":")[2]
        level = next((level for start, level in _LEVELS.items() if word.startswith(start)), AccessLevel.WRITE)
        level = AccessLevel.PERMISSIONS if word in ("PassRole", "PutUserPolicy", "CreateGrant") else level
        facts[name.lower()] = ActionFacts(name=name, level=level, resource_types=types)
    kinds_of = {service: {kind: ResourceType(kind, arn) for kind, arn in kinds.items()} for service, kinds in _TYPES.items()}
    return Universe(version="test", dated="2026-10-27", actions=facts, resource_types=kinds_of)


TABLES = ActionTables(
    prefixes={},
    operations={"s3:listobjectsv2": ("s3:ListBucket",)},
    forward={"s3:getobject": ("kms:Decrypt",)},
    data_events=frozenset({"s3:getobject", "s3:getobjectacl", "s3:putobject", "s3:deleteobject", "sqs:sendmessage"}),
    never_logged={"iam:passrole": "no call is named so: it is checked when a role is passed"},
    passing=frozenset({"ec2:runinstances"}),
    versions={},
)


def statement(actions: Any = None, resources: Any = "*", **more: Any) -> Statement:
    words = (actions,) if isinstance(actions, str) else actions
    where = (resources,) if isinstance(resources, str) else resources
    more.setdefault("effect", Effect.ALLOW)
    return Statement(actions=words, resources=where, **more)


def policy(*statements: Statement, name: str = "inline", kind: PolicyKind = PolicyKind.INLINE, **more: Any) -> AttachedPolicy:
    numbered = tuple(
        [Statement(**{**{name: getattr(each, name) for name in each.__struct_fields__}, "index": at}) for at, each in enumerate(statements)]
    )
    return AttachedPolicy(name=name, kind=kind, policy=Policy(version="2012-10-17", statements=numbered), **more)


def grant(*policies: AttachedPolicy, **more: Any) -> Grant:
    more.setdefault("created", "2025-01-01")
    more.setdefault("unique_id", "AROA1")
    return Grant(role="app", arn=ROLE_ARN, policies=policies, **more)


def use(call: str, resource: str = "*", **more: Any) -> Use:
    service, event = call.split(":")
    more.setdefault("outcome", Outcome.USED)
    more.setdefault("count", 3)
    day = more.setdefault("day", "2026-10-01")
    return Use(
        principal=more.pop("principal", Principal("role", ROLE_ARN, "AROA1")),
        source=f"{service}.amazonaws.com",
        event=event,
        resource=resource,
        first=f"{day}T00:00:00Z",
        last=f"{day}T00:00:00Z",
        region="eu-west-1",
        **more,
    )


def usage(uses: Iterable[Use] = (), gaps: tuple[Gap, ...] = (), data: tuple[str, ...] = ("s3", "sqs"), window: Window = WINDOW) -> Usage:
    coverage = Coverage(days=DAYS, regions=("eu-west-1", "us-east-1"), data_sources=data, gaps=gaps)
    return Usage(principal=Principal("role", ROLE_ARN, "AROA1"), window=window, uses=tuple(uses), coverage=coverage)


@pytest.fixture(scope="session")
def account() -> Account:
    """The small account."""
    universe = universe_of(_ACTIONS)

    def recommended(granted: Grant, used: Usage, options: Options = DEFAULTS, among: Universe = universe) -> Recommendation:
        return recommend(granted, used, among, TABLES, today="2026-10-31", options=options)

    def verdicts(granted: Grant, used: Usage) -> Mapping[str, ActionVerdict]:
        return {verdict.action: verdict for verdict in recommended(granted, used).verdicts}

    return Account(
        universe=universe,
        tables=TABLES,
        statement=statement,
        policy=policy,
        grant=grant,
        use=use,
        usage=usage,
        recommend=recommended,
        verdicts=verdicts,
    )


@pytest.fixture(scope="session")
def larger() -> Callable[[Mapping[str, tuple[str, ...]]], Universe]:
    """Give a universe of any actions."""
    return universe_of


@pytest.fixture(scope="session")
def condition() -> Condition:
    """A condition that an author wrote."""
    return Condition("StringEquals", "aws:RequestedRegion", ("eu-west-1",))
