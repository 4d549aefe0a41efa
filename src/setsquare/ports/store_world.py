"""What registering and sharing whole planning folders needs of the machine: folders, a lock, git, and the start of an editor."""

from __future__ import annotations

import enum
from contextlib import AbstractContextManager
from typing import Protocol

from msgspec import Struct

from setsquare.text.paths import RelPath


class Ground(enum.Enum):
    """What stands at a path, links followed."""

    NOTHING = "nothing"
    FOLDER = "folder"
    OTHER = "other"


class LockBusyError(Exception):
    """Somebody else holds a lock and did not let go in time."""


class GitState(Struct, frozen=True, kw_only=True):
    """What git says about a folder that is a repository; `None` is what could not be asked. `origin` is empty where there is no such remote."""

    has_commits: bool | None = None
    has_changes: bool | None = None
    has_remote: bool | None = None
    origin: str = ""


class StorePlaces(Protocol):
    """Whole folders anywhere on the machine. Paths are absolute."""

    def ground(self, path: str) -> Ground:
        """Say what stands at a path.

        Raises:
            StorageFailed: that cannot be seen.
        """
        ...

    def resolved(self, path: str) -> str:
        """Give the path without links and dots, whether anything stands there or not."""
        ...

    def make_folders(self, root: str, paths: tuple[RelPath, ...], *, is_private: bool = False) -> tuple[str, ...]:
        """Make folders below a root, and the root, where they are missing; give those that were made, outer ones first.

        Private ones are for this person alone.

        Raises:
            StorageFailed: one cannot be made; those made before are gone again.
        """
        ...

    def make_private(self, path: str) -> None:
        """Let nobody but this person read a file that was just written; a link is left alone.

        Raises:
            StorageFailed: its rights cannot be set.
        """
        ...

    def discard(self, files: tuple[str, ...], folders: tuple[str, ...]) -> None:
        """Take away what was just made: files, then folders that are empty now."""
        ...

    def delete(self, path: str) -> None:
        """Delete a folder with all in it; of a link the link alone. A half-deleted folder is never left under its name.

        Raises:
            StorageFailed: it cannot be deleted.
        """
        ...

    def locked(self, path: str) -> AbstractContextManager[None]:
        """Hold the lock that a file's existence is, as OpenSpec does; one that a dead Setsquare left is taken over.

        Raises:
            LockBusyError: somebody else holds it.
            StorageFailed: the lock cannot be made.
        """
        ...


class StoreGit(Protocol):
    """Git for a store's folder; no hook, filter or helper of anybody is run, and nothing is sent."""

    def is_available(self, folder: str) -> bool:
        """Tell whether there is a git to run for a folder; one that lies in the folder is none."""
        ...

    def is_repository(self, folder: str) -> bool:
        """Tell whether a folder is the top of a repository."""
        ...

    def around(self, folder: str) -> str:
        """Name the repository above a folder, or the empty string."""
        ...

    def has_person(self, folder: str) -> bool:
        """Tell whether git knows whose name goes on a commit."""
        ...

    def begin(self, folder: str) -> None:
        """Make a folder a repository.

        Raises:
            GitFailed: git said no.
        """
        ...

    def forget(self, folder: str) -> None:
        """Take away the repository that was just begun."""
        ...

    def commit(self, folder: str, paths: tuple[RelPath, ...], message: str) -> None:
        """Commit exactly these files.

        Raises:
            GitFailed: git said no.
        """
        ...

    def origin(self, folder: str) -> str:
        """Give the address of the remote `origin` of a folder that is the top of a repository; the empty string without one."""
        ...

    def state(self, folder: str) -> GitState:
        """Look at a repository."""
        ...


class Programs(Protocol):
    """Programs that a person asked for by name."""

    def find(self, command: str) -> str:
        """Give a program's file, looked for on the search path; the empty string where there is none."""
        ...

    def run(self, argv: tuple[str, ...], folder: str) -> int:
        """Run a program in this terminal, in a folder; give its exit code, 128 and the signal's number when a signal ended it.

        Raises:
            OSError: it cannot be started.
        """
        ...


class StoreWorld(Struct, frozen=True, kw_only=True):
    """All of it."""

    places: StorePlaces
    git: StoreGit
    programs: Programs
