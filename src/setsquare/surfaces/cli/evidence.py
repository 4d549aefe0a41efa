"""`setsquare evidence`."""

from __future__ import annotations

import click
from msgspec import Struct

from setsquare.journeys.evidence import Shelf, Shown, evidence
from setsquare.surfaces.cli.options import Output
from setsquare.surfaces.cli.options import command as made
from setsquare.surfaces.cli.report.label import cut
from setsquare.surfaces.cli.streams import columns
from setsquare.surfaces.cli.style import listing, paint, safe
from setsquare.wire import app_here


class Options(Struct, frozen=True, kw_only=True):
    """Of which run or spec, and of which criterion."""

    name: str
    criterion: str


class TestFile(Struct, frozen=True):
    """A test file that a line rests on, with the digest that it had."""

    path: str
    digest: str


class SeenResult(Struct, frozen=True, kw_only=True):
    """What one verification said about one criterion.

    `criterion` is the id of now, empty where it is gone; `written` the id then. `kind` is `green`, `red` or `preserved`; `passage` is `red → green`
    or `green → green`. `commit` is empty while the task is not committed. `is_current`: tests and criterion are as they were then; `reason` says what is not.
    `accepted_by` is the person who accepted the criterion as already met where the task changed nothing, else empty.
    """

    criterion: str
    written: str
    uid: str
    task: str
    kind: str
    passage: str
    command: str
    exit: int
    passed: int | None
    failed: int | None
    output: str
    tests: tuple[TestFile, ...]
    base: str
    tree: str
    commit: str
    run: str
    at: str
    is_current: bool
    reason: str
    accepted_by: str


class ProblemResult(Struct, frozen=True, kw_only=True):
    """A line of the file that cannot be read."""

    line: int
    reason: str
    mend: str


class Result(Struct, frozen=True, kw_only=True):
    """What the platform saw; `run` is empty where a spec was asked for."""

    schema: str = "setsquare/evidence/1"
    spec: str
    run: str
    path: str
    evidence: tuple[SeenResult, ...]
    problems: tuple[ProblemResult, ...]


PARAMS = (
    click.argument("name", metavar="RUN|SPEC"),
    click.option("--criterion", default="", metavar="ID", help="Only what was seen of this criterion, such as 1.2."),
)


@made("evidence", Options, PARAMS)
def command(options: Options) -> Output:
    """Show what the platform itself saw of each criterion: command, exit code, digest of the output, commit, and whether it still holds.

    Ends with 1 when a line cannot be read.
    """
    shelf = evidence(app_here(), options.name, options.criterion)
    problems = tuple(ProblemResult(line=one.line, reason=one.reason, mend=one.mend) for one in shelf.problems)
    result = Result(spec=shelf.spec, run=shelf.run, path=shelf.path, evidence=tuple(map(_seen, shelf.shown)), problems=problems)
    return Output(result=result, text=_text(shelf), exit_code=1 if problems else 0)


def _seen(one: Shown) -> SeenResult:
    """Shape one line for programs."""
    seen = one.seen
    return SeenResult(
        criterion=one.criterion,
        written=seen.criterion,
        uid=seen.uid,
        task=seen.task,
        kind=seen.kind.value,
        passage=one.passage,
        command=seen.command,
        exit=seen.exit,
        passed=seen.passed,
        failed=seen.failed,
        output=seen.output,
        tests=tuple(TestFile(path, name) for path, name in seen.tests),
        base=seen.base,
        tree=seen.tree,
        commit=one.commit,
        run=seen.run,
        at=seen.at,
        is_current=one.is_current,
        reason=one.reason,
        accepted_by=seen.accepted_by,
    )


_COLOURS = {"green": "green", "red": "red", "preserved": "blue"}


def _text(shelf: Shelf) -> str:
    """Show the lines as a table, then what cannot be read."""
    rows = [("CRITERION", "TASK", "SEEN", "COMMAND", "EXIT", "TESTS", "COMMIT", "AT", "NOW")]
    for one in shelf.shown:
        seen = one.seen
        tests = "" if seen.passed is None and seen.failed is None else f"{seen.passed or 0} ok, {seen.failed or 0} failed"
        kind = paint(seen.kind.value, _COLOURS[seen.kind.value]) + (f" ({one.passage})" if one.passage else "")
        kind += f" (no change, accepted by {safe(seen.accepted_by)})" if seen.accepted_by else ""
        now = "current" if one.is_current and not one.reason else safe(one.reason)
        command = cut(safe(seen.command), 40)
        rows.append(
            (
                safe(one.criterion or seen.criterion) or "–",
                safe(seen.task),
                kind,
                command,
                str(seen.exit),
                tests,
                one.commit[:10] or "–",
                seen.at[:19],
                now,
            )
        )
    head = f"Run {shelf.run} of {safe(shelf.spec)}" if shelf.run else f"{safe(shelf.spec)}: {shelf.path}"
    parts = [
        head,
        listing(rows, columns()) if len(rows) > 1 else "Nothing was seen yet: `setsquare run` records it when a task is verified.",
    ]
    parts += [paint(f"{shelf.path}:{one.line}: {safe(one.reason)}; {one.mend}", "red") for one in shelf.problems]
    return "\n".join(parts)
