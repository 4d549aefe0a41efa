"""Reads Cursor's rules: `.cursorrules` and `.cursor/rules/**/*.mdc`.

Source: Cursor documentation, Rules (`alwaysApply`, `globs`, `description`), read 2026-11.
"""

from __future__ import annotations

from setsquare.migrate.guidance import Guidance, Problem, Source
from setsquare.migrate.instructions.front import read_front
from setsquare.migrate.instructions.naming import stem
from setsquare.migrate.instructions.scoped import in_folder, whole_folder
from setsquare.text.lazy_pattern import LazyPattern
from setsquare.text.paths import RelPath, parent
from setsquare.workspace.steering import Inclusion

_RULE = LazyPattern(r"(?s)(?:(?P<folder>.+)/)?\.cursor/rules/(?P<name>.+\.mdc?)\Z")


def owns(path: str) -> bool:
    """Tell whether a file is one of Cursor's rules.

    >>> owns(".cursorrules"), owns("web/.cursor/rules/ui/forms.mdc"), owns(".cursor/mcp.json")
    (True, True, False)
    """
    return path.rpartition("/")[2] == ".cursorrules" or _RULE.match(path) is not None


def read(path: RelPath, text: str) -> Guidance | Problem:
    r"""Read one file: always, by globs, by its description, or only when it is named.

    >>> found = read(RelPath(".cursor/rules/ts.mdc"), "---\nglobs: *.ts\nalwaysApply: false\n---\nBe strict.\n")
    >>> found.name, found.inclusion.value, found.patterns
    ('cursor-ts', 'file-match', ('*.ts',))
    """
    rule = _RULE.match(path)
    if rule is None:
        return whole_folder(path, SOURCE.id, parent(path), text)
    front = read_front(path, text)
    if isinstance(front, Problem):
        return front
    patterns, description = front.globs("globs"), front.text("description")
    if front.text("alwaysApply").lower() == "true":
        inclusion, patterns = Inclusion.ALWAYS, ()
    elif patterns:
        inclusion = Inclusion.FILE_MATCH
    else:
        inclusion = Inclusion.AUTO if description else Inclusion.MANUAL
    name = f"cursor-{parent(rule['name'])}-{stem(path)}"
    guidance = Guidance(
        path=path,
        source=SOURCE.id,
        name=name,
        body=front.body,
        line=front.line,
        inclusion=inclusion,
        patterns=patterns,
        description=description,
        left_out=front.left_out,
        notes=front.notes,
    )
    return in_folder(guidance, rule["folder"] or "")


SOURCE = Source(id="cursor", title="Cursor rules", owns=owns, read=read)
