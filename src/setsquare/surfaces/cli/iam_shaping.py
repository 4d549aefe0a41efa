"""Brings an analysis into the shapes that programs, texts and pages take."""

from __future__ import annotations

from setsquare.journeys.iam_analyzing import Analysis
from setsquare.powers.iam.policy.document import Policy
from setsquare.powers.iam.policy.printing import printed
from setsquare.powers.iam.recommendation.model import ActionVerdict, Grant, NarrowedPolicy
from setsquare.powers.iam.recommendation.noting import counted as counts_of
from setsquare.powers.iam.universe import Universe
from setsquare.surfaces.cli.iam_escalation_results import escalation_shown
from setsquare.surfaces.cli.iam_results import GapResult, PermissionResult, PolicyResult, RoleResult


def permission_shown(verdict: ActionVerdict, universe: Universe) -> PermissionResult:
    """Shape one verdict."""
    facts = universe.actions.get(verdict.action.lower())
    return PermissionResult(
        action=verdict.action,
        level=facts.level.value if facts else "",
        verdict=verdict.verdict.value,
        count=verdict.count,
        denied=verdict.denied,
        last_used=verdict.last_used,
        resources=verdict.resources,
        grants=verdict.grants,
        confidence=verdict.confidence.value,
        layer=verdict.layer,
        reason=verdict.reason,
        insufficient=verdict.is_insufficient,
    )


def policy_shown(narrowed: NarrowedPolicy) -> PolicyResult:
    """Shape one policy before and after."""
    return PolicyResult(
        name=narrowed.before.name,
        arn=narrowed.before.arn,
        kind=narrowed.before.kind.value,
        changed=narrowed.is_changed,
        before=printed(narrowed.before.policy),
        after=tuple(printed(policy) for policy in narrowed.after or ()),
        names=narrowed.names,
        copy=narrowed.is_copy,
        characters=narrowed.characters,
        limit=narrowed.limit,
    )


def role_shown(found: Analysis) -> RoleResult:
    """Shape one role."""
    counts = counts_of(found.recommendation)
    used = counts.used + counts.needed
    return RoleResult(
        role=found.grant.role,
        arn=found.grant.arn,
        summary=summary(used, counts.unused),
        used=used,
        unused=counts.unused,
        unjudged=counts.unjudged,
        begin=found.usage.window.begin,
        end=found.usage.window.end,
        days=found.usage.window.days,
        events=found.usage.events,
        unread=found.usage.unread,
        permissions=tuple(permission_shown(verdict, found.universe) for verdict in found.recommendation.verdicts),
        policies=tuple(map(policy_shown, found.recommendation.policies)),
        gaps=tuple(GapResult(code=gap.code, reason=gap.reason, scope=gap.scope) for gap in found.usage.coverage.gaps),
        refusals=found.recommendation.refusals,
        notes=found.recommendation.notes,
        trust=printed(found.grant.trust) if found.grant.trust else "",
        boundary=found.grant.boundary.name if found.grant.boundary else "",
        escalations=tuple(map(escalation_shown, found.escalations)),
        insufficient=counts.insufficient,
        unobservable=counts.unjudged - counts.insufficient,
        statement=found.recommendation.statement,
        caution=found.recommendation.caution,
    )


def summary(used: int, unused: int) -> str:
    """Say the counts.

    >>> summary(12, 31), summary(1, 0)
    ('12 permissions used, 31 granted but never used', '1 permission used, 0 granted but never used')
    """
    return f"{_permissions(used)} used, {unused} granted but never used"


def _permissions(number: int) -> str:
    return f"{number} permission{'' if number == 1 else 's'}"


def statements_shown(grant: Grant, places: tuple[str, ...]) -> tuple[str, ...]:
    """Write the statements that `POLICY#INDEX` names, each on one line with its place."""
    shown = []
    for place in places:
        name, _, index = place.rpartition("#")
        for policy in grant.policies:
            for statement in policy.policy.statements if policy.name == name else ():
                if str(statement.index) == index:
                    alone = Policy(statements=(statement,), version=policy.policy.version)
                    shown.append(f"{place}: {' '.join(printed(alone).split())}")
    return tuple(shown)
