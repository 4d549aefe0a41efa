"""`setsquare restore`."""

from __future__ import annotations

import click
from msgspec import Struct

from setsquare.errors import Usage
from setsquare.journeys.run_restore import Restored, RestoreRequest, restore
from setsquare.surfaces.cli.options import Output
from setsquare.surfaces.cli.options import command as made
from setsquare.surfaces.cli.places import shown
from setsquare.surfaces.cli.run_diff import diff_lines, stat
from setsquare.surfaces.cli.run_named import inner_paths, run_named
from setsquare.surfaces.cli.style import paint, safe
from setsquare.text.counted import counted
from setsquare.wire import app_here

_MOST_LINES = 120


class Options(Struct, frozen=True, kw_only=True):
    """Which run, where to, which files."""

    run: str | None
    step: int | None
    undo: bool
    paths: tuple[str, ...]
    whole_tree: bool
    overwrite: bool
    dry_run: bool


class Result(Struct, frozen=True, kw_only=True):
    """Files put back, or that would be; `edited` ones hold edits of people that go, `barred` ones lie behind a symbolic link and stay."""

    schema: str = "setsquare/restore/1"
    run: str
    step: int
    tree: str
    written: bool
    files: tuple[str, ...]
    edited: tuple[str, ...]
    barred: tuple[str, ...]
    diff: str


PARAMS = (
    click.argument("run", required=False),
    click.option("--step", type=click.IntRange(min=0), default=None, metavar="N", help="Back to before step N; 0 is before the run."),
    click.option("--undo", is_flag=True, help="Back to before the last restore or revert of this run."),
    click.option("--path", "paths", multiple=True, metavar="P", help="Only this file or folder, whoever changed it; again for more."),
    click.option("--whole-tree", is_flag=True, help="All files, not only those that the run changed."),
    click.option("--overwrite", is_flag=True, help="Let edits go that people made since; they are recorded first."),
    click.option("--dry-run", is_flag=True, help="Only show what would change."),
)


@made("restore", Options, PARAMS)
def command(options: Options) -> Output:
    """Put files back to a checkpoint of RUN (the latest run by default), by default those that the run changed.

    Shows the change as a diff. Refused when it would lose what people wrote since (--overwrite lets that go), and while a run is going on. What
    stood there is recorded first: --undo brings it back.
    """
    if (options.step is None) == (not options.undo):
        raise Usage("Say where to: --step N, or --undo.", "`setsquare checkpoints` lists the steps.")
    app = app_here()
    request = RestoreRequest(
        step=options.step or 0,
        is_undo=options.undo,
        paths=inner_paths(app, options.paths),
        whole_tree=options.whole_tree,
        overwrites=options.overwrite,
        is_dry=options.dry_run,
    )
    done = restore(app, run_named(app, options.run), request)
    result = Result(
        run=done.run,
        step=done.point.step,
        tree=done.point.tree,
        written=done.is_written,
        files=tuple(shown(app.folder, item.path) for item in done.files),
        edited=tuple(shown(app.folder, path) for path in done.edited),
        barred=tuple(shown(app.folder, path) for path in done.barred),
        diff=done.diff,
    )
    return Output(result=result, text=_text(done, result))


def _text(done: Restored, result: Result) -> str:
    """Show a restore."""
    barred = [f"  {paint('kept', 'yellow')}  {safe(path)} lies behind a symbolic link" for path in result.barred]
    if not done.files:
        return "\n".join(["Nothing to restore: the files are as they were there.", *barred])
    rows = diff_lines(done.diff)
    lines = rows[:_MOST_LINES]
    if len(rows) > _MOST_LINES:
        lines.append(f"… {len(rows) - _MOST_LINES} more lines; --format json shows them")
    lines += ["", stat(done.files), *barred]
    verb = "lost" if done.is_written else "would lose"
    lines += [f"  {paint('edited', 'yellow')}  {safe(path)} {verb} what somebody wrote there since" for path in result.edited]
    if done.is_written:
        count = counted(len(done.files), "file")
        lines.append(f"{paint('Restored', 'green', 'bold')} {count}. What stood there comes back with: setsquare restore {done.run} --undo")
    else:
        extra = " --overwrite" if result.edited else ""
        lines.append(f"Nothing is written. Next: the same without --dry-run{extra}")
    return "\n".join(lines)
