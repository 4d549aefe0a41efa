"""Finds the agent profile that a task is given to: its prompt is added to the instructions, its tools and permissions only ever narrow.

A task line `_Agent: reviewer_` names the profile `.kiro/agents/reviewer.md`; a line of the task above counts for its sub-tasks, and the key
`agent` of the spec's `.config.kiro` or `spec.json` for every task that no line speaks of.

Source: Kiro's on-disk format, section 5; requirements F4.
"""

from __future__ import annotations

from msgspec import Struct

from setsquare.errors import Refused, StorageFailed
from setsquare.guard.agent_tools import ALL_TOOLS, tools_named
from setsquare.guard.capability import Permission, PermissionRule, Scope
from setsquare.guard.permission_reader import read_agent_permissions
from setsquare.journeys.app import App, Reading
from setsquare.text import markdown
from setsquare.text.paths import RelPath, joined
from setsquare.workspace.agent_profile import AgentProfile, is_agent_name, named_agent, read_agent_profile
from setsquare.workspace.spec import Spec, Task

_LIMIT_PROFILES = 200
_LIMIT_BYTES = 100_000


class Employed(Struct, frozen=True, kw_only=True):
    """A profile as it bears on a task: `tools` that are left of those a run offers, rules that ask or deny, and notes about what has no effect."""

    name: str
    path: RelPath
    prompt: str
    tools: tuple[str, ...] = ()
    rules: tuple[PermissionRule, ...] = ()
    notes: tuple[str, ...] = ()


def agent_named(spec: Spec, line: tuple[Task, ...]) -> str:
    """Name the profile for a task, given with the tasks that it is part of, the nearest first; empty for none.

    Raises:
        Refused: a line names nothing.
    """
    for task in line:
        name = named_agent(task.details)
        if name is not None:
            if not is_agent_name(name):
                raise Refused(f"Task `{task.id or task.title}` names no agent in its line `Agent:` ({name!r}).", _HINT)
            return name
    name = spec.config.agent if spec.config else ""
    if name and not is_agent_name(name):
        raise Refused(f"The key `agent` in {spec.config.paths[0] if spec.config else ''} names no agent profile.", _HINT)
    return name


_HINT = "Write the name of a file in the folder `agents` without `.md`, such as `_Agent: reviewer_`, and approve the tasks again."


def employed(world: App | Reading, spec: Spec, line: tuple[Task, ...]) -> Employed | None:
    """Find the profile for a task, given with the tasks that it is part of, the nearest first; `None` where none is named.

    Raises:
        Refused: there is no such profile, or it cannot be used.
    """
    name = agent_named(spec, line)
    if not name:
        return None
    folder = joined(spec.root, "agents")
    profile = _at(world, joined(folder, f"{name}.md"), name) or _by_name(world, folder, name)
    what = f"The agent `{name}` of task `{line[0].id or line[0].title}`" if line else f"The agent `{name}`"
    if profile is None:
        known = ", ".join(_known(world, folder)[:12])
        hint = f"Profiles here: {known}." if known else f"Write {folder}/{name}.md; its text is the prompt."
        raise Refused(f"{what} has no profile: there is no {folder}/{name}.md.", hint)
    if profile.problem:
        raise Refused(
            f"{what} cannot be used: {profile.path}: {profile.problem}.", "Mend the front matter, then trust the workspace again."
        )
    tools = _tools(profile)
    if not tools:
        raise Refused(f"{what} could do nothing: {profile.path} names no tool that exists here.", "Write `tools: read, write, shell`.")
    return _employed(profile, name, tools)


def _employed(profile: AgentProfile, name: str, tools: tuple[str, ...]) -> Employed:
    """Work out what a profile takes away."""
    read = read_agent_permissions(profile.rules, profile.path) if profile.rules else None
    closing = tuple(
        PermissionRule(capability="all", effect=Permission.ASK, scope=Scope.AGENT, source=f"{profile.path} (`{key}` is not followed)")
        for key in profile.unfollowed
    )
    notes = tuple(problem.shown for problem in read.problems) if read else ()
    return Employed(
        name=name,
        path=profile.path,
        prompt=profile.prompt,
        tools=() if tools == ALL_TOOLS else tools,
        rules=(*(read.rules if read else ()), *closing),
        notes=(
            *notes,
            *(f"{profile.path}: `{key}` is not followed, so every action asks; write `permissions`" for key in profile.unfollowed),
        ),
    )


def _tools(profile: AgentProfile) -> tuple[str, ...]:
    """List the tools that a profile leaves; one without a list leaves all."""
    named = tools_named(profile.tools) if profile.has_tools else ALL_TOOLS
    without = tools_named(profile.excluded)
    return tuple(tool for tool in named if tool not in without)


def _at(world: App | Reading, path: RelPath, name: str) -> AgentProfile | None:
    """Read the profile at a place; `None` where there is none.

    Raises:
        Refused: it is too long, or cannot be read.
    """
    try:
        raw = world.files.read(path)
    except StorageFailed as failure:
        raise Refused(f"The agent profile {path} cannot be read: {failure.message}", failure.hint) from failure
    if raw is None:
        return None
    if len(raw) > _LIMIT_BYTES:
        raise Refused(f"The agent profile {path} has {len(raw):,} bytes; {_LIMIT_BYTES:,} are read at most.", "Shorten it.")
    return read_agent_profile(markdown.scan(path, raw), name)


def _by_name(world: App | Reading, folder: RelPath, name: str) -> AgentProfile | None:
    """Find the profile whose front matter has a name."""
    for path in world.files.listing(folder, _LIMIT_PROFILES):
        profile = _at(world, path, "") if path.endswith(".md") else None
        if profile is not None and profile.name == name:
            return profile
    return None


def _known(world: App | Reading, folder: RelPath) -> tuple[str, ...]:
    """Name the profiles that there are."""
    listed = world.files.listing(folder, _LIMIT_PROFILES)
    return tuple(path.removeprefix(f"{folder}/").removesuffix(".md") for path in listed if path.endswith(".md"))
