"""`setsquare openspec store`: whole planning folders that other projects on this machine refer to."""

from __future__ import annotations

import sys
from collections.abc import Callable

import click
from msgspec import Struct

from setsquare.errors import SetsquareError
from setsquare.journeys.openspec_store_doctoring import listed_stores, store_health
from setsquare.journeys.openspec_store_forgetting import Forgotten, Kept, removable, remove, unconfirmed, unregister
from setsquare.journeys.openspec_store_making import Made, NotMade, Register, Setup, register, set_up
from setsquare.journeys.planning_app import PlanningApp
from setsquare.ports.store_world import StoreWorld
from setsquare.spec.openspec.diagnostic import Diagnostic, error
from setsquare.surfaces.cli.loading import Listed
from setsquare.surfaces.cli.openspec.answer import Answer, Document, Failed, made, show
from setsquare.surfaces.cli.openspec.rooted import told
from setsquare.surfaces.cli.openspec.store_answers import (
    DoctorShape,
    ForgottenShape,
    ListShape,
    MadeShape,
    RowShape,
    forgotten_shape,
    forgotten_text,
    health_lines,
    health_shape,
    made_shape,
    made_text,
)
from setsquare.surfaces.cli.openspec.tabled import TabledGroup
from setsquare.wire import planning_app

_JSON = click.option("--json", "is_json", is_flag=True, help="Print JSON.")
_ID = click.argument("store_id", metavar="<id>")
_COLUMN = 16
_NAMES = "setup, register, unregister, remove, list (ls), doctor"


class SetupOptions(Struct, frozen=True, kw_only=True):
    """What the store shall be."""

    store_id: str | None
    path: str | None
    has_git: bool
    remote: str | None
    is_json: bool


class RegisterOptions(Struct, frozen=True, kw_only=True):
    """Which folder, under which id."""

    path: str | None
    store_id: str | None
    is_agreed: bool
    is_json: bool


class IdOptions(Struct, frozen=True):
    """Which store."""

    store_id: str
    is_json: bool


class RemoveOptions(Struct, frozen=True, kw_only=True):
    """Which store, and whether its deletion was confirmed."""

    store_id: str
    is_agreed: bool
    is_json: bool


class ListOptions(Struct, frozen=True):
    """How to print."""

    is_json: bool


class DoctorOptions(Struct, frozen=True):
    """Which store, all without one."""

    store_id: str | None
    is_json: bool


@made(
    "setup",
    SetupOptions,
    (
        click.argument("store_id", metavar="[id]", required=False),
        click.option("--path", metavar="<path>", default=None, help="The folder where the store shall be."),
        click.option("--init-git/--no-init-git", "has_git", default=True, help="Make it a Git repository with a first commit (default)."),
        click.option("--remote", metavar="<url>", default=None, help="Where others clone it from; stands in store.yaml."),
        _JSON,
    ),
)
def setup(options: SetupOptions) -> Answer:
    """Make a store and register it. No hook of a repository is run."""
    wish = Setup(id=options.store_id, path=options.path, remote=options.remote, has_git=options.has_git)
    return _answered(lambda app, world: _made(set_up(app, world, wish), "Store ready", is_json=options.is_json), _no_store(options.is_json))


@made(
    "register",
    RegisterOptions,
    (
        click.argument("path", metavar="[path]", required=False),
        click.option("--id", "store_id", metavar="<id>", default=None, help="Its id; else the one that it has, else the folder's name."),
        click.option("--yes", "is_agreed", is_flag=True, help="Let a sound root that has no identity get one."),
        _JSON,
    ),
)
def register_store(options: RegisterOptions) -> Answer:
    """Register a store that exists."""

    def run(app: PlanningApp, world: StoreWorld) -> Answer:
        found = register(app, world, Register(path=options.path, id=options.store_id, is_agreed=options.is_agreed))
        if isinstance(found, NotMade) and found.finding.code.endswith("_confirmation_required") and _asks(options.is_json):
            if not click.confirm(found.finding.message, default=False, err=True):
                fix = "Rerun register when you are ready to create store identity metadata."
                return _failed(error("store_register_cancelled", "Store register cancelled.", fix=fix), None)
            found = register(app, world, Register(path=options.path, id=options.store_id, is_agreed=True))
        return _made(found, "Store registered", is_json=options.is_json)

    return _answered(run, _no_store(options.is_json))


@made("unregister", IdOptions, (_ID, _JSON))
def unregister_store(options: IdOptions) -> Answer:
    """Forget a store; its files stay."""
    return _answered(
        lambda app, world: _forgotten(unregister(app, world, options.store_id), is_json=options.is_json), _still_there(options.is_json)
    )


@made("remove", RemoveOptions, (_ID, click.option("--yes", "is_agreed", is_flag=True, help="Delete the folder without asking."), _JSON))
def remove_store(options: RemoveOptions) -> Answer:
    """Forget a store and delete its folder, which must say itself that it is this store."""

    def run(app: PlanningApp, world: StoreWorld) -> Answer:
        store = removable(app, world, options.store_id)
        if isinstance(store, Kept):
            return _forgotten(store, is_json=options.is_json)
        if not options.is_agreed:
            if not _asks(options.is_json):
                return _forgotten(Kept(unconfirmed(store.id)), is_json=options.is_json)
            if not click.confirm(f"Delete local store folder {store.path}?", default=False, err=True):
                fix = 'Run "openspec store unregister <id>" if you only want to forget the local registration.'
                return _failed(error("store_remove_cancelled", "Store remove cancelled.", fix=fix), None)
        return _forgotten(remove(app, world, store), is_json=options.is_json)

    return _answered(run, _still_there(options.is_json))


@made("list", ListOptions, (_JSON,))
def list_stores(options: ListOptions) -> Answer:
    """List the stores that this machine knows."""
    stores = listed_stores(planning_app())
    if isinstance(stores, Diagnostic):
        return _failed(stores, ListShape(status=(stores,)) if options.is_json else None)
    if options.is_json:
        return Answer(document=ListShape(stores=tuple(RowShape(id=store.id, root=store.path) for store in stores)))
    if not stores:
        ways = "  openspec store setup team-context --path ~/openspec/team-context\n  openspec store register /path/to/store"
        return Answer(text=f"No stores registered.\n\nNext:\n{ways}")
    width = max(_COLUMN, *(len(store.id) + 2 for store in stores))
    rows = [f"{store.id:{width}}{store.path}" for store in stores]
    return Answer(text="\n".join([f"OpenSpec stores ({len(stores)})", "", f"{'ID':{width}}Location", *rows]))


@made("doctor", DoctorOptions, (click.argument("store_id", metavar="[id]", required=False), _JSON))
def doctor(options: DoctorOptions) -> Answer:
    """Say whether the registered stores are sound; what is found does not fail the command."""

    def run(app: PlanningApp, world: StoreWorld) -> Answer:
        stores = listed_stores(app, options.store_id)
        if isinstance(stores, Diagnostic):
            return _failed(stores, DoctorShape(status=(stores,)) if options.is_json else None)
        found = [store_health(app, world, store) for store in stores]
        if options.is_json:
            return Answer(document=DoctorShape(stores=tuple(map(health_shape, found))))
        lines = ["Store doctor"] if found else ["No stores registered."]
        for health in found:
            lines += ["", *health_lines(health)]
        return Answer(text="\n".join(lines))

    return _answered(run, (lambda finding: DoctorShape(status=(finding,))) if options.is_json else None)


def _answered(run: Callable[[PlanningApp, StoreWorld], Answer], failed: Callable[[Diagnostic], Document] | None) -> Answer:
    """Run with the machine at hand; what fails there is told in the command's own shape."""
    app = planning_app()
    if app.stores is None:
        raise SetsquareError("There is no machine to keep stores on.", "Report this.")
    try:
        return run(app, app.stores())
    except SetsquareError as failure:
        finding = error("store_error", failure.message)
        return _failed(finding, failed(finding) if failed is not None else None)


def _no_store(is_json: bool) -> Callable[[Diagnostic], Document] | None:
    return (lambda finding: MadeShape(status=(finding,))) if is_json else None


def _still_there(is_json: bool) -> Callable[[Diagnostic], Document] | None:
    return (lambda finding: ForgottenShape(status=(finding,))) if is_json else None


def _made(found: Made | NotMade, title: str, *, is_json: bool) -> Answer:
    if isinstance(found, NotMade):
        return _failed(found.finding, MadeShape(status=(found.finding,)) if is_json else None)
    return Answer(document=made_shape(found)) if is_json else Answer(text=made_text(found, title))


def _forgotten(found: Forgotten | Kept, *, is_json: bool) -> Answer:
    if isinstance(found, Kept):
        return _failed(found.finding, ForgottenShape(status=(found.finding,)) if is_json else None)
    return Answer(document=forgotten_shape(found)) if is_json else Answer(text=forgotten_text(found))


def _failed(finding: Diagnostic, document: Document | None) -> Answer:
    if document is not None:
        return Answer(document=document, exit_code=1)
    return Answer(notes=told(finding, mark=""), exit_code=1)


def _asks(is_json: bool) -> bool:
    """Tell whether somebody is there who can be asked."""
    return not is_json and sys.stdin is not None and sys.stdin.isatty()


def _lost(name: str, is_json: bool) -> int:
    """Say that a name stands for no command, and how a store is worked on."""
    if is_json:
        what = f"Unknown command '{name}'" if name else "Missing subcommand"
        fix = "Run a store subcommand, or use the lifecycle command with --store <id>."
        finding = error("unknown_store_subcommand", f"{what} for 'openspec store'. Store subcommands: {_NAMES}.", fix=fix)
        show(Answer(document=Failed(status=(finding,))))
        return 1
    what = f"unknown command '{name}'" if name else "missing subcommand"
    lines = [
        f"Error: {what} for 'openspec store'.",
        f"Store subcommands manage store registration: {_NAMES}.",
        "To create or work on a change in a store, use the normal command with --store, for example:",
        "  openspec new change <change-id> --store <id>",
    ]
    show(Answer(notes="\n".join(lines)))
    return 1


command = TabledGroup(
    "store",
    {
        "setup": Listed("openspec.store:setup", "Commands", "Make a store and register it."),
        "register": Listed("openspec.store:register_store", "Commands", "Register a store that exists."),
        "unregister": Listed("openspec.store:unregister_store", "Commands", "Forget a store; its files stay."),
        "remove": Listed("openspec.store:remove_store", "Commands", "Forget a store and delete its folder."),
        "list": Listed("openspec.store:list_stores", "Commands", "List the stores that this machine knows."),
        "ls": Listed("openspec.store:list_stores", "Commands", "The same as list."),
        "doctor": Listed("openspec.store:doctor", "Commands", "Say whether the registered stores are sound."),
    },
    "Make and forget stores: whole planning folders that the projects on this machine refer to by an id.",
    lost=_lost,
)
