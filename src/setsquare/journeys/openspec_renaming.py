"""Moves OpenSpec's skills and commands out of folders that tools had under an older name, and takes back prompts that skills replaced.

Source: `openspec update` and `openspec init` 1.13.2, observed from outside.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from setsquare.integrations.openspec_files import command_path, skill_path
from setsquare.integrations.openspec_tools import MARKER, SHARED, SpecTool, tool_named
from setsquare.integrations.openspec_workflows import WORKFLOWS, SpecWorkflow
from setsquare.journeys.openspec_setup import installed
from setsquare.journeys.planning_app import PlanningApp
from setsquare.migrate.openspec_renamed import RENAMED, Renamed, old_command, old_skill
from setsquare.ports.planning import EntryKind
from setsquare.text.paths import RelPath
from setsquare.text.plan import FileChange, Plan, creation, removal

_DEPTH = 4
"""How deep a skill's file stands: folder, `skills`, the skill, the file."""


class Moving(Struct, frozen=True, kw_only=True):
    """What is to be moved for one tool: counts of skills and commands, and what stays because another file stands at its new place."""

    tool: SpecTool
    old: str
    changes: tuple[FileChange, ...]
    skills: int = 0
    commands: int = 0
    left: tuple[RelPath, ...] = ()


class Prompts(Struct, frozen=True, kw_only=True):
    """Global prompts of Codex, by their names: those that a skill of the project replaces, and those without one yet."""

    folder: str
    replaced: tuple[tuple[RelPath, bytes], ...] = ()
    deferred: tuple[RelPath, ...] = ()

    @property
    def paths(self) -> tuple[str, ...]:
        """List all of them, absolute and sorted."""
        return tuple(sorted(f"{self.folder}/{name}" for name in (*(name for name, _ in self.replaced), *self.deferred)))


# req: openspec-interop/5.1
def movings(app: PlanningApp, root: str) -> tuple[Moving, ...]:
    """Plan the moves. A file that has another one at its new place stays, and so does what no workflow of OpenSpec is named like; links are not followed."""
    found: list[Moving] = []
    marker = app.planning.read(root, RelPath(MARKER))
    owner = marker.decode("utf-8", "replace").strip() if isinstance(marker, bytes) else ""
    for renamed in RENAMED:
        tool = tool_named(renamed.tool)
        moving = _moving(app, root, renamed, tool, owner) if tool is not None else None
        if moving is None:
            continue
        if moving.tool.root == SHARED and moving.skills and not owner:
            owner = moving.tool.id
            moving = Moving(
                tool=moving.tool,
                old=moving.old,
                changes=(*moving.changes, creation(RelPath(MARKER), f"{owner}\n".encode())),
                skills=moving.skills,
                commands=moving.commands,
                left=moving.left,
            )
        found.append(moving)
    return tuple(found)


def _moving(app: PlanningApp, root: str, renamed: Renamed, tool: SpecTool, owner: str) -> Moving | None:
    """Plan the moves of one tool; `None` where nothing of OpenSpec stands in its old folder."""
    top = next((entry for entry in app.planning.walk(root, RelPath(""), depth=1) if entry.path == renamed.old), None)
    if top is None or top.kind is not EntryKind.FOLDER:
        return None
    there = {entry.path for entry in app.planning.walk(root, RelPath(renamed.old), depth=_DEPTH) if entry.kind is EntryKind.FILE}
    has_skills = tool.root != SHARED or owner in ("", tool.id)
    skills = [(old_skill(renamed, one.skill), skill_path(tool, one)) for one in WORKFLOWS] if has_skills else []
    commands = [(old_command(renamed, one.id), command_path(tool, one)) for one in WORKFLOWS] if renamed.commands and tool.commands else []
    changes: list[FileChange] = []
    left: list[RelPath] = []
    counts = []
    for pairs in (skills, commands):
        moved = 0
        for old, new in pairs:
            raw = app.planning.read(root, old) if old in there else None
            if not isinstance(raw, bytes):
                continue
            other = app.planning.read(root, new)
            if other is not None and other != raw:
                left.append(old)
                continue
            changes += [removal(old, raw), *([creation(new, raw)] if other is None else [])]
            moved += 1
        counts.append(moved)
    if not changes and not left:
        return None
    return Moving(tool=tool, old=renamed.old, changes=tuple(changes), skills=counts[0], commands=counts[1], left=tuple(left))


def move(app: PlanningApp, root: str, moving: Iterable[Moving]) -> None:
    """Move everything in one plan.

    Raises:
        StorageFailed: a file cannot be written; nothing was moved.
        StalePlan: a file is not as it was read.
    """
    changes = tuple(change for one in moving for change in one.changes)
    if changes:
        app.files(root).apply(Plan("move the files of renamed tools", changes))


# req: openspec-interop/5.1
def codex_prompts(app: PlanningApp, root: str) -> Prompts:
    """Look for global prompts of Codex that OpenSpec once wrote, and for the skills of a project that replaced them."""
    if not app.codex:
        return Prompts(folder="")
    folder = f"{app.codex}/prompts"
    there = {entry.path for entry in app.planning.walk(folder, RelPath(""), depth=1) if entry.kind is EntryKind.FILE}
    named: list[tuple[SpecWorkflow, RelPath]] = [(one, name) for one in WORKFLOWS if (name := RelPath(f"opsx-{one.id}.md")) in there]
    codex = tool_named("codex")
    own = installed(app, root, codex) if named and codex is not None else ()
    replaced = ((name, raw) for one, name in named if one.id in own and isinstance(raw := app.planning.read(folder, name), bytes))
    return Prompts(folder=folder, replaced=tuple(replaced), deferred=tuple(name for one, name in named if one.id not in own))


def take_back(app: PlanningApp, prompts: Prompts) -> None:
    """Remove the prompts that skills replaced.

    Raises:
        StorageFailed: one cannot be removed; none was.
    """
    if prompts.replaced:
        app.files(prompts.folder).apply(Plan("remove replaced prompts", tuple(removal(name, raw) for name, raw in prompts.replaced)))
