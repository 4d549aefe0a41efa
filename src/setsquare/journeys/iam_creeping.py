"""Looks after the scope of the IAM Power: requests of its own for roles that are out of it are closed; where that happens again, it is switched off."""

from __future__ import annotations

from msgspec.structs import replace

from setsquare.errors import Refused, Usage
from setsquare.events.audit import AuditAction, Mutation
from setsquare.journeys.iam_readiness import POWER_NAME
from setsquare.journeys.on_record import on_record
from setsquare.ports.audit import Audit
from setsquare.ports.forge import Forge, Proposal, PullRequest
from setsquare.ports.power_state import Creep, PowerRecord, PowerState
from setsquare.powers.iam.proposal.body import marked, swept
from setsquare.powers.iam.proposal.naming import PREFIX, role_of_branch
from setsquare.powers.iam.settings import PowerSettings
from setsquare.powers.iam.settings_roles import role_reasons

LIMIT_CREEPS = 2
"""So often may requests out of scope be found before the Power is switched off."""


def allowed(state: PowerState) -> PowerRecord:
    """Give the record of a Power that is not switched off.

    Raises:
        Refused: it is, until a person has audited it.
        StorageFailed: nobody can say whether it is.
    """
    record = state.record()
    if record.disabled_at:
        roles = ", ".join(dict.fromkeys(role for creep in record.creeps for role in creep.roles))
        raise Refused(
            f"The IAM Power is switched off since {record.disabled_at}: its requests kept appearing for roles out of scope ({ascii(roles)[1:-1]}).",
            "Look at targetRoles and excludeRoles, then `setsquare iam audit --enable --reason …`.",
        )
    return record


# req: iam-autopilot/6.4
def closed_out_of_scope(forge: Forge, settings: PowerSettings) -> tuple[tuple[str, PullRequest], ...]:
    """Close our own open requests whose role is out of scope, with a word why; give role and request of each.

    Ours is what stands on a branch of ours and bears our mark for the same role: neither a person's branch nor a person's words are enough.
    """
    found = []
    for request in forge.open_requests(PREFIX):
        role, mark = role_of_branch(request.head), marked(request.body)
        if not role or mark is None or PREFIX + mark[0] != request.head:
            continue
        reasons = role_reasons(settings, role)
        if reasons:
            said = "This role is out of the scope that the settings give the IAM Power now, so this request is closed and not merged."
            forge.comment(request.number, f"{said}\n\nThe reason: `{reasons[0].key}` in `{reasons[0].path}`.")
            # The mark tells a later run, when the role is in scope again, that nobody said no.
            forge.propose(Proposal(title=request.title, body=swept(request.body), head=request.head, base=request.base))
            found.append((role, forge.close(request.number)))
    return tuple(found)


# req: iam-autopilot/6.7
def noted(state: PowerState, audit: Audit, found: tuple[tuple[str, PullRequest], ...], now: str) -> PowerRecord:
    """Remember what was found out of scope; the second time switches the Power off, on record."""
    record = state.record()
    if not found:
        return record
    creep = Creep(at=now, roles=tuple(role for role, _ in found), requests=tuple(request.url for _, request in found))
    record = replace(record, creeps=(*record.creeps, creep))
    if len(record.creeps) < LIMIT_CREEPS or record.disabled_at:
        state.keep(record)
        return record
    record = replace(record, disabled_at=now)
    roles = ", ".join(creep.roles)
    with on_record(
        audit, Mutation(action=AuditAction.POWER_DISABLED, subject=POWER_NAME, detail=f"requests out of scope: {roles}", by="platform")
    ):
        state.keep(record)
    return record


# req: iam-autopilot/6.7
def enabled(state: PowerState, audit: Audit, reason: str) -> PowerRecord:
    """Switch the Power on again after an audit; what was found before counts no more.

    Raises:
        Usage: no reason is given.
        AuditUnavailable: it cannot be recorded, and so it is not done.
    """
    said = " ".join(reason.split())
    if not said:
        raise Usage("Switching the Power on again needs a reason.", 'Such as --reason "targetRoles narrowed to ecs-*".')
    record = PowerRecord()
    with on_record(audit, Mutation(action=AuditAction.POWER_AUDITED, subject=POWER_NAME, why=said)):
        state.keep(record)
    return record
