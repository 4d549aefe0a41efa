"""`setsquare iam watch`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from msgspec import Struct
from msgspec.structs import replace

from setsquare.journeys.iam_readiness import NotReady, judged_at, readiness
from setsquare.journeys.iam_wanted import Wanted
from setsquare.surfaces.cli.iam_options import FROM_FILES, still_on
from setsquare.surfaces.cli.iam_refusing import refused
from setsquare.surfaces.cli.iam_words import plain
from setsquare.surfaces.cli.options import Output
from setsquare.surfaces.cli.options import command as made
from setsquare.surfaces.cli.style import paint, table
from setsquare.text.counted import counted
from setsquare.wire.iam import settings_here

if TYPE_CHECKING:
    from setsquare.journeys.iam_watching import Watched


class Options(Struct, frozen=True, kw_only=True):
    """From where, and what becomes of new roles."""

    trail: str
    policies: str
    days: int | None
    until: str
    yes: bool
    sandbox_account: str
    events: str
    output_format: str


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


class Result(Struct, frozen=True, kw_only=True):
    """What was looked over. `announced` are roles that were new in scope, `left` tells whether they wait for the next run.

    `changes` come from events; `unread` are lines of these that are no events.
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


PARAMS = (
    *FROM_FILES,
    click.option("--yes", is_flag=True, help="Analyse roles that are new in scope at once, too."),
    click.option(
        "--sandbox-account",
        default="",
        metavar="ID",
        help="Dry run on this account, before the Power is on: list every call that is made, remember nothing.",
    ),
    click.option(
        "--events", default="", metavar="FILE", help="Read change events, one in a line, as EventBridge gives them; - is standard input."
    ),
)


@made("watch", Options, PARAMS)
def command(options: Options) -> Output:
    """Look over all roles that the settings choose, once; run it on a schedule.

    A role that is new in scope is announced in one run and analysed from the next one on. With --sandbox-account the whole reading is done on another account and
    every call is listed: the exit code is 1 when one of them is not a reading one. With --events nothing is asked of AWS.
    """
    judged = judged_at(settings_here())
    if options.sandbox_account:
        # The dry run comes before the Power is switched on.
        judged = replace(judged, reasons=tuple(reason for reason in judged.reasons if reason.code != "off" or not judged.is_declared))
    wanted = Wanted(every=True, trail=options.trail, policies=options.policies, days=options.days, until=options.until)
    ready = readiness(judged, (), () if options.events else wanted.needs)
    if isinstance(ready, NotReady):
        return refused(ready, options.output_format)
    if options.events:
        return _changes(options.events)
    if not options.sandbox_account:
        # Neither a dry run elsewhere nor a look at changes is work within the scope that somebody has to audit.
        still_on(ready)
    from setsquare.journeys.iam_watching import watched  # noqa: PLC0415  (start-up: a refusal needs none of it)
    from setsquare.wire.iam import iam_world  # noqa: PLC0415

    world = iam_world(is_counting=bool(options.sandbox_account))
    found = watched(world, ready, replace(wanted, holds_new=not options.yes), options.sandbox_account)
    return refused(found, options.output_format) if isinstance(found, NotReady) else _output(found, is_left=not options.yes)


def _output(found: Watched, *, is_left: bool) -> Output:
    from setsquare.surfaces.cli.iam_shaping import role_shown  # noqa: PLC0415  (start-up)

    shown = tuple(map(role_shown, found.analyses.found))
    result = Result(
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
            for role in shown
        ),
        announced=found.analyses.announced,
        left=is_left and not found.sandbox,
        sandbox=found.sandbox,
        calls=tuple(CallResult(call=call.call, count=call.count, reading=call.is_reading) for call in found.calls),
    )
    return Output(result=result, text=_text(result), exit_code=1 if found.changing else 0)


def _text(result: Result) -> str:
    lines = [table([(plain(role.role), role.summary) for role in result.roles])] if result.roles else ["No role was analysed."]
    if result.announced:
        when = "analysed from the next run on, or now with --yes" if result.left else "analysed in this run"
        lines += ["", paint(f"New in scope, {when}", "bold"), *(f"  {plain(role)}" for role in result.announced)]
    if result.sandbox:
        changing = sum(not call.reading for call in result.calls)
        verdict = f"{counted(changing, 'call')} could change something" if changing else "every one of them only reads"
        number = sum(call.count for call in result.calls)
        lines += ["", paint(f"Dry run on {result.sandbox}: {counted(number, 'call')}, {verdict}", "bold")]
        lines.append(table([(call.call, counted(call.count, "time"), "" if call.reading else "NOT READING") for call in result.calls]))
    return "\n".join(lines)


def _changes(path: str) -> Output:
    from setsquare.journeys.iam_watching import changes_seen  # noqa: PLC0415  (start-up: a refusal needs none of it)
    from setsquare.wire.iam import event_lines  # noqa: PLC0415

    seen = changes_seen(event_lines(path))
    rows = tuple(
        ChangeResult(
            at=change.at, actor=change.actor, event=change.event, principal=change.principal, policy=change.policy, problem=change.problem
        )
        for change in seen.changes
    )
    result = Result(changes=rows, events=seen.events, unread=seen.unread)
    lines = [f"{counted(len(rows), 'change')} of IAM in {counted(seen.events, 'event')}"]
    if rows:
        lines.append(table([tuple(map(plain, (row.at, row.event, row.principal or row.policy, row.actor, row.problem))) for row in rows]))
        lines.append("What they let principals gain: `setsquare iam alerts --events FILE --account FILE` judges and tells.")
    lines += [f"Line {number} is no event." for number in seen.unread[:20]]
    return Output(result=result, text="\n".join(lines))
