"""Decides who may approve what: the roles that the team's settings demand, who holds them, and whether somebody approves their own work.

A person is who git says they are: a name and a mail that the repository records, not a proof of identity.
"""

from __future__ import annotations

import re
from typing import Final

from msgspec import Struct

from setsquare.spec.approval import Approval, ApprovalState, Standing
from setsquare.spec.stage import Stage
from setsquare.workspace.settings import Governance

_PERSON: Final = re.compile(r"(?P<name>[^<>]*?)\s*<(?P<mail>[^<>]*)>\s*")


class SignOff(Struct, frozen=True):
    """Who wants to approve: `by` as git names them, the `role` that they gave (or empty), `author` of the document (empty: unknown)."""

    by: str
    role: str
    author: str = ""


class Refusal(Struct, frozen=True):
    """Why somebody may not approve, and what helps."""

    reason: str
    hint: str


def demanded_role(governance: Governance, stage: Stage) -> str:
    """Name the role that must approve a stage, empty where anybody may.

    >>> demanded_role(Governance(design_role="architect"), Stage.DESIGN), demanded_role(Governance(), Stage.DESIGN)
    ('architect', '')
    """
    match stage:
        case Stage.REQUIREMENTS:
            return governance.requirements_role
        case Stage.DESIGN:
            return governance.design_role
        case _:
            return ""


def needs_another(governance: Governance, stage: Stage) -> bool:
    """Tell whether a stage must be approved by somebody else than its last author.

    >>> needs_another(Governance(requires_peer=True), Stage.REQUIREMENTS), needs_another(Governance(), Stage.DESIGN)
    (True, False)
    """
    return (stage is Stage.REQUIREMENTS and governance.requires_peer) or (stage is Stage.DESIGN and bool(governance.design_role))


def holds(governance: Governance, role: str, person: str) -> bool:
    """Tell whether a person holds a role: by mail where both have one, else by name.

    >>> held = Governance(roles=(("architect", ("Ada <ada@example.org>", "bob@example.org", "Cleo")),))
    >>> [holds(held, "architect", who) for who in ("ada <ADA@example.org>", "Bob <bob@example.org>", "Cleo <c@x>", "Ada <eve@example.org>")]
    [True, True, True, False]
    """
    return any(is_same_person(entry, person) for name, people in governance.roles if name == role for entry in people)


def is_same_person(one: str, other: str) -> bool:
    """Tell whether two names are of one person: mails decide where both have one, else the whole names.

    >>> is_same_person("Ada <ada@example.org>", "A. L. <ada@example.org>"), is_same_person("Ada", "Eve")
    (True, False)
    """
    (name, mail), (other_name, other_mail) = _parted(one), _parted(other)
    return mail == other_mail if mail and other_mail else bool(name) and name == other_name


def role_of(governance: Governance, stage: Stage, sign: SignOff) -> str:
    """Name the role in which somebody approves: the one they gave, else the demanded one that they hold.

    >>> held = Governance(design_role="architect", roles=(("architect", ("Ada",)),))
    >>> role_of(held, Stage.DESIGN, SignOff("Ada", "")), role_of(held, Stage.TASKS, SignOff("Ada", ""))
    ('architect', '')
    """
    demanded = demanded_role(governance, stage)
    return sign.role or (demanded if demanded and holds(governance, demanded, sign.by) else "")


# req: spec-engine/6.2
def refusal(governance: Governance, stage: Stage, sign: SignOff) -> Refusal | None:
    """Say why somebody may not approve a stage; `None` when they may.

    >>> held = Governance(design_role="architect", roles=(("architect", ("Ada",)),))
    >>> refusal(held, Stage.DESIGN, SignOff("Ada", "", "Eve")) is None
    True
    >>> refusal(held, Stage.DESIGN, SignOff("Ada", "", "Ada")).reason
    'the design must be approved by somebody else than its last author, Ada'
    """
    demanded, role = demanded_role(governance, stage), role_of(governance, stage, sign)
    if demanded and role != demanded:
        given = f"not as {role}" if role else f"and {sign.by or 'nobody'} does not hold that role"
        return Refusal(f"the {stage.value} must be approved as {demanded}, {given}", _whom(governance, demanded))
    return role_refusal(governance, role) or _missing(governance, role, sign) or _self_approval(governance, stage, sign)


def role_refusal(governance: Governance, role: str) -> Refusal | None:
    """Say why a role cannot be checked: it is demanded somewhere and nobody holds it.

    >>> role_refusal(Governance(design_role="architect"), "architect").reason
    'nobody holds the role architect'
    """
    is_demanded = role in (governance.requirements_role, governance.design_role, *governance.steering_roles)
    if role and is_demanded and not any(name == role and people for name, people in governance.roles):
        return Refusal(f"nobody holds the role {role}", _whom(governance, role))
    return None


def judged(governance: Governance, stage: Stage, state: ApprovalState) -> ApprovalState:
    """Hold a valid approval against the rules of now: a stricter mode asks for a new approval.

    >>> judged(Governance(), Stage.DESIGN, ApprovalState(stage=Stage.DESIGN, standing=Standing.NONE)).standing.value
    'none'
    """
    approval = state.approval
    if not state.is_valid or approval is None:
        return state
    found = refusal(governance, stage, _sign(approval))
    if found is None:
        return state
    return ApprovalState(
        stage=stage,
        standing=Standing.INSUFFICIENT,
        approval=approval,
        reason=f"{approval.by or 'somebody'} approved it, but {found.reason}",
    )


def _sign(approval: Approval) -> SignOff:
    return SignOff(approval.by, approval.role, approval.author)


def _missing(governance: Governance, role: str, sign: SignOff) -> Refusal | None:
    """Refuse a role that the settings give to others."""
    if role and any(name == role for name, _ in governance.roles) and not holds(governance, role, sign.by):
        return Refusal(f"{sign.by or 'nobody'} does not hold the role {role}", _whom(governance, role))
    return None


def _self_approval(governance: Governance, stage: Stage, sign: SignOff) -> Refusal | None:
    """Refuse that somebody approves what they wrote where another pair of eyes is demanded."""
    if not needs_another(governance, stage):
        return None
    if not sign.author:
        return Refusal(
            f"the {stage.value} must be approved by somebody else than its last author, whom git does not name",
            "Its author commits it first; then somebody else approves it.",
        )
    if is_same_person(sign.author, sign.by):
        return Refusal(
            f"the {stage.value} must be approved by somebody else than its last author, {sign.author}",
            f"Ask {demanded_role(governance, stage) or 'a colleague'} to approve it.",
        )
    return None


def _whom(governance: Governance, role: str) -> str:
    """Name those who hold a role, or where to name them."""
    people = [person for name, listed in governance.roles if name == role for person in listed]
    if people:
        return f"Ask {', '.join(people[:3])}{' or another' if len(people) > 3 else ''}."
    return f'Name who holds it in .kiro/settings.json: "governance": {{"roles": {{"{role}": ["name@example.org"]}}}}.'


def _parted(person: str) -> tuple[str, str]:
    """Split `Name <mail>` into both, folded; a lone mail is a mail."""
    found = _PERSON.fullmatch(person)
    if found:
        return found["name"].strip().casefold(), found["mail"].strip().casefold()
    folded = person.strip().casefold()
    return ("", folded) if "@" in folded and " " not in folded else (folded, "")
