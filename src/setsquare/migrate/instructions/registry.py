"""Lists the tools whose instruction files are read, in the order in which their text is preferred for the shared files."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

from setsquare.migrate.guidance import Source
from setsquare.migrate.instructions import agents_md, claude, cline, copilot, cursor, gemini, windsurf

SOURCES: Final[tuple[Source, ...]] = (
    agents_md.SOURCE,
    claude.SOURCE,
    gemini.SOURCE,
    copilot.SOURCE,
    cursor.SOURCE,
    windsurf.SOURCE,
    cline.SOURCE,
)

_OTHERS = frozenset({".kiro", ".setsquare", ".specify", ".git"})


def owner(path: str) -> Source | None:
    """Find the tool that a file belongs to; files in `.kiro` and in other folders of ours, and parts of skills, belong to none.

    >>> owner("api/CLAUDE.md").id, owner(".kiro/steering/AGENTS.md"), owner(".agents/skills/x/AGENTS.md"), owner("README.md")
    ('claude', None, None, None)
    """
    parts = path.split("/")
    if any(part in _OTHERS for part in parts[:-1]) or any(pair[0].startswith(".") and pair[1] == "skills" for pair in pairwise(parts[:-1])):
        return None
    return next((source for source in SOURCES if source.owns(path)), None)
