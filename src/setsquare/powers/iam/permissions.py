"""The AWS permissions that the Power needs, call by call, as a policy that grants no more.

Source: AWS, Service Authorization Reference (actions and resource types of IAM, CloudTrail, CloudWatch Logs, S3).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import assert_never

from msgspec import Struct

from setsquare.powers.iam.settings import PowerSettings
from setsquare.powers.iam.settings_values import is_open
from setsquare.powers.iam.usage.sources import SourceKind, TrailSource

_STAND_INS = {"region": "REGION", "account": "ACCOUNT_ID", "group": "LOG_GROUP"}


class Permission(Struct, frozen=True, kw_only=True):
    """One action, on which resources it is needed, and what for. `operation` is the call, `service:Operation`, as the clients name it."""

    action: str
    operation: str
    resources: tuple[str, ...]
    why: str


class Account(Struct, frozen=True, kw_only=True):
    """Where the calls go; words in capitals stand in for what is not known."""

    region: str
    account: str
    group: str

    @property
    def partition(self) -> str:
        """Give the partition that the region lies in.

        >>> Account(region="us-gov-west-1", account="1", group="g").partition
        'aws-us-gov'
        """
        return "aws-cn" if self.region.startswith("cn-") else "aws-us-gov" if self.region.startswith("us-gov-") else "aws"

    @property
    def stand_ins(self) -> tuple[str, ...]:
        """Name the words that a person must replace."""
        return tuple(word for word in _STAND_INS.values() if word in {self.region, self.account, self.group})


def account_of(settings: PowerSettings) -> Account:
    """Take from settings what they say without variables.

    >>> from setsquare.text.paths import RelPath
    >>> account_of(PowerSettings(path=RelPath("s.json"), region="eu-west-1", account_id="${A}")).account
    'ACCOUNT_ID'
    """

    def known(value: str, name: str) -> str:
        return _STAND_INS[name] if not value or is_open(value) else value

    return Account(
        region=known(settings.region, "region"), account=known(settings.account_id, "account"), group=known(settings.log_group, "group")
    )


# req: iam-autopilot/6.6
def needed(account: Account, source: TrailSource) -> tuple[Permission, ...]:
    """List what is needed to read roles and a trail; a trail in local files needs nothing of AWS but the roles.

    >>> found = needed(Account(region="eu-west-1", account="123456789012", group="g"), TrailSource(kind=SourceKind.LOOKUP))
    >>> [each.action for each in found][-1]
    'cloudtrail:LookupEvents'
    """
    match source.kind:
        case SourceKind.PATH:
            return _roles(account)
        case SourceKind.BUCKET:
            return (*_roles(account), *_bucket(account, source), *_facts(account))
        case SourceKind.SETTINGS | SourceKind.LOG_GROUP:
            return (*_roles(account), *_logs(account, source.place or account.group), *_facts(account))
        case SourceKind.LOOKUP:
            return (*_roles(account), _of("cloudtrail", "LookupEvents", ("*",), "reads the event history"))
        case SourceKind.LAKE:
            return (*_roles(account), *_lake(account, source.place))
    assert_never(source.kind)


class GrantStatement(Struct, frozen=True, kw_only=True):
    """A statement as IAM writes it."""

    Effect: str = "Allow"
    Action: tuple[str, ...]
    Resource: tuple[str, ...]


class GrantDocument(Struct, frozen=True, kw_only=True):
    """A policy as IAM writes it."""

    Version: str = "2012-10-17"
    Statement: tuple[GrantStatement, ...]


def policy_document(permissions: Iterable[Permission]) -> GrantDocument:
    """Write a policy that grants these permissions and nothing else: one statement for each set of resources.

    >>> policy_document([Permission(action="iam:GetRole", operation="iam:GetRole", resources=("*",), why="")]).Statement[0].Action
    ('iam:GetRole',)
    """
    by_resources: dict[tuple[str, ...], set[str]] = {}
    for each in permissions:
        by_resources.setdefault(each.resources, set()).add(each.action)
    return GrantDocument(
        Statement=tuple(GrantStatement(Action=tuple(sorted(actions)), Resource=resources) for resources, actions in by_resources.items())
    )


def _of(service: str, operation: str, resources: tuple[str, ...], why: str, action: str = "") -> Permission:
    return Permission(action=f"{service}:{action or operation}", operation=f"{service}:{operation}", resources=resources, why=why)


def _roles(account: Account) -> tuple[Permission, ...]:
    roles = (f"arn:{account.partition}:iam::{account.account}:role/*",)
    policies = (f"arn:{account.partition}:iam::aws:policy/*", f"arn:{account.partition}:iam::{account.account}:policy/*")
    return (
        _of("iam", "ListRoles", ("*",), "finds the roles that targetRoles choose"),
        _of("iam", "GetRole", roles, "reads a role, its trust policy and its boundary"),
        _of("iam", "ListRolePolicies", roles, "lists the inline policies of a role"),
        _of("iam", "GetRolePolicy", roles, "reads an inline policy"),
        _of("iam", "ListAttachedRolePolicies", roles, "lists the managed policies of a role"),
        _of("iam", "GetPolicy", policies, "finds the default version of a managed policy"),
        _of("iam", "GetPolicyVersion", policies, "reads a managed policy"),
    )


def _bucket(account: Account, source: TrailSource) -> tuple[Permission, ...]:
    bucket = f"arn:{account.partition}:s3:::{source.place}"
    inner = f"{source.inner}/" if source.inner else ""
    return (
        _of("s3", "ListObjectsV2", (bucket,), "lists the trail's objects", "ListBucket"),
        _of("s3", "GetObject", (f"{bucket}/{inner}*",), "reads the trail's objects"),
    )


def _logs(account: Account, group: str) -> tuple[Permission, ...]:
    at = f"arn:{account.partition}:logs:{account.region}:{account.account}:log-group"
    return (
        _of("logs", "DescribeLogGroups", (f"{at}:*",), "finds the log group and how long it keeps events"),
        _of("logs", "StartQuery", (f"{at}:{group}:*",), "has Logs Insights count the calls"),
        _of("logs", "GetQueryResults", ("*",), "reads the counts"),
        _of("logs", "FilterLogEvents", (f"{at}:{group}:*",), "reads every event where Logs Insights cannot count"),
    )


def _facts(account: Account) -> tuple[Permission, ...]:
    trails = (f"arn:{account.partition}:cloudtrail:*:{account.account}:trail/*",)
    return (
        _of("cloudtrail", "DescribeTrails", ("*",), "finds the trail"),
        _of("cloudtrail", "GetEventSelectors", trails, "reads what the trail leaves out"),
        _of("cloudtrail", "GetTrailStatus", trails, "reads since when the trail logs"),
        _of("cloudtrail", "LookupEvents", ("*",), "looks whether the trail was changed in the window"),
    )


def _lake(account: Account, store: str) -> tuple[Permission, ...]:
    at = (
        store
        if store.startswith("arn:")
        else f"arn:{account.partition}:cloudtrail:{account.region}:{account.account}:eventdatastore/{store}",
    )
    return (
        _of("cloudtrail", "GetEventDataStore", at, "reads what the store leaves out"),
        _of("cloudtrail", "StartQuery", at, "has the store count the calls"),
        _of("cloudtrail", "DescribeQuery", at, "waits for the counts"),
        _of("cloudtrail", "GetQueryResults", at, "reads the counts"),
    )
