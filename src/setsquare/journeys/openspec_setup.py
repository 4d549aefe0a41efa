"""Sets a project up for OpenSpec and keeps the skills and commands in it up to date.

Source: `openspec init` and `openspec update` 1.13.2, observed from outside.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from msgspec import Struct

from setsquare.integrations.openspec_files import command_path, skill_path, tool_files
from setsquare.integrations.openspec_tools import MARKER, SHARED, TOOLS, SpecTool, tool_named
from setsquare.integrations.openspec_workflows import CORE, WORKFLOWS, SpecWorkflow, chosen_workflows
from setsquare.journeys.openspec_references import config_of
from setsquare.journeys.openspec_settings import settings_of, write_settings
from setsquare.journeys.planning_app import PlanningApp
from setsquare.migrate.openspec_legacy import MARKED_FILES, OLD_GUIDE, PLACES, PROJECT, Legacy, legacy_of
from setsquare.ports.planning import EntryKind
from setsquare.spec.openspec.settings import merged_defaults
from setsquare.text.paths import RelPath, parent
from setsquare.text.plan import FileChange, Plan, creation, removal, replacement

_GENERATED = re.compile(rb"(?m)^\s*generatedBy:\s*[\"']?([^\"'\r\n]*)")
_MADE = re.compile(rb"(?m)^\s*(?:generatedBy:|author:\s*[\"']?openspec)")
_SHARERS = ("codex", "zed", "agents", "antigravity")
_FOLDERS = (EntryKind.FOLDER, EntryKind.LINK_TO_FOLDER)


class Profile(Struct, frozen=True, kw_only=True):
    """Which workflows are written, and as what; `is_migrated` says that they were taken from what stood here and kept in the settings."""

    workflows: tuple[SpecWorkflow, ...]
    is_custom: bool
    has_skills: bool
    has_commands: bool
    is_migrated: bool = False


class ToolChange(Struct, frozen=True, kw_only=True):
    """What is to be done for one tool: files below its root by path, `was` the version that wrote what stands there, empty where nothing does.

    `kept` are files of a person that have the name of a skill.
    """

    tool: SpecTool
    was: str = ""
    is_installed: bool = False
    changes: tuple[FileChange, ...] = ()
    kept: tuple[RelPath, ...] = ()
    removed_skills: int = 0
    removed_commands: int = 0

    @property
    def is_current(self) -> bool:
        """Tell whether there is nothing to do."""
        return not self.changes


def profile_of(app: PlanningApp, root: str, wanted: str | None) -> Profile:
    """Choose the workflows: as asked for, else as this person's settings say, else those that stand here already, which are then kept in the settings.

    Raises:
        StorageFailed: the settings cannot be written.
    """
    settings = settings_of(app)
    values = merged_defaults(settings.values)
    is_migrated = False
    # A project without its configuration was being set up when that was cut off: what stands there is no choice of workflows.
    if wanted is None and "profile" not in settings.values and not settings.is_broken and config_of(app, root) is not None:
        found = tuple(workflow.id for workflow in WORKFLOWS if any(workflow.id in installed(app, root, tool) for tool in TOOLS))
        if found:
            values = {**values, "profile": "custom", "workflows": list(found)}
            write_settings(app, values)
            is_migrated = True
    is_custom = (wanted or values["profile"]) == "custom"
    named = values.get("workflows")
    own = tuple(name for name in named if isinstance(name, str)) if isinstance(named, list) else ()
    delivery = values["delivery"]
    return Profile(
        workflows=chosen_workflows(own if is_custom else CORE),
        is_custom=is_custom,
        has_skills=delivery != "commands",
        has_commands=delivery != "skills",
        is_migrated=is_migrated,
    )


def detected(app: PlanningApp, root: str) -> tuple[SpecTool, ...]:
    """List the tools whose files or folders stand in a project."""
    return tuple(tool for tool in TOOLS if any(_exists(app, root, RelPath(mark)) for mark in tool.marks))


def configured(app: PlanningApp, root: str) -> tuple[SpecTool, ...]:
    """List the tools for which workflows were written in a project."""
    return tuple(tool for tool in TOOLS if installed(app, root, tool))


def installed(app: PlanningApp, root: str, tool: SpecTool) -> tuple[str, ...]:
    """Name the workflows of which a tool has a skill or a command; shared skills count for the tool that wrote them."""
    place = place_of(app, root, tool)
    has_skills = tool.root != SHARED or _owner(app, root) == tool.id
    return tuple(
        workflow.id
        for workflow in WORKFLOWS
        if (has_skills and _is_made(app.planning.read(place, skill_path(tool, workflow))))
        or (tool.commands and app.planning.read(place, command_path(tool, workflow)) is not None)
    )


def place_of(app: PlanningApp, root: str, tool: SpecTool) -> str:
    """Say below which folder a tool's files lie."""
    return app.home if tool.at_home else root


def tool_change(app: PlanningApp, root: str, tool: SpecTool, profile: Profile, *, is_pruned: bool) -> ToolChange:
    """Plan the files of one tool; `is_pruned` takes away what the profile does not name."""
    place = place_of(app, root, tool)
    wanted = tool_files(tool, profile.workflows, has_skills=profile.has_skills, has_commands=profile.has_commands)
    kept = tuple(path for path in wanted if path.endswith("/SKILL.md") and _is_foreign(app.planning.read(place, path)))
    changes = changes_to(app, place, {path: raw for path, raw in wanted.items() if path not in kept})
    skills = [skill_path(tool, workflow) for workflow in WORKFLOWS]
    commands = [command_path(tool, workflow) for workflow in WORKFLOWS] if tool.commands else []
    gone_skills = _removals(app, place, [path for path in skills if path not in wanted]) if is_pruned else ()
    gone_commands = _removals(app, place, [path for path in commands if path not in wanted]) if is_pruned else ()
    found = next((raw for path in skills if isinstance(raw := app.planning.read(place, path), bytes)), None)
    version = _GENERATED.search(found) if found is not None else None
    return ToolChange(
        tool=tool,
        was=version[1].decode("utf-8", "replace") if version else "",
        is_installed=bool(installed(app, root, tool)),
        changes=(*changes, *gone_skills, *gone_commands),
        kept=kept,
        removed_skills=len(gone_skills),
        removed_commands=len(gone_commands),
    )


def marker_changes(app: PlanningApp, root: str, tools: Iterable[SpecTool]) -> tuple[FileChange, ...]:
    """Plan the file that names the tool that owns the shared skills; one that is there stays."""
    sharing = {tool.id for tool in tools if tool.root == SHARED}
    owner = next((name for name in _SHARERS if name in sharing), "")
    if not owner or app.planning.read(root, RelPath(MARKER)) is not None:
        return ()
    return (creation(RelPath(MARKER), f"{owner}\n".encode()),)


def changes_to(app: PlanningApp, place: str, wanted: Mapping[RelPath, bytes]) -> tuple[FileChange, ...]:
    """Plan what makes files as they are wanted; those that are so already are left out."""
    changes = []
    for path, raw in wanted.items():
        old = app.planning.read(place, path)
        if not isinstance(old, bytes):
            changes.append(creation(path, raw))
        elif old != raw:
            changes.append(replacement(path, old, raw))
    return tuple(changes)


def legacy_in(app: PlanningApp, root: str) -> tuple[Legacy, tuple[FileChange, ...]]:
    """Look for what older versions wrote, and plan to clean it up."""
    wanted = [*MARKED_FILES, OLD_GUIDE, PROJECT]
    for place in PLACES:
        wanted += [entry.path for entry in app.planning.walk(root, place, depth=1) if entry.kind is EntryKind.FILE]
    linked = {entry.path for entry in app.planning.walk(root, RelPath(""), depth=1) if entry.kind is not EntryKind.FILE}
    raws = zip(wanted, app.planning.read_all(root, tuple(wanted)), strict=True)
    files = {path: raw for path, raw in raws if isinstance(raw, bytes) and path not in linked}
    legacy = legacy_of(files)
    changes = [replacement(path, files[path], new) for path, new in legacy.stripped]
    return legacy, (*changes, *(removal(path, files[path]) for path in legacy.removed))


def write_all(app: PlanningApp, root: str, changes: tuple[FileChange, ...], tools: Iterable[ToolChange]) -> None:
    """Write a project's files in one plan, then those in the person's home.

    Raises:
        StorageFailed: a file cannot be written; no file of the project was.
    """
    every = tuple(tools)
    own = {change.path: change for item in every if not item.tool.at_home for change in item.changes}
    for change in changes:
        own.setdefault(change.path, change)
    app.made(root).apply(Plan("set up OpenSpec", tuple(own.values())))
    at_home = tuple(change for item in every if item.tool.at_home for change in item.changes)
    if at_home:
        app.made(app.home).apply(Plan("set up OpenSpec at home", at_home))


def chosen_tools(names: str) -> tuple[SpecTool, ...] | str:
    """Read a list of tools, or say what is wrong with it.

    >>> [tool.id for tool in chosen_tools("kiro, windsurf")], chosen_tools("none")
    (['kiro', 'devin'], ())
    """
    listed = tuple(name for name in (part.strip().lower() for part in names.split(",")) if name)
    if not listed:
        return 'The --tools option requires a value. Use "all", "none", or a comma-separated list of tool IDs.'
    if listed == ("all",):
        return TOOLS
    if listed == ("none",):
        return ()
    if "all" in listed or "none" in listed:
        return 'Cannot combine reserved values "all" or "none" with specific tool IDs.'
    wrong = tuple(name for name in listed if tool_named(name) is None)
    if wrong:
        known = ", ".join(("all", "none", *(tool.id for tool in TOOLS)))
        return f"Invalid tool(s): {', '.join(wrong)}. Available values: {known}"
    return tuple(tool for name in dict.fromkeys(listed) if (tool := tool_named(name)) is not None)


def has_openspec(app: PlanningApp, root: str) -> bool:
    """Tell whether a project has its folder."""
    return _exists(app, root, RelPath("openspec"))


def kind_of(app: PlanningApp, path: str) -> EntryKind | None:
    """Say what stands at an absolute path; a link counts as what it leads to."""
    if path == "/":
        return EntryKind.FOLDER
    above, _, name = path.rpartition("/")
    kind = next((entry.kind for entry in app.planning.walk(above or "/", RelPath(""), depth=1) if entry.path == name), None)
    return EntryKind.FOLDER if kind in _FOLDERS else kind


def _exists(app: PlanningApp, root: str, path: RelPath) -> bool:
    return any(entry.path == path for entry in app.planning.walk(root, parent(path), depth=1))


def _owner(app: PlanningApp, root: str) -> str:
    raw = app.planning.read(root, RelPath(MARKER))
    return raw.decode("utf-8", "replace").strip() if isinstance(raw, bytes) else ""


def _removals(app: PlanningApp, place: str, paths: Iterable[RelPath]) -> tuple[FileChange, ...]:
    """Plan that generated files go; a skill that says nothing about who made it stays."""
    found = ((path, app.planning.read(place, path)) for path in paths)
    return tuple(removal(path, raw) for path, raw in found if isinstance(raw, bytes) and (not path.endswith("/SKILL.md") or _is_made(raw)))


def _is_made(raw: object) -> bool:
    """Tell whether a skill says that OpenSpec generated it."""
    return isinstance(raw, bytes) and _MADE.search(raw) is not None


def _is_foreign(raw: object) -> bool:
    return isinstance(raw, bytes) and bool(raw.strip()) and not _is_made(raw)
