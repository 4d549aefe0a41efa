"""The workspace's files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, Protocol

from msgspec import Struct

from setsquare.text.paths import RelPath
from setsquare.text.plan import Plan

LEFTOVER: Final = "left by a write that was cut off; compare it with the file that it was to become, then remove it"
"""Why a temporary file of Setsquare's own is left out; while a write is on its way none is named."""


class Snapshot(Struct, frozen=True):
    """The bytes of the selected files at one moment, and what was left out with the reason.

    `inside` says where in a root the folder itself lies, such as `.kiro/specs`; empty where the roots lie below the folder.
    """

    files: Mapping[RelPath, bytes]
    skipped: tuple[tuple[RelPath, str], ...] = ()
    inside: str = ""


class Files(Protocol):
    """Reads a workspace and applies plans to it; never follows a symbolic link out of it or through a folder."""

    def snapshot(self, below: tuple[str, ...] = ()) -> Snapshot:
        """Read every file that a workspace consists of, only below the given folders or files when some are given."""
        ...

    def read(self, path: RelPath) -> bytes | None:
        """Read one file; `None` when it does not exist.

        Raises:
            StorageFailed: it exists and cannot be read, or a symbolic link leads to it.
        """
        ...

    def exists(self, path: RelPath) -> bool:
        """Tell whether anything stands at `path`, a dangling link included."""
        ...

    def listing(self, below: RelPath, limit: int) -> tuple[RelPath, ...]:
        """List at most `limit` regular files below a folder, sorted, without `.git` and ignored files."""
        ...

    def guarded(self, is_wanted: Callable[[str], bool]) -> tuple[RelPath, ...]:
        """List the wanted among all files and links, ignored ones too, and every `.git` and tools' folder by its name alone, sorted.

        Folders of dependencies are left out.
        """
        ...

    def apply(self, plan: Plan) -> None:
        """Apply all changes of a plan or none, each file replaced atomically and synced.

        Raises:
            StalePlan: a file is not as the plan expects it; nothing was written.
            StorageFailed: a write failed (disk full, permission); files already written were put back.
        """
        ...
