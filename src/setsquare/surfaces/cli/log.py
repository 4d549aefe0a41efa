"""`setsquare log`."""

from __future__ import annotations

from pathlib import Path

import click
from msgspec import Struct
from msgspec.structs import replace

from setsquare.errors import StorageFailed, Usage
from setsquare.journeys.app import App
from setsquare.journeys.run_handoffs import Handoff, handoffs
from setsquare.journeys.run_log import LogStep, RunLog, log, logs
from setsquare.journeys.run_untouched import untouched
from setsquare.surfaces.cli.options import Output
from setsquare.surfaces.cli.options import command as made
from setsquare.surfaces.cli.places import shown
from setsquare.surfaces.cli.report.label import cut
from setsquare.surfaces.cli.run_named import run_named
from setsquare.surfaces.cli.streams import columns
from setsquare.surfaces.cli.style import listing, paint, safe, table
from setsquare.wire import app_here


class Options(Struct, frozen=True, kw_only=True):
    """Which run, and how much of it."""

    run: str | None
    last: int | None
    before: int | None
    html: str | None


class StepResult(Struct, frozen=True, kw_only=True):
    """One line of a run's history; `duration_s` in seconds, null where it was not measured.

    `origins` name where the text came from that an action gave. The tokens are those of the run up to there, null where a provider did not tell.
    `out_of_scope` marks an attempt to leave the task's scope.
    """

    number: int
    at: str
    step: int
    who: str
    what: str
    permission: str
    rule: str
    result: str
    duration_s: float | None
    origins: tuple[str, ...] = ()
    input_tokens: int | None = None
    output_tokens: int | None = None
    out_of_scope: bool = False
    output: str = ""


class GuardedFile(Struct, frozen=True, kw_only=True):
    """A shared or protected file that differs between the beginning and the end of the run, and why it is one."""

    path: str
    why: str


class Result(Struct, frozen=True, kw_only=True):
    """A run's history: `left_out` earlier and `left_after` later lines are not shown; `first_out_of_scope` is that line's number, or 0.

    `page` is the file that --html wrote. `handoffs` are those of the whole run. `compared_files` differ between its beginning and its end, null
    where that could not be compared; `guarded_files` are those of them that are shared or protected.
    """

    schema: str = "setsquare/log/1"
    run: str
    spec: str
    tasks: tuple[str, ...]
    left_out: int
    steps: tuple[StepResult, ...]
    left_after: int = 0
    first_out_of_scope: int = 0
    page: str = ""
    handoffs: tuple[Handoff, ...] = ()
    compared_files: int | None = None
    guarded_files: tuple[GuardedFile, ...] = ()


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
    click.option("--before", type=click.IntRange(min=1), default=None, metavar="STEP", help="Only what came before this step."),
    click.option("--html", default=None, metavar="FILE", help="Write the whole run as one page: steps, decisions, diffs, costs."),
)


@made("log", Options, PARAMS)
def command(options: Options) -> Output:
    """Show the numbered steps of RUN: who did what, what the guard decided and by which rule. Without RUN, list the runs.

    --before 40 --last 20 shows the twenty lines before step 40. The first attempt to leave the task's scope is marked.
    """
    app = app_here()
    if options.html is not None:
        return _page(app, options)
    if options.run is None:
        if options.last is not None or options.before is not None:
            raise Usage("--last and --before need a run.", "`setsquare log` lists the runs.")
        runs = tuple(_listed(history) for history in logs(app))
        rows = [(item.run, item.at, item.spec, ", ".join(item.tasks), cut(safe(item.last), 60)) for item in runs]
        return Output(
            result=RunsResult(runs=runs),
            text=listing([("RUN", "STARTED", "SPEC", "TASKS", "LAST"), *rows], columns()) if rows else "No runs yet.",
        )
    history = log(app, options.run, options.last, options.before)
    entries = tuple(app.journals.open(options.run).entries())
    passed, seen = handoffs(entries), untouched(app, entries)
    guarded = tuple(GuardedFile(path=shown(app.folder, path), why=why) for path, why in seen.guarded) if seen else ()
    result = replace(_result(history), handoffs=passed, compared_files=seen.compared if seen else None, guarded_files=guarded)
    return Output(result=result, text="\n".join([_text(history), *_handed(passed), *([f"  {safe(seen.told)}"] if seen else [])]))


def _page(app: App, options: Options) -> Output:
    """Write the page of a run."""
    from setsquare.journeys.run_review import review  # noqa: PLC0415  (start-up)
    from setsquare.surfaces.cli.report.run_page import run_page  # noqa: PLC0415

    run = run_named(app, options.run)
    reviewed = review(app, run)
    raw = run_page(reviewed).encode("utf-8", "replace")
    place = Path(options.html or "")
    try:
        place.write_bytes(raw)
    except OSError as error:
        raise StorageFailed(f"cannot write {place}: {error.strerror or error}", "name another file") from error
    history = reviewed.history or log(app, run, 1)
    text = f"Wrote {place}: the whole run on one page, {len(raw) // 1024:,} KiB. Nothing in it is loaded from elsewhere."
    return Output(result=replace(_result(history), page=str(place)), text=text)


def _result(history: RunLog) -> Result:
    """Shape a history for programs."""
    return Result(
        run=history.run,
        spec=history.spec,
        tasks=history.tasks,
        left_out=history.left_out,
        steps=tuple(_step(step) for step in history.steps),
        left_after=history.left_after,
        first_out_of_scope=history.first_outside,
    )


def _listed(history: RunLog) -> RunResult:
    """Shape one run of the list."""
    first, last = (history.steps[0].at, history.steps[-1].what) if history.steps else ("", "ended before its first entry was written")
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
        origins=step.origins,
        input_tokens=step.input_tokens,
        output_tokens=step.output_tokens,
        out_of_scope=step.is_outside,
        output=step.output,
    )


def _text(history: RunLog) -> str:
    """Show a history as aligned lines."""
    colours = {"ok": "green", "failed": "red", "refused": "yellow"}
    rows = []
    for step in history.steps:
        decided = f"{step.permission} ({step.rule})" if step.permission else ""
        result = paint(step.result, colours.get(step.result, "dim")) if step.result else ""
        taken = f"{step.duration_s:.2f} s" if step.duration_s else ""
        if step.is_outside:
            mark = "first step out of scope" if step.number == history.first_outside else "out of scope"
            decided = f"{decided} {paint(f'◀ {mark}', 'red', 'bold')}".strip()
        taken += f" [from: {', '.join(step.origins)}]" if step.origins else ""
        name = str(step.step) if step.step and step.permission else ""
        what = cut(" ".join(safe(step.what).split()), 110)
        rows.append((str(step.number), step.at[11:19], name, step.who[:12], what, decided, result, taken.strip()))
    if not rows and not history.left_out and not history.left_after:
        return f"Run {history.run} ended before its first entry was written; nothing was done."
    head = f"Run {history.run} of {history.spec}, tasks {', '.join(history.tasks)}"
    left = [f"  … {history.left_out} earlier lines"] if history.left_out else []
    after = [f"  … {history.left_after} later lines"] if history.left_after else []
    lines = (
        [line for step, row in zip(history.steps, table(rows).split("\n"), strict=True) for line in (row, *_output(step))] if rows else []
    )
    return "\n".join([head, *left, *lines, *after, *_ending(history)])


def _output(step: LogStep) -> list[str]:
    """Show what a failed verification printed last, below its line."""
    return [paint(f"       │ {cut(safe(line), 140)}", "dim") for line in step.output.split("\n")] if step.output else []


def _handed(found: tuple[Handoff, ...]) -> list[str]:
    """Show the handoffs, one on a line."""
    rows = []
    for each in found:
        word = paint("pass", "green") if each.is_passed else paint("fail", "red")
        rows.append((f"  task {safe(each.task)}", f"{each.from_state} → {each.to_state}", word, cut(safe(each.condition), 110)))
    return ["Handoffs", table(rows)] if rows else []


def _ending(history: RunLog) -> list[str]:
    """Say what was used, and where the first attempt to leave the scope stands when it is not shown."""
    lines = []
    last = history.steps[-1] if history.steps else None
    if last is not None and (last.input_tokens or last.output_tokens):
        lines.append(f"  {last.input_tokens or 0:,} tokens in and {last.output_tokens or 0:,} out up to here")
    if history.first_outside and all(step.number != history.first_outside for step in history.steps):
        lines.append(f"  The first step out of scope is line {history.first_outside}.")
    return lines
