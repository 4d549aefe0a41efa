"""Reads roles and their policies from an AWS account.

Source: AWS, IAM API Reference, `ListRoles`, `GetRole`, `ListRolePolicies`, `GetRolePolicy`, `ListAttachedRolePolicies`, `GetPolicy`, `GetPolicyVersion`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

import msgspec

from setsquare.adapters.aws_clients import ReadingClients, called, pages, reading_client
from setsquare.errors import CloudFailed
from setsquare.ports.cloud import RoleEntry
from setsquare.powers.iam.evaluation.request import NamedPolicy
from setsquare.powers.iam.policy.document import Policy
from setsquare.powers.iam.policy.reading import read_policy
from setsquare.powers.iam.recommendation.model import AttachedPolicy, Grant, PolicyKind
from setsquare.text import json_document
from setsquare.text.paths import RelPath

_MARKER = ("Marker", "Marker")
_OF_AWS = ":iam::aws:policy/"


class AwsCloud:
    """One account, as the credentials in use see it. `endpoint` stands for AWS in tests."""

    def __init__(self, region: str, endpoint: str | None = None, noted: Callable[[str, str], None] | None = None) -> None:
        """Take the region that global services are asked through; `noted` is told service and operation of each call."""
        self._region = region
        self._endpoint = endpoint
        self._noted = noted
        self._clients = ReadingClients()

    @cached_property
    def _iam(self) -> Any:
        return self._clients.client("iam", self._region, endpoint=self._endpoint, noted=self._noted)

    def identity(self) -> str:
        """Give the ARN of the credentials in use.

        Raises:
            CloudFailed: there are none, they have expired, or the account cannot be reached.
        """
        client = self._clients.client("sts", self._region, endpoint=self._endpoint, noted=self._noted)
        return str(called(client.get_caller_identity)["Arn"])

    def roles(self) -> tuple[RoleEntry, ...]:
        """List the roles of the account, sorted by name.

        Raises:
            CloudFailed: as above.
        """
        found = (role for page in pages(self._iam.list_roles, token=_MARKER) for role in page["Roles"])
        return tuple(sorted(_entry(role) for role in found))

    def grant(self, role: str) -> Grant | None:
        """Give all that a role is granted; `None` when it does not exist.

        Raises:
            CloudFailed: as above, or a policy cannot be read.
        """
        told = self._role(role)
        if told is None:
            return None
        entry, boundary = _entry(told), told.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn", "")
        return Grant(
            role=entry.name,
            arn=entry.arn,
            path=entry.path,
            unique_id=entry.unique_id,
            created=entry.created,
            policies=(*self._inline(role), *self._attached(role)),
            boundary=NamedPolicy(boundary, self._managed(boundary)[0]) if boundary else None,
            trust=_policy(told["AssumeRolePolicyDocument"], f"the trust policy of {role}"),
        )

    def _role(self, role: str) -> Any:
        """Read a role; `None` when there is none."""
        absent = self._iam.exceptions.NoSuchEntityException
        try:
            return called(self._iam.get_role, RoleName=role)["Role"]
        except CloudFailed as error:
            if isinstance(error.__cause__, absent):
                return None
            raise

    def _inline(self, role: str) -> tuple[AttachedPolicy, ...]:
        """Read the inline policies of a role."""
        names = [name for page in pages(self._iam.list_role_policies, token=_MARKER, RoleName=role) for name in page["PolicyNames"]]
        answers = [called(self._iam.get_role_policy, RoleName=role, PolicyName=name) for name in sorted(names)]
        return tuple(
            AttachedPolicy(
                name=told["PolicyName"], kind=PolicyKind.INLINE, policy=_policy(told["PolicyDocument"], f"{role}'s {told['PolicyName']}")
            )
            for told in answers
        )

    def _attached(self, role: str) -> tuple[AttachedPolicy, ...]:
        """Read the managed policies that are attached to a role."""
        listed = [
            each for page in pages(self._iam.list_attached_role_policies, token=_MARKER, RoleName=role) for each in page["AttachedPolicies"]
        ]
        found = []
        for each in sorted(listed, key=lambda each: str(each["PolicyArn"])):
            arn = str(each["PolicyArn"])
            policy, attachments, bounds = self._managed(arn)
            kind = PolicyKind.AWS_MANAGED if _OF_AWS in arn else PolicyKind.MANAGED
            found.append(
                AttachedPolicy(name=str(each["PolicyName"]), kind=kind, policy=policy, arn=arn, attachments=attachments, bounds=bounds)
            )
        return tuple(found)

    def _managed(self, arn: str) -> tuple[Policy, int, int]:
        """Read the default version of a managed policy, how many principals it is attached to, and how many it bounds."""
        facts = called(self._iam.get_policy, PolicyArn=arn)["Policy"]
        version = called(self._iam.get_policy_version, PolicyArn=arn, VersionId=facts["DefaultVersionId"])["PolicyVersion"]
        return _policy(version["Document"], arn), int(facts.get("AttachmentCount", 1)), int(facts.get("PermissionsBoundaryUsageCount", 0))


def identity_at(region: str, endpoint: str | None = None) -> str:
    """Give the ARN of the credentials in use, asking once and not for long.

    Raises:
        CloudFailed: there are none, they are not accepted, or AWS does not answer.
    """
    return str(called(reading_client("sts", region, endpoint=endpoint, is_quick=True).get_caller_identity)["Arn"])


def _entry(told: Any) -> RoleEntry:
    """Read one role of an answer."""
    created = told.get("CreateDate")
    return RoleEntry(
        name=str(told["RoleName"]),
        path=str(told.get("Path", "/")),
        arn=str(told.get("Arn", "")),
        unique_id=str(told.get("RoleId", "")),
        created=created.date().isoformat() if created else "",
    )


def _policy(document: Any, what: str) -> Policy:
    """Read a policy document of an answer.

    Raises:
        CloudFailed: it is no policy that can be judged.
    """
    policy, problems = read_policy(json_document.scan(RelPath("policy.json"), msgspec.json.encode(document)))
    fatal = [problem.reason for problem in problems if problem.is_fatal]
    if policy is None or fatal:
        raise CloudFailed(
            f"{what} cannot be judged: {'; '.join(fatal) or 'it is no policy'}.", "Nothing is claimed about the role; look at the policy."
        )
    return policy
