"""From CloudTrail event to IAM actions, in layers; each answer names the layer that gave it."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct


class MappedAction(Struct, frozen=True, order=True):
    """An action that a call needed. `layer` is `source-name`, `operation`, `special`, `forward-access`, `pass-role` or `same-name`.

    `is_required` is false for an action that the call may have needed: it counts as used when permissions are kept, never when one is called unused.
    """

    action: str
    layer: str
    is_required: bool = True


class ActionTables(Struct, frozen=True, kw_only=True):
    """What the layers look up.

    `prefixes`: event source label to service prefix, where they differ. `operations`: `prefix:Event`, lower case, to the actions it needs, where
    these are not just the action of the same name. `forward`: the same key to the actions that the service calls with the caller's rights.
    `data_events`: lower-case actions logged as data events. `never_logged`: lower-case action to the reason. `versions`: where each table comes from, with date.
    """

    prefixes: Mapping[str, str]
    operations: Mapping[str, tuple[str, ...]]
    forward: Mapping[str, tuple[str, ...]]
    data_events: frozenset[str]
    never_logged: Mapping[str, str]
    versions: Mapping[str, str]
