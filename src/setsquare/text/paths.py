"""Names a place in a workspace without touching a disk."""

from __future__ import annotations

import shlex
from typing import NewType

from setsquare.text.lazy_pattern import LazyPattern

_PLAIN = LazyPattern(r"[\w@%+=:,./-]+")

RelPath = NewType("RelPath", str)
"""A POSIX path relative to the workspace's folder: no leading slash, no `.` or `..` part."""


def joined(*parts: str) -> RelPath:
    """Join path parts with `/`, leaving out empty ones.

    >>> joined(".kiro", "", "specs")
    '.kiro/specs'
    """
    return RelPath("/".join(part for part in parts if part))


def parent(path: str) -> RelPath:
    """Name the folder that holds `path`; the workspace's own folder is the empty path.

    >>> parent(".kiro/specs/a/tasks.md"), parent("AGENTS.md")
    ('.kiro/specs/a', '')
    """
    return RelPath(path.rpartition("/")[0])


def path_from(folder: str, written: str) -> RelPath | None:
    """Follow a path from a folder; `None` where it leads out of the workspace.

    >>> path_from("a/b", "../c.json"), path_from("", ".."), path_from("a", "/etc/passwd")
    ('a/c.json', None, None)
    """
    if written.startswith("/"):
        return None
    parts = folder.split("/") if folder else []
    for part in written.split("/"):
        if part == "..":
            if not parts:
                return None
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return RelPath("/".join(parts))


def quoted(name: str) -> str:
    """Write a name or path as a person types it in a shell.

    >>> quoted("login"), quoted("Phase 1/login")
    ('login', "'Phase 1/login'")
    """
    return name if _PLAIN.fullmatch(name) else shlex.quote(name)


def base_name(path: str) -> str:
    """Name the last part of a path.

    >>> base_name(".kiro/specs/a/tasks.md")
    'tasks.md'
    """
    return path.rpartition("/")[2]
