"""The shapes of escalations for programs, and how they are said to people; reports, pages and alerts share them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from setsquare.powers.iam.escalation.model import Escalation

if TYPE_CHECKING:
    from setsquare.journeys.iam_escalating import Judged

SEVERITIES = {5: "critical", 4: "high", 3: "high", 2: "medium", 1: "low"}


class EscalationResult(Struct, frozen=True, kw_only=True):
    """One way to more rights. `path` is the id of pathfinding.cloud, or of Setsquare; `certainty` is `certain`, `conditional` or `possible`.

    `grants` name for each action the policies and statements that grant it, `resources` on what; `targets` through whom, `via` which roles must be assumed first.
    `new`: it was not there before and nobody accepted it. `place` is `FILE:LINE` of what grants it newly, or empty.
    """

    path: str
    name: str
    kind: str
    severity: str
    certainty: str
    actions: tuple[str, ...]
    grants: tuple[str, ...]
    conditions: tuple[str, ...]
    resources: tuple[str, ...]
    targets: tuple[str, ...]
    via: tuple[str, ...]
    notes: tuple[str, ...]
    new: bool
    accepted: bool
    place: str = ""


class PrincipalResult(Struct, frozen=True, kw_only=True):
    """One principal. `place` is where it was read, `FILE:LINE`, or empty; `administrator`: it may do everything, so that every path is open to it.

    `arn` is empty where it is not known; of code it has `*` for the account, and what else the code leaves open as it is written there.
    """

    principal: str
    arn: str
    place: str
    administrator: bool
    new: int
    escalations: tuple[EscalationResult, ...]


def escalation_shown(each: Escalation, *, is_new: bool = False, is_accepted: bool = False, place: str = "") -> EscalationResult:
    """Shape one."""
    return EscalationResult(
        path=each.path,
        name=each.name,
        kind=each.kind,
        severity=SEVERITIES.get(each.severity, "low"),
        certainty=each.certainty,
        actions=each.actions,
        grants=each.grants,
        conditions=each.conditions,
        resources=each.resources,
        targets=each.targets,
        via=each.via,
        notes=each.notes,
        new=is_new,
        accepted=is_accepted,
        place=place,
    )


def principal_shown(judged: Judged) -> PrincipalResult:
    """Shape one principal with all that was found of it."""
    return PrincipalResult(
        principal=judged.principal.name,
        arn=judged.principal.arn,
        place=judged.principal.place,
        administrator=judged.is_administrator,
        new=len(judged.new),
        escalations=tuple(
            escalation_shown(each, is_new=each in judged.new, is_accepted=each in judged.accepted, place=judged.place(each))
            for each in judged.escalations
        ),
    )


def told(result: PrincipalResult) -> tuple[EscalationResult, ...]:
    """Give those that people are told of: an administrator has all paths, so that one word says it.

    >>> told(PrincipalResult(principal="a", arn="", place="", administrator=False, new=0, escalations=()))
    ()
    """
    if not result.administrator:
        return result.escalations
    return tuple(each for each in result.escalations if each.path == "administrator" or each.kind == "trust-widened")


def sentence(each: EscalationResult) -> str:
    """Say one in one line.

    >>> made = escalation_shown(
    ...     Escalation(
    ...         principal="a",
    ...         path="iam-001",
    ...         severity=4,
    ...         certainty="possible",
    ...         actions=(),
    ...         name="iam:CreatePolicyVersion",
    ...         notes=("it takes x",),
    ...     )
    ... )
    >>> sentence(made)
    'iam-001 iam:CreatePolicyVersion, possible: it takes x'
    """
    parts = [f"{each.path} {each.name}, {each.certainty}"]
    if each.via:
        parts.append(f"after assuming {', then '.join(each.via)}")
    if each.targets:
        parts.append(f"through {', '.join(each.targets)}")
    if each.conditions:
        parts.append(f"under {'; '.join(each.conditions)}")
    if each.notes:
        parts.append("; ".join(each.notes))
    return f"{parts[0]}: {'; '.join(parts[1:])}" if len(parts) > 1 else parts[0]
