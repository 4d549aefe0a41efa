"""`setsquare openspec init`: folders, configuration, and skills and commands for tools."""

from __future__ import annotations

import os.path

import click
from msgspec import Struct

from setsquare.integrations.openspec_project import CLOUD_FILES, CONFIG, KEEP, config_file
from setsquare.integrations.openspec_tools import TOOLS, SpecTool
from setsquare.journeys.openspec_references import config_of
from setsquare.journeys.openspec_renaming import codex_prompts, take_back
from setsquare.journeys.openspec_setup import (
    Profile,
    ToolChange,
    chosen_tools,
    detected,
    has_openspec,
    kind_of,
    legacy_in,
    marker_changes,
    profile_of,
    tool_change,
    write_all,
)
from setsquare.journeys.planning_app import PlanningApp
from setsquare.ports.planning import EntryKind
from setsquare.surfaces.cli.openspec.answer import Answer, made
from setsquare.surfaces.cli.openspec.setup_text import cleaned_lines, legacy_lines, more_lines, prompt_lines, replaced_lines, start_lines
from setsquare.text.paths import parent
from setsquare.text.plan import FileChange, creation
from setsquare.wire import planning_app

_PROFILES = ("core", "custom")
_ANY = "Tool not listed? Use --tools agents: the vendor-neutral target that writes .agents/skills/ for any assistant."
_LANGUAGE = "--language does not overwrite an existing OpenSpec config. Add the language instruction to its context field instead."


class Options(Struct, frozen=True, kw_only=True):
    """What to set up, and where."""

    path: str | None
    tools: str | None
    language: str | None
    is_forced: bool
    profile: str | None
    is_still: bool
    has_cloud: bool | None


PARAMS = (
    click.argument("path", metavar="[path]", required=False),
    click.option(
        "--tools", metavar="<tools>", default=None, help="For which tools: all, none, or ids by comma; else those that are found."
    ),
    click.option("--language", metavar="<language>", default=None, help="In which language artifacts are written."),
    click.option("--force", "is_forced", is_flag=True, help="Ask nothing. Nothing is ever asked here; kept for scripts."),
    click.option("--profile", metavar="<profile>", default=None, help="Which workflows: core or custom; else as the settings say."),
    click.option("--no-animation", "is_still", is_flag=True, help="There is none; kept for scripts."),
    click.option("--copilot-cloud/--no-copilot-cloud", "has_cloud", default=None, help="Write what GitHub's cloud agent needs, too."),
)


@made("init", Options, PARAMS)
def command(options: Options) -> Answer:
    """Make openspec/ in a folder and write the skills and commands of its workflows.

    A configuration that is there stays as it is. What older versions of OpenSpec generated is cleaned up; files that people write in lose the marked
    block only.
    """
    app = planning_app()
    root = os.path.normpath(os.path.join(app.here, options.path or "."))  # noqa: PTH118  (a path of the person, made absolute)
    tools = _checked(app, root, options)
    if isinstance(tools, Answer):
        return tools
    is_new, is_made = not has_openspec(app, root), kind_of(app, root) is None
    profile = profile_of(app, root, options.profile)
    legacy, cleaning = legacy_in(app, root)
    changes = tuple(tool_change(app, root, tool, profile, is_pruned=False) for tool in tools)
    cloud = _cloud(app, root, tools, options)
    project = _project(app, root, options)
    # The configuration comes last: a project that has it is set up whole.
    write_all(app, root, (*cloud, *cleaning, *marker_changes(app, root, tools), *project), changes)
    prompts = codex_prompts(app, root)
    take_back(app, prompts)
    lines = [f'Directory "{options.path}" doesn\'t exist, it will be created.'] if is_made else []
    lines += [] if legacy.is_nothing else [*legacy_lines(legacy), *cleaned_lines(legacy)]
    lines += [*prompt_lines(prompts), *replaced_lines(prompts)]
    lines += _migrated(profile)
    lines += ["OpenSpec structure created"] if is_new else []
    return Answer(text="\n".join([*lines, "", *_done(changes, cloud, project, profile)]))


def _checked(app: PlanningApp, root: str, options: Options) -> tuple[SpecTool, ...] | Answer:
    """Find the tools, or say what is wrong with the options."""
    if kind_of(app, root) not in (None, EntryKind.FOLDER):
        return _refused(f'Path "{options.path}" is not a directory')
    if options.profile is not None and options.profile not in _PROFILES:
        return _refused(f'Invalid profile "{options.profile}". Available profiles: {", ".join(_PROFILES)}')
    if options.language is not None and config_of(app, root) is not None:
        return _refused(_LANGUAGE)
    if options.language is not None and not options.language.strip().isprintable():
        return _refused("The --language option takes one line of text.")
    if options.tools is not None:
        tools = chosen_tools(options.tools)
        if isinstance(tools, str):
            return _refused(f"{tools}\n{_ANY}" if tools.startswith("Invalid tool") else tools)
        return tools
    found = detected(app, root)
    if found:
        return found
    listed = "\n".join(("No tools detected and no --tools flag provided. Valid tools:", *(f"  {tool.id}" for tool in TOOLS)))
    return _refused(f"{listed}\n\nUse --tools all, --tools none, or --tools claude,cursor,...\n{_ANY}")


def _project(app: PlanningApp, root: str, options: Options) -> tuple[FileChange, ...]:
    """Plan what every project has and this one lacks."""
    changes = [creation(path, b"") for path in KEEP if not app.planning.walk(root, parent(path), depth=1)]
    if config_of(app, root) is None:
        changes.append(creation(CONFIG, config_file((options.language or "").strip(), has_cloud=options.has_cloud)))
    return tuple(changes)


def _cloud(app: PlanningApp, root: str, tools: tuple[SpecTool, ...], options: Options) -> tuple[FileChange, ...]:
    """Plan the files for a cloud agent; those that are there stay."""
    config = config_of(app, root)
    is_wanted = options.has_cloud if options.has_cloud is not None else config is not None and config.cloud_agent is True
    if not is_wanted or all(tool.id != "github-copilot" for tool in tools):
        return ()
    return tuple(creation(path, raw) for path, raw in CLOUD_FILES.items() if app.planning.read(root, path) is None)


def _done(changes: tuple[ToolChange, ...], cloud: tuple[FileChange, ...], project: tuple[FileChange, ...], profile: Profile) -> list[str]:
    lines = ["OpenSpec Setup Complete", ""]
    for word, is_installed in (("Created", False), ("Refreshed", True)):
        titles = [change.tool.title for change in changes if change.is_installed is is_installed]
        lines += [f"{word}: {', '.join(titles)}"] if titles else []
    tools = tuple(change.tool for change in changes)
    if tools:
        roots = ", ".join(dict.fromkeys(tool.root for tool in tools))
        skills, commands = _counts(tools, profile)
        lines.append(f"{skills} skills and {commands} commands in {roots}/")
    lines += [f"Kept {path} (not created by OpenSpec)" for change in changes for path in change.kept]
    bare = [tool.id for tool in tools if not tool.commands]
    lines += [f"Commands skipped for: {', '.join(bare)} (they use skills)"] if bare and profile.has_commands else []
    lines += [f"GitHub Copilot cloud files: {', '.join(change.path for change in cloud)}"] if cloud else []
    lines.append("Config: openspec/config.yaml " + ("(schema: spec-driven)" if any(c.path == CONFIG for c in project) else "(exists)"))
    lines += ["", *start_lines(tools, profile), *(more_lines(profile, is_update=False) if tools else [])]
    return [*lines, *(["", "Restart your IDE to refresh commands."] if tools else [])]


def _counts(tools: tuple[SpecTool, ...], profile: Profile) -> tuple[int, int]:
    """Count the different files of a kind."""
    many = len(profile.workflows)
    skilled = {tool.root for tool in tools if profile.has_skills or not tool.commands}
    commanded = {tool.commands for tool in tools if tool.commands and profile.has_commands}
    return many * len(skilled), many * len(commanded)


def _migrated(profile: Profile) -> list[str]:
    return [f"Migrated: custom profile with {len(profile.workflows)} workflows"] if profile.is_migrated else []


def _refused(message: str) -> Answer:
    return Answer(notes=f"✖ Error: {message}", exit_code=1)
