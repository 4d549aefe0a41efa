"""What `init` and `update` say to people."""

from __future__ import annotations

from setsquare.integrations.openspec_tools import SpecTool
from setsquare.integrations.openspec_workflows import CORE, WORKFLOWS, SpecWorkflow
from setsquare.journeys.openspec_renaming import Moving, Prompts
from setsquare.journeys.openspec_setup import Profile
from setsquare.migrate.openspec_legacy import Legacy

_ADVICE = (
    "  • openspec/project.md",
    "    It is not deleted, because a person may have written it. Move what is still true into the field `context` of openspec/config.yaml,",
    "    which every agent is told, and delete the file when nothing in it is needed any more.",
)


def legacy_lines(legacy: Legacy) -> list[str]:
    """Say what stands here of older versions, and what is to become of it."""
    lines = ["", "Upgrading to the new OpenSpec", ""]
    if legacy.removed:
        lines += ["Files to remove (written by OpenSpec)", *(f"  • {path}" for path in legacy.removed), ""]
    if legacy.stripped:
        lines += ["Files to update (OpenSpec's marked block goes, the rest stays)", *(f"  • {path}" for path, _ in legacy.stripped), ""]
    if legacy.has_project:
        lines += ["Needs your attention", *_ADVICE, ""]
    return lines


def cleaned_lines(legacy: Legacy) -> list[str]:
    """Say what was cleaned up."""
    if legacy.is_nothing:
        return []
    lines = ["Cleaned up legacy files:", *(f"  ✓ Removed {path}" for path in legacy.removed)]
    lines += [f"  • Kept {path} (not created by OpenSpec)" for path in legacy.kept]
    return [*lines, *(f"  ✓ Removed OpenSpec markers from {path}" for path, _ in legacy.stripped), ""]


def moved_lines(movings: tuple[Moving, ...]) -> list[str]:
    """Say what was moved to the folders that tools have now, and what stays."""
    lines: list[str] = []
    for one in movings:
        parts = [f"{count} {name}" for count, name in ((one.skills, "skills"), (one.commands, "commands")) if count]
        lines += [f"Migrated {' and '.join(parts)}: {one.old} → {one.tool.root}"] if parts else []
        lines += [f"Left {path}: another file stands in {one.tool.root}/. Compare the two, then delete one." for path in one.left]
    return [*lines, *([""] if lines else [])]


def kept_lines(movings: tuple[Moving, ...]) -> list[str]:
    """Say that what a person did not want moved stays."""
    lines = [f"Left in place: {one.tool.title} reads {one.tool.root}/ now, and nothing in {one.old}/ is updated." for one in movings]
    return [*lines, "Run update again to be asked again.", ""]


def prompt_lines(prompts: Prompts) -> list[str]:
    """Name the global prompts that skills replace."""
    if not prompts.paths:
        return []
    return ["Global prompts (removed once a skill replaces them)", *(f"  • codex: {path}" for path in prompts.paths), ""]


def replaced_lines(prompts: Prompts) -> list[str]:
    """Say which global prompts are gone, and which stay."""
    lines = [f"  ✓ Removed {prompts.folder}/{name} (replaced by Codex skills)" for name, _ in prompts.replaced]
    lines += [f"  • Kept {prompts.folder}/{name} (no skill replaces it yet)" for name in prompts.deferred] if lines else []
    return [*lines, *([""] if lines else [])]


def start_lines(tools: tuple[SpecTool, ...], profile: Profile) -> list[str]:
    """Say how a first change is begun in each tool."""
    ids = [workflow.id for workflow in profile.workflows]
    first = next((workflow for workflow in WORKFLOWS if workflow.id in ids and workflow.id in ("propose", "new")), None)
    if first is None:
        return []
    ways: dict[str, list[str]] = {}
    for tool in tools:
        ways.setdefault(_spoken(tool, first, profile), []).append(tool.title)
    if len(ways) <= 1:
        way = next(iter(ways), f"/opsx:{first.id}")
        return ["Getting started:", f'  Start your first change: {way} "your idea"', ""]
    return ["Getting started:", *(f'  Start your first change: {way} "your idea" ({", ".join(names)})' for way, names in ways.items()), ""]


def more_lines(profile: Profile, *, is_update: bool) -> list[str]:
    """Say which workflows the profile leaves out."""
    ids = [workflow.id for workflow in profile.workflows]
    lacking = [name for name in CORE if name not in ids]
    if is_update and profile.is_custom and lacking:
        way = "Run `openspec config profile` to add them, or `openspec config profile core` to use the core set."
        return [f"Note: Your custom profile is missing {len(lacking)} core workflows: {', '.join(lacking)}", way]
    more = [workflow.id for workflow in WORKFLOWS if workflow.id not in ids]
    if not more:
        return []
    return [f"Note: {len(more)} more workflows are available ({', '.join(more)}).", "Add them with `openspec config profile`."]


def _spoken(tool: SpecTool, workflow: SpecWorkflow, profile: Profile) -> str:
    if tool.id == "codex":
        return f"${workflow.skill}"
    if not tool.commands or not profile.has_commands:
        return f"/{workflow.skill}"
    sign = "@" if tool.id == "amazon-q" else "/"
    return f"{sign}opsx{':' if '/opsx/' in tool.commands else '-'}{workflow.id}"
