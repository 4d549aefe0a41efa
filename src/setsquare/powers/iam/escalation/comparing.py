"""Tells which escalations are new: what was there before, as far and as sure, is not."""

from __future__ import annotations

from collections.abc import Iterable

from setsquare.powers.iam.escalation.model import Certainty, Escalation
from setsquare.powers.iam.policy.patterns import covers

_SURE = {Certainty.POSSIBLE.value: 0, Certainty.CONDITIONAL.value: 1, Certainty.CERTAIN.value: 2}


def is_within(each: Escalation, known: Escalation) -> bool:
    """Tell whether an escalation goes no further than one that is known: same principal, path and detour, no surer, on no more resources, under no fewer conditions.

    >>> old = Escalation(
    ...     principal="a", path="p", severity=3, certainty="certain", actions=("iam:PassRole",), resources=("iam:PassRole on arn:x/*",)
    ... )
    >>> from msgspec.structs import replace
    >>> is_within(replace(old, resources=("iam:PassRole on arn:x/y",)), old), is_within(replace(old, resources=("iam:PassRole on *",)), old)
    (True, False)
    """
    if (each.principal, each.path, each.via) != (known.principal, known.path, known.via):
        return False
    if _SURE.get(each.certainty, 2) > _SURE.get(known.certainty, 2) or not set(known.conditions) <= set(each.conditions):
        return False
    if not set(each.targets) <= set(known.targets):
        return False
    return all(any(_covers(old, new) for old in known.resources) for new in each.resources)


def beyond(after: Iterable[Escalation], before: Iterable[Escalation]) -> tuple[Escalation, ...]:
    """Give the escalations that go further than each known one, in their order.

    >>> beyond([], [])
    ()
    """
    known: dict[tuple[str, str], list[Escalation]] = {}
    for each in before:
        known.setdefault((each.principal, each.path), []).append(each)
    return tuple([each for each in after if not any(is_within(each, old) for old in known.get((each.principal, each.path), ()))])


def _covers(old: str, new: str) -> bool:
    if old == new:
        return True
    action, _, wide = old.partition(" on ")
    same, _, narrow = new.partition(" on ")
    return action.lower() == same.lower() and "NotResource" not in old + new and covers(wide, narrow)
