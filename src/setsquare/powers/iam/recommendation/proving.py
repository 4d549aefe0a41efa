"""Proves a recommendation before it is shown to anybody: what was used still works, nothing is granted anew, nothing that is kept was lost."""

from __future__ import annotations

from collections.abc import Iterator

from setsquare.powers.iam.containment import Widening, widening
from setsquare.powers.iam.evaluation.answer import Answer
from setsquare.powers.iam.evaluation.evaluating import evaluate
from setsquare.powers.iam.evaluation.request import Layers, NamedPolicy, Request
from setsquare.powers.iam.policy.document import Effect
from setsquare.powers.iam.policy.patterns import action_matches
from setsquare.powers.iam.recommendation.evidence import mapped_uses
from setsquare.powers.iam.recommendation.fitting import Draft
from setsquare.powers.iam.recommendation.judging import Basis
from setsquare.powers.iam.recommendation.model import NarrowedPolicy
from setsquare.powers.iam.recommendation.narrowing import assembled
from setsquare.powers.iam.usage.model import Outcome

_LIMIT_NAMED = 5
"""Failures of one kind that are named."""
_ORDER = {Answer.DENY: 0, Answer.UNKNOWN: 1, Answer.ALLOW: 2}


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
    lost = tuple(_lost(basis, old, new))
    found += [f"not sound: {each}" for each in lost[:_LIMIT_NAMED]]
    return (*found, *_rest(len(lost)))


def granted_after(policies: tuple[NarrowedPolicy, ...]) -> tuple[NamedPolicy, ...]:
    """List what the role would have: the policies after narrowing, by name."""
    return tuple([NamedPolicy(name, made) for policy in policies for name, made in zip(policy.names, policy.after or (), strict=False)])


def _told(kind: str, found: tuple[Widening, ...]) -> list[str]:
    told = [f"{kind}: {each.policy}#{each.statement}, {each.action} on {each.resource}: {each.reason}" for each in found[:_LIMIT_NAMED]]
    return [*told, *_rest(len(found))]


def _rest(number: int) -> tuple[str, ...]:
    return (f"and {number - _LIMIT_NAMED} more of the same kind",) if number > _LIMIT_NAMED else ()


def _lost(basis: Basis, old: tuple[NamedPolicy, ...], new: tuple[NamedPolicy, ...]) -> Iterator[str]:
    """Replay every use: what the old policies allow, or may allow, the new ones must allow as surely."""
    before, after = Layers(identity=old), Layers(identity=new)
    for action, resource in sorted(_replayed(basis, old)):
        request = Request(action=action, resource=resource, principal=basis.grant.arn, is_context_complete=False)
        was = evaluate(request, before).answer
        now = was if was is Answer.DENY else evaluate(request, after).answer
        if _ORDER[now] < _ORDER[was]:
            yield f"{action} on {resource} was used; the old policies answer {was.value}, the new ones {now.value}"


def _replayed(basis: Basis, old: tuple[NamedPolicy, ...]) -> set[tuple[str, str]]:
    """Give each used action with its resource; where the event names none, with all the resources that the action was granted on."""
    found: set[tuple[str, str]] = set()
    for use, mapped in mapped_uses(basis.usage, basis.tables, basis.universe):
        if use.outcome is Outcome.DENIED or (mapped.action, use.resource) in found:
            continue
        found.add((mapped.action, use.resource))
        if use.resource == "*":
            found.update((mapped.action, resource) for resource in _granted_on(mapped.action, old))
    return found


def _granted_on(action: str, old: tuple[NamedPolicy, ...]) -> Iterator[str]:
    """Give the resource words that an action was granted on: a word is an ARN that it matches itself."""
    for named in old:
        for statement in named.policy.statements:
            if statement.effect is Effect.ALLOW and any(action_matches(word, action) for word in statement.actions or ()):
                yield from statement.resources or ()
