"""`setsquare openspec archive`."""

from __future__ import annotations

import sys

import click
from msgspec import UNSET, Struct, UnsetType

from setsquare.errors import StorageFailed
from setsquare.journeys.openspec_archive_steps import Archived, ArchiveRefused, Cancelled, Doubt, Outcome, Request, Talk, Told, Unanswered
from setsquare.journeys.openspec_archiving import archive
from setsquare.journeys.openspec_items import change_ids
from setsquare.journeys.openspec_rooting import PlanningRoot, RootRefused, chosen_root
from setsquare.journeys.planning_app import PlanningApp
from setsquare.spec.openspec.diagnostic import Diagnostic, error
from setsquare.surfaces.cli.openspec.answer import Answer, made
from setsquare.surfaces.cli.openspec.archive_text import asked, shown, unanswered
from setsquare.surfaces.cli.openspec.rooted import STORE, RootShape, notes_on, refused, root_shape, told
from setsquare.surfaces.cli.streams import write_error, write_text
from setsquare.wire import archive_place, planning_app


class Options(Struct, frozen=True):
    """Which change is archived, and how."""

    name: str | None
    is_yes: bool
    skips_specs: bool
    no_validate: bool
    overwrites: bool
    is_json: bool
    store: str | None
    store_path: str | None


class TotalsShape(Struct, frozen=True, kw_only=True):
    """How many requirements changed."""

    added: int
    modified: int
    removed: int
    renamed: int


class ArchivedShape(Struct, frozen=True, kw_only=True, rename="camel"):
    """A change that was archived."""

    change: str
    archived_as: str
    path: str
    specs_updated: bool
    totals: TotalsShape | UnsetType = UNSET
    warnings: tuple[str, ...] | UnsetType = UNSET


class Result(Struct, frozen=True, kw_only=True):
    """The output in JSON: without an archive `status` says why."""

    archive: ArchivedShape | None
    root: RootShape | UnsetType = UNSET
    status: tuple[Diagnostic, ...] | UnsetType = UNSET


PARAMS = (
    click.argument("name", required=False, metavar="[change-name]"),
    click.option("-y", "--yes", "is_yes", is_flag=True, help="Ask nothing."),
    click.option("--skip-specs", "skips_specs", is_flag=True, help="Move the change only; no spec is updated."),
    click.option("--no-validate", "no_validate", is_flag=True, help="Do not validate; asks first."),
    click.option("--overwrite", "overwrites", is_flag=True, help="Replace requirements whole, whatever other changes wrote meanwhile."),
    click.option("--json", "is_json", is_flag=True, help="Print JSON; asks nothing."),
    *STORE,
)


@made("archive", Options, PARAMS)
def command(options: Options) -> Answer:
    """Archive a completed change: its deltas become part of the main specs, its folder moves to the archive.

    Everything is done or nothing: an archive that is cut off, by whatever, is taken back or completed by the next command.
    """
    app = planning_app()
    root = chosen_root(app, options.store, store_path=options.store_path)
    if isinstance(root, RootRefused):
        return refused(root, Result(archive=None, status=(root.finding,)) if options.is_json else None)
    notes = notes_on(root, is_json=options.is_json)
    if notes and not options.is_json:
        write_error(notes)
    name = options.name or (None if options.is_json else _picked(app, root))
    if not name:
        return _answered(_nameless(is_json=options.is_json), options, root, notes)
    request = Request(
        name=name,
        is_yes=options.is_yes,
        skips_specs=options.skips_specs,
        is_validated=not options.no_validate,
        overwrites=options.overwrites,
    )
    talk = Talk(_quiet, _silent, is_heard=False) if options.is_json else Talk(_tell, _ask)
    try:
        outcome = archive(app, root.path, archive_place(root.path), request, talk)
    except StorageFailed as failure:
        outcome = ArchiveRefused(error("archive_error", failure.message, fix=failure.hint))
    return _answered(outcome, options, root, notes)


def _answered(outcome: Outcome, options: Options, root: PlanningRoot, notes: str) -> Answer:
    """Write the end of an archive."""
    match outcome:
        case Archived():
            if options.is_json:
                return Answer(document=Result(archive=_shape(outcome), root=root_shape(root)), notes=notes)
            return Answer(text=f"Change '{outcome.change}' archived as '{outcome.archived_as}'.")
        case Cancelled():
            return Answer(text="Archive cancelled.")
        case Unanswered():
            finding = unanswered(outcome.doubt, options.name or "", is_json=options.is_json, is_validated=not options.no_validate)
            is_told = False
        case ArchiveRefused():
            finding, is_told = outcome.finding, outcome.is_told
    if options.is_json:
        return Answer(document=Result(archive=None, root=root_shape(root), status=(finding,)), notes=notes, exit_code=1)
    return Answer(notes="" if is_told else told(finding), exit_code=1)


def _shape(archived: Archived) -> ArchivedShape:
    totals = archived.totals
    shape: TotalsShape | UnsetType = UNSET
    if totals is not None:
        shape = TotalsShape(added=totals.added, modified=totals.modified, removed=totals.removed, renamed=totals.renamed)
    return ArchivedShape(
        change=archived.change,
        archived_as=archived.archived_as,
        path=archived.path,
        specs_updated=archived.is_updated,
        totals=shape,
        warnings=archived.warnings or UNSET,
    )


def _nameless(*, is_json: bool) -> ArchiveRefused:
    """Say that a name is needed."""
    if is_json:
        told_so, fix = "A change name is required: archive --json is non-interactive.", "openspec archive <change-name> --json"
    else:
        told_so, fix = (
            "A change name is required: no terminal is available to choose one from a list.",
            "openspec archive <change-name> --yes",
        )
    return ArchiveRefused(error("archive_change_name_required", told_so, fix=fix))


def _picked(app: PlanningApp, root: PlanningRoot) -> str | None:
    """Let a person at a terminal choose a change by its number; `None` where nobody does."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return None
    names = change_ids(app, root.path)
    if not names:
        return None
    write_text("Select a change to archive:\n" + "".join(f"  {at}. {name}\n" for at, name in enumerate(names, 1)) + "Number: ")
    line = sys.stdin.readline().strip()
    return names[int(line) - 1] if line.isdecimal() and 0 < int(line) <= len(names) else None


def _tell(told_now: Told) -> None:
    write_text(shown(told_now))


def _quiet(told_now: Told) -> None:
    """Print nothing."""
    del told_now


def _silent(doubt: Doubt) -> None:
    """Answer nothing."""
    del doubt


def _ask(doubt: Doubt) -> bool | None:
    """Ask on the terminal, or whatever standard input is; `None` at its end."""
    question, is_yes_meant = asked(doubt)
    write_text(question)
    line = sys.stdin.readline()
    if not line:
        return None
    write_text("\n")
    answer = line.strip().lower()
    if answer in ("y", "yes"):
        return True
    return False if answer in ("n", "no") else is_yes_meant
