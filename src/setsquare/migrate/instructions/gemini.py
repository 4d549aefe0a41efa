"""Reads Gemini CLI's context files: `GEMINI.md` at any depth.

Source: Gemini CLI documentation, Context files (imports by `@file.md`), read 2026-11.
"""

from __future__ import annotations

from setsquare.migrate.guidance import Guidance, Problem, Source
from setsquare.migrate.instructions.imports import imports
from setsquare.migrate.instructions.scoped import whole_folder
from setsquare.text.paths import RelPath, parent


def owns(path: str) -> bool:
    """Tell whether a file is Gemini CLI's.

    >>> owns("GEMINI.md"), owns("docs/gemini.md")
    (True, False)
    """
    return path.rpartition("/")[2] == "GEMINI.md"


def read(path: RelPath, text: str) -> Guidance | Problem:
    r"""Read one file.

    >>> read(RelPath("GEMINI.md"), "Be strict.\n").name
    'gemini'
    """
    folder = parent(path)
    is_inner = folder == ".gemini" or folder.endswith("/.gemini")
    return whole_folder(path, SOURCE.id, parent(folder) if is_inner else folder, text, imports(text))


SOURCE = Source(id="gemini", title="Gemini CLI context", owns=owns, read=read)
