"""Reads `AGENTS.md` at any depth; the one nearest to a file speaks for it.

Source: agents.md, read 2026-11.
"""

from __future__ import annotations

from msgspec.structs import replace

from setsquare.migrate.guidance import Guidance, Problem, Source
from setsquare.migrate.instructions.scoped import whole_folder
from setsquare.text.paths import RelPath, parent

_INNER = (".cursor", ".junie", ".github", ".agents", ".codex", ".opencode")


def owns(path: str) -> bool:
    """Tell whether a file is an `AGENTS.md` of people; the one in an `openspec` folder is OpenSpec's.

    >>> owns("AGENTS.md"), owns("packages/api/AGENTS.md"), owns("openspec/AGENTS.md")
    (True, True, False)
    """
    return path.rpartition("/")[2] == "AGENTS.md" and not (path == "openspec/AGENTS.md" or path.endswith("/openspec/AGENTS.md"))


def read(path: RelPath, text: str) -> Guidance | Problem:
    r"""Read one file.

    >>> read(RelPath("packages/api/AGENTS.md"), "Be strict.\n").patterns
    ('packages/api/**',)
    """
    folder = parent(path)
    inner = folder.rpartition("/")[2]
    if inner not in _INNER:
        return whole_folder(path, SOURCE.id, folder, text)
    guidance = whole_folder(path, SOURCE.id, parent(folder), text)
    return replace(guidance, name=f"{guidance.name}-{inner.removeprefix('.')}")


SOURCE = Source(id="agents", title="AGENTS.md", owns=owns, read=read)
