"""`setsquare openspec workset`: folders of a person's own choice that are opened together."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable

import click
from msgspec import Struct

from setsquare.errors import SetsquareError
from setsquare.journeys.openspec_settings import settings_of
from setsquare.journeys.openspec_worksets import (
    WorksetRefused,
    create,
    label_of,
    no_member_left,
    opener_named,
    openers_of,
    remove,
    saved_worksets,
    unconfirmed,
    workset_named,
    write_opened,
)
from setsquare.journeys.planning_app import PlanningApp
from setsquare.ports.store_world import Ground, StoreWorld
from setsquare.spec.openspec.diagnostic import Diagnostic, error
from setsquare.surfaces.cli.loading import Listed
from setsquare.surfaces.cli.openspec.answer import Answer, Document, Failed, made, show
from setsquare.surfaces.cli.openspec.rooted import told
from setsquare.surfaces.cli.openspec.tabled import TabledGroup
from setsquare.surfaces.cli.streams import write_error
from setsquare.wire import planning_app
from setsquare.workspace.openspec.worksets import Member, Opener, Workset

_JSON = click.option("--json", "is_json", is_flag=True, help="Print JSON.")
_NAME = click.argument("name", metavar="<name>")
_NAMES = "create, list (ls), open, remove"


class CreateOptions(Struct, frozen=True, kw_only=True):
    """Which folders, under which name, for which tool."""

    name: str | None
    member: tuple[str, ...]
    tool: str | None
    is_json: bool


class ListOptions(Struct, frozen=True):
    """How to print."""

    is_json: bool


class OpenOptions(Struct, frozen=True, kw_only=True):
    """Which workset, with which tool."""

    name: str
    tool: str | None
    is_json: bool


class RemoveOptions(Struct, frozen=True, kw_only=True):
    """Which workset, and whether its removal was confirmed."""

    name: str
    is_agreed: bool
    is_json: bool


class WorksetShape(Struct, frozen=True, kw_only=True):
    """A workset."""

    name: str
    members: tuple[Member, ...]


class ToolWorksetShape(Struct, frozen=True, kw_only=True):
    """A workset that has a tool."""

    name: str
    tool: str
    members: tuple[Member, ...]


class CreatedShape(Struct, frozen=True, kw_only=True):
    """The answer of `create`."""

    workset: WorksetShape | ToolWorksetShape | None = None
    status: tuple[Diagnostic, ...] = ()


class ListShape(Struct, frozen=True, kw_only=True):
    """The answer of `list`."""

    worksets: tuple[WorksetShape | ToolWorksetShape, ...] = ()
    status: tuple[Diagnostic, ...] = ()


class NameShape(Struct, frozen=True):
    """A name."""

    name: str


class RemovedShape(Struct, frozen=True, kw_only=True):
    """The answer of `remove`."""

    removed: NameShape | None = None
    status: tuple[Diagnostic, ...] = ()


@made(
    "create",
    CreateOptions,
    (
        click.argument("name", metavar="[name]", required=False),
        click.option(
            "--member",
            metavar="<member>",
            multiple=True,
            help="A folder, as <path> or <name>=<path>; may be repeated, the first is the chief.",
        ),
        click.option("--tool", metavar="<id>", default=None, help="The tool that opens it."),
        _JSON,
    ),
)
def create_workset(options: CreateOptions) -> Answer:
    """Save a named list of folders."""

    def run(app: PlanningApp, world: StoreWorld) -> Answer:
        workset = create(app, world, options.name, options.member, options.tool)
        if isinstance(workset, WorksetRefused):
            return _failed(workset.finding, CreatedShape(status=(workset.finding,)) if options.is_json else None)
        if options.is_json:
            return Answer(document=CreatedShape(workset=_shape(workset)))
        count = len(workset.members)
        saved = f"Saved workset '{workset.name}' ({count} member{'' if count == 1 else 's'}) to your machine."
        return Answer(text=f"\n{saved}\nOpen it any time with: openspec workset open {workset.name}")

    return _answered(run, (lambda finding: CreatedShape(status=(finding,))) if options.is_json else None)


@made("list", ListOptions, (_JSON,))
def list_worksets(options: ListOptions) -> Answer:
    """List the saved worksets with their folders."""
    app = planning_app()
    worksets = saved_worksets(app)
    if isinstance(worksets, WorksetRefused):
        return _failed(worksets.finding, ListShape(status=(worksets.finding,)) if options.is_json else None)
    if options.is_json:
        return Answer(document=ListShape(worksets=tuple(map(_shape, worksets))))
    lines: list[str] = []
    for workset in worksets:
        tool = f"  (opens in {label_of(app, workset.tool)})" if workset.tool else ""
        lines += [f"{workset.name}{tool}", *_member_lines(workset.members, "  ")]
    return Answer(text="\n".join(lines) or "No worksets saved. Create one with: openspec workset create")


@made("remove", RemoveOptions, (_NAME, click.option("--yes", "is_agreed", is_flag=True, help="Do not ask."), _JSON))
def remove_workset(options: RemoveOptions) -> Answer:
    """Forget a workset; its folders are not touched."""

    def run(app: PlanningApp, world: StoreWorld) -> Answer:
        workset = workset_named(app, options.name)
        if isinstance(workset, Workset) and not options.is_agreed:
            if options.is_json or sys.stdin is None or not sys.stdin.isatty():
                workset = unconfirmed(options.name)
            else:
                refusal = _asked(workset)
                workset = WorksetRefused(refusal) if refusal is not None else workset
        refused = workset if isinstance(workset, WorksetRefused) else remove(app, world, options.name)
        if refused is not None:
            return _failed(refused.finding, RemovedShape(status=(refused.finding,)) if options.is_json else None)
        if options.is_json:
            return Answer(document=RemovedShape(removed=NameShape(options.name)))
        return Answer(text=f"Removed workset '{options.name}'. Member folders were not touched.")

    return _answered(run, (lambda finding: RemovedShape(status=(finding,))) if options.is_json else None)


@made(
    "open",
    OpenOptions,
    (
        _NAME,
        click.option("--tool", metavar="<id>", default=None, help="Open it with this tool, this once."),
        click.option("--json", "is_json", is_flag=True, hidden=True),
    ),
)
def open_workset(options: OpenOptions) -> Answer:
    """Open a workset in an editor; the editor's exit code is given."""
    if options.is_json:
        told_why = "workset open hands this terminal to the chosen tool and has no JSON mode."
        fix = "Inspect worksets with: openspec workset list --json"
        finding = error("workset_open_json_unsupported", told_why, "workset.tool", fix)
        return Answer(document=Failed(status=(finding,)), exit_code=1)
    return _answered(lambda app, world: _opened(app, world, options), None)


def _asked(workset: Workset) -> Diagnostic | None:
    """Ask the person at the terminal; give what is said after a no."""
    write_error("\n".join([f"Workset '{workset.name}':", *_member_lines(workset.members, "  "), ""]))
    if click.confirm(f"Remove workset '{workset.name}'? (member folders are never touched)", default=False, err=True):
        return None
    return error("workset_remove_cancelled", "Workset remove cancelled.", fix="Rerun remove when you are ready.")


def _opened(app: PlanningApp, world: StoreWorld, options: OpenOptions) -> Answer:
    """Open a workset, or say how it can be opened by hand."""
    workset = workset_named(app, options.name)
    if isinstance(workset, WorksetRefused):
        return _failed(workset.finding, None)
    here = [member for member in workset.members if world.places.ground(member.path) is Ground.FOLDER]
    if not here:
        return _failed(no_member_left(workset.name), None)
    skipped = "".join(f"Skipped '{member.name}' ({member.path} is not available).\n" for member in workset.members if member not in here)
    document = json.dumps({"folders": [{"name": member.name, "path": member.path} for member in here]}, indent=2, ensure_ascii=False)
    place = write_opened(app, world, workset.name, f"{document}\n")
    by_hand = "\n".join(["Open manually:", f"  Workspace file: {place}", "  Members:", *_member_lines(tuple(here), "    ")])
    settings = settings_of(app)
    warned = f"Warning: Invalid JSON in {settings.place}, using defaults\n" if settings.problem else ""
    opener = _opener(app, world, workset, options.tool)
    if isinstance(opener, Diagnostic):
        return Answer(notes=f"{skipped}{warned}{told(opener, mark='')}{by_hand}", exit_code=1)
    show(Answer(text=f"Opening '{workset.name}' in {opener.label} (a window opens; this command returns).", notes=skipped + warned))
    sys.stdout.flush()
    try:
        code = world.programs.run((world.programs.find(opener.command), *opener.args, place), here[0].path)
    except OSError as failure:
        why = f"Could not launch {opener.label}: {failure.strerror or failure}"
        fix = f"Check that '{opener.command}' runs from this terminal, or pass --tool with another installed tool."
        return Answer(notes=told(error("workset_launch_failed", why, fix=fix), mark="") + by_hand, exit_code=1)
    return Answer(exit_code=code)


def _opener(app: PlanningApp, world: StoreWorld, workset: Workset, tool: str | None) -> Opener | Diagnostic:
    """Choose the tool; it must be there."""
    chosen = tool or workset.tool
    if not chosen:
        fix = f"openspec workset open {workset.name} --tool <id>"
        return error("workset_tool_required", f"Workset '{workset.name}' has no saved tool.", "workset.tool", fix)
    opener = opener_named(app, chosen, workset.name)
    if isinstance(opener, WorksetRefused):
        return opener.finding
    if world.programs.find(opener.command):
        return opener
    openers = openers_of(app)
    others = () if isinstance(openers, WorksetRefused) else openers
    other = next((one for one in others if not one.is_attaching and one.id != opener.id and world.programs.find(one.command)), None)
    way = (
        f"or run: openspec workset open {workset.name} --tool {other.id}" if other else f"then rerun: openspec workset open {workset.name}"
    )
    fix = f"Install '{opener.command}'{'' if other else ','} {way}"
    return error("workset_tool_missing", f"{opener.label} ('{opener.command}') is not on PATH.", "workset.tool", fix)


def _answered(run: Callable[[PlanningApp, StoreWorld], Answer], failed: Callable[[Diagnostic], Document] | None) -> Answer:
    """Run with the machine at hand; what fails there is told in the command's own shape."""
    app = planning_app()
    if app.stores is None:
        raise SetsquareError("There is no machine to keep worksets on.", "Report this.")
    try:
        return run(app, app.stores())
    except SetsquareError as failure:
        finding = error("workset_error", failure.message)
        return _failed(finding, failed(finding) if failed is not None else None)


def _failed(finding: Diagnostic, document: Document | None) -> Answer:
    if document is not None:
        return Answer(document=document, exit_code=1)
    return Answer(notes=told(finding, mark=""), exit_code=1)


def _shape(workset: Workset) -> WorksetShape | ToolWorksetShape:
    if workset.tool:
        return ToolWorksetShape(name=workset.name, tool=workset.tool, members=workset.members)
    return WorksetShape(name=workset.name, members=workset.members)


def _member_lines(members: tuple[Member, ...], indent: str) -> list[str]:
    width = max(len(member.name) for member in members) + 2
    return [f"{indent}{member.name:{width}}{member.path}" for member in members]


def _lost(name: str, is_json: bool) -> int:
    """Say that a name stands for no command."""
    what = f"Unknown command '{name}'" if name else "Missing subcommand"
    message = f"{what} for 'openspec workset'. Workset subcommands: {_NAMES}."
    if is_json:
        finding = error("unknown_workset_subcommand", message, fix="Run one of the workset subcommands.")
        show(Answer(document=Failed(status=(finding,))))
    else:
        show(Answer(notes=f"Error: {message}"))
    return 1


command = TabledGroup(
    "workset",
    {
        "create": Listed("openspec.workset:create_workset", "Commands", "Save a named list of folders."),
        "list": Listed("openspec.workset:list_worksets", "Commands", "List the saved worksets with their folders."),
        "ls": Listed("openspec.workset:list_worksets", "Commands", "The same as list."),
        "open": Listed("openspec.workset:open_workset", "Commands", "Open a workset in an editor."),
        "remove": Listed("openspec.workset:remove_workset", "Commands", "Forget a workset; its folders are not touched."),
    },
    "Keep folders of your own choice together under a name, and open them in one editor window. All of it stays on this machine.",
    lost=_lost,
)
