"""`setsquare iam alerts`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from msgspec import Struct

from setsquare.errors import Refused, Unreadable, Usage
from setsquare.journeys.iam_readiness import NotReady
from setsquare.surfaces.cli.iam_escalation_results import PrincipalResult
from setsquare.surfaces.cli.iam_refusing import refused
from setsquare.surfaces.cli.iam_words import plain
from setsquare.surfaces.cli.options import Output
from setsquare.surfaces.cli.options import command as made
from setsquare.surfaces.cli.style import paint
from setsquare.text.counted import counted

if TYPE_CHECKING:
    from setsquare.journeys.iam_alerting import Alerted, AlertWorld
    from setsquare.journeys.iam_readiness import Ready
    from setsquare.ports.notifier import Delivered
    from setsquare.powers.iam.settings import PowerSettings

WORLD_FAILED = 4


class Options(Struct, frozen=True, kw_only=True):
    """What is sent."""

    is_trial: bool
    events: str
    account: str
    output_format: str


class DeliveryResult(Struct, frozen=True, kw_only=True):
    """Proof of one delivery: about whom, where to, and what the channel answered."""

    subject: str
    channel: str
    receipt: str


class AlertResult(Struct, frozen=True, kw_only=True):
    """What became of alerts. `known` were told before; `silenced` says why none is sent, empty where some may be; `failed` are sent again next time.

    `again` are subjects of whom people were told once more, since nobody can say whether an alert arrived that was cut off.
    """

    delivered: tuple[DeliveryResult, ...] = ()
    known: int = 0
    silenced: str = ""
    failed: tuple[str, ...] = ()
    again: tuple[str, ...] = ()


class Result(Struct, frozen=True, kw_only=True):
    """Whether alerts are sent and where to, and what was sent now. `changes` counts the changes of IAM among the events; `unread` could not be followed."""

    schema: str = "setsquare/iam-alerts/1"
    on: bool
    channel: str
    alerts: AlertResult
    changes: int = 0
    principals: tuple[PrincipalResult, ...] = ()
    unread: tuple[str, ...] = ()


PARAMS = (
    click.option(
        "--test", "is_trial", is_flag=True, help="Send a message that says that it is a trial, and show the proof of its delivery."
    ),
    click.option(
        "--events", default="", metavar="FILE", help="Judge the changes that these CloudTrail events record; - is standard input."
    ),
    click.option("--account", default="", metavar="FILE", help="What the account was before: its authorization details, as JSON."),
)


@made("alerts", Options, PARAMS)
def command(options: Options) -> Output:
    """Show where alerts about new escalation paths go; try the channel, or tell of what recorded changes gave.

    Nobody is told twice of the same path. With alertOnEscalation false nothing is sent, and everything is still reported.
    """
    from setsquare.journeys.iam_alerting import alert_readiness  # noqa: PLC0415  (start-up)
    from setsquare.wire.iam_escalations import alert_world  # noqa: PLC0415

    if options.account and not options.events:
        raise Usage("--account says what was before the events.", "Name the events as well: --events FILE.")
    world = alert_world()
    ready = alert_readiness(world)
    if isinstance(ready, NotReady):
        return refused(ready, options.output_format)
    if options.is_trial:
        return _trial(world, ready)
    if options.events:
        return _told(ready, options)
    result = Result(on=ready.settings.alerts_on_escalation, channel=channel_shown(ready.settings), alerts=AlertResult())
    state = f"Alerts go to {plain(result.channel)}." if result.on else "alertOnEscalation is false: nothing is sent about escalation paths."
    return Output(result=result, text=f"{state}\n  try it: setsquare iam alerts --test")


def alert_shown(done: Alerted) -> AlertResult:
    """Shape what became of alerts."""
    delivered = tuple(_delivery(subject, proof) for subject, proof in done.delivered)
    return AlertResult(delivered=delivered, known=done.known, silenced=done.silenced, failed=done.failed, again=done.again)


def alert_text(result: AlertResult) -> list[str]:
    """Say what became of alerts."""
    if result.silenced:
        return [f"No alert was sent: {plain(result.silenced)}."]
    lines = [f"Told {plain(each.channel)} of {plain(each.subject)} ({plain(each.receipt)})." for each in result.delivered]
    lines += [f"{counted(result.known, 'path')} told before, and not again."] if result.known else []
    lines += [
        f"The alert about {plain(each)} may have arrived before: the process was ended while it was being sent." for each in result.again
    ]
    return lines + [f"{paint('!', 'red')} {plain(each)}" for each in result.failed]


def _delivery(subject: str, proof: Delivered) -> DeliveryResult:
    return DeliveryResult(subject=subject, channel=proof.channel, receipt=proof.receipt)


def channel_shown(settings: PowerSettings) -> str:
    """Show the channel; of an address the host alone, for the rest may be a secret."""
    channel = settings.alert_channel
    return channel if "://" not in channel else "/".join(channel.split("?")[0].split("/", 3)[:3]).rpartition("@")[2]


def _trial(world: AlertWorld, ready: Ready) -> Output:
    from setsquare.journeys.iam_alerting import tried  # noqa: PLC0415  (start-up)

    if not ready.settings.alerts_on_escalation:
        raise Refused("alertOnEscalation is false, so nothing is sent.", "Set it to true in .kiro/settings.json, then try again.")
    proof = tried(world, ready)
    result = Result(on=True, channel=channel_shown(ready.settings), alerts=AlertResult(delivered=(_delivery("trial", proof),)))
    return Output(result=result, text=f"Delivered to {plain(proof.channel)}: {plain(proof.receipt)}")


def _told(ready: Ready, options: Options) -> Output:
    """Judge and tell as `iam watch --events FILE --alert` does, which says more and can go on."""
    from setsquare.journeys.iam_looking import looked  # noqa: PLC0415  (start-up)
    from setsquare.journeys.iam_wanted import Wanted  # noqa: PLC0415
    from setsquare.journeys.iam_watch_asked import Asked  # noqa: PLC0415
    from setsquare.surfaces.cli.iam_escalation_results import principal_shown, sentence, told  # noqa: PLC0415
    from setsquare.wire.iam_watch import watch_world  # noqa: PLC0415

    asked = Asked(wanted=Wanted(), events=options.events, account=options.account, sees_roles=False, tells=True)
    found = looked(watch_world(), asked)
    if isinstance(found, NotReady):
        return refused(found, options.output_format)
    look = found.look
    if look.heard is None or look.alerted is None:
        raise look.failure or Unreadable(f"`{options.events}` cannot be read.", "Name a file with change events.")
    result = Result(
        on=ready.settings.alerts_on_escalation,
        channel=channel_shown(ready.settings),
        alerts=alert_shown(look.alerted),
        changes=len(look.heard.changes),
        principals=tuple(map(principal_shown, look.judged)),
        unread=(*look.unfollowed, *look.heard.problems, *(f"line {number} is no event" for number in look.heard.lines)),
    )
    lines = [f"{counted(result.changes, 'change')} of IAM."]
    for principal in result.principals:
        lines += [f"  {plain(principal.principal)}: {plain(sentence(each))}" for each in told(principal) if each.new]
    lines += [f"{paint('!', 'yellow')} {plain(each)}" for each in result.unread]
    lines += alert_text(result.alerts)
    return Output(result=result, text="\n".join(lines), exit_code=WORLD_FAILED if result.alerts.failed else 0)
