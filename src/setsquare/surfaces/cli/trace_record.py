"""`setsquare trace record`."""

from __future__ import annotations

import click
from msgspec import Struct

from setsquare.errors import Usage
from setsquare.journeys.opening import opened
from setsquare.journeys.result_recording import Recorded, record_results
from setsquare.surfaces.cli.options import Output
from setsquare.surfaces.cli.options import command as made
from setsquare.surfaces.cli.reports_read import PLACES, found_reports, reports_of
from setsquare.surfaces.cli.style import safe
from setsquare.wire import app_here


class RecordOptions(Struct, frozen=True):
    """Which reports."""

    reports: tuple[str, ...]


class RecordResult(Struct, frozen=True, kw_only=True):
    """What was recorded: `matched` of `linked` tests that name a criterion have a result of the files as they are."""

    schema: str = "setsquare/trace-record/1"
    reports: tuple[str, ...]
    results: int
    kept: int
    linked: int
    matched: int
    commit: str


@made("record", RecordOptions, (click.argument("reports", nargs=-1, metavar="[FILE]..."),))
def record(options: RecordOptions) -> Output:
    """Record JUnit XML results as those of the files as they are now; run it right after the tests.

    Without FILE the usual places are looked at: junit.xml, reports, test-results, target and build folders. The results are kept outside
    of the workspace. They count as long as the test and the code that is linked to the same criterion stay as they are.
    """
    app = app_here()
    names = options.reports or found_reports(app.folder)
    if not names:
        raise Usage("No test report is named, and none is in the usual places.", f"Looked for {', '.join(PLACES)}.")
    done = record_results(app, opened(app), reports_of(names))
    result = RecordResult(reports=names, results=done.results, kept=done.kept, linked=done.linked, matched=done.matched, commit=done.commit)
    return Output(result=result, text=_text(names, done))


def _text(names: tuple[str, ...], done: Recorded) -> str:
    """Say what was recorded, and what to look at when nothing matched."""
    lines = [
        f"{done.results} results from {', '.join(map(safe, names))}.",
        f"{done.matched} of {done.linked} tests that name a criterion have a result of the files as they are.",
    ]
    if done.linked and not done.matched:
        lines.append("No name matched: is this the report of these tests?")
    return "\n".join(lines)
