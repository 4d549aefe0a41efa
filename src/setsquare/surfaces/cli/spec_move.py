"""`setsquare spec archive`, `unarchive` and `rename`."""

from __future__ import annotations

import click
from msgspec import Struct

from setsquare.journeys.app import App
from setsquare.journeys.moving import Moved, archive, rename, unarchive
from setsquare.surfaces.cli.diff import coloured
from setsquare.surfaces.cli.options import Output
from setsquare.surfaces.cli.options import command as made
from setsquare.surfaces.cli.places import shown
from setsquare.surfaces.cli.style import paint, safe
from setsquare.text.paths import quoted
from setsquare.wire import app_here

_MOST_SHOWN = 20


class Options(Struct, frozen=True):
    """The spec to move."""

    name: str


class RenameOptions(Struct, frozen=True):
    """The spec, its new name, and whether to write."""

    old: str
    new: str
    is_written: bool


class MoveResult(Struct, frozen=True, kw_only=True):
    """One file's way."""

    source: str
    target: str


class Reference(Struct, frozen=True, kw_only=True):
    """A place that names the spec and stays as it is; the line counts from 1."""

    path: str
    line: int
    text: str


class Result(Struct, frozen=True, kw_only=True):
    """A move; `written` is false where it was only shown. `voided` are documents whose approval the new references void."""

    schema: str = "setsquare/spec-move/1"
    spec: str
    was: str
    path: str
    written: bool
    moves: tuple[MoveResult, ...]
    edited: tuple[str, ...]
    references: tuple[Reference, ...]
    voided: tuple[str, ...]
    diff: str


@made("archive", Options, (click.argument("name"),))
def archive_command(options: Options) -> Output:
    """Move a spec into the archive, with its approvals, lock and history.

    References to it in other specs and in code are listed and stay as they are. `setsquare spec unarchive` gives every byte back.
    """
    app = app_here()
    return _output(app, archive(app, options.name))


@made("unarchive", Options, (click.argument("name"),))
def unarchive_command(options: Options) -> Output:
    """Move a spec out of the archive, with its approvals, lock and history."""
    app = app_here()
    return _output(app, unarchive(app, options.name))


@made(
    "rename",
    RenameOptions,
    (
        click.argument("old"),
        click.argument("new"),
        click.option("--write", "is_written", is_flag=True, help="Make the change; without it the change is only shown."),
    ),
)
def rename_command(options: RenameOptions) -> Output:
    """Give a spec another name, everywhere: its folder, its records, and references in specs, code and test marks.

    Shows the change as a diff; --write makes it. Approvals stay valid, except of documents that a new reference changes.
    """
    app = app_here()
    return _output(app, rename(app, options.old, options.new, is_written=options.is_written))


def _output(app: App, done: Moved) -> Output:
    """Shape a move."""
    result = Result(
        spec=done.after,
        was=done.before,
        path=shown(app.folder, done.path),
        written=done.is_written,
        moves=tuple(MoveResult(source=way.source, target=way.target) for way in done.moves),
        edited=done.edits,
        references=tuple(Reference(path=item.path, line=item.line, text=item.written) for item in done.mentions),
        voided=done.voided,
        diff=done.shown,
    )
    lines = [*coloured(done.shown), ""] if done.shown else [f"  {safe(way.source)} → {safe(way.target)}" for way in done.moves]
    lines += [
        f"  {paint('names it', 'yellow')}  {safe(item.path)}:{item.line} {safe(item.written)}" for item in done.mentions[:_MOST_SHOWN]
    ]
    if len(done.mentions) > _MOST_SHOWN:
        lines.append(f"  … {len(done.mentions) - _MOST_SHOWN} more places name it (--format json)")
    lines += [f"  {paint('void', 'yellow')}  the approval of {safe(path)} does not hold with the new references" for path in done.voided]
    if done.is_written:
        lines.append(
            f"{paint('Moved', 'green', 'bold')} {safe(done.before)} to {safe(done.after)}. Next: look at it and commit it (git status)."
        )
    else:
        lines.append(f"Nothing is written yet. Next: setsquare spec rename {quoted(done.before)} {quoted(done.after)} --write")
    return Output(result=result, text="\n".join(lines))
