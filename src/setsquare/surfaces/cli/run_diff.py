"""`setsquare diff`."""

from __future__ import annotations

import click
from msgspec import Struct

from setsquare.errors import Usage
from setsquare.journeys.run_diff import DiffRequest, RunDiff, run_diff
from setsquare.journeys.run_patch import FilePatch
from setsquare.surfaces.cli.options import Output
from setsquare.surfaces.cli.options import command as made
from setsquare.surfaces.cli.places import shown
from setsquare.surfaces.cli.run_named import inner_paths, run_named
from setsquare.surfaces.cli.style import paint, safe, table
from setsquare.text.counted import counted
from setsquare.wire import app_here

_MOST_LINES = 5_000
_WORDS = {"added": ("new", "green"), "deleted": ("deleted", "red"), "modified": ("changed", "blue")}


class Options(Struct, frozen=True, kw_only=True):
    """Which run and what of it."""

    run: str | None
    step: int | None
    first: int | None
    last: int | None
    paths: tuple[str, ...]
    stat: bool


class FileResult(Struct, frozen=True, kw_only=True):
    """One file: `status` is `added`, `modified` or `deleted`, `note` says why `diff` has no lines, if so."""

    path: str
    status: str
    added: int
    removed: int
    note: str
    diff: str


class Result(Struct, frozen=True, kw_only=True):
    """What steps of a run changed; `steps` did, and in the `foreign` files somebody else wrote between them."""

    schema: str = "setsquare/diff/1"
    run: str
    steps: tuple[int, ...]
    files: tuple[FileResult, ...]
    foreign: tuple[str, ...]


PARAMS = (
    click.argument("run", required=False),
    click.option("--step", type=click.IntRange(min=0), default=None, metavar="N", help="Only what step N changed."),
    click.option("--from", "first", type=click.IntRange(min=0), default=None, metavar="A", help="What steps from A on changed."),
    click.option("--to", "last", type=click.IntRange(min=0), default=None, metavar="B", help="What steps up to B, B included, changed."),
    click.option("--path", "paths", multiple=True, metavar="P", help="Only this file or folder; give it again for more."),
    click.option("--stat", is_flag=True, help="Only the files and how many lines."),
)


@made("diff", Options, PARAMS)
def command(options: Options) -> Output:
    """Show what RUN (the latest run by default) changed, as a unified diff: all of it, one step, or some steps together.

    Only files that the run itself wrote are in it. Binary files are named; secrets and control characters are made visible as such.
    """
    if options.step is not None and (options.first is not None or options.last is not None):
        raise Usage("--step names one step, --from and --to several.", "Give one of them.")
    app = app_here()
    first, last = (options.step, options.step) if options.step is not None else (options.first, options.last)
    request = DiffRequest(first=first, last=last, paths=inner_paths(app, options.paths))
    found = run_diff(app, run_named(app, options.run), request)
    files = tuple(
        FileResult(
            path=shown(app.folder, item.path),
            status=item.status,
            added=item.added,
            removed=item.removed,
            note=item.note,
            diff="" if options.stat else item.text,
        )
        for item in found.files
    )
    result = Result(run=found.run, steps=found.steps, files=files, foreign=tuple(shown(app.folder, path) for path in found.foreign))
    return Output(result=result, text=_text(found, result, is_short=options.stat))


def _text(found: RunDiff, result: Result, *, is_short: bool) -> str:
    """Show the diff for people."""
    if not result.files:
        return f"Run {result.run} changed no file there."
    lines = [stat(found.files)] if is_short else diff_lines(found.text)
    lines += [f"{paint('note', 'yellow')}  {safe(path)}: somebody else wrote in it between these steps" for path in result.foreign]
    return "\n".join(lines)


def stat(files: tuple[FilePatch, ...]) -> str:
    """List files with how many lines came and went."""
    rows = []
    for item in files:
        word, colour = _WORDS[item.status]
        counts = item.note or f"{paint(f'+{item.added}', 'green')} {paint(f'-{item.removed}', 'red')}"
        rows.append((paint(word, colour), safe(item.path), counts))
    added, removed = sum(item.added for item in files), sum(item.removed for item in files)
    total = f"  {counted(len(files), 'file')}, {counted(added, 'line')} added, {removed} removed"
    return f"{table(rows)}\n{total}"


def diff_lines(text: str) -> list[str]:
    """Colour a diff line by line; a very long one is cut, and it is said by how much."""
    rows = text.split("\n")[:-1]
    colours = {"+": ("green",), "-": ("red",), "@": ("cyan",)}
    lines = [paint(_visible(row), *colours.get(row[:1], ())) for row in rows[:_MOST_LINES]]
    if len(rows) > _MOST_LINES:
        lines.append(f"… {len(rows) - _MOST_LINES} more lines; --path or --format json shows them")
    return lines


def _visible(row: str) -> str:
    """Make control characters visible; a carriage return at the end of a line too."""
    return safe(row)
