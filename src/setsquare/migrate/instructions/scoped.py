"""Makes guidance of a file that speaks for the folder it lies in, as most instruction files do."""

from __future__ import annotations

from msgspec.structs import replace

from setsquare.migrate.guidance import Guidance
from setsquare.migrate.instructions.naming import below, everything, slug, stem
from setsquare.text.paths import RelPath
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
