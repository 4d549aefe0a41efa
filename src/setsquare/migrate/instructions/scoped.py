"""Makes guidance of a file that speaks for the folder it lies in, as most instruction files do."""

from __future__ import annotations

import re
from collections.abc import Callable

from msgspec.structs import replace

from setsquare.migrate.guidance import Guidance, Problem
from setsquare.migrate.instructions.front import read_front
from setsquare.migrate.instructions.naming import below, everything, slug, stem
from setsquare.text.paths import RelPath, parent
from setsquare.workspace.steering import Inclusion


def whole_folder(path: RelPath, source: str, folder: str, body: str, references: tuple[str, ...] = ()) -> Guidance:
    r"""Give the guidance of a file that always applies in its folder.

    >>> found = whole_folder(RelPath("api/CLAUDE.md"), "claude", "api", "Be strict.\n")
    >>> found.name, found.inclusion.value, found.patterns
    ('claude-api', 'file-match', ('api/**',))
    """
    return Guidance(
        path=path,
        source=source,
        name=slug(stem(path), folder),
        body=body,
        inclusion=Inclusion.FILE_MATCH if folder else Inclusion.ALWAYS,
        patterns=(f"{folder}/**",) if folder else (),
        references=references,
        scope=folder,
    )


def in_folder(rule: Guidance, folder: str) -> Guidance:
    """Narrow one of many rule files to the folder that its tool's folder lies in; a rule for every file of it applies there always."""
    inclusion, patterns = rule.inclusion, rule.patterns
    if inclusion is Inclusion.FILE_MATCH and everything(patterns):
        inclusion, patterns = Inclusion.ALWAYS, ()
    if inclusion is Inclusion.ALWAYS and folder:
        inclusion, patterns = Inclusion.FILE_MATCH, (f"{folder}/**",)
    elif inclusion is Inclusion.FILE_MATCH:
        patterns = below(folder, patterns)
    return replace(rule, name=slug(rule.name, folder), inclusion=inclusion, patterns=patterns, scope=folder)


def by_paths(
    path: RelPath, source: str, rule: re.Match[str], text: str, imported: Callable[[str], tuple[str, ...]] = lambda _body: ()
) -> Guidance | Problem:
    """Read one of many rule files whose front matter may say `paths`; `rule` has the groups `folder` and `name`, `imported` finds what it refers to."""
    front = read_front(path, text)
    if isinstance(front, Problem):
        return front
    patterns = front.globs("paths")
    guidance = Guidance(
        path=path,
        source=source,
        name=f"{source}-{parent(rule['name'])}-{stem(path)}",
        body=front.body,
        line=front.line,
        inclusion=Inclusion.FILE_MATCH if patterns else Inclusion.ALWAYS,
        patterns=patterns,
        references=imported(front.body),
        left_out=front.left_out,
        notes=front.notes,
    )
    return in_folder(guidance, rule["folder"] or "")
