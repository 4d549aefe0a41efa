"""Names the folders that tools had before they were renamed, in which OpenSpec's skills and commands may still stand.

Source: `openspec update` 1.13.2, observed from outside.
"""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from setsquare.text.paths import RelPath


class Renamed(Struct, frozen=True):
    """A tool whose folder has another name now: `old` is what it was, `commands` where its commands stood with `{id}`, empty where it had none."""

    tool: str
    old: str
    commands: str = ""


RENAMED: Final = (
    Renamed("devin", ".windsurf", ".windsurf/workflows/opsx-{id}.md"),
    Renamed("codex", ".codex"),
    Renamed("antigravity", ".agent", ".agent/workflows/opsx-{id}.md"),
)
"""In the order in which they claim the folder that some of them share now."""


def old_skill(renamed: Renamed, skill: str) -> RelPath:
    """Say where a skill stood.

    >>> old_skill(RENAMED[0], "openspec-propose")
    '.windsurf/skills/openspec-propose/SKILL.md'
    """
    return RelPath(f"{renamed.old}/skills/{skill}/SKILL.md")


def old_command(renamed: Renamed, workflow: str) -> RelPath:
    """Say where a command stood; empty where the tool had none.

    >>> old_command(RENAMED[0], "apply"), old_command(RENAMED[1], "apply")
    ('.windsurf/workflows/opsx-apply.md', '')
    """
    return RelPath(renamed.commands.replace("{id}", workflow))
