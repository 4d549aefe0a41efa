"""`setsquare revert`."""

from __future__ import annotations

import click
from msgspec import Struct

from setsquare.journeys.run_revert import revert
from setsquare.surfaces.cli.options import Output
from setsquare.surfaces.cli.options import command as made
from setsquare.surfaces.cli.places import shown
from setsquare.surfaces.cli.style import paint
from setsquare.wire import app_here


class Options(Struct, frozen=True, kw_only=True):
    """Which run, and whether to commit."""

    run: str
    commit: bool


class Result(Struct, frozen=True, kw_only=True):
    """What was taken back; `commits` are the run's own, which stay in the history, `commit` the one that takes them back."""

    schema: str = "setsquare/revert/1"
    run: str
    restored: tuple[str, ...]
    kept: tuple[str, ...]
    commits: tuple[str, ...]
    commit: str


PARAMS = (click.argument("run"), click.option("--commit", is_flag=True, help="Also commit the restored files when the run had committed."))


@made("revert", Options, PARAMS)
def command(options: Options) -> Output:
    """Give the files that RUN changed the bytes they had before it, untracked files included.

    A file that a person changed since is kept and listed.
    """
    app = app_here()
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
