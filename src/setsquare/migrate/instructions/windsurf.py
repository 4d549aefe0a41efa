"""Reads Windsurf's rules: `.windsurfrules` and `.windsurf/rules/**/*.md`.

Source: Windsurf documentation, Memories & Rules (`trigger`, `globs`, `description`), read 2026-11.
"""

from __future__ import annotations

from setsquare.migrate.guidance import Guidance, Problem, Source
from setsquare.migrate.instructions.front import read_front
from setsquare.migrate.instructions.naming import stem
from setsquare.migrate.instructions.scoped import in_folder, whole_folder
from setsquare.text.lazy_pattern import LazyPattern
from setsquare.text.paths import RelPath, parent
from setsquare.workspace.steering import Inclusion

_RULE = LazyPattern(r"(?s)(?:(?P<folder>.+)/)?\.(?:windsurf|devin)/rules/(?P<name>.+\.md)\Z")
_MODES = {
    "always_on": Inclusion.ALWAYS,
    "glob": Inclusion.FILE_MATCH,
    "model_decision": Inclusion.AUTO,
    "manual": Inclusion.MANUAL,
}


def owns(path: str) -> bool:
    """Tell whether a file is one of Windsurf's rules.

    >>> owns(".windsurfrules"), owns(".windsurf/rules/ts.md"), owns(".windsurf/workflows/a.md")
    (True, True, False)
    """
    return path.rpartition("/")[2] == ".windsurfrules" or _RULE.match(path) is not None


def read(path: RelPath, text: str) -> Guidance | Problem:
    r"""Read one file; a rule without a known trigger applies by its globs, else always.

    >>> found = read(RelPath(".windsurf/rules/ts.md"), "---\ntrigger: glob\nglobs: **/*.ts\n---\nBe strict.\n")
    >>> found.name, found.inclusion.value, found.patterns
    ('windsurf-ts', 'file-match', ('**/*.ts',))
    """
    rule = _RULE.match(path)
    if rule is None:
        return whole_folder(path, SOURCE.id, parent(path), text)
    front = read_front(path, text)
    if isinstance(front, Problem):
        return front
    patterns, description = front.globs("globs"), front.text("description")
    inclusion = _MODES.get(front.text("trigger").lower(), Inclusion.FILE_MATCH if patterns else Inclusion.ALWAYS)
    if (inclusion is Inclusion.FILE_MATCH and not patterns) or (inclusion is Inclusion.AUTO and not description):
        inclusion = Inclusion.MANUAL
    guidance = Guidance(
        path=path,
        source=SOURCE.id,
        name=f"windsurf-{parent(rule['name'])}-{stem(path)}",
        body=front.body,
        line=front.line,
        inclusion=inclusion,
        patterns=patterns if inclusion is Inclusion.FILE_MATCH else (),
        description=description,
        left_out=front.left_out,
        notes=front.notes,
    )
    return in_folder(guidance, rule["folder"] or "")


SOURCE = Source(id="windsurf", title="Windsurf rules", owns=owns, read=read)
