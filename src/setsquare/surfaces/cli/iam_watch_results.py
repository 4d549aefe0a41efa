"""The shapes of a watch's looks for programs, and how they are said to people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from setsquare.surfaces.cli.iam_alerts import AlertResult, alert_shown, alert_text, channel_shown
from setsquare.surfaces.cli.iam_escalation_results import PrincipalResult, principal_shown, sentence, told
from setsquare.surfaces.cli.iam_refusing import ReasonResult, reasons_shown
from setsquare.surfaces.cli.iam_told import proof_shown, told_text
from setsquare.surfaces.cli.iam_words import plain
from setsquare.surfaces.cli.style import paint, table
from setsquare.text.counted import counted

if TYPE_CHECKING:
    from setsquare.errors import SetsquareError
    from setsquare.journeys.iam_looking import Look
    from setsquare.journeys.iam_watching import Watched
    from setsquare.powers.iam.escalation.changes import Change
    from setsquare.powers.iam.settings import PowerSettings

_MOST_LINES = 20


class WatchedRole(Struct, frozen=True, kw_only=True):
    """One role, in counts; `summary` says them in words, `refusals` why no pull request may be made of it."""

    role: str
    arn: str
    summary: str
    used: int
    unused: int
    unjudged: int
    refusals: tuple[str, ...] = ()


class CallResult(Struct, frozen=True, kw_only=True):
    """A call that was sent to AWS and how often; `reading` tells whether it changes nothing."""

    call: str
    count: int
    reading: bool


class ChangeResult(Struct, frozen=True, kw_only=True):
    """A change of IAM that took effect: when, who, which, on what."""

    at: str
    actor: str
    event: str
    principal: str
    policy: str
    problem: str


class ClosedResult(Struct, frozen=True, kw_only=True):
    """A request of the Power's own that was closed, its role being out of scope."""

    url: str
    branch: str


class Problem(Struct, frozen=True, kw_only=True):
    """What went wrong; the rest of the look was done."""

    code: str
    message: str
    hint: str


class Result(Struct, frozen=True, kw_only=True):
    """What a look found. `announced` are roles that were new in scope, `left` tells whether they wait for the next look.

    `heard` tells whether changes were asked for, `unread` are lines that are no events, `unfollowed` says which changes nobody can judge; `principals` gain something by them, or have it and
    nobody accepted it. `alerts` is null where nobody asked for them. `closed` are requests out of scope, `told` and `untold` say whether people know of these, `disabled`
    that the Power is switched off for them. `look`, `at` and `wait_s`, the seconds until the next one, are those of a watch that goes on; `reasons` refuse a look of it.
    """

    schema: str = "setsquare/iam-watch/1"
    trail: str = ""
    roles: tuple[WatchedRole, ...] = ()
    announced: tuple[str, ...] = ()
    left: bool = False
    sandbox: str = ""
    calls: tuple[CallResult, ...] = ()
    changes: tuple[ChangeResult, ...] = ()
    events: int = 0
    unread: tuple[int, ...] = ()
    heard: bool = False
    principals: tuple[PrincipalResult, ...] = ()
    unfollowed: tuple[str, ...] = ()
    created: tuple[str, ...] = ()
    alerts: AlertResult | None = None
    closed: tuple[ClosedResult, ...] = ()
    disabled: bool = False
    told: str = ""
    untold: str = ""
    problem: Problem | None = None
    reasons: tuple[ReasonResult, ...] = ()
    look: int = 0
    at: str = ""
    wait_s: float = 0.0

    @property
    def is_new(self) -> bool:
        """Tell whether somebody has something new."""
        return any(each.new for each in self.principals)


def look_shown(look: Look, *, is_left: bool) -> Result:
    """Shape a look; `is_left` leaves new roles to the next one."""
    heard, swept = look.heard, look.swept
    return replace(
        _roles_shown(look.watched, is_left=is_left) if look.watched else Result(),
        changes=tuple(map(_change_shown, heard.changes)) if heard else (),
        events=heard.events if heard else 0,
        unread=heard.lines if heard else (),
        heard=heard is not None,
        principals=tuple(map(principal_shown, look.judged)),
        created=look.created,
        unfollowed=(*look.unfollowed, *(heard.problems if heard else ())),
        alerts=alert_shown(look.alerted) if look.alerted else None,
        closed=tuple(ClosedResult(url=each.url, branch=each.head) for each in swept.closed) if swept else (),
        disabled=look.is_disabled,
        told=proof_shown(swept.told) if swept else "",
        untold=swept.told.problem if swept else "",
        problem=problem_shown(look.failure) if look.failure else None,
        reasons=reasons_shown(look.refused.reasons) if look.refused else (),
    )


def problem_shown(failure: SetsquareError) -> Problem:
    """Shape what went wrong."""
    return Problem(code=failure.code, message=failure.message, hint=failure.hint)


def _roles_shown(found: Watched, *, is_left: bool) -> Result:
    from setsquare.surfaces.cli.iam_shaping import role_shown  # noqa: PLC0415  (start-up)

    return Result(
        trail=found.analyses.trail,
        roles=tuple(
            WatchedRole(
                role=role.role,
                arn=role.arn,
                summary=role.summary,
                used=role.used,
                unused=role.unused,
                unjudged=role.unjudged,
                refusals=role.refusals,
            )
            for role in map(role_shown, found.analyses.found)
        ),
        announced=found.analyses.announced,
        left=is_left and not found.sandbox,
        sandbox=found.sandbox,
        calls=tuple(CallResult(call=call.call, count=call.count, reading=call.is_reading) for call in found.calls),
    )


def _change_shown(change: Change) -> ChangeResult:
    return ChangeResult(
        at=change.at, actor=change.actor, event=change.event, principal=change.principal, policy=change.policy, problem=change.problem
    )


def alert_advice(settings: PowerSettings) -> str:
    """Say what it would take for people to be told."""
    if not settings.alerts_on_escalation:
        return "alertOnEscalation is false."
    channel = channel_shown(settings)
    return f"--alert tells {plain(channel)}." if channel else "name an escalationAlertChannel in the settings, and --alert tells it."


def look_text(result: Result, advice: str, before: Result | None = None) -> str:
    """Say a look; of one of a watch that goes on, what was the same `before` stays unsaid. `advice` says how alerts would be sent that nobody asked for."""
    lines = _closed_lines(result)
    lines += _role_lines(result, before)
    lines += _change_lines(result)
    lines += _principal_lines(result)
    lines += [f"{paint('!', 'yellow')} {plain(each)}" for each in result.unfollowed]
    lines += [f"Line {number} is no event." for number in result.unread[:_MOST_LINES]]
    if result.alerts is not None:
        lines += alert_text(result.alerts)
    elif result.is_new:
        lines.append(f"Nobody was told; {advice}")
    if result.problem is not None:
        lines += [
            f"{paint('!', 'red')} {plain(result.problem.message)}",
            *([f"  {plain(result.problem.hint)}"] if result.problem.hint else []),
        ]
    lines += [f"{paint('!', 'red')} {plain(reason.key)}: {plain(reason.problem)}. {plain(reason.mend)}" for reason in result.reasons]
    return "\n".join(lines)


def summary_of(result: Result) -> str:
    """Say a look in a few words.

    >>> summary_of(Result(heard=True, events=3)), summary_of(Result(problem=Problem(code="cloud-busy", message="m", hint="")))
    ('no change of IAM in 3 events', 'failed')
    """
    parts = [counted(len(result.roles), "role")] if result.trail else []
    new = len(result.announced) + len(result.created)
    parts += [f"{new} new in scope"] if new else []
    changes = counted(len(result.changes), "change") if result.changes else "no change"
    parts += [f"{changes} of IAM in {counted(result.events, 'event')}"] if result.heard else []
    ways = sum(each.new for each in result.principals)
    parts += [counted(ways, "new way", "new ways") + " to more rights"] if ways else []
    parts += [counted(len(result.alerts.delivered), "alert") + " delivered"] if result.alerts and result.alerts.delivered else []
    parts += [counted(len(result.alerts.failed), "alert") + " not delivered"] if result.alerts and result.alerts.failed else []
    parts += [counted(len(result.closed), "request") + " out of scope closed"] if result.closed else []
    parts += ["failed"] if result.problem else []
    parts += ["refused"] if result.reasons else []
    return ", ".join(parts) or "nothing to see"


def _closed_lines(result: Result) -> list[str]:
    lines = [f"Closed, being out of scope: {plain(each.url)} ({plain(each.branch)})" for each in result.closed]
    lines += told_text(result.told, result.untold)
    if result.disabled:
        lines.append(paint("The Power is switched off: its requests kept appearing for roles out of scope.", "red", "bold"))
        lines.append("Look at targetRoles and excludeRoles, then `setsquare iam audit --enable --reason …`.")
    return lines


def _role_lines(result: Result, before: Result | None) -> list[str]:
    lines: list[str] = []
    if result.trail and (before is None or before.roles != result.roles):
        lines.append(table([(plain(role.role), role.summary) for role in result.roles]) if result.roles else "No role was analysed.")
    if result.announced:
        when = "analysed from the next look on, or now with --yes" if result.left else "analysed in this look"
        lines += [*([""] if lines else []), paint(f"New in scope, {when}", "bold"), *(f"  {plain(role)}" for role in result.announced)]
    if result.sandbox:
        changing = sum(not call.reading for call in result.calls)
        verdict = f"{counted(changing, 'call')} could change something" if changing else "every one of them only reads"
        number = sum(call.count for call in result.calls)
        lines += ["", paint(f"Dry run on {result.sandbox}: {counted(number, 'call')}, {verdict}", "bold")]
        lines.append(table([(call.call, counted(call.count, "time"), "" if call.reading else "NOT READING") for call in result.calls]))
    return lines


def _change_lines(result: Result) -> list[str]:
    if not result.heard:
        return []
    # Of a watch that goes on its summary says so already.
    lines = [] if result.look else [f"{counted(len(result.changes), 'change')} of IAM in {counted(result.events, 'event')}"]
    rows = [tuple(map(plain, (row.at, row.event, row.principal or row.policy, row.actor, row.problem))) for row in result.changes]
    lines += [table(rows)] if rows else []
    return lines + [f"{paint('New in scope', 'bold')}, made just now: {plain(role)}" for role in result.created]


def _principal_lines(result: Result) -> list[str]:
    """Say what is new; of an administrator one line, since all is open to it."""
    lines = [f"  {plain(each.principal)}: {plain(sentence(way))}" for each in result.principals for way in told(each) if way.new]
    return [paint("New ways to more rights", "bold"), *lines] if lines else []
