"""Keeps a person's worksets, the named lists of folders that are opened together, and opens them in an editor.

Source: `openspec workset` 1.13.2, observed. The folders themselves are never touched.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from setsquare.errors import Unreadable as FolderMissing
from setsquare.journeys.openspec_settings import settings_of
from setsquare.journeys.openspec_store_registry import KEBAB_FIX, write_shared
from setsquare.journeys.planning_app import PlanningApp
from setsquare.ports.planning import Unreadable
from setsquare.ports.store_world import Ground, LockBusyError, StoreWorld
from setsquare.spec.openspec.diagnostic import Diagnostic, error
from setsquare.text.paths import RelPath, base_name
from setsquare.text.plan import Plan, removal
from setsquare.workspace.openspec.store_registry import KEBAB
from setsquare.workspace.openspec.text import normalised
from setsquare.workspace.openspec.worksets import (
    BUILT_IN,
    Member,
    Opener,
    Workset,
    doubled,
    is_workset_name,
    member_name_problem,
    read_openers,
    read_worksets,
    worksets_text,
)

FOLDER = "worksets"
FILE = RelPath("worksets.yaml")

Worksets = tuple[Workset, ...]


class WorksetRefused(Struct, frozen=True):
    """Why nothing was done."""

    finding: Diagnostic


def saved_worksets(app: PlanningApp) -> Worksets | WorksetRefused:
    """Read all worksets, sorted by name."""
    raw = app.planning.read(f"{app.data_folder}/{FOLDER}", FILE)
    if raw is None:
        return ()
    found = f"Cannot read the worksets file: {raw.reason}" if isinstance(raw, Unreadable) else read_worksets(normalised(raw))
    if not isinstance(found, str):
        return found
    return WorksetRefused(error("invalid_workset_file", found, "workset.file", f"Repair or remove {app.data_folder}/{FOLDER}/{FILE}."))


def workset_named(app: PlanningApp, name: str) -> Workset | WorksetRefused:
    """Find a workset."""
    worksets = saved_worksets(app)
    if isinstance(worksets, WorksetRefused):
        return worksets
    return next((workset for workset in worksets if workset.name == name), None) or WorksetRefused(_not_found(name, worksets))


def create(app: PlanningApp, world: StoreWorld, name: str | None, members: tuple[str, ...], tool: str | None) -> Workset | WorksetRefused:
    """Save a new workset of folders that exist; a member is a path, or `label=path`.

    Raises:
        StorageFailed: the file cannot be written.
    """
    if not name:
        fix = "openspec workset create <name> --member <path>"
        return WorksetRefused(error("workset_name_required", "Pass a workset name.", "workset.name", fix))
    if not is_workset_name(name):
        told = f"Workset name '{name}' must be {KEBAB}."
        return WorksetRefused(error("invalid_workset_name", told, "workset.name", KEBAB_FIX))
    if not members:
        fix = f"openspec workset create {name} --member <path> --member <name>=<path>"
        return WorksetRefused(error("workset_members_required", "Pass at least one member folder.", "workset.member", fix))
    found = _members(app, world, members)
    if isinstance(found, str):
        fix = "Pass --member <path> with an existing folder, or --member <name>=<path> to label it."
        return WorksetRefused(error("workset_member_invalid", f"Invalid workset member: {found}.", "workset.member", fix))
    if tool is not None:
        opener = opener_named(app, tool, name)
        if isinstance(opener, WorksetRefused):
            return opener
    made = Workset(name=name, members=found, tool=tool or "")

    def changed(worksets: Worksets) -> Worksets | Diagnostic:
        return _exists(name) if any(workset.name == name for workset in worksets) else (*worksets, made)

    return _changed(app, world, changed) or made


def unconfirmed(name: str) -> WorksetRefused:
    """Say that nobody agreed to the removal."""
    told = "Pass --yes to remove a workset non-interactively."
    return WorksetRefused(error("workset_remove_confirmation_required", told, "workset.name", f"openspec workset remove {name} --yes"))


def remove(app: PlanningApp, world: StoreWorld, name: str) -> WorksetRefused | None:
    """Forget a workset, and take away the file through which it was opened.

    Raises:
        StorageFailed: a file cannot be written or taken away.
    """

    def changed(worksets: Worksets) -> Worksets | Diagnostic:
        left = tuple(workset for workset in worksets if workset.name != name)
        return left if left != worksets else _not_found(name, worksets)

    refused = _changed(app, world, changed)
    if refused is not None:
        return refused
    files, opened = app.files(f"{app.data_folder}/{FOLDER}"), _opened(name)
    try:
        raw = files.read(opened)
    except FolderMissing:
        raw = None
    if raw is not None:
        files.apply(Plan(f"remove workset {name}", (removal(opened, raw),)))
    return None


def openers_of(app: PlanningApp) -> tuple[Opener, ...] | WorksetRefused:
    """Read which tools open worksets here."""
    settings = settings_of(app)
    found = read_openers(settings.values)
    if not isinstance(found, str):
        return found
    may = "may set style ('workspace-file' or 'attach-dirs'), label, command, args, and attach_flag; new tools must set style."
    fix = f'Each entry under "openers" in {settings.place} {may}'
    return WorksetRefused(error("invalid_opener_config", f"Invalid openers config: {found}", "openers.config", fix))


def opener_named(app: PlanningApp, tool: str, workset: str) -> Opener | WorksetRefused:
    """Find a tool that can open a workset now."""
    openers = openers_of(app)
    if isinstance(openers, WorksetRefused):
        return openers
    opener = next((opener for opener in openers if opener.id == tool), None)
    if opener is None:
        known = ", ".join(opener.id for opener in openers if not opener.is_attaching)
        fix = f'Known tools: {known}. Add new tools under "openers" in {settings_of(app).place}.'
        return WorksetRefused(error("workset_tool_unknown", f"Unknown tool '{tool}'.", "workset.tool", fix))
    if opener.is_attaching:
        why = "is temporarily disabled while CLI-agent opening is reworked. Worksets open in an IDE for now."
        fix = f"Open in VS Code or Cursor: openspec workset open {workset} --tool code"
        return WorksetRefused(error("workset_cli_opener_disabled", f"Opening a workset in {opener.label} {why}", "workset.tool", fix))
    return opener


def label_of(app: PlanningApp, tool: str) -> str:
    """Name a tool for people; settings that cannot be read change no name."""
    openers = openers_of(app)
    known = BUILT_IN if isinstance(openers, WorksetRefused) else openers
    return next((opener.label for opener in known if opener.id == tool), tool)


def no_member_left(name: str) -> Diagnostic:
    """Say that no folder of a workset exists."""
    fix = f"Recompose it: openspec workset remove {name} --yes && openspec workset create {name} --member <path>"
    return error("workset_members_missing", f"No member folder of workset '{name}' exists on this machine.", "workset.member", fix)


def write_opened(app: PlanningApp, world: StoreWorld, name: str, document: str) -> str:
    """Write the file that names a workset's folders for an editor; give its path. A link in its place is replaced, not followed.

    Raises:
        StorageFailed: it cannot be written.
    """
    folder = f"{app.data_folder}/{FOLDER}"
    if app.planning.link_target(folder, _opened(name)) is not None:
        world.places.discard((f"{folder}/{_opened(name)}",), ())
    write_shared(app, folder, _opened(name), document, f"open workset {name}")
    return f"{folder}/{_opened(name)}"


def _opened(name: str) -> RelPath:
    return RelPath(f"{name}.code-workspace")


def _members(app: PlanningApp, world: StoreWorld, said: tuple[str, ...]) -> tuple[Member, ...] | str:
    """Read the folders that a person named, or say what is wrong with them."""
    found: list[Member] = []
    for text in said:
        label, mark, given = text.partition("=")
        if not (mark and label):
            label, given = "", text
        if not given.strip():
            return f"'{text}' has no path"
        path = _absolute(app, given)
        if world.places.ground(path) is not Ground.FOLDER:
            return f"'{given}' is not an existing folder"
        name = label or (base_name(path) if path != "/" else "")
        flaw = member_name_problem(name)
        if flaw:
            return flaw
        found.append(Member(name, path))
        flaw = doubled(found)
        if flaw:
            return flaw
    return tuple(found)


def _absolute(app: PlanningApp, said: str) -> str:
    """Resolve a path as a shell would, without looking at the disk: a link stays one."""
    if said == "~" or said.startswith("~/"):
        said = app.home + said[1:]
    parts: list[str] = []
    for part in (said if said.startswith("/") else f"{app.here}/{said}").split("/"):
        if part == "..":
            parts[-1:] = []
        elif part not in ("", "."):
            parts.append(part)
    return "/" + "/".join(parts)


def _changed(app: PlanningApp, world: StoreWorld, changed: Callable[[Worksets], Worksets | Diagnostic]) -> WorksetRefused | None:
    """Change the file while nobody else does."""
    folder = f"{app.data_folder}/{FOLDER}"
    world.places.make_folders(folder, (), is_private=True)
    try:
        with world.places.locked(f"{folder}/{FILE}.lock"):
            before = saved_worksets(app)
            if isinstance(before, WorksetRefused):
                return before
            after = changed(before)
            if isinstance(after, Diagnostic):
                return WorksetRefused(after)
            write_shared(app, folder, FILE, worksets_text(after), "change the worksets")
            world.places.make_private(f"{folder}/{FILE}")
    except LockBusyError:
        fix = f"Retry shortly; if this persists, delete the stale lock file {folder}/{FILE}.lock."
        return WorksetRefused(error("workset_file_busy", "The worksets file is busy.", "workset.file", fix))
    return None


def _exists(name: str) -> Diagnostic:
    fix = f"Choose another name, or remove it first: openspec workset remove {name}"
    return error("workset_exists", f"Workset '{name}' already exists.", "workset.name", fix)


def _not_found(name: str, worksets: Worksets) -> Diagnostic:
    known = ", ".join(workset.name for workset in worksets)
    fix = f"Saved worksets: {known}. See them with: openspec workset list" if known else f"Create it first: openspec workset create {name}"
    return error("workset_not_found", f"Workset '{name}' is not saved on this machine.", "workset.name", fix)
