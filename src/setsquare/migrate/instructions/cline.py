"""Reads Cline's rules: a file `.clinerules`, or the Markdown files of a folder of that name.

Source: Cline documentation, Cline Rules (`paths` for conditional rules), read 2026-11.
"""

from __future__ import annotations

from setsquare.migrate.guidance import Guidance, Problem, Source
from setsquare.migrate.instructions.front import read_front
from setsquare.migrate.instructions.naming import stem
from setsquare.migrate.instructions.scoped import in_folder, whole_folder
from setsquare.text.lazy_pattern import LazyPattern
from setsquare.text.paths import RelPath, parent
from setsquare.workspace.steering import Inclusion

_RULE = LazyPattern(r"(?:(?P<folder>.+)/)?\.clinerules/(?P<name>(?!workflows/|hooks/|skills/).+\.(?:md|txt))\Z")


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
    front = read_front(path, text)
    if isinstance(front, Problem):
        return front
    patterns = front.globs("paths")
    guidance = Guidance(
        path=path,
        source=SOURCE.id,
        name=f"cline-{parent(rule['name'])}-{stem(path)}",
        body=front.body,
        line=front.line,
        inclusion=Inclusion.FILE_MATCH if patterns else Inclusion.ALWAYS,
        patterns=patterns,
        left_out=front.left_out,
    )
    return in_folder(guidance, rule["folder"] or "")


SOURCE = Source(id="cline", title="Cline rules", owns=owns, read=read)
