"""`setsquare openspec new change`."""

from __future__ import annotations

import click
from msgspec import UNSET, Struct, UnsetType

from setsquare.journeys.openspec_creating import MadeChange, NewChange, make_change
from setsquare.journeys.openspec_rooting import RootRefused, Source, chosen_root
from setsquare.journeys.openspec_workflow import WorkflowRefused
from setsquare.spec.openspec.diagnostic import Diagnostic, error
from setsquare.surfaces.cli.loading import Listed
from setsquare.surfaces.cli.openspec.answer import Answer, made
from setsquare.surfaces.cli.openspec.rooted import STORE, RootShape, notes_on, refused, root_shape, told
from setsquare.surfaces.cli.openspec.status import ERROR, store_flag
from setsquare.surfaces.cli.openspec.tabled import TabledGroup
from setsquare.wire import planning_app

_IMPLICIT = """
Note: no OpenSpec root was found here, so one was created at openspec/.
Run `openspec init` to set the project up, or delete that folder if another project was meant."""
_TARGET = "change.options"
_INITIATIVE = "--initiative is no longer supported. Normal changes no longer attach to initiatives; --store <id> selects the OpenSpec root."
_AREAS = "--areas is no longer supported. Workspace affected areas are not part of the normal OpenSpec root path."


class Options(Struct, frozen=True, kw_only=True):
    """What to make."""

    name: str
    description: str
    goal: str
    schema: str | None
    initiative: str | None
    areas: str | None
    is_json: bool
    store: str | None
    store_path: str | None


class ChangeShape(Struct, frozen=True, kw_only=True, rename="camel"):
    """A change that was made."""

    id: str
    path: str
    metadata_path: str
    schema: str


class NewShape(Struct, frozen=True, kw_only=True):
    """What came of it."""

    change: ChangeShape | None
    root: RootShape | UnsetType = UNSET
    status: tuple[Diagnostic, ...] | UnsetType = UNSET


PARAMS = (
    click.argument("name", metavar="<name>"),
    click.option("--description", metavar="<text>", default="", help="Written into the change's README.md."),
    click.option("--goal", metavar="<text>", default="", help="Kept in the change's .openspec.yaml."),
    click.option("--schema", metavar="<name>", default=None, help="The workflow schema of the change."),
    click.option("--initiative", default=None, hidden=True),
    click.option("--areas", default=None, hidden=True),
    click.option("--json", "is_json", is_flag=True, help="Print JSON."),
    *STORE,
)


@made("change", Options, PARAMS)
def change(options: Options) -> Answer:
    """Make a folder for a new change, with its .openspec.yaml. Names are kebab-case; nothing that exists is overwritten."""
    for value, code, message in (
        (options.initiative, "initiative_option_removed", _INITIATIVE),
        (options.areas, "areas_option_removed", _AREAS),
    ):
        if value is not None:
            return _failed(error(code, message, _TARGET), is_json=options.is_json)
    app = planning_app()
    root = chosen_root(app, options.store, store_path=options.store_path)
    if isinstance(root, RootRefused):
        return refused(root, NewShape(change=None, status=(root.finding,)) if options.is_json else None)
    notes = notes_on(root, is_json=options.is_json)
    new = NewChange(name=options.name, description=options.description, goal=options.goal, schema=options.schema)
    done = make_change(app, root, new)
    if isinstance(done, WorkflowRefused):
        return _failed(error(ERROR, done.message), notes, is_json=options.is_json)
    shape = ChangeShape(id=done.name, path=done.path, metadata_path=done.metadata, schema=done.schema)
    shown = NewShape(change=shape, root=root_shape(root)) if options.is_json else None
    place = f"{done.path}/" if root.store_id else f"openspec/changes/{done.name}/"
    return Answer(document=shown, text=_text(done, place, store_flag(root), is_implicit=root.source is Source.IMPLICIT), notes=notes)


def _text(done: MadeChange, place: str, flag: str, *, is_implicit: bool) -> str:
    made_too = f"\n{_IMPLICIT}" if is_implicit else ""
    return f"Created change '{done.name}' at {place}\nSchema: {done.schema}\nNext: openspec status --change {done.name}{flag}{made_too}"


def _failed(finding: Diagnostic, notes: str = "", *, is_json: bool) -> Answer:
    if is_json:
        return Answer(document=NewShape(change=None, status=(finding,)), notes=notes, exit_code=1)
    return Answer(notes=notes + told(finding), exit_code=1)


command = TabledGroup("new", {"change": Listed("openspec.new:change", "Commands", "Make a new change.")}, "Make new items.")
