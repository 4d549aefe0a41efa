"""`setsquare openspec base`."""

from __future__ import annotations

import click
from msgspec import UNSET, Struct, UnsetType

from setsquare.errors import SetsquareError
from setsquare.journeys.openspec_bases import Recorded, UnreadBases, bases_of, record_now
from setsquare.journeys.openspec_items import change_ids, nearest
from setsquare.journeys.openspec_overlapping import open_changes
from setsquare.journeys.openspec_reading import Reading
from setsquare.journeys.openspec_rooting import PlanningRoot, RootRefused, chosen_root
from setsquare.journeys.planning_app import PlanningApp
from setsquare.spec.openspec.bases import Base, BaseSource
from setsquare.spec.openspec.diagnostic import Diagnostic, error
from setsquare.surfaces.cli.openspec.answer import Answer, made
from setsquare.surfaces.cli.openspec.rooted import STORE, RootShape, notes_on, refused, root_shape, told
from setsquare.wire import archive_place, planning_app
from setsquare.workspace.openspec.model import Change


class Options(Struct, frozen=True):
    """Of which change, and whether it is put on record."""

    name: str | None
    is_recording: bool
    is_json: bool
    store: str | None
    store_path: str | None


class BaseShape(Struct, frozen=True, kw_only=True):
    """One base."""

    capability: str
    requirement: str
    source: str
    at: str
    text: str


class ChangeShape(Struct, frozen=True, kw_only=True):
    """A change and its bases; `recorded` is the file that was written, where one was."""

    change: str
    bases: tuple[BaseShape, ...]
    recorded: str | UnsetType = UNSET


class Result(Struct, frozen=True, kw_only=True):
    """The output in JSON."""

    changes: tuple[ChangeShape, ...]
    root: RootShape | None
    status: tuple[Diagnostic, ...] | UnsetType = UNSET


PARAMS = (
    click.argument("name", required=False, metavar="[change-name]"),
    click.option("--record", "is_recording", is_flag=True, help="Record that the change was written to the specs as they are now."),
    click.option("--json", "is_json", is_flag=True, help="Print JSON."),
    *STORE,
)


@made("base", Options, PARAMS)
def command(options: Options) -> Answer:
    """Show what requirements said when open changes to them were written, and from where that is known: a record, or the history.

    With --record a person says that the change was written to the specs as they are now, having seen what others wrote.
    """
    app = planning_app()
    root = chosen_root(app, options.store, store_path=options.store_path)
    if isinstance(root, RootRefused):
        nothing = Result(changes=(), root=None, status=(root.finding,))
        return refused(root, nothing if options.is_json else None)
    notes = notes_on(root, is_json=options.is_json)
    known = change_ids(app, root.path)
    if options.name is not None and options.name not in known:
        near = nearest(options.name, known)
        said = f" Did you mean: {', '.join(near)}?" if near else ""
        return _failed(error("unknown_item", f"Unknown change '{options.name}'.{said}"), options, root, notes)
    found: list[Recorded] = []
    for change in open_changes(app, root.path, Reading(app, root.path)):
        if options.name in (None, change.id):
            one = _one(app, root, change, options)
            if not isinstance(one, Recorded):
                return _failed(one, options, root, notes)
            found.append(one)
    if options.is_json:
        return Answer(document=Result(changes=tuple(map(_shape, found)), root=root_shape(root)), notes=notes)
    return Answer(text=_text(found, options), notes=notes)


def _one(app: PlanningApp, root: PlanningRoot, change: Change, options: Options) -> Recorded | Diagnostic:
    try:
        if options.is_recording:
            done = record_now(app, root.path, archive_place(root.path), change)
        else:
            bases = bases_of(app, root.path, change.id, change.deltas)
            done = bases if isinstance(bases, UnreadBases) else Recorded(change=change.id, path=change.path, bases=bases)
    except SetsquareError as failure:
        return error("base_error", failure.message, fix=failure.hint)
    if isinstance(done, UnreadBases):
        where = f"line {done.line} of it is no record" if done.line else "it cannot be read"
        return error("archive_base_unreadable", f"{done.path}: {where}.", fix="Mend it (a merge conflict?) or remove it.")
    return done


def _failed(finding: Diagnostic, options: Options, root: PlanningRoot, notes: str) -> Answer:
    if options.is_json:
        return Answer(document=Result(changes=(), root=root_shape(root), status=(finding,)), notes=notes, exit_code=1)
    return Answer(notes=notes + told(finding), exit_code=1)


def _shape(found: Recorded) -> ChangeShape:
    is_written = found.path.endswith(".jsonl")
    return ChangeShape(change=found.change, bases=tuple(map(_base_shape, found.bases)), recorded=found.path if is_written else UNSET)


def _base_shape(base: Base) -> BaseShape:
    return BaseShape(capability=base.capability, requirement=base.requirement, source=base.source.value, at=base.at, text=base.text)


def _text(found: list[Recorded], options: Options) -> str:
    lines: list[str] = []
    for one in found:
        lines += (
            f"{one.change}: {base.capability}: {base.requirement} ({base.source.value} {base.at[: 10 if base.source is BaseSource.RECORD else 12]})"
            for base in one.bases
        )
        if options.is_recording:
            lines.append(f"Recorded in {one.path}." if one.path else f"{one.change}: nothing new to record.")
    return "\n".join(lines) if lines else "No base is known: no open change modifies or removes a requirement whose former text is at hand."
