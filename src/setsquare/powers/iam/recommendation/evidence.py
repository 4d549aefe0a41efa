"""What a role's usage shows of each action, and what makes the usage doubtful."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct

from setsquare.powers.iam.recommendation.model import Grant
from setsquare.powers.iam.universe import Universe
from setsquare.powers.iam.usage.mapped import actions_of, prefix_of, unmapped
from setsquare.powers.iam.usage.mapping import ActionTables, MappedAction
from setsquare.powers.iam.usage.model import Outcome, Usage, Use
from setsquare.powers.iam.usage.remaking import remade, since

_DEPENDENT = frozenset({"forward-access", "pass-role"})
_LIMIT_RESOURCES = 1000
"""ARNs that are kept of one action; an action with more counts as one whose resources are not known."""


class ActionUse(Struct, frozen=True, kw_only=True):
    """What was seen of one action.

    `name` is as the mapping gave it. `is_direct` is false when the action was only needed by calls of other actions, or only may have been.
    `is_exact` tells that every use names its resource. `layer` is the strongest layer that gave the action; `events` are the calls, `source:Event`.
    """

    name: str
    count: int = 0
    denied: int = 0
    last_used: str = ""
    resources: tuple[str, ...] = ()
    layer: str = ""
    is_direct: bool = False
    is_certain: bool = False
    is_exact: bool = True
    events: tuple[str, ...] = ()


class Doubts(Struct, frozen=True, kw_only=True):
    """Why "never used" may not be claimed, besides what the trail lacks: of any action, or of those of one service, by prefix."""

    everywhere: tuple[str, ...] = ()
    services: Mapping[str, str] = {}

    def about(self, action: str) -> str:
        """Give the reason why nothing may be claimed about an action, empty when there is none.

        >>> Doubts(services={"kms": "a call of it is unknown"}).about("kms:decrypt")
        'a call of it is unknown'
        """
        if self.everywhere:
            return "; ".join(self.everywhere)
        return self.services.get(action.partition(":")[0], "")


class _Seen:
    """Collects the uses of one action."""

    __slots__ = ("count", "denied", "events", "is_certain", "is_direct", "is_exact", "last", "layer", "name", "resources")

    def __init__(self, name: str) -> None:
        self.name = name
        self.count = 0
        self.denied = 0
        self.last = ""
        self.layer = ""
        self.is_direct = False
        self.is_certain = False
        self.is_exact = True
        self.resources: set[str] = set()
        self.events: set[str] = set()

    def add(self, use: Use, mapped: MappedAction) -> None:
        """Take one use."""
        if use.outcome is Outcome.DENIED:
            self.denied += use.count
            return
        is_direct = mapped.is_required and mapped.layer not in _DEPENDENT
        if not self.layer or (is_direct and not self.is_direct):
            self.layer = mapped.layer
        self.is_direct = self.is_direct or is_direct
        self.is_certain = self.is_certain or mapped.is_required
        self.count += use.count
        self.last = max(self.last, use.day)
        if len(self.events) < 5:
            self.events.add(f"{use.source}:{use.event}")
        # A dependent action acts on another resource than the one that the call names.
        if use.resource == "*" or not is_direct or len(self.resources) >= _LIMIT_RESOURCES:
            self.is_exact = False
        else:
            self.resources.add(use.resource)

    def result(self) -> ActionUse:
        """Give what was collected."""
        return ActionUse(
            name=self.name,
            count=self.count,
            denied=self.denied,
            last_used=self.last,
            resources=tuple(sorted(self.resources)),
            layer=self.layer,
            is_direct=self.is_direct,
            is_certain=self.is_certain,
            is_exact=self.is_exact and bool(self.resources),
            events=tuple(sorted(self.events)),
        )


def uses_by_action(usage: Usage, tables: ActionTables, universe: Universe) -> Mapping[str, ActionUse]:
    """Give what was seen of each action, by lower-case name. A denied call counts as no use; one on another's behalf counts as a need."""
    seen: dict[str, _Seen] = {}
    for use, mapped in mapped_uses(usage, tables, universe):
        key = mapped.action.lower()
        found = seen.get(key)
        if found is None:
            found = seen[key] = _Seen(mapped.action)
        found.add(use, mapped)
    return {key: found.result() for key, found in sorted(seen.items())}


def mapped_uses(usage: Usage, tables: ActionTables, universe: Universe) -> Iterator[tuple[Use, MappedAction]]:
    """Give each use with each action that it needed or may have needed; calls of one kind are mapped once.

    The documented action of the call's own name is always among them: where a table says that the call needs another one, a table may be wrong.
    """
    known: dict[tuple[str, str, str, str], tuple[MappedAction, ...]] = {}
    for use in usage.uses:
        key = (use.source, use.event, use.detail, use.via)
        found = known.get(key)
        if found is None:
            found = known[key] = _with_namesake(use, actions_of(use, tables, universe), tables, universe)
        for mapped in found:
            yield use, mapped


def _with_namesake(use: Use, mapped: tuple[MappedAction, ...], tables: ActionTables, universe: Universe) -> tuple[MappedAction, ...]:
    facts = universe.actions.get(f"{prefix_of(use.source, tables, universe)}:{use.event}".lower())
    if facts is None or any(each.action == facts.name for each in mapped):
        return mapped
    return (*mapped, MappedAction(facts.name, "same-name", is_required=False))


# req: iam-autopilot/4.9
def doubts_of(grant: Grant, usage: Usage, tables: ActionTables, universe: Universe) -> Doubts:
    """Say why the usage is not enough to call actions unused.

    >>> from setsquare.powers.iam.usage.model import Coverage, Principal, Window
    >>> window = Window("2026-08-01", "2026-10-29")
    >>> usage = Usage(principal=Principal("role", "", "AROA2"), window=window, uses=(), coverage=Coverage(days=("2026-08-01",)))
    >>> tables = ActionTables(prefixes={}, operations={}, forward={}, data_events=frozenset(), never_logged={}, versions={})
    >>> universe = Universe(version="1", dated="2026-10-27", actions={}, resource_types={})
    >>> doubts_of(Grant(role="r", created="2026-09-01"), usage, tables, universe).everywhere
    ('the role was made on 2026-09-01, after the window began on 2026-08-01',)
    """
    services: dict[str, str] = {}
    succeeded = [use for use in usage.uses if use.outcome is Outcome.USED]
    for source, event in unmapped(succeeded, tables, universe):
        reason = f"the call {source}:{event} was made, and no table says which action it needs"
        services.setdefault(prefix_of(source, tables, universe), reason)
    return Doubts(everywhere=_of_role(grant, usage), services=services)


def _of_role(grant: Grant, usage: Usage) -> tuple[str, ...]:
    """List what is doubtful about the role itself."""
    found: list[str] = []
    begin = usage.window.begin
    if not usage.coverage.days:
        found.append(f"the trail holds no event between {begin} and {usage.window.end}")
    if grant.created and grant.created > begin:
        found.append(f"the role was made on {grant.created}, after the window began on {begin}{since(grant.created, usage.window.end)}")
    found += remade(usage, grant.unique_id, grant.created)
    if grant.arn and usage.principal.arn and grant.arn != usage.principal.arn:
        found.append(f"the usage is that of {usage.principal.arn}, the grants are those of {grant.arn}")
    return tuple(found)
