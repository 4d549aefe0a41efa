"""`setsquare log`."""

from __future__ import annotations

import click
from msgspec import Struct

from setsquare.journeys.run_log import LogStep, RunLog, log, logs
from setsquare.surfaces.cli.options import Output
from setsquare.surfaces.cli.options import command as made
from setsquare.surfaces.cli.report.label import cut
from setsquare.surfaces.cli.streams import columns
from setsquare.surfaces.cli.style import listing, paint, safe, table
from setsquare.wire import app_here


class Options(Struct, frozen=True, kw_only=True):
    """Which run, and how much of it."""

    run: str | None
    last: int | None


class StepResult(Struct, frozen=True, kw_only=True):
    """One line of a run's history; `duration_s` in seconds, null where it was not measured."""

    number: int
    at: str
    step: int
    who: str
    what: str
    permission: str
    rule: str
    result: str
    duration_s: float | None


class Result(Struct, frozen=True, kw_only=True):
    """A run's history."""

    schema: str = "setsquare/log/1"
    run: str
    spec: str
    tasks: tuple[str, ...]
    left_out: int
    steps: tuple[StepResult, ...]


class RunResult(Struct, frozen=True, kw_only=True):
    """One run of the list."""

    run: str
    spec: str
    tasks: tuple[str, ...]
    at: str
    last: str


class RunsResult(Struct, frozen=True, kw_only=True):
    """All runs of the workspace, oldest first."""

    schema: str = "setsquare/log-runs/1"
    runs: tuple[RunResult, ...]


PARAMS = (
    click.argument("run", required=False),
    click.option("--last", type=click.IntRange(min=1), default=None, metavar="N", help="Only the last N lines."),
)


@made("log", Options, PARAMS)
def command(options: Options) -> Output:
    """Show the numbered steps of RUN: who did what, what the guard decided and by which rule. Without RUN, list the runs."""
    app = app_here()
    if options.run is None:
        runs = tuple(_listed(history) for history in logs(app))
        rows = [(item.run, item.at, item.spec, ", ".join(item.tasks), cut(safe(item.last), 60)) for item in runs]
        return Output(
            result=RunsResult(runs=runs),
            text=listing([("RUN", "STARTED", "SPEC", "TASKS", "LAST"), *rows], columns()) if rows else "No runs yet.",
        )
    history = log(app, options.run, options.last)
    steps = tuple(_step(step) for step in history.steps)
    result = Result(run=history.run, spec=history.spec, tasks=history.tasks, left_out=history.left_out, steps=steps)
    return Output(result=result, text=_text(history))


def _listed(history: RunLog) -> RunResult:
    """Shape one run of the list."""
    first, last = (history.steps[0].at, history.steps[-1].what) if history.steps else ("", "")
    last = f"unreadable: {history.damage}" if history.damage else last
    return RunResult(run=history.run, spec=history.spec, tasks=history.tasks, at=first, last=last)


def _step(step: LogStep) -> StepResult:
    """Shape one line for programs."""
    return StepResult(
        number=step.number,
        at=step.at,
        step=step.step,
        who=step.who,
        what=step.what,
        permission=step.permission,
        rule=step.rule,
        result=step.result,
        duration_s=step.duration_s,
    )


def _text(history: RunLog) -> str:
    """Show a history as aligned lines."""
    colours = {"ok": "green", "failed": "red", "refused": "yellow"}
    rows = []
    for step in history.steps:
        decided = f"{step.permission} ({step.rule})" if step.permission else ""
        result = paint(step.result, colours.get(step.result, "dim")) if step.result else ""
        taken = f"{step.duration_s:.2f} s" if step.duration_s else ""
        rows.append((str(step.number), step.at[11:19], step.who[:12], cut(" ".join(safe(step.what).split()), 110), decided, result, taken))
    head = f"Run {history.run} of {history.spec}, tasks {', '.join(history.tasks)}"
    left = [f"  … {history.left_out} earlier lines"] if history.left_out else []
    return "\n".join([head, *left, table(rows)])
