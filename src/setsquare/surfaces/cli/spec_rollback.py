"""`setsquare spec rollback`."""

from __future__ import annotations

import click
from msgspec import Struct

from setsquare.journeys.app import App
from setsquare.journeys.approving import stage_named
from setsquare.journeys.rolling_back import LAST_APPROVED, Back, RolledBack, drill, rollback
from setsquare.surfaces.cli.diff import coloured
from setsquare.surfaces.cli.options import Output
from setsquare.surfaces.cli.options import command as made
from setsquare.surfaces.cli.places import shown
from setsquare.surfaces.cli.style import paint, safe
from setsquare.text.paths import quoted
from setsquare.wire import app_here


class Options(Struct, frozen=True):
    """The spec, where to go back to, and whether to write or only to practise."""

    name: str
    to: str
    only: tuple[str, ...]
    discards: bool
    is_written: bool
    is_drill: bool


class Document(Struct, frozen=True, kw_only=True):
    """One document and the commit that it goes back to."""

    path: str
    commit: str


class Conflict(Struct, frozen=True, kw_only=True):
    """A place where an edit that is not committed stands in the way; the line is that of the last commit, from 1."""

    path: str
    line: int


class Result(Struct, frozen=True, kw_only=True):
    """A rollback, or a drill that passed (`drilled_at` is set then). `kept` documents still differ: edits that are not committed stay."""

    schema: str = "setsquare/spec-rollback/1"
    spec: str
    written: bool
    documents: tuple[Document, ...]
    conflicts: tuple[Conflict, ...] = ()
    kept: tuple[str, ...] = ()
    diff: str = ""
    drilled_at: str = ""
    commit: str = ""


PARAMS = (
    click.argument("name"),
    click.option("--to", default=LAST_APPROVED, show_default=True, metavar="COMMIT", help="The commit to go back to."),
    click.option(
        "--only",
        multiple=True,
        type=click.Choice(["requirements", "design", "tasks"]),
        help="Only this document; give it again for more.",
    ),
    click.option("--discard-edits", "discards", is_flag=True, help="Let edits that are not committed go too."),
    click.option("--write", "is_written", is_flag=True, help="Make the change; without it the change is only shown."),
    click.option("--drill", "is_drill", is_flag=True, help="Prove in a copy that it works, and record that."),
)


@made("rollback", Options, PARAMS)
def command(options: Options) -> Output:
    """Take a spec's documents back to a commit, or each to its last approved version.

    Edits that are not committed are merged in (--discard-edits lets them go); where they stand in the way nothing is written (exit 3). Done tasks stay ticked. Shows the
    change as a diff; --write makes it.
    """
    app = app_here()
    if options.is_drill:
        return _drilled(app, options.name)
    back = Back(to=options.to, only=tuple(stage_named(name) for name in options.only), discards=options.discards)
    done = rollback(app, options.name, back, is_written=options.is_written)
    documents = tuple(Document(path=shown(app.folder, path), commit=commit) for path, commit in done.documents)
    conflicts = tuple(Conflict(path=shown(app.folder, path), line=item.line) for path, item in done.conflicts)
    result = Result(
        spec=done.spec,
        written=done.is_written,
        documents=documents,
        conflicts=conflicts,
        kept=tuple(shown(app.folder, path) for path in done.kept),
        diff=done.shown,
    )
    return Output(result=result, text=_text(done, result, options), exit_code=3 if conflicts else 0)


def _drilled(app: App, name: str) -> Output:
    """Run the drill."""
    done = drill(app, name)
    documents = tuple(Document(path=shown(app.folder, path), commit=commit) for path, commit in done.documents)
    result = Result(spec=done.spec, written=False, documents=documents, drilled_at=done.at, commit=done.commit)
    lines = [f"  {paint('✓', 'green')} {safe(item.path)} came back as in {item.commit[:10]}" for item in documents]
    lines.append(f"{paint('Passed', 'green', 'bold')}: the rollback of {safe(done.spec)} works; recorded in its history.")
    return Output(result=result, text="\n".join(lines))


def _text(done: RolledBack, result: Result, options: Options) -> str:
    """Show a rollback."""
    kept = [f"  {paint('kept', 'yellow')}  {safe(path)} has edits that are not committed (--discard-edits)" for path in result.kept]
    if not (done.documents or done.conflicts) and kept:
        return "\n".join([f"What is committed of {safe(done.spec)} is as it was there. Nothing to do.", *kept])
    if not (done.documents or done.conflicts):
        return f"{safe(done.spec)} is as it was there. Nothing to do."
    lines = [*coloured(done.shown), ""]
    lines += [f"  {safe(item.path)} back to {item.commit[:10]}" for item in result.documents]
    lines += [] if done.conflicts else kept
    for item in result.conflicts:
        lines.append(f"  {paint('conflict', 'red')}  {safe(item.path)}:{item.line} was edited and not committed; commit or undo that first")
    if done.is_written:
        only_design = options.only == ("design",)
        then = f"setsquare draft tasks {quoted(done.spec)}" if only_design else "setsquare status"
        lines.append(f"{paint('Rolled back', 'green', 'bold')} {safe(done.spec)}. Next: commit it, then: {then}")
    elif not result.conflicts:
        lines.append("Nothing is written yet. Next: the same with --write")
    return "\n".join(lines)
