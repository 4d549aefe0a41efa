"""`setsquare iam audit`."""

from __future__ import annotations

import click
from msgspec import Struct

from setsquare.errors import Usage
from setsquare.journeys.iam_readiness import NotReady, judged_at, readiness
from setsquare.surfaces.cli.iam_refusing import refused
from setsquare.surfaces.cli.iam_told import proof_shown, told_text
from setsquare.surfaces.cli.iam_words import plain
from setsquare.surfaces.cli.options import Output
from setsquare.surfaces.cli.options import command as made
from setsquare.surfaces.cli.style import paint
from setsquare.wire.iam import settings_here


class Options(Struct, frozen=True, kw_only=True):
    """Whether to switch the Power on again, and why."""

    enable: bool
    reason: str
    output_format: str


class CreepResult(Struct, frozen=True, kw_only=True):
    """Requests that were found out of scope and closed at one time."""

    at: str
    roles: tuple[str, ...]
    requests: tuple[str, ...]


class Result(Struct, frozen=True, kw_only=True):
    """What was found since the last audit; `disabled_at` is empty while the Power is switched on.

    `told` proves that people were told that it is switched on again, `untold` says why they were not.
    """

    schema: str = "setsquare/iam-audit/1"
    disabled_at: str
    found: tuple[CreepResult, ...]
    was_enabled_again: bool = False
    told: str = ""
    untold: str = ""


PARAMS = (
    click.option("--enable", is_flag=True, help="Switch the Power on again; recorded in the audit log."),
    click.option("--reason", default="", metavar="TEXT", help="What was found and mended; needed with --enable."),
)


@made("audit", Options, PARAMS)
def command(options: Options) -> Output:
    """List pull requests of the Power that were found for roles out of its scope, and switch it on again when that has been looked into.

    Found twice, they switch the Power off until then; with unsafe settings it stays off. The people of escalationAlertChannel are told of either.
    """
    from setsquare.journeys.iam_telling import Told, switched_on  # noqa: PLC0415  (start-up)
    from setsquare.wire import audit_here  # noqa: PLC0415
    from setsquare.wire.iam_escalations import alert_world  # noqa: PLC0415
    from setsquare.wire.iam_forge import power_state  # noqa: PLC0415

    if options.reason and not options.enable:
        raise Usage("--reason says why the Power is switched on again.", "Add --enable.")
    if options.enable and isinstance(ready := readiness(judged_at(settings_here())), NotReady):
        return refused(ready, options.output_format)
    state = power_state()
    told = Told()
    if options.enable:
        record, told = switched_on(alert_world(), state, audit_here(), options.reason)
    else:
        record = state.record()
    result = Result(
        disabled_at=record.disabled_at,
        found=tuple(CreepResult(at=each.at, roles=each.roles, requests=each.requests) for each in record.creeps),
        was_enabled_again=options.enable,
        told=proof_shown(told),
        untold=told.problem,
    )
    return Output(result=result, text=_text(result))


def _text(result: Result) -> str:
    if result.was_enabled_again:
        lines = ["The Power is switched on; what was found before counts no more.", *told_text(result.told, result.untold)]
        return "\n".join(lines)
    lines = []
    if result.disabled_at:
        lines.append(paint(f"Switched off since {plain(result.disabled_at)}.", "red", "bold"))
        lines.append("Look at targetRoles and excludeRoles, then: setsquare iam audit --enable --reason TEXT")
    for each in result.found:
        lines.append(f"{plain(each.at)}: {plain(', '.join(each.roles))}")
        lines += [f"  {plain(url)}" for url in each.requests]
    return "\n".join(lines) or "No request was found out of scope since the last audit."
