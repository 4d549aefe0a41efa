"""Reads Claude Code's memory: `CLAUDE.md` at any depth and `.claude/rules/**/*.md`.

Source: Claude Code documentation, Memory (imports, rules with `paths`), read 2026-11.
"""

from __future__ import annotations

from setsquare.migrate.guidance import Guidance, Problem, Source
from setsquare.migrate.instructions.front import read_front
from setsquare.migrate.instructions.imports import imports
from setsquare.migrate.instructions.naming import stem
from setsquare.migrate.instructions.scoped import in_folder, whole_folder
from setsquare.text.lazy_pattern import LazyPattern
from setsquare.text.paths import RelPath, parent
from setsquare.workspace.steering import Inclusion

_RULE = LazyPattern(r"(?:(?P<folder>.+)/)?\.claude/rules/(?P<name>.+\.md)\Z")


def owns(path: str) -> bool:
    """Tell whether a file is one of Claude Code's; a person's own `CLAUDE.local.md` is not.

    >>> owns("CLAUDE.md"), owns("api/CLAUDE.md"), owns(".claude/rules/ts.md"), owns("CLAUDE.local.md")
    (True, True, True, False)
    """
    return path.rpartition("/")[2] == "CLAUDE.md" or _RULE.match(path) is not None


def read(path: RelPath, text: str) -> Guidance | Problem:
    r"""Read one file.

    >>> found = read(RelPath(".claude/rules/ts.md"), '---\npaths: ["src/**/*.ts"]\n---\nBe strict.\n')
    >>> found.name, found.patterns, read(RelPath("CLAUDE.md"), "See @docs/a.md\n").references
    ('claude-ts', ('src/**/*.ts',), ('docs/a.md',))
    """
    rule = _RULE.match(path)
    if rule is None:
        folder = parent(path)
        is_inner = folder == ".claude" or folder.endswith("/.claude")
        return whole_folder(path, SOURCE.id, parent(folder) if is_inner else folder, text, imports(text))
    front = read_front(path, text)
    if isinstance(front, Problem):
        return front
    patterns = front.globs("paths")
    guidance = Guidance(
        path=path,
        source=SOURCE.id,
        name=f"claude-{parent(rule['name'])}-{stem(path)}",
        body=front.body,
        line=front.line,
        inclusion=Inclusion.FILE_MATCH if patterns else Inclusion.ALWAYS,
        patterns=patterns,
        references=imports(front.body),
        left_out=front.left_out,
    )
    return in_folder(guidance, rule["folder"] or "")


SOURCE = Source(id="claude", title="Claude Code memory", owns=owns, read=read)
