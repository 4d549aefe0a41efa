"""`setsquare revert`."""

from __future__ import annotations

import click
from msgspec import Struct

from setsquare.errors import Refused, Usage
from setsquare.journeys.app import App
from setsquare.journeys.run_found import give_back
from setsquare.journeys.run_resume import latest_unfinished
from setsquare.journeys.run_revert import Reverted, RevertRequest, revert
from setsquare.journeys.setting_aside import set_aside
from setsquare.surfaces.cli.options import Output
from setsquare.surfaces.cli.options import command as made
from setsquare.surfaces.cli.places import shown
from setsquare.surfaces.cli.run_diff import diff_lines
from setsquare.surfaces.cli.run_named import inner_paths
from setsquare.surfaces.cli.style import paint, safe
from setsquare.wire import app_here


class Options(Struct, frozen=True, kw_only=True):
    """Which run, how much of it, and what to do."""

    run: str | None
    task: str
    commit: bool
    keep_edited: bool
    dry_run: bool
    found: str | None
    set_aside: bool


class ConflictResult(Struct, frozen=True, kw_only=True):
    """Lines `first` to `last` of a file that a person changed too: they stand as they were."""

    path: str
    first: int
    last: int


class BeyondResult(Struct, frozen=True, kw_only=True):
    """What no revert takes back: `kind` is `network`, `push`, `mail` or `tool`; it was done `count` times, first in `step`."""

    kind: str
    what: str
    step: int
    count: int


class Result(Struct, frozen=True, kw_only=True):
    """What was taken back; `commits` are the run's own, which stay in the history, `commit` the one that takes them back.

    `merged` files lost the run's lines and kept those of people. `written` is false for --dry-run. `aside` is where a damaged journal is kept.
    """

    schema: str = "setsquare/revert/1"
    run: str
    restored: tuple[str, ...]
    kept: tuple[str, ...]
    commits: tuple[str, ...]
    commit: str
    found: str = ""
    merged: tuple[str, ...] = ()
    conflicts: tuple[ConflictResult, ...] = ()
    beyond: tuple[BeyondResult, ...] = ()
    diff: str = ""
    written: bool = True
    aside: str = ""


PARAMS = (
    click.argument("run", required=False),
    click.option("--task", metavar="N", default="", help="Only what this task of the run wrote."),
    click.option("--commit", is_flag=True, help="Also take the run's commits back, by a new commit on the current branch."),
    click.option(
        "--keep-edited", is_flag=True, help="Leave a file alone that somebody edited since, instead of taking the run's lines out."
    ),
    click.option("--dry-run", is_flag=True, help="Only show what would change."),
    click.option(
        "--set-aside", is_flag=True, help="Only take the damaged journal of RUN out of the way; nothing in the workspace changes."
    ),
    click.option("--found", metavar="PATH", default=None, help="Only write PATH.found: the file as it was found when the run put it back."),
)


@made("revert", Options, PARAMS)
def command(options: Options) -> Output:
    """Take back what RUN (the one that is not finished by default) wrote, untracked files included: files become as they were before it.

    A file that a person edited since loses the run's lines and keeps theirs; where both changed the same lines these stay and are listed. What
    a run put back while it went on, because it was out of the task's scope, comes back beside the file with --found. A run whose journal is
    damaged cannot be taken back; --set-aside lets others begin when a person has put right what it left.
    """
    app = app_here()
    if options.set_aside:
        return _aside(app, options)
    run = options.run or _unfinished(app)
    if options.found is not None:
        if options.task or options.commit or options.dry_run or options.keep_edited:
            raise Usage("--found stands alone: it writes one file beside another.", "Leave the other options out.")
        return _found(app, run, options.found)
    request = RevertRequest(commit=options.commit, task=options.task, keeps_edited=options.keep_edited, is_dry=options.dry_run)
    done = revert(app, run, request)
    result = Result(
        run=done.run,
        restored=tuple(shown(app.folder, path) for path in done.restored),
        kept=tuple(shown(app.folder, path) for path in done.kept),
        commits=done.commits,
        commit=done.commit,
        merged=tuple(shown(app.folder, path) for path in done.merged),
        conflicts=tuple(ConflictResult(path=shown(app.folder, at.path), first=at.first, last=at.last) for at in done.conflicts),
        beyond=tuple(BeyondResult(kind=item.kind, what=item.what, step=item.step, count=item.count) for item in done.beyond),
        diff=done.diff,
        written=done.is_written,
    )
    return Output(result=result, text="\n".join(_lines(app, done, result, options)))


def _unfinished(app: App) -> str:
    """Name the run that is not finished; of the others a person says which.

    Raises:
        Refused: every run is finished or taken back.
    """
    try:
        return latest_unfinished(app)
    except Refused as refused:
        raise Refused(refused.message, "Name the run to take back; `setsquare log` lists them.") from refused


def _lines(app: App, done: Reverted, result: Result, options: Options) -> list[str]:
    """Show a revert."""
    lines = diff_lines(done.diff) if options.dry_run else []
    lines += [f"  {paint('restored', 'green')}  {safe(path)}" for path in result.restored]
    lines += [f"  {paint('merged', 'green')}    {safe(path)} (the run's lines are gone, later edits stay)" for path in result.merged]
    lines += [f"  {paint('kept', 'yellow')}      {safe(shown(app.folder, item.path))} ({item.reason})" for item in done.kept_files]
    for at in result.conflicts:
        place = f"{safe(at.path)}:{at.first}" + (f"-{at.last}" if at.last > at.first else "")
        lines.append(f"  {paint('conflict', 'red')}  {place}: the run's lines were edited since and stand as they are")
    lines += [f"  {paint('moved', 'blue')}     {safe(source)} was found as {safe(target)}" for source, target in done.followed]
    is_changed = bool(result.restored or result.merged)
    if not is_changed:
        lines.append("Nothing to restore.")
    lines += _commits(result, options, done.away)
    lines += _beyond(result)
    if options.dry_run and is_changed:
        lines.append("Nothing is written. Next: the same without --dry-run")
    elif is_changed:
        lines.append(f"What stood there comes back with: setsquare restore {done.run} --undo")
    return lines


def _commits(result: Result, options: Options, away: str) -> list[str]:
    """Say what became of the run's commits."""
    if result.commit:
        return [f"Committed as {result.commit[:10]}."]
    if not result.commits:
        return []
    if away:
        return [away]
    if options.commit and not options.dry_run:
        return ["The current branch holds nothing of the run any more, so there was nothing to commit."]
    names = ", ".join(commit[:10] for commit in result.commits)
    return [] if options.commit else [f"The run's commits stay in the history: {names}. Take them back too: --commit"]


def _beyond(result: Result) -> list[str]:
    """List what no revert takes back."""
    if not result.beyond:
        return []
    rows = [
        f"  {paint(item.kind, 'red')}  {safe(item.what)} (step {item.step}{f', {item.count} times' if item.count > 1 else ''})"
        for item in result.beyond
    ]
    return [paint("This cannot be taken back:", "bold"), *rows]


def _aside(app: App, options: Options) -> Output:
    """Set the damaged journal of a run aside.

    Raises:
        Usage: no run is named, or something else is asked for, too.
    """
    if options.run is None or options.task or options.commit or options.dry_run or options.keep_edited or options.found is not None:
        raise Usage("--set-aside stands alone, and needs the name of the run.", "`setsquare revert RUN --set-aside`.")
    aside = set_aside(app, options.run)
    result = Result(run=options.run, restored=(), kept=(), commits=(), commit="", written=False, aside=aside)
    text = f"The journal of run {options.run} is kept as {safe(aside)} and stands in nobody's way any more.\nNothing was taken back: see `git status`."
    return Output(result=result, text=text)


def _found(app: App, run: str, path: str) -> Output:
    """Write a file as it was found when a run put it back, beside the file."""
    given = give_back(app, run, inner_paths(app, (path,))[0])
    to = shown(app.folder, given.to)
    result = Result(run=run, restored=(), kept=(), commits=(), commit="", found=to)
    return Output(result=result, text=f"Wrote {to}: {path} as run {run} found it after step {given.step}.")
