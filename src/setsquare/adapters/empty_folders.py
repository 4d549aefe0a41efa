"""Looks after the empty folders of a workspace, which git cannot record."""

# Names go to the kernel as they are; a path object would normalise them.

from __future__ import annotations

import contextlib
import os

from setsquare.adapters.folders import open_below
from setsquare.errors import StorageFailed
from setsquare.text.paths import RelPath, base_name, parent

_PASSED_OVER = frozenset({".git", "node_modules", "__pycache__", ".venv", "venv", ".tox", "target"})
_MOST = 1_000


class EmptyFolders:
    """The empty folders below a folder; no link is followed."""

    __slots__ = ("_folder",)

    def __init__(self, folder: str) -> None:
        """Look below `folder`."""
        self._folder = folder

    def empty(self) -> tuple[RelPath, ...]:
        """List folders without anything in them, at most 1,000; `.git` and folders of dependencies are not entered."""
        found: list[RelPath] = []
        pending = [""]
        while pending and len(found) < _MOST:
            above = pending.pop()
            # A tree may be deeper than a path may be long, and what cannot be entered is not known to be empty.
            with contextlib.suppress(OSError), os.scandir(f"{self._folder}/{above}") as entries:
                inside = list(entries)
                if not inside and above:
                    found.append(RelPath(above))
                pending += [
                    f"{above}/{entry.name}" if above else entry.name
                    for entry in inside
                    if entry.name not in _PASSED_OVER and entry.is_dir(follow_symlinks=False)
                ]
        return tuple(sorted(found))

    def put(self, made: tuple[RelPath, ...], removed: tuple[RelPath, ...]) -> None:
        """Make folders that are missing, and remove others, with those above that this leaves empty, if there is nothing in them.

        Raises:
            StorageFailed: one cannot be made.
        """
        for path in sorted(removed, reverse=True):
            with contextlib.suppress(OSError, StorageFailed):
                above = path
                while above:
                    self._at_parent(above, is_made=False)
                    above = parent(above)
        for path in sorted(made):
            try:
                # What lies behind a link is not the workspace's.
                with contextlib.suppress(StorageFailed, NotADirectoryError):
                    self._at_parent(path, is_made=True)
            except OSError as error:
                raise StorageFailed(f"cannot make the folder {path}: {error}", "see what stands in its place") from error

    def _at_parent(self, path: RelPath, *, is_made: bool) -> None:
        """Make a folder with those above it, or remove it, without passing through a link."""
        if ".git" in path.lower().split("/") or ".." in path.split("/"):
            return
        above = parent(path)
        if is_made and above:
            self._at_parent(above, is_made=True)
        root = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            holder = open_below(root, tuple(above.split("/")) if above else (), above)
            try:
                if is_made:
                    with contextlib.suppress(FileExistsError):
                        os.mkdir(base_name(path), dir_fd=holder)
                else:
                    os.rmdir(base_name(path), dir_fd=holder)
            finally:
                os.close(holder)
        finally:
            os.close(root)
