"""Finds declared checkouts on this machine's disk, and reads them without ever writing."""

# Names go to the kernel as they are; a path object would normalise them.
# ruff: noqa: PTH118, PTH208

from __future__ import annotations

import os
import stat
from collections.abc import Callable

from setsquare.adapters.files import DiskFiles
from setsquare.adapters.git import GitCommand
from setsquare.adapters.git_history import GitHistory
from setsquare.adapters.git_place import find_repository
from setsquare.errors import Refused, StorageFailed
from setsquare.guard.protected import is_secret
from setsquare.ports.files import Snapshot
from setsquare.ports.git import Git
from setsquare.ports.history import History
from setsquare.ports.source_places import Absent, NotThere, SourcePlace
from setsquare.text.paths import RelPath
from setsquare.text.plan import Plan

_MARKS = frozenset({".kiro", ".setsquare", ".specify", "openspec", "specs"})


class ReadOnlyFiles:
    """The files of another checkout; a file that holds secrets by its name is as if it were not there."""

    __slots__ = ("_files", "_folder")

    def __init__(self, folder: str) -> None:
        """Take the checkout's folder."""
        self._folder = folder
        self._files = DiskFiles(folder)

    def snapshot(self, below: tuple[str, ...] = ()) -> Snapshot:
        """Read every file that a workspace consists of; those that hold secrets are named as left out."""
        found = self._files.snapshot(below)
        held = tuple(path for path in found.files if is_secret(path))
        if not held:
            return found
        kept = {path: raw for path, raw in found.files.items() if path not in held}
        return Snapshot(kept, tuple(sorted((*found.skipped, *((path, "secret by its name") for path in held)))), found.inside)

    def read(self, path: RelPath) -> bytes | None:
        """Read one file; `None` when it does not exist.

        Raises:
            StorageFailed: it exists and cannot be read, a symbolic link leads to it, or it is secret by its name.
        """
        if is_secret(path):
            raise StorageFailed(
                f"Cannot read {path}: it holds secrets by its name", "Files of another checkout that hold secrets are not read."
            )
        return self._files.read(path)

    def exists(self, path: RelPath) -> bool:
        """Tell whether anything stands at a path."""
        return self._files.exists(path)

    def listing(self, below: RelPath, limit: int) -> tuple[RelPath, ...]:
        """List at most `limit` regular files below a folder, sorted, those left out that hold secrets."""
        return tuple(path for path in self._files.listing(below, limit) if not is_secret(path))

    def guarded(self, is_wanted: Callable[[str], bool]) -> tuple[RelPath, ...]:
        """List the wanted among all files and links."""
        return self._files.guarded(is_wanted)

    def apply(self, plan: Plan) -> None:
        """Refuse to write.

        Raises:
            Refused: always.
        """
        raise Refused(f"`{plan.title}` would write into {self._folder}, which is another checkout.", "Sources are only read: write there.")


class DiskSources:
    """The checkouts around one workspace's folder."""

    __slots__ = ("_base",)

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        """Take the workspace's folder."""
        self._base = os.path.realpath(folder)

    def is_outside(self, path: str) -> bool:
        """Tell of a path that a file of the workspace names whether it leads outside, by the path alone: nothing is looked at."""
        return not _holds(self._base, os.path.normpath(os.path.join(self._base, path)))

    def declared(self, path: str) -> SourcePlace | Absent:
        """Find the folder of a path that a file of the workspace names; a symbolic link on the way is refused."""
        target = os.path.normpath(os.path.join(self._base, path))
        shared = os.path.commonpath((self._base, target))
        step = shared
        for part in os.path.relpath(target, shared).split("/") if target != shared else ():
            step = os.path.join(step, part)
            try:
                mode = os.lstat(step).st_mode
            except (OSError, ValueError) as error:
                return _absent(error)
            if stat.S_ISLNK(mode):
                return Absent(NotThere.LINKED, os.path.relpath(step, self._base))
        return self._place(target)

    def given(self, path: str) -> SourcePlace | Absent:
        """Find the folder of a path that the person gave: relative to the current folder, links followed."""
        try:
            return self._place(os.path.realpath(path))
        except (OSError, ValueError) as error:
            return _absent(error)

    def files(self, place: SourcePlace) -> ReadOnlyFiles:
        """Give a folder's files, to be read only."""
        return ReadOnlyFiles(place.folder)

    def git(self, place: SourcePlace) -> Git:
        """Give the repository that a folder lies in."""
        return GitCommand(place.folder)

    def history(self, place: SourcePlace) -> History:
        """Give the commits of the repository that a folder lies in."""
        return GitHistory(place.folder)

    def _place(self, target: str) -> SourcePlace | Absent:
        """Look at a folder."""
        try:
            status = os.lstat(target)
            if not stat.S_ISDIR(status.st_mode):
                return Absent(NotThere.MISSING, "no folder")
            names = frozenset(os.listdir(target))
        except (OSError, ValueError) as error:
            return _absent(error)
        is_inside = _holds(self._base, target)
        return SourcePlace(
            folder=target,
            identity=f"{status.st_dev}:{status.st_ino}",
            is_outside=not is_inside,
            below=os.path.relpath(target, self._base) if is_inside else "",
            holds_workspace=_holds(target, self._base),
            is_checkout=find_repository(target) is not None,
            is_top=".git" in names,
            has_marks=not _MARKS.isdisjoint(names),
        )


def _holds(folder: str, other: str) -> bool:
    """Tell whether a folder is another one, or lies around it."""
    return os.path.commonpath((folder, other)) == folder


def _absent(error: OSError | ValueError) -> Absent:
    """Say why there is nothing."""
    if isinstance(error, PermissionError):
        return Absent(NotThere.CLOSED, error.strerror or str(error))
    return Absent(NotThere.MISSING, (error.strerror or str(error)) if isinstance(error, OSError) else str(error))
