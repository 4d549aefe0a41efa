"""Whether this trail can show that an action was used, and so whether its absence means anything."""

from __future__ import annotations

from collections.abc import Iterable

from setsquare.powers.iam.universe import AccessLevel, Universe
from setsquare.powers.iam.usage.covering import concerns
from setsquare.powers.iam.usage.mapping import ActionTables
from setsquare.powers.iam.usage.model import Coverage
from setsquare.powers.iam.usage.observability import Observability, Observed
from setsquare.powers.iam.usage.resources import scope_of

_READING = (AccessLevel.LIST, AccessLevel.READ)


def observed(action: str, tables: ActionTables, universe: Universe, coverage: Coverage, resources: Iterable[str] = ()) -> Observed:
    """Class one action, with the reason, and say whether "never used" may be claimed of it on this trail.

    `resources` are those that the action is granted on, as policies write them; none means all. They matter for data events alone, which may be logged of some.
    """
    name = action.lower()
    facts = universe.actions.get(name)
    if facts is None:
        return Observed(Observability.UNKNOWN, f"{action} is not among the actions of {universe.version} of {universe.dated}")
    reason = tables.never_logged.get(name)
    if reason is not None:
        return Observed(Observability.NEVER, reason)
    prefix, is_reading = name.partition(":")[0], facts.level in _READING
    doubt = tables.unjudged.get(name)
    if name in tables.data_events:
        found = _data(prefix, is_reading, coverage, tuple(resources))
        return found if doubt is None or not found.is_claimable else Observed(Observability.DATA, f"{found.reason}, but {doubt}")
    if doubt is not None:
        return Observed(Observability.UNKNOWN, doubt)
    gap = concerns(coverage.gaps, prefix, is_reading=is_reading)
    if gap is not None:
        return Observed(Observability.MANAGEMENT, f"a management event, but {gap.reason}", is_held=True)
    if not coverage.days:
        return Observed(Observability.MANAGEMENT, "a management event, but the trail holds no day", is_held=True)
    return Observed(Observability.MANAGEMENT, "a management event, which every trail logs", is_claimable=True, is_held=True)


def _data(prefix: str, is_reading: bool, coverage: Coverage, resources: tuple[str, ...]) -> Observed:
    """Judge a data event: a selector proves a whole service, an event that is there its own bucket, table or function alone."""
    kind, did = "reading" if is_reading else "writing", f"{prefix}:{'read' if is_reading else 'write'}"
    held = f"this trail holds {kind} data events of {prefix}"
    if prefix not in coverage.data_sources and did not in coverage.data_sources:
        scopes = frozenset(scope.partition(" ")[2] for scope in coverage.data_scopes if scope.partition(" ")[0] == did)
        if not scopes:
            return Observed(
                Observability.DATA,
                f"a data event, and this trail shows no {kind} data events of {prefix}: they are off unless a trail selects them",
            )
        others = sorted({resource for resource in resources or ("*",) if scope_of(resource) not in scopes})
        if others:
            return Observed(
                Observability.DATA,
                f"a data event, and {held}, but none of what {others[0]} names: a trail may select others alone",
            )
        held += " on what it is granted"
    gap = concerns(coverage.gaps, prefix, is_reading=is_reading)
    if gap is not None:
        return Observed(Observability.DATA, f"a data event, but {gap.reason}", is_held=True)
    return Observed(Observability.DATA, f"a data event, and {held}", is_claimable=True, is_held=True)
