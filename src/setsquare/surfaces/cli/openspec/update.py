"""`setsquare openspec update`: brings the skills and commands of a project up to date."""

from __future__ import annotations

import os.path
import sys

import click
from msgspec import Struct

from setsquare.integrations.openspec_tools import VERSION, SpecTool, tool_named
from setsquare.journeys.openspec_renaming import Moving, codex_prompts, move, movings, take_back
from setsquare.journeys.openspec_setup import (
    Profile,
    ToolChange,
    configured,
    has_openspec,
    legacy_in,
    marker_changes,
    profile_of,
    tool_change,
    write_all,
)
from setsquare.journeys.planning_app import PlanningApp
from setsquare.surfaces.cli.openspec.answer import Answer, made
from setsquare.surfaces.cli.openspec.setup_text import (
    cleaned_lines,
    kept_lines,
    legacy_lines,
    more_lines,
    moved_lines,
    prompt_lines,
    replaced_lines,
)
from setsquare.wire import planning_app


class Options(Struct, frozen=True):
    """Where, and whether older files are cleaned up."""

    path: str | None
    is_forced: bool


PARAMS = (
    click.argument("path", metavar="[path]", required=False),
    click.option("--force", "is_forced", is_flag=True, help="Write all files again, and clean up what older versions left."),
)


@made("update", Options, PARAMS)
def command(options: Options) -> Answer:
    """Write the skills and commands again that are not as this version makes them, and take away those that the profile does not name.

    What stands in the folder of a renamed tool (.windsurf, .agent, .codex) is moved to its new one; at a terminal that is asked first. What older
    versions of OpenSpec left is named; it is cleaned up with --force. No registry is asked for a newer version.
    """
    app = planning_app()
    root = os.path.normpath(os.path.join(app.here, options.path or "."))  # noqa: PTH118  (a path of the person, made absolute)
    if not has_openspec(app, root):
        return Answer(notes="✖ Error: No OpenSpec directory found. Run 'openspec init' first.", exit_code=1)
    lines = _renamed(app, root)
    legacy, cleaning = legacy_in(app, root)
    prompts = codex_prompts(app, root)
    lines += [*([] if legacy.is_nothing else legacy_lines(legacy)), *prompt_lines(prompts)]
    tools = list(configured(app, root))
    if not legacy.is_nothing and options.is_forced:
        more = tuple(tool for name in legacy.tools if (tool := tool_named(name)) is not None and tool not in tools)
        lines += ["Tools detected from legacy artifacts:", *(f"  • {tool.title}" for tool in more), ""] if more else []
        tools += more
    elif not (legacy.is_nothing and not prompts.paths) and not options.is_forced:
        lines += ["⚠ Run with --force to auto-cleanup legacy files, or run interactively.", ""]
    profile = profile_of(app, root, None)
    changes = tuple(tool_change(app, root, tool, profile, is_pruned=True) for tool in tools)
    wanted = tuple(change for change in changes if not change.is_current or options.is_forced)
    if options.is_forced:
        lines += cleaned_lines(legacy)
    if wanted or (options.is_forced and cleaning):
        write_all(app, root, (*(cleaning if options.is_forced else ()), *marker_changes(app, root, tools)), wanted)
    if options.is_forced:
        replaced = codex_prompts(app, root)
        take_back(app, replaced)
        lines += replaced_lines(replaced)
    return Answer(text="\n".join([*lines, *_told(tuple(tools), wanted, profile, is_forced=options.is_forced)]))


def _renamed(app: PlanningApp, root: str) -> list[str]:
    """Move what stands in folders of renamed tools, unless a person at the terminal says no."""
    found = movings(app, root)
    if not any(one.changes for one in found):
        return moved_lines(found)
    if not _is_agreed(found):
        return kept_lines(found)
    move(app, root, found)
    return moved_lines(found)


def _is_agreed(found: tuple[Moving, ...]) -> bool:
    """Ask at a terminal; elsewhere nobody can say no, and nothing is lost by a move."""
    if os.environ.get("CI") or sys.stdin is None or not (sys.stdin.isatty() and sys.stdout.isatty()):
        return True
    what = ", ".join(f"{one.skills + one.commands} files from {one.old}/ to {one.tool.root}/" for one in found)
    return click.confirm(f"Move {what}?", default=True)


def _told(tools: tuple[SpecTool, ...], wanted: tuple[ToolChange, ...], profile: Profile, *, is_forced: bool) -> list[str]:
    """Say what was done."""
    if not tools:
        return ["No configured tools found.", 'Run "openspec init" to set up tools.']
    if not wanted:
        ids = ", ".join(tool.id for tool in tools)
        head = [f"✓ All {len(tools)} tool(s) up to date (v{VERSION})", f"  Tools: {ids}", "", "Use --force to refresh files anyway."]
        return [*head, *more_lines(profile, is_update=True)]
    titles = ", ".join(change.tool.title for change in wanted)
    named = ", ".join(change.tool.id if is_forced else f"{change.tool.id} ({_reason(change)})" for change in wanted)
    lines = [f"{'Force updating' if is_forced else 'Updating'} {len(wanted)} tool(s): {named}", "", f"✓ Updated: {titles} (v{VERSION})"]
    lines += [f"Kept {path} (not created by OpenSpec)" for change in wanted for path in change.kept]
    commands, skills = (sum(getattr(change, key) for change in wanted) for key in ("removed_commands", "removed_skills"))
    why = "deselected workflows" if profile.has_commands and profile.has_skills else "delivery"
    lines += [f"Removed: {commands} command files ({why})"] if commands else []
    lines += [f"Removed: {skills} skill directories ({why})"] if skills else []
    lines += [*more_lines(profile, is_update=True), f"Tools: {titles}", "", "Restart your IDE to refresh commands."]
    return lines


def _reason(change: ToolChange) -> str:
    if change.was and change.was != VERSION:
        return f"{change.was} → {VERSION}"
    return "files differ from the generated content"
