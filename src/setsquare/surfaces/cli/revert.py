"""`setsquare revert`."""

from __future__ import annotations

import os
from pathlib import Path

import click
from msgspec import Struct

from setsquare.journeys.app import App
from setsquare.journeys.run_found import give_back
from setsquare.journeys.run_revert import revert
from setsquare.surfaces.cli.options import Output
from setsquare.surfaces.cli.options import command as made
from setsquare.surfaces.cli.places import shown
from setsquare.surfaces.cli.style import paint
from setsquare.text.paths import RelPath
from setsquare.wire import app_here


class Options(Struct, frozen=True, kw_only=True):
    """Which run, and whether to commit."""

    run: str
    commit: bool
    found: str | None


class Result(Struct, frozen=True, kw_only=True):
    """What was taken back; `commits` are the run's own, which stay in the history, `commit` the one that takes them back."""

    schema: str = "setsquare/revert/1"
    run: str
    restored: tuple[str, ...]
    kept: tuple[str, ...]
    commits: tuple[str, ...]
    commit: str
    found: str = ""


PARAMS = (
    click.argument("run"),
    click.option("--commit", is_flag=True, help="Also commit the restored files when the run had committed."),
    click.option("--found", metavar="PATH", default=None, help="Only write PATH.found: the file as it was found when the run put it back."),
)


@made("revert", Options, PARAMS)
def command(options: Options) -> Output:
    """Give the files that RUN changed the bytes they had before it, untracked files included.

    A file that a person changed since is kept and listed. What a run put back while it went on, because it was out of the task's scope, comes
    back beside the file with --found.
    """
    app = app_here()
    if options.found is not None:
        return _found(app, options.run, options.found)
    done = revert(app, options.run, commit=options.commit)
    result = Result(
        run=done.run,
        restored=tuple(shown(app.folder, path) for path in done.restored),
        kept=tuple(shown(app.folder, path) for path in done.kept),
        commits=done.commits,
        commit=done.commit,
    )
    lines = [
        *(f"  {paint('restored', 'green')}  {path}" for path in result.restored),
        *(f"  {paint('kept', 'yellow')}      {path} (changed since by somebody else)" for path in result.kept),
    ]
    if not result.restored:
        lines.append("Nothing to restore.")
    if result.commit:
        lines.append(f"Committed as {result.commit[:10]}.")
    elif result.commits:
        lines.append(
            f"The run's commits stay in the history: {', '.join(commit[:10] for commit in result.commits)}. Take them back too: --commit"
        )
    return Output(result=result, text="\n".join(lines))


def _found(app: App, run: str, path: str) -> Output:
    """Write a file as it was found when a run put it back, beside the file."""
    given = give_back(app, run, RelPath(Path(os.path.relpath(path, app.folder)).as_posix()))
    to = shown(app.folder, given.to)
    result = Result(run=run, restored=(), kept=(), commits=(), commit="", found=to)
    return Output(result=result, text=f"Wrote {to}: {path} as run {run} found it after step {given.step}.")
