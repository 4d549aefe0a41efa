"""Tries each reading call of the Power against an account. What AWS does not find it has permitted to look for.

Source: AWS, IAM User Guide, "Policy evaluation logic": a call that is not permitted is refused before anything is looked for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

from setsquare.adapters.aws_access import AwsAccess
from setsquare.adapters.aws_clients import called, failure_code, was_denied
from setsquare.errors import CloudAuth, CloudBusy, CloudFailed
from setsquare.ports.permission_probe import Standing, Tried
from setsquare.powers.iam.usage.sources import TrailSource

NOBODY = "setsquare-probe"
"""A name that nothing has."""

_MANAGED = "policy/ReadOnlyAccess"
_EMPTY = "SELECT eventname FROM {store} WHERE eventtime < '2000-01-01 00:00:00' LIMIT 1"


class AwsPermissionProbe:
    """Tries calls for one source of events; `role` is one in scope, so that a grant on these roles alone is enough."""

    def __init__(self, access: AwsAccess, source: TrailSource, group: str, role: str) -> None:
        """Take what the calls are tried on."""
        self._access = access
        self._source = source
        self._group = group
        self._role = role or NOBODY

    def tried(self, operation: str) -> Tried:
        """Try one operation.

        Raises:
            CloudAuth: the credentials are not accepted at all.
        """
        attempt = self._attempts.get(operation)
        if attempt is None:
            return Tried(Standing.UNKNOWN, "nothing tries it")
        try:
            attempt()
        except CloudBusy as error:
            return Tried(Standing.UNKNOWN, error.message)
        except CloudAuth as error:
            if was_denied(error):
                return Tried(Standing.MISSING, error.message)
            raise
        except CloudFailed as error:
            # What is not there was looked for, so that was permitted.
            is_looked_for = "NotFound" in failure_code(error) or failure_code(error).startswith("NoSuch")
            return Tried(Standing.GRANTED) if is_looked_for else Tried(Standing.UNKNOWN, error.message)
        return Tried(Standing.GRANTED)

    @cached_property
    def _attempts(self) -> Mapping[str, Callable[[], Any]]:
        return {**self._of_iam(), **self._of_buckets(), **self._of_logs(), **self._of_cloudtrail()}

    @cached_property
    def _trail(self) -> str:
        """Give the ARN of any trail of the account."""
        try:
            trails = called(self._access.client("cloudtrail").describe_trails)["trailList"]
        except CloudFailed:
            return NOBODY
        return str(trails[0]["TrailARN"]) if trails else NOBODY

    def _of_iam(self) -> Mapping[str, Callable[[], Any]]:
        client, role = self._access.client("iam"), self._role
        aws = "arn:aws-cn" if self._access.region.startswith("cn-") else "arn:aws-us-gov" if "-gov-" in self._access.region else "arn:aws"
        managed = f"{aws}:iam::aws:{_MANAGED}"
        return {
            "iam:ListRoles": lambda: called(client.list_roles, MaxItems=1),
            "iam:GetRole": lambda: called(client.get_role, RoleName=role),
            "iam:ListRolePolicies": lambda: called(client.list_role_policies, RoleName=role, MaxItems=1),
            "iam:GetRolePolicy": lambda: called(client.get_role_policy, RoleName=role, PolicyName=NOBODY),
            "iam:ListAttachedRolePolicies": lambda: called(client.list_attached_role_policies, RoleName=role, MaxItems=1),
            "iam:GetPolicy": lambda: called(client.get_policy, PolicyArn=managed),
            "iam:GetPolicyVersion": lambda: called(client.get_policy_version, PolicyArn=managed, VersionId="v1"),
        }

    def _of_buckets(self) -> Mapping[str, Callable[[], Any]]:
        client, bucket, prefix = self._access.client("s3"), self._source.place, self._source.inner

        def read() -> None:
            try:
                found = called(client.list_objects_v2, Bucket=bucket, Prefix=prefix, MaxKeys=1).get("Contents", ())
            except CloudFailed:
                found = ()
            key = str(found[0]["Key"]) if found else f"{prefix}/{NOBODY}".lstrip("/")
            called(client.get_object, Bucket=bucket, Key=key, Range="bytes=0-0")["Body"].close()

        return {"s3:ListObjectsV2": lambda: called(client.list_objects_v2, Bucket=bucket, Prefix=prefix, MaxKeys=1), "s3:GetObject": read}

    def _of_logs(self) -> Mapping[str, Callable[[], Any]]:
        client, group = self._access.client("logs"), self._group
        now = int(self._access.now().timestamp())

        def start() -> str:
            answer = called(
                client.start_query, logGroupName=group, startTime=now - 1, endTime=now, queryString="fields @timestamp", limit=1
            )
            return str(answer["queryId"])

        return {
            "logs:DescribeLogGroups": lambda: called(client.describe_log_groups, logGroupNamePrefix=group, limit=1),
            "logs:StartQuery": start,
            "logs:GetQueryResults": lambda: called(client.get_query_results, queryId=start()),
            "logs:FilterLogEvents": lambda: called(
                client.filter_log_events, logGroupName=group, startTime=(now - 1) * 1000, endTime=now * 1000, limit=1
            ),
        }

    def _of_cloudtrail(self) -> Mapping[str, Callable[[], Any]]:
        client, store = self._access.client("cloudtrail"), self._source.place

        def start() -> str:
            return str(called(client.start_query, QueryStatement=_EMPTY.format(store=store.rpartition("/")[2]))["QueryId"])

        return {
            "cloudtrail:DescribeTrails": lambda: called(client.describe_trails),
            "cloudtrail:GetEventSelectors": lambda: called(client.get_event_selectors, TrailName=self._trail),
            "cloudtrail:GetTrailStatus": lambda: called(client.get_trail_status, Name=self._trail),
            "cloudtrail:LookupEvents": lambda: called(client.lookup_events, MaxResults=1),
            "cloudtrail:GetEventDataStore": lambda: called(client.get_event_data_store, EventDataStore=store),
            "cloudtrail:StartQuery": start,
            "cloudtrail:DescribeQuery": lambda: called(client.describe_query, EventDataStore=store, QueryId=start()),
            "cloudtrail:GetQueryResults": lambda: called(client.get_query_results, EventDataStore=store, QueryId=start()),
        }
