"""`setsquare tour`."""

from __future__ import annotations

from pathlib import Path

import click
from msgspec import Struct

from setsquare.journeys.reporting import write_report
from setsquare.journeys.touring import TourOutcome, tour
from setsquare.surfaces.cli.options import Output
from setsquare.surfaces.cli.options import command as made
from setsquare.surfaces.cli.report.label import cut
from setsquare.surfaces.cli.report.tour_page import tour_page
from setsquare.surfaces.cli.report.trace_section import state_of
from setsquare.surfaces.cli.report.trace_table import trace_table
from setsquare.surfaces.cli.streams import write_text
from setsquare.surfaces.cli.style import paint
from setsquare.usage.meter import cost_text
from setsquare.wire import tour_world

REPORT = "setsquare-tour.html"
_RECORDED = (
    "Recorded: what the model says and what the person answers. Live: parsing, checks, drafts, approvals, guard, sandbox, tests, commits."
)
_NO_SANDBOX = (
    "This machine has no sandbox (no bubblewrap, no Landlock): no command is run, so no task can be verified. Everything else is shown."
)


class Options(Struct, frozen=True, kw_only=True):
    """Where to."""

    into: str | None
    output_format: str


class TourRow(Struct, frozen=True, kw_only=True):
    """One criterion at the end."""

    criterion: str
    state: str
    tasks: tuple[str, ...]
    code: tuple[str, ...]
    tests: tuple[str, ...]


class Result(Struct, frozen=True, kw_only=True):
    """How the tour ended; `verifications` are the exit codes of the platform's own test runs in order."""

    schema: str = "setsquare/tour/1"
    folder: str
    report: str
    outcome: str
    run: str
    sandbox: str
    tasks_done: int
    tasks_total: int
    verifications: tuple[int, ...]
    rows: tuple[TourRow, ...]
    input_tokens: int | None
    output_tokens: int | None
    took_s: float
    recorded: str
    reason: str


PARAMS = (click.option("--into", metavar="FOLDER", default=None, help="A new folder for the sample project. Default: ./setsquare-tour."),)


# req: tour/1.5
@made("tour", Options, PARAMS)
def command(options: Options) -> Output:
    """Run the whole main job on a sample HTTP service: check, draft, approve, execute, verify, trace.

    What the model says and the person answers is recorded; everything else is live: real edits, a real sandboxed test run that first fails and
    is then repaired, real commits in a new folder. No key, no network, no terminal needed.
    """
    is_text = options.output_format == "text"
    app, folder = tour_world(options.into)
    told = _Telling(is_on=is_text)
    place = _shown(folder)
    told.head(place, app.sandbox.name if app.sandbox else "")
    outcome = tour(app, told.act)
    write_report(app, REPORT, tour_page(outcome, place).encode())
    result = _result(outcome, place)
    return Output(result=result, text=_ending(outcome, result), exit_code=outcome.exit_code)


# req: tour/1.4
class _Telling:
    """Tells the tour as it goes, on standard output, only when people read it."""

    def __init__(self, *, is_on: bool) -> None:
        self._is_on = is_on
        self._number = 0

    def head(self, folder: str, sandbox: str) -> None:
        """Say where, what is recorded, and what confines commands."""
        self._write(f"{paint('Setsquare tour', 'bold')} in {folder}\n{_RECORDED}\n")
        self._write(f"Sandbox: {sandbox}\n\n" if sandbox else f"{paint(_NO_SANDBOX, 'yellow')}\n\n")

    def act(self, title: str, lines: tuple[str, ...]) -> None:
        """Tell one act."""
        self._number += 1
        self._write(f"{paint(str(self._number), 'cyan')}  {paint(title, 'bold')}\n" + "".join(f"   {line}\n" for line in lines))

    def _write(self, text: str) -> None:
        if self._is_on:
            write_text(text)


def _shown(folder: Path) -> str:
    """Show the folder as a person in the current one would type it."""
    try:
        return folder.relative_to(Path.cwd()).as_posix()
    except ValueError:
        return folder.as_posix()


def _result(outcome: TourOutcome, folder: str) -> Result:
    """Shape the outcome for programs."""
    report = outcome.report
    rows = tuple(
        TourRow(criterion=row.criterion, state=state_of(row), tasks=tuple(cell.key for cell in row.tasks), code=row.code, tests=row.tests)
        for row in outcome.rows
    )
    return Result(
        folder=folder,
        report=f"{folder}/{REPORT}",
        outcome="no-sandbox" if report is None else report.status,
        run=report.run if report else "",
        sandbox=outcome.sandbox,
        tasks_done=outcome.progress.done,
        tasks_total=outcome.progress.total,
        verifications=tuple(event.exit_code for event in outcome.verifications),
        rows=rows,
        input_tokens=outcome.meter.input_tokens,
        output_tokens=outcome.meter.output_tokens,
        took_s=round(outcome.took_s, 2),
        recorded=_RECORDED,
        reason=report.reason if report else _NO_SANDBOX,
    )


# req: tour/1.3
def _ending(outcome: TourOutcome, result: Result) -> str:
    """Show how the run went, the matrix, the cost and where to go on."""
    lines = [
        *_run_lines(outcome),
        "",
        paint("Trace: requirement → design → task → code → test", "bold"),
        trace_table(outcome.rows, "text"),
        "",
    ]
    if outcome.report is not None and outcome.report.status != "done":
        lines += [
            paint(f"The tour stopped: {outcome.report.reason}", "red"),
            f"  {outcome.report.hint}",
            "The task's box is unticked and nothing of it is committed.",
        ]
    tokens = (
        f"{result.input_tokens} in, {result.output_tokens} out"
        if result.input_tokens is not None
        else "not counted, no provider was called"
    )
    lines += [
        f"Tasks: {result.tasks_done} of {result.tasks_total} verified, ticked and committed. Tokens: {tokens}. Cost: {cost_text(0.0)}. Took {result.took_s:.1f} s.",
        f"Report: {result.report}",
        _RECORDED,
        "",
        f"Look around: cd {result.folder} && setsquare status && git log --stat && setsquare log {result.run}".rstrip(),
        "Your own:    setsquare init",
    ]
    if outcome.report is None:
        lines += ["", paint(_NO_SANDBOX, "yellow")]
    return "\n".join(lines)


def _run_lines(outcome: TourOutcome) -> list[str]:
    """Tell the run as its steps."""
    if outcome.history is None:
        return []
    marks = {"ok": paint("✓", "green"), "failed": paint("✗", "red"), "refused": paint("⊘", "yellow")}
    lines = [f"{paint('7', 'cyan')}  {paint('Execute the tasks', 'bold')}, run {outcome.history.run}"]
    for step in outcome.history.steps:
        decided = paint(f" [{step.permission}: {step.rule}]", "dim") if step.permission else ""
        who = step.who.partition(" <")[0]
        lines.append(f"   {marks.get(step.result, ' ')} {who:<13.13} {cut(' '.join(step.what.split()), 96)}{decided}")
    return lines
