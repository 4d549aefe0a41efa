"""Finds the files that an instruction file imports by a word that begins with `@`.

Source: Claude Code documentation, Memory (imports: not in code; relative to the file), read 2026-11.
"""

from __future__ import annotations

from collections.abc import Iterator

from setsquare.migrate.fences import outside_fences
from setsquare.text.lazy_pattern import LazyPattern
from setsquare.text.paths import RelPath, parent, path_from

_CODE = LazyPattern(r"(`+)[^`]*+\1")
_IMPORT = LazyPattern(r"(?:^|(?<=[\s(]))@((?:~/|\.{1,2}/|/)?[\w][\w@%+./\\-]*\.[A-Za-z][\w]{0,9})(?=[\s),;:!?]|\.?\Z|\.\s)")


def imports(text: str) -> tuple[str, ...]:
    r"""List the imported paths as written.

    >>> imports("See @docs/style.md and `@not/this.md`.\n@~/mine.md\nmail me@example.org, use @types/node\n")
    ('docs/style.md', '~/mine.md')
    """
    found = (match for _, line in outside_fences(text) for match in _IMPORT.finditer(_CODE.sub("", line)))
    return tuple(dict.fromkeys(match[1].rstrip(".") for match in found))


def resolved(path: RelPath, written: str) -> RelPath | None:
    """Name an imported file from the workspace's folder; `None` where it lies outside.

    >>> resolved(RelPath("api/CLAUDE.md"), "../docs/style.md"), resolved(RelPath("CLAUDE.md"), "~/mine.md")
    ('docs/style.md', None)
    """
    return None if written.startswith("~") else path_from(parent(path), written.replace("\\", "/"))


def is_pointer(text: str) -> bool:
    r"""Tell whether a file holds nothing but imports.

    >>> is_pointer("@AGENTS.md\n"), is_pointer("# Rules\n@AGENTS.md\n")
    (True, False)
    """
    lines = [line.strip() for line in text.lstrip("\ufeff").splitlines() if line.strip()]
    return bool(lines) and all(_is_import(line) for line in lines)


def _is_import(line: str) -> bool:
    return line.startswith("@") and " " not in line and len(imports(line)) == 1


def within(path: RelPath, text: str) -> Iterator[tuple[str, RelPath | None]]:
    """Give each import as written, with the file that it names in the workspace."""
    for written in imports(text):
        yield written, resolved(path, written)
