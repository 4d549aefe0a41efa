"""Whether this trail can show that an action was used, and so whether its absence means anything."""

from __future__ import annotations

from setsquare.powers.iam.universe import AccessLevel, Universe
from setsquare.powers.iam.usage.covering import concerns
from setsquare.powers.iam.usage.mapping import ActionTables
from setsquare.powers.iam.usage.model import Coverage
from setsquare.powers.iam.usage.observability import Observability, Observed

_READING = (AccessLevel.LIST, AccessLevel.READ)


def observed(action: str, tables: ActionTables, universe: Universe, coverage: Coverage) -> Observed:
    """Class one action, with the reason, and say whether "never used" may be claimed of it on this trail."""
    name = action.lower()
    facts = universe.actions.get(name)
    if facts is None:
        return Observed(Observability.UNKNOWN, f"{action} is not among the actions of {universe.version} of {universe.dated}")
    reason = tables.never_logged.get(name)
    if reason is not None:
        return Observed(Observability.NEVER, reason)
    prefix, is_reading = name.partition(":")[0], facts.level in _READING
    if name in tables.data_events:
        return _data(prefix, is_reading, coverage)
    if name in tables.unnamed:
        return Observed(
            Observability.UNKNOWN, "no call is known that needs this action, so nobody knows under which event its use would show"
        )
    gap = concerns(coverage.gaps, prefix, is_reading=is_reading)
    if gap is not None:
        return Observed(Observability.MANAGEMENT, f"a management event, but {gap.reason}")
    if not coverage.days:
        return Observed(Observability.MANAGEMENT, "a management event, but the trail holds no day")
    return Observed(Observability.MANAGEMENT, "a management event, which every trail logs", is_claimable=True)


def _data(prefix: str, is_reading: bool, coverage: Coverage) -> Observed:
    kind = "reading" if is_reading else "writing"
    held = prefix in coverage.data_sources or f"{prefix}:{'read' if is_reading else 'write'}" in coverage.data_sources
    if not held:
        return Observed(
            Observability.DATA,
            f"a data event, and this trail shows no {kind} data events of {prefix}: they are off unless a trail selects them",
        )
    gap = concerns(coverage.gaps, prefix, is_reading=is_reading)
    if gap is not None:
        return Observed(Observability.DATA, f"a data event, but {gap.reason}")
    return Observed(Observability.DATA, f"a data event, and this trail holds {kind} data events of {prefix}", is_claimable=True)
