"""`setsquare budget`."""

from __future__ import annotations

import click
from msgspec import Struct

from setsquare.errors import Usage
from setsquare.journeys.budgeting import BudgetReport, WindowStanding, reset, standing
from setsquare.journeys.opening import opened
from setsquare.surfaces.cli.options import Output
from setsquare.surfaces.cli.options import command as made
from setsquare.surfaces.cli.person import require_person, require_reason
from setsquare.surfaces.cli.style import paint, safe
from setsquare.text.counted import counted
from setsquare.wire import app_here


class Options(Struct, frozen=True, kw_only=True):
    """What to do, with which budget."""

    action: str
    window: str | None
    reason: str
    yes: bool


class WindowResult(Struct, frozen=True, kw_only=True):
    """One budget; a limit of `null` is none, `fraction` is 1 where all is used."""

    window: str
    period: str
    input_tokens: int
    output_tokens: int
    limit_input_tokens: int | None
    limit_output_tokens: int | None
    alert_threshold: float
    on_limit: str
    fraction: float
    paused: bool


class AlertResult(Struct, frozen=True, kw_only=True):
    """A threshold or limit that was reached."""

    window: str
    period: str
    event: str
    fraction: float
    action: str
    at: str


class ResetResult(Struct, frozen=True, kw_only=True):
    """A person's reset."""

    window: str
    at: str
    by: str
    reason: str


class RepairResult(Struct, frozen=True, kw_only=True):
    """What mending gave: the lines that could be read, those that could not, and where the damaged file is kept."""

    kept: int
    lost: int
    aside: str


class Result(Struct, frozen=True, kw_only=True):
    """Where the budgets stand: `in_force` is `restrict`, `pause` or empty; `routes` pairs purposes with the profiles that serve them now."""

    schema: str = "setsquare/budget/1"
    windows: tuple[WindowResult, ...]
    time_zone: str
    in_force: str
    in_force_by: str
    in_flight_input_tokens: int
    in_flight_output_tokens: int
    routes: dict[str, str]
    alerts: tuple[AlertResult, ...]
    resets: tuple[ResetResult, ...]
    repaired: RepairResult | None = None


PARAMS = (
    click.argument("action", required=False, default="status", type=click.Choice(["status", "reset", "repair"])),
    click.argument("window", required=False, type=click.Choice(["daily", "monthly"])),
    click.option("--reason", default="", metavar="TEXT", help="Why; recorded with your name."),
    click.option("--yes", is_flag=True, help="With reset and repair: a person wants it, although there is no terminal."),
)


@made("budget", Options, PARAMS)
def command(options: Options) -> Output:
    """Say what may still be spent on models, and lift what a budget stopped.

    A pause ends only by `setsquare budget reset daily|monthly --reason TEXT`; what is used counts from there. `repair` goes on with what can
    be read of a ledger that was damaged. The ledger lies outside of the workspace, where no agent can write. Limits stand in settings.json.
    """
    app = app_here()
    workspace = opened(app)
    if options.action == "status":
        return _output(standing(app, workspace))
    if options.action == "reset":
        if options.window is None:
            raise Usage("Which budget is to be reset?", "`setsquare budget reset daily|monthly --reason TEXT`")
        require_reason("A reset", options.reason, f"setsquare budget reset {options.window}")
    require_person(f"To {options.action} a budget", is_sure=options.yes)
    if options.action == "repair":
        mended = app.ledger.repair()
        what = f"The damaged file is kept as {safe(mended.aside)}." if mended.aside else "It was sound, so nothing was done."
        said = f"The ledger has {counted(mended.kept, 'line')} that can be read, and {mended.lost} that cannot. {what}"
        return _output(standing(app, workspace), said, RepairResult(kept=mended.kept, lost=mended.lost, aside=mended.aside))
    done = reset(app, workspace, options.window or "", options.reason)
    said = f"Reset the {done.window} budget; recorded as {safe(done.by)}: {safe(done.reason)}. Go on: setsquare run --resume"
    return _output(standing(app, workspace), said)


def _output(found: BudgetReport, said: str = "", repaired: RepairResult | None = None) -> Output:
    """Show where the budgets stand, after what was done."""
    result = Result(
        windows=tuple(map(_window, found.windows)),
        time_zone=found.zone,
        in_force=found.action,
        in_force_by=found.by,
        in_flight_input_tokens=found.in_flight.input_tokens,
        in_flight_output_tokens=found.in_flight.output_tokens,
        routes=dict(found.routes),
        alerts=tuple(
            AlertResult(window=it.window, period=it.period, event=it.event, fraction=it.fraction, action=it.action, at=it.at)
            for it in found.alerts
        ),
        resets=tuple(ResetResult(window=it.window, at=it.at, by=it.by, reason=it.reason) for it in found.resets),
        repaired=repaired,
    )
    return Output(result=result, text="\n".join(filter(None, (said, *_lines(found)))))


def _window(found: WindowStanding) -> WindowResult:
    """Shape one budget for programs."""
    return WindowResult(
        window=found.name,
        period=found.period,
        input_tokens=found.used.input_tokens,
        output_tokens=found.used.output_tokens,
        limit_input_tokens=found.limits.input_tokens,
        limit_output_tokens=found.limits.output_tokens,
        alert_threshold=found.limits.alert_threshold,
        on_limit=found.limits.action.value,
        fraction=found.fraction,
        paused=found.is_paused,
    )


def _lines(found: BudgetReport) -> list[str]:
    """Say it to a person."""
    lines = [f"{it.name.capitalize()} usage ({it.period}, {found.zone}): {usage_text(it)}" for it in found.windows]
    if found.in_flight.output_tokens:
        lines.append(
            f"  Set aside for calls in flight: {found.in_flight.input_tokens:,} input / {found.in_flight.output_tokens:,} output tokens"
        )
    if found.action == "pause":
        way = f"setsquare budget reset {found.by} --reason TEXT"
        lines.append(paint(f"The {found.by} budget pauses all work with models until a person resets it: {way}", "red"))
    elif found.action:
        way = f"The window's end lifts that, or: setsquare budget reset {found.by} --reason TEXT"
        lines.append(paint(f"The {found.by} budget sends all calls to the profile `fast`. {way}", "yellow"))
    lines += [f"  Reset {it.at} ({it.window}) by {safe(it.by)}: {safe(it.reason)}" for it in found.resets[-3:]]
    return lines


def usage_text(found: WindowStanding) -> str:
    """Write what is used of a budget; the part is rounded down."""
    used = f"{found.used.input_tokens:,} input / {found.used.output_tokens:,} output tokens"
    if found.limits.input_tokens is None and found.limits.output_tokens is None:
        return f"{used} (no limit)"
    return f"{used} ({int(found.fraction * 100)}% of {found.name} budget)"
