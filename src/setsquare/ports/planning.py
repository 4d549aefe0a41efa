"""Folders that hold an `openspec/` tree, wherever on the machine they are."""

from __future__ import annotations

import enum
from typing import Protocol

from msgspec import Struct

from setsquare.text.paths import RelPath


class EntryKind(enum.Enum):
    """What stands at a path; a link is not followed."""

    FILE = "file"
    FOLDER = "folder"
    LINK_TO_FILE = "link-to-file"
    LINK_TO_FOLDER = "link-to-folder"
    OTHER = "other"


class Standing(Struct, frozen=True, gc=False):
    """One entry of a folder; `path` starts at the root, `modified_s` is seconds since 1970; `is_open` where everybody may read it."""

    path: RelPath
    kind: EntryKind
    modified_s: float = 0.0
    is_open: bool = False


class Unreadable(Struct, frozen=True):
    """A file that cannot be read: `code` is the system's name of the reason, such as `EACCES`."""

    code: str
    reason: str


class Planning(Protocol):
    """Looks at planning roots; `root` is an absolute path. Links below it are named, and only a link to a file is read through."""

    def walk(self, root: str, below: RelPath, *, depth: int = 64) -> tuple[Standing, ...]:
        """List what stands below a folder, folders too, sorted by path; nothing where the folder does not exist or is a link."""
        ...

    def read(self, root: str, path: RelPath) -> bytes | Unreadable | None:
        """Read one file; `None` when it does not exist."""
        ...

    def read_all(self, root: str, paths: tuple[RelPath, ...]) -> tuple[bytes | Unreadable | None, ...]:
        """Read many files, in the order given."""
        ...

    def link_target(self, root: str, path: RelPath) -> str | Unreadable | None:
        """Say where a link leads in the end: a path below the root, else an absolute one; `None` for what is no link."""
        ...
