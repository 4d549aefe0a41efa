"""`setsquare iam escalations`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from msgspec import Struct

from setsquare.journeys.iam_readiness import NotReady, Ready
from setsquare.surfaces.cli.iam_alerts import WORLD_FAILED, AlertResult, alert_shown, alert_text
from setsquare.surfaces.cli.iam_escalation_results import EscalationResult, PrincipalResult
from setsquare.surfaces.cli.iam_refusing import refused
from setsquare.surfaces.cli.iam_words import plain
from setsquare.surfaces.cli.options import Output
from setsquare.surfaces.cli.options import command as made
from setsquare.surfaces.cli.person import require_person, require_reason
from setsquare.surfaces.cli.style import paint
from setsquare.text.counted import counted

if TYPE_CHECKING:
    from setsquare.journeys.iam_escalating import Escalating
_COLOURS = {"critical": "red", "high": "red", "medium": "yellow", "low": "cyan"}
_NEVER, _POSSIBLE = "never", "possible"


class Options(Struct, frozen=True, kw_only=True):
    """What is judged, against what, and what follows."""

    target: str
    before: str
    accept: str
    fail_on: str
    is_sure: bool
    sends_alert: bool
    output_format: str


class Result(Struct, frozen=True, kw_only=True):
    """What was found. `before` names what was compared with, empty where all counts as new; `unread` could not be read, so that nothing is claimed of it.

    `problems` tell what of the accepted paths does not count; `paths` is the number of known paths that were looked for. `added` were accepted just now.
    `unread_new` is what of `unread` could be read before, or has changed, and what nobody accepted.
    """

    schema: str = "setsquare/iam-escalations/1"
    target: str
    before: str
    new: int
    principals: tuple[PrincipalResult, ...]
    unread: tuple[str, ...]
    problems: tuple[str, ...]
    paths: int
    added: int
    alerts: AlertResult | None = None
    unread_new: tuple[str, ...] = ()


PARAMS = (
    click.argument("target"),
    click.option("--before", default="", metavar="PATH", help="What was there before: a file or folder like TARGET."),
    click.option(
        "--accept", default="", metavar="REASON", help="Accept what is new, for this reason; written to .setsquare/iam/accepted.toml."
    ),
    click.option(
        "--fail-on",
        type=click.Choice(("new", "certain", "any", _NEVER)),
        default=_NEVER,
        show_default=True,
        help="End with 1 on new ones, on new ones that are more than possible, or on any that nobody accepted.",
    ),
    click.option("--alert", "sends_alert", is_flag=True, help="Tell the channel of the settings of what is new, once each."),
    click.option("--yes", "is_sure", is_flag=True, help="A person wants --accept, although there is no terminal."),
)


@made("escalations", Options, PARAMS, formats=("text", "json", "github", "sarif"))
def command(options: Options) -> Output:
    """Find the ways in which principals can gain rights, and which of them a change adds.

    TARGET is a policy or an account's authorization details (JSON), a folder of infrastructure code, a unified diff (- is standard input), or two revisions: OLD..NEW.
    All policies of a principal are judged together. No settings, no trust, no network are needed.
    """
    from setsquare.journeys.iam_escalating import escalating  # noqa: PLC0415  (start-up)
    from setsquare.surfaces.cli.iam_escalation_results import principal_shown  # noqa: PLC0415
    from setsquare.wire.iam_escalations import escalation_world  # noqa: PLC0415

    if options.accept:
        require_reason("Accepting an escalation path", options.accept, f"setsquare iam escalations {options.target} --accept REASON")
        require_person("Accepting an escalation path", is_sure=options.is_sure)
    channel = _channel_ready() if options.sends_alert else None
    if isinstance(channel, NotReady):
        return refused(channel, options.output_format)
    found = escalating(escalation_world(), options.target, options.before, options.accept)
    alerts = _alerted(channel, found) if channel is not None else None
    result = Result(
        alerts=alerts,
        target=found.target,
        before=found.before,
        new=len(found.new),
        principals=tuple(map(principal_shown, found.principals)),
        unread=found.unread,
        unread_new=found.unread_new,
        problems=found.problems,
        paths=found.paths,
        added=len(found.added),
    )
    code = WORLD_FAILED if alerts and alerts.failed else 1 if _fails(found, options.fail_on) else 0
    return Output(result=result, text=_shown(result, options.output_format), exit_code=code)


def _channel_ready() -> Ready | NotReady:
    """Judge the settings of alerts before anything is read."""
    from setsquare.journeys.iam_alerting import alert_readiness  # noqa: PLC0415  (start-up)
    from setsquare.wire.iam_escalations import alert_world  # noqa: PLC0415

    return alert_readiness(alert_world())


def _alerted(ready: Ready, found: Escalating) -> AlertResult:
    from setsquare.journeys.iam_alerting import alert  # noqa: PLC0415  (start-up)
    from setsquare.wire.iam_escalations import alert_world  # noqa: PLC0415

    return alert_shown(alert(alert_world(), ready, found.principals))


def _fails(found: Escalating, fail_on: str) -> bool:
    if fail_on == "any":
        return any(set(judged.escalations) - set(judged.accepted) for judged in found.principals) or bool(found.unread_left)
    counting = found.new if fail_on == "new" else [each for each in found.new if each.certainty != _POSSIBLE]
    return fail_on != _NEVER and bool(counting or found.unread_new)


def _shown(result: Result, output_format: str) -> str:
    if output_format in {"github", "sarif"}:
        from setsquare.surfaces.cli.report.iam_marks import github, sarif  # noqa: PLC0415  (start-up)

        return (github if output_format == "github" else sarif)(result.principals, result.unread_new)
    return _text(result)


def _text(result: Result) -> str:
    lines: list[str] = [f"{paint('!', 'yellow')} {plain(problem)}" for problem in result.problems]
    for principal in result.principals:
        lines += _principal(principal, has_before=bool(result.before))
    if result.unread:
        head = paint("Could not be read, so nothing is said of it", "bold", "yellow")
        lines += [
            "",
            head,
            *(f"  {plain(each)}{'' if each in result.unread_new else paint(' (accepted, or not new)', 'dim')}" for each in result.unread),
        ]
    lines += ["", _summary(result), *(alert_text(result.alerts) if result.alerts else ())]
    return "\n".join(lines).lstrip("\n")


def _summary(result: Result) -> str:
    if result.added:
        return f"Accepted {counted(result.added, 'path')} in .setsquare/iam/accepted.toml; commit it."
    many = sum(len(each.escalations) for each in result.principals)
    if not many:
        return f"No escalation path was found; {result.paths} are known."
    told = counted(result.new, "new escalation path") + (f" since {plain(result.before)}" if result.before else "")
    accepted = sum(each.accepted for principal in result.principals for each in principal.escalations)
    return f"{told}, {many} in all of {counted(len(result.principals), 'principal')}, {accepted} accepted."


def _principal(principal: PrincipalResult, *, has_before: bool) -> list[str]:
    from setsquare.surfaces.cli.iam_escalation_results import told  # noqa: PLC0415  (start-up)

    shown = told(principal)
    if has_before:
        fresh = tuple(each for each in shown if each.new)
        if not fresh:
            return []
        shown = fresh
    place = f"  {plain(principal.place)}" if principal.place else ""
    lines = ["", f"{paint(plain(principal.principal), 'bold')}{place}"]
    if principal.administrator:
        others = len(principal.escalations) - len(told(principal))
        lines.append(f"  may do everything: {others} paths are open to it")
    for each in shown:
        lines += _one(each)
    return lines


def _grants(each: EscalationResult) -> tuple[str, ...]:
    """Say for each action by which statement and on what it is granted."""
    where: dict[str, list[str]] = {}
    for resource in each.resources:
        action, _, word = resource.partition(" on ")
        where.setdefault(action, []).append(word)
    lines = []
    for grant in each.grants:
        action, _, places = grant.partition(": ")
        lines.append(f"{action} on {', '.join(where.get(action, ['*'])[:3])} by {places}")
    return tuple(lines) or each.resources


def _one(each: EscalationResult) -> list[str]:
    mark = paint("accepted", "green") if each.accepted else paint("new", "red") if each.new else "known"
    lines = [f"  {paint(each.severity, _COLOURS[each.severity])} {plain(each.path)} {plain(each.name)} ({each.certainty}, {mark})"]
    details = (
        ("assumes first", each.via),
        ("through", each.targets),
        ("grants", _grants(each)),
        ("under", each.conditions),
        ("note", each.notes),
    )
    for name, words in details:
        lines += [f"    {name} {plain(word)}" for word in words]
    return lines
