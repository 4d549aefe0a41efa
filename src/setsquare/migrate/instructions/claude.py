"""Reads Claude Code's memory: `CLAUDE.md` at any depth and `.claude/rules/**/*.md`.

Source: Claude Code documentation, Memory (imports, rules with `paths`), read 2026-11.
"""

from __future__ import annotations

from setsquare.migrate.guidance import Guidance, Problem, Source
from setsquare.migrate.instructions.imports import imports
from setsquare.migrate.instructions.scoped import by_paths, whole_folder
from setsquare.text.lazy_pattern import LazyPattern
from setsquare.text.paths import RelPath, parent

_RULE = LazyPattern(r"(?s)(?:(?P<folder>.+)/)?\.claude/rules/(?P<name>.+\.md)\Z")


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
    return by_paths(path, SOURCE.id, rule, text, imports)


SOURCE = Source(id="claude", title="Claude Code memory", owns=owns, read=read)
