"""Tells the people of the alert channel that the IAM Power reached out of its scope, that it was switched off for that, and that somebody switched it on again.

Telling comes after the deed and never stands in its way: what could not be delivered is said, and tried again with the next look at requests.
"""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from setsquare.errors import NotifyFailed, StorageFailed
from setsquare.events.audit import AuditAction, Mutation
from setsquare.journeys.iam_alerting import AlertWorld
from setsquare.journeys.iam_creeping import enabled
from setsquare.journeys.iam_readiness import POWER_NAME, NotReady, Ready, judged_at, reaching, readiness
from setsquare.journeys.iam_reviewing import scope_words
from setsquare.journeys.run_screen import one_line
from setsquare.ports.audit import Audit
from setsquare.ports.notifier import Delivered, Notice
from setsquare.ports.power_state import Creep, PowerRecord, PowerState
from setsquare.powers.iam.settings import Need, PowerSettings
from setsquare.text.counted import counted

_MOST_LINES = 30
_MOST_NAME = 200


class Told(Struct, frozen=True, kw_only=True):
    """What became of it: `delivered` proves it, `problem` says why nobody was told; both empty where there was nothing to tell."""

    delivered: Delivered | None = None
    problem: str = ""


# req: iam-autopilot/6.7
def told_of_creep(world: AlertWorld, state: PowerState) -> Told:
    """Tell of requests out of scope that nobody was told of yet, and whether the Power is switched off now.

    Raises:
        StorageFailed: what is remembered cannot be read or written.
    """
    record = state.record()
    untold = tuple(creep for creep in record.creeps if not creep.is_told)
    if not untold:
        return Told()
    done = _sent(world, creep_notice(untold, record.disabled_at))
    if done.delivered is not None:
        state.keep(replace(record, creeps=tuple(replace(creep, is_told=True) for creep in record.creeps)))
    return done


# req: iam-autopilot/6.7
def switched_on(world: AlertWorld, state: PowerState, audit: Audit, reason: str) -> tuple[PowerRecord, Told]:
    """Switch the Power on again after an audit, then tell why, and which roles it may look at now; where nothing was found before, nobody is told.

    Raises:
        Usage: no reason is given.
        AuditUnavailable: it cannot be recorded, and so it is not done.
    """
    try:
        before = state.record()
    except StorageFailed:
        before = PowerRecord(disabled_at="a time that cannot be read any more")
    record = enabled(state, audit, reason)
    if before == PowerRecord():
        return record, Told()
    return record, _sent(world, audit_notice(before, judged_at(world.files).settings, reason))


def creep_notice(creeps: tuple[Creep, ...], disabled_at: str) -> Notice:
    r"""Write what was found. Names come from branches and settings: each stays on its line, with controls as escapes.

    >>> notice = creep_notice((Creep(at="2026-11-26T10:00:00Z", roles=("a\nb",), requests=("https://x/1",)),), "")
    >>> notice.title, notice.lines
    ('IAM Power: 1 request out of scope was closed', ('a\\nb: https://x/1',))
    >>> creep_notice((), "2026-11-26T10:00:00Z").title
    'IAM Power switched off: its requests kept appearing out of scope'
    """
    pairs = [pair for creep in creeps for pair in zip(creep.roles, creep.requests, strict=False)]
    lines = [f"{one_line(role)[:_MOST_NAME]}: {one_line(url)}" for role, url in pairs]
    lines = lines[:_MOST_LINES] + ([f"and {len(lines) - _MOST_LINES} more"] if len(lines) > _MOST_LINES else [])
    title = f"IAM Power: {counted(len(pairs), 'request')} out of scope {'was' if len(pairs) == 1 else 'were'} closed"
    if disabled_at:
        title = "IAM Power switched off: its requests kept appearing out of scope"
        lines.append("Look at targetRoles and excludeRoles, then: setsquare iam audit --enable --reason TEXT")
    return Notice(
        title=title, lines=tuple(lines), link=pairs[0][1] if pairs else "", key=f"creep {disabled_at} {' '.join(url for _, url in pairs)}"
    )


def audit_notice(before: PowerRecord, settings: PowerSettings, reason: str) -> Notice:
    """Write that the Power is on again."""
    lines = (f"Why: {one_line(reason)}", f"Now: {one_line(scope_words(settings))}", f"Off since: {before.disabled_at or 'it was not'}")
    return Notice(title="IAM Power switched on again after an audit", lines=lines, key=f"audit {before.disabled_at} {reason}")


def _sent(world: AlertWorld, notice: Notice) -> Told:
    """Send it to the channel of the settings, also where alerts about escalation are switched off: this one is about the Power itself."""
    ready = readiness(judged_at(world.files), (), (Need.ALERTING,))
    if isinstance(ready, Ready):
        if not world.is_trusted():
            return Told(problem="the workspace is not trusted, and its settings say where alerts go")
        ready = reaching(ready, world.variable, Need.ALERTING)
    if isinstance(ready, NotReady):
        return Told(problem=f"{ready.reasons[0].key}: {ready.reasons[0].problem}")
    channel = ready.settings.alert_channel
    if not channel:
        return Told(problem="the settings name no escalationAlertChannel")
    try:
        proof = world.notifier(channel).tell(notice)
    except NotifyFailed as failure:
        return Told(problem=failure.message)
    detail = f"{notice.title}: {proof.channel}, {one_line(proof.receipt)}"
    world.note(Mutation(action=AuditAction.POWER_TOLD, subject=POWER_NAME, detail=detail, by="platform"))
    return Told(delivered=proof)
