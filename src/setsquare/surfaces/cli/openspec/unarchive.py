"""`setsquare openspec unarchive`."""

from __future__ import annotations

import sys

import click
from msgspec import UNSET, Struct, UnsetType

from setsquare.errors import StorageFailed
from setsquare.journeys.openspec_rooting import PlanningRoot, RootRefused, chosen_root
from setsquare.journeys.openspec_unarchiving import Prepared, carried_out, prepared
from setsquare.ports.archive_place import SpecWrite
from setsquare.spec.openspec.diagnostic import Diagnostic, error
from setsquare.surfaces.cli.openspec.answer import Answer, made
from setsquare.surfaces.cli.openspec.rooted import STORE, RootShape, notes_on, refused, root_shape, told
from setsquare.surfaces.cli.streams import write_error, write_text
from setsquare.wire import archive_place, planning_app


class Options(Struct, frozen=True):
    """Which change is taken back, and how."""

    name: str | None
    is_yes: bool
    is_trial: bool
    skips_specs: bool
    is_json: bool
    store: str | None
    store_path: str | None


class SpecShape(Struct, frozen=True, kw_only=True):
    """One main spec: `made` again, `updated` or `removed`."""

    path: str
    outcome: str


class UnarchivedShape(Struct, frozen=True, kw_only=True, rename="camel"):
    """A change that was taken back, or would be; `source` says from where the former texts are known."""

    change: str
    archived_as: str
    path: str
    dry_run: bool
    specs: tuple[SpecShape, ...]
    source: str | UnsetType = UNSET


class Result(Struct, frozen=True, kw_only=True):
    """The output in JSON: without a change `status` says why."""

    unarchive: UnarchivedShape | None
    root: RootShape | UnsetType = UNSET
    status: tuple[Diagnostic, ...] | UnsetType = UNSET


PARAMS = (
    click.argument("name", required=False, metavar="[change-name]"),
    click.option("-y", "--yes", "is_yes", is_flag=True, help="Ask nothing."),
    click.option("--dry-run", "is_trial", is_flag=True, help="Show what would change; change nothing."),
    click.option("--skip-specs", "skips_specs", is_flag=True, help="Move the folder back only; no spec is changed."),
    click.option("--json", "is_json", is_flag=True, help="Print JSON; asks nothing."),
    *STORE,
)


@made("unarchive", Options, PARAMS)
def command(options: Options) -> Answer:
    """Take an archived change back: what it wrote goes out of the main specs, what was written since stays, its folder is open again.

    Where later text builds on what it wrote, nothing is changed and the place is named.
    """
    app = planning_app()
    root = chosen_root(app, options.store, store_path=options.store_path)
    if isinstance(root, RootRefused):
        return refused(root, Result(unarchive=None, status=(root.finding,)) if options.is_json else None)
    notes = notes_on(root, is_json=options.is_json)
    if not options.name:
        return _failed(error("unarchive_change_name_required", "Name the archived change to take back."), options, root, notes)
    place = archive_place(root.path)
    try:
        found = prepared(app, root.path, place, options.name, skips_specs=options.skips_specs)
        if isinstance(found, Diagnostic):
            return _failed(found, options, root, notes)
        if options.is_trial:
            return _answered(found, options, root, notes)
        if not options.is_yes and not _agreed(found, options):
            told_so = f"Taking back '{found.archived_as}' needs a yes."
            return _failed(error("unarchive_confirmation_required", told_so, fix="Rerun with --yes."), options, root, notes)
        problem = carried_out(root.path, place, found)
    except StorageFailed as failure:
        return _failed(error("unarchive_error", failure.message, fix=failure.hint), options, root, notes)
    return _failed(problem, options, root, notes) if problem else _answered(found, options, root, notes)


def _agreed(found: Prepared, options: Options) -> bool:
    """Show the plan at a terminal and ask; a pipe and a program have not agreed."""
    if options.is_json or not sys.stdin.isatty():
        return False
    write_text(f"{_plan(found)}\nTake it back? (y/N) ")
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _answered(found: Prepared, options: Options, root: PlanningRoot, notes: str) -> Answer:
    if options.is_json:
        shape = UnarchivedShape(
            change=found.change,
            archived_as=found.archived_as,
            path=f"{root.path}/{found.plan.target}",
            dry_run=options.is_trial,
            specs=tuple(SpecShape(path=write.path, outcome=_outcome(write)) for write in found.specs),
            source=found.source or UNSET,
        )
        return Answer(document=Result(unarchive=shape, root=root_shape(root)), notes=notes)
    end = "Nothing was changed." if options.is_trial else f"'{found.archived_as}' is open again as '{found.change}'."
    if notes:
        write_error(notes)
    return Answer(text=f"{_plan(found)}\n{end}")


def _plan(found: Prepared) -> str:
    lines = [f"{found.plan.source} → {found.plan.target}"]
    lines += (f"{write.path}: {_outcome(write)}" for write in found.specs)
    return "\n".join(lines if found.specs else [*lines, "No spec changes."])


def _outcome(write: SpecWrite) -> str:
    if write.new is None:
        return "removed"
    return "made" if write.old is None else "updated"


def _failed(finding: Diagnostic, options: Options, root: PlanningRoot, notes: str) -> Answer:
    if options.is_json:
        return Answer(document=Result(unarchive=None, root=root_shape(root), status=(finding,)), notes=notes, exit_code=1)
    return Answer(notes=notes + told(finding), exit_code=1)
