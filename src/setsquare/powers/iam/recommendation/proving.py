"""Proves a recommendation before it is shown to anybody: what was used still works, nothing is granted anew, nothing that is kept was lost."""

from __future__ import annotations

from setsquare.powers.iam.containment import Widening, widening
from setsquare.powers.iam.evaluation.request import NamedPolicy
from setsquare.powers.iam.recommendation.fitting import Draft
from setsquare.powers.iam.recommendation.judging import Basis
from setsquare.powers.iam.recommendation.model import NarrowedPolicy
from setsquare.powers.iam.recommendation.narrowing import assembled
from setsquare.powers.iam.recommendation.replaying import lost

_LIMIT_NAMED = 5
"""Failures of one kind that are named."""


# req: iam-autopilot/4.4, iam-autopilot/4.5
def unproven(basis: Basis, drafts: tuple[Draft, ...], policies: tuple[NarrowedPolicy, ...]) -> tuple[str, ...]:
    """Say what could not be proven, in sentences; empty when the recommendation holds."""
    if not any(policy.is_changed for policy in policies):
        return ()
    old = tuple([NamedPolicy(policy.name, policy.policy) for policy in basis.grant.policies])
    new = granted_after(policies)
    # The kept statements before they were written shorter, joined or split.
    kept = tuple(
        [NamedPolicy(draft.before.name, made) for draft in drafts if (made := assembled(draft.before.policy, draft.pieces)) is not None]
    )
    found = [*_told("widening", widening(old, new, basis.universe))]
    found += _told("loss of what is kept", widening(new, kept, basis.universe))
    losses = tuple(lost(basis, old, new))
    found += [f"not sound: {each}" for each in losses[:_LIMIT_NAMED]]
    return (*found, *_rest(len(losses)))


def granted_after(policies: tuple[NarrowedPolicy, ...]) -> tuple[NamedPolicy, ...]:
    """List what the role would have: the policies after narrowing, by name."""
    return tuple([NamedPolicy(name, made) for policy in policies for name, made in zip(policy.names, policy.after or (), strict=False)])


def _told(kind: str, found: tuple[Widening, ...]) -> list[str]:
    told = [f"{kind}: {each.policy}#{each.statement}, {each.action} on {each.resource}: {each.reason}" for each in found[:_LIMIT_NAMED]]
    return [*told, *_rest(len(found))]


def _rest(number: int) -> tuple[str, ...]:
    return (f"and {number - _LIMIT_NAMED} more of the same kind",) if number > _LIMIT_NAMED else ()
