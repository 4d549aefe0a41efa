"""What leads from a CloudTrail event to IAM actions: tables, and answers that name the layer that gave them."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct


class MappedAction(Struct, frozen=True, order=True):
    """An action that a call needed. `layer` is `source-name`, `operation`, `special`, `forward-access`, `pass-role`, `same-name` or `unknown`.

    `is_required` is false for an action that the call may have needed: it counts as used when permissions are kept, never when one is called unused.
    `unknown` is the layer of a name that no table has: an action newer than the tables, or a call under another name than its action.
    """

    action: str
    layer: str
    is_required: bool = True


class ActionTables(Struct, frozen=True, kw_only=True):
    """What the layers look up.

    `prefixes`: event source label to service prefix, where they differ. `operations`: `prefix:Event`, lower case, to the actions it needs, where
    these are not just the action of the same name. `forward`: the same key to the actions that the service calls with the caller's rights.
    `data_events`: lower-case actions logged as data events. `never_logged`: lower-case action to the reason. `versions`: where each table comes from, with date.
    `possible`: as `operations`, the actions that a call may need. `passing`: the keys of calls that may pass a role.
    `unjudged`: lower-case actions to the reason why nobody knows under which name CloudTrail shows their use, if it does.
    """

    prefixes: Mapping[str, str]
    operations: Mapping[str, tuple[str, ...]]
    forward: Mapping[str, tuple[str, ...]]
    data_events: frozenset[str]
    never_logged: Mapping[str, str]
    versions: Mapping[str, str]
    possible: Mapping[str, tuple[str, ...]] = {}
    passing: frozenset[str] = frozenset()
    unjudged: Mapping[str, str] = {}
