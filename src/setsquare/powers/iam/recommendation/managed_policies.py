"""Reads the managed policies of an account's details: the default version of each."""

from __future__ import annotations

from msgspec import Struct

from setsquare.powers.iam.policy.document import Policy
from setsquare.powers.iam.recommendation.grant_policies import PolicyReader
from setsquare.powers.iam.recommendation.grant_shapes import child, items, last_name, text
from setsquare.text.json_tree import JsonBoolean, JsonNumber, JsonObject, JsonValue


class ManagedPolicy(Struct, frozen=True, kw_only=True):
    """A managed policy; `policy` is `None` where its default version is missing or cannot be read. `attachments` counts from 1, `bounds` whom it bounds from 0."""

    name: str
    arn: str
    policy: Policy | None
    attachments: int
    bounds: int = 0


class ManagedPolicies:
    """Collects managed policies by ARN."""

    def __init__(self, reader: PolicyReader) -> None:
        """Take the reader of the file."""
        self.reader = reader
        self.found: dict[str, ManagedPolicy] = {}

    def take(self, value: JsonValue) -> None:
        """Take one entry of `Policies`. A document that cannot be read matters to the roles alone that have it attached."""
        line = self.reader.line(value)
        if not isinstance(value, JsonObject) or not (arn := text(value, "Arn")):
            self.reader.report("unknown-shape", "Policies holds an entry without Arn", line)
            return
        default = text(value, "DefaultVersionId")
        policy: Policy | None = None
        chosen = [each for each in items(child(value, "PolicyVersionList")) if isinstance(each, JsonObject) and _is_default(each, default)]
        # With two that claim to be the one in force, nobody knows what is granted.
        if len(chosen) == 1:
            policy = self.reader.policy(child(chosen[0], "Document"), self.reader.line(chosen[0]))
        name = text(value, "PolicyName") or last_name(arn)
        attachments = max(1, _count(value, "AttachmentCount", 1))
        bounds = _count(value, "PermissionsBoundaryUsageCount", 0)
        self.found[arn] = ManagedPolicy(name=name, arn=arn, policy=policy, attachments=attachments, bounds=bounds)


def _count(value: JsonObject, key: str, otherwise: int) -> int:
    """Read a count, from 0; a number that is none is taken for many, for nothing is edited then that others may have."""
    count = child(value, key)
    if count is None:
        return otherwise
    return count.integer if isinstance(count, JsonNumber) and count.integer is not None and count.integer >= 0 else 2


def _is_default(version: JsonObject, default: str) -> bool:
    flag = child(version, "IsDefaultVersion")
    return text(version, "VersionId") == default if default else isinstance(flag, JsonBoolean) and flag.value
