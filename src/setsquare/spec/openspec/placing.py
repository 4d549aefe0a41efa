"""Finds the line that an issue of a main spec is about where OpenSpec names none."""

from __future__ import annotations

from setsquare.spec.openspec.issue import Issue, Level
from setsquare.text.lazy_pattern import LazyPattern
from setsquare.workspace.openspec.headers import headed
from setsquare.workspace.openspec.model import MainSpec

_INDEX = LazyPattern(r"requirements[.\[](\d+)")


def line_in_spec(main: MainSpec, issue: Issue) -> int:
    r"""Give the issue's own line, else that of a requirement by its index, of the purpose, or of the section of requirements; 1 for the file.

    >>> from setsquare.text.paths import RelPath
    >>> from setsquare.workspace.openspec.main_spec import read_main_spec
    >>> main = read_main_spec("a", RelPath("a"), "## Purpose\nx\n## Requirements\n### Requirement: A\nIt SHALL.\n")
    >>> line_in_spec(main, Issue(Level.ERROR, "requirements.0.scenarios", "")), line_in_spec(main, Issue(Level.WARNING, "overview", ""))
    (4, 1)
    """
    if issue.line:
        return issue.line
    index = _INDEX.match(issue.path)
    if index is None:
        if issue.path == "overview":
            return main.purpose_line or 1
        return main.before.count("\n") + 1 if issue.path == "requirements" and main.has_requirements else 1
    at = int(index[1])
    # Keywords are looked for in blocks, everything else in the tree of sections, and the two may count differently.
    if issue.level is Level.WARNING and not issue.path.endswith(".scenarios") and at < len(main.requirements):
        return main.requirements[at].line
    return next(iter(_headers_below(main)[at : at + 1]), 1)


def _headers_below(main: MainSpec) -> list[int]:
    """List the lines of what OpenSpec's section reader takes for requirements: every header right below the section."""
    headers = headed(main.text)
    begin = next((at for at, one in enumerate(headers) if one.rest.strip().lower() == "requirements"), None)
    if begin is None:
        return []
    lines: list[int] = []
    level = 0
    for header in headers[begin + 1 :]:
        if header.level <= headers[begin].level:
            break
        if not level or header.level <= level:
            level = header.level
            lines.append(header.line)
    return lines
