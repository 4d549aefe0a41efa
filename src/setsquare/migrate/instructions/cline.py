"""Reads Cline's rules: a file `.clinerules`, or the Markdown files of a folder of that name.

Source: Cline documentation, Cline Rules (`paths` for conditional rules), read 2026-11.
"""

from __future__ import annotations

from setsquare.migrate.guidance import Guidance, Problem, Source
from setsquare.migrate.instructions.scoped import by_paths, whole_folder
from setsquare.text.lazy_pattern import LazyPattern
from setsquare.text.paths import RelPath, parent

_RULE = LazyPattern(r"(?s)(?:(?P<folder>.+)/)?\.clinerules/(?P<name>(?!workflows/|hooks/|skills/).+\.(?:md|txt))\Z")


def owns(path: str) -> bool:
    """Tell whether a file is one of Cline's rules; its workflows are commands.

    >>> owns(".clinerules"), owns(".clinerules/01-style.md"), owns(".clinerules/workflows/pr.md")
    (True, True, False)
    """
    return path.rpartition("/")[2] == ".clinerules" or _RULE.match(path) is not None


def read(path: RelPath, text: str) -> Guidance | Problem:
    r"""Read one file.

    >>> read(RelPath(".clinerules/01-style.md"), "Be strict.\n").name
    'cline-01-style'
    """
    rule = _RULE.match(path)
    if rule is None:
        return whole_folder(path, SOURCE.id, parent(path), text)
    return by_paths(path, SOURCE.id, rule, text)


SOURCE = Source(id="cline", title="Cline rules", owns=owns, read=read)
