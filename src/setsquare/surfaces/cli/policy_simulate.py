"""`setsquare policy simulate`."""

from __future__ import annotations

import click
from msgspec import Struct

from setsquare.guard.capability import Mode
from setsquare.journeys.policy_simulating import Changed, Simulation
from setsquare.journeys.policy_simulating import simulate as simulated
from setsquare.surfaces.cli.options import Output
from setsquare.surfaces.cli.options import command as made
from setsquare.surfaces.cli.policy_options import ENVIRONMENTS, LEVELS, MODES
from setsquare.surfaces.cli.report.label import cut
from setsquare.surfaces.cli.style import paint, safe, table
from setsquare.wire import app_here
from setsquare.workspace.settings import Autonomy


class Options(Struct, frozen=True, kw_only=True):
    """Which run, and what to try instead."""

    run: str
    mode: str | None
    autonomy: str | None
    environment: str | None


class ActionResult(Struct, frozen=True, kw_only=True):
    """One action: `then` by `then_rule` is what was decided, `now` by `now_rule` what would be."""

    step: int
    task: str
    tool: str
    what: str
    then: str
    then_rule: str
    now: str
    now_rule: str
    differs: bool


class Result(Struct, frozen=True, kw_only=True):
    """A run under today's policy: `different` of `total` actions would be decided differently."""

    schema: str = "setsquare/policy-simulate/1"
    run: str
    spec: str
    mode: str
    environment: str
    total: int
    different: int
    actions: tuple[ActionResult, ...]


PARAMS = (
    click.argument("run"),
    click.option("--mode", type=MODES, default=None, help="Another mode than the run had."),
    click.option("--autonomy", type=LEVELS, default=None, help="A level below that of the settings."),
    click.option("--environment", type=ENVIRONMENTS, default=None, help="Another environment than the run declared."),
)


@made("simulate", Options, PARAMS)
def simulate(options: Options) -> Output:
    """Decide every recorded action of RUN again, under the settings, rules and plan of now. Nothing is executed."""
    changed = Changed(
        mode=Mode(options.mode) if options.mode else None,
        autonomy=Autonomy(options.autonomy) if options.autonomy else None,
        environment=options.environment,
    )
    found = simulated(app_here(), options.run, changed)
    return Output(result=_result(found), text=_text(found))


def _result(found: Simulation) -> Result:
    """Shape a simulation for programs."""
    return Result(
        run=found.run,
        spec=found.spec,
        mode=found.mode,
        environment=found.environment,
        total=len(found.actions),
        different=found.count,
        actions=tuple(
            ActionResult(
                step=each.step,
                task=each.task,
                tool=each.tool,
                what=each.what,
                then=each.then,
                then_rule=each.then_rule,
                now=each.now,
                now_rule=each.now_rule,
                differs=each.differs,
            )
            for each in found.actions
        ),
    )


def _text(found: Simulation) -> str:
    """Show what differs, and count."""
    summary = f"{found.count} of {len(found.actions)} would be decided differently."
    rows = [
        (
            str(each.step),
            each.tool,
            cut(" ".join(safe(each.what).split()), 60),
            f"{each.then} ({safe(each.then_rule)})",
            "→",
            paint(f"{each.now} ({safe(each.now_rule)})", "yellow"),
        )
        for each in found.actions
        if each.differs
    ]
    head = f"Run {found.run} of {found.spec} under today's policy, {found.mode} mode"
    return "\n".join([head, *([table(rows)] if rows else []), summary])
