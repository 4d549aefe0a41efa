"""Lists the files below a folder without following links."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterable

from msgspec import Struct

from setsquare.adapters.folders import child, open_below
from setsquare.errors import StorageFailed, Unreadable
from setsquare.ports.files import LEFTOVER
from setsquare.text.paths import RelPath, base_name, joined, parent
from setsquare.workspace.layout import enters, is_repository, selects

LIMIT_DEPTH = 250
"""Folders inside one another that are listed; a tree that never ends is no project."""

_TEMPORARY = (".setsquare-", ".tmp")
_MARKERS = frozenset({"POWER.md", "plugin.json", "SKILL.md"})


class Found(Struct, frozen=True, kw_only=True):
    """What a walk saw: regular files, markers of Powers and skills in the folders above, what was left out with the reason, and folders never entered."""

    files: tuple[RelPath, ...]
    markers: tuple[RelPath, ...] = ()
    skipped: tuple[tuple[RelPath, str], ...] = ()
    unentered: tuple[RelPath, ...] = ()


class _Walk:
    """One walk in progress; the folders still to list are a list, so that depth does not matter."""

    def __init__(self, root: int, inside: str) -> None:
        self.root = root
        self.inside = inside
        self.files: list[RelPath] = []
        self.skipped: list[tuple[RelPath, str]] = []
        self.unentered: list[RelPath] = []
        self.pending: list[RelPath] = []
        self.temporary: list[RelPath] = []

    def run(self) -> None:
        """List everything that is pending and what is found below it."""
        while self.pending:
            folder = self.pending.pop()
            try:
                self.list_folder(folder)
            except StorageFailed:
                self.skipped.append((folder, "symbolic link"))
            except OSError as error:
                self.skipped.append((folder, error.strerror or str(error)))

    def list_folder(self, folder: RelPath) -> None:
        """List one folder.

        Raises:
            OSError: it cannot be listed.
        """
        descriptor = open_below(self.root, tuple(folder.split("/")) if folder else (), folder)
        try:
            with os.scandir(descriptor) as entries:
                for entry in entries:
                    self.take(entry, child(folder, entry.name))
        finally:
            os.close(descriptor)

    def take(self, entry: os.DirEntry[str], path: RelPath) -> None:
        """Take one entry of a folder."""
        placed = joined(self.inside, path)
        if entry.is_symlink():
            if _leads_to_folder(entry) or selects(placed):
                self.skipped.append((path, "symbolic link"))
        elif entry.is_dir(follow_symlinks=False):
            if path.count("/") >= LIMIT_DEPTH:
                self.skipped.append((path, f"nested deeper than {LIMIT_DEPTH} folders"))
            elif enters(placed):
                self.pending.append(path)
            elif not is_repository(entry.name):
                self.unentered.append(path)
        elif is_temporary(entry.name):
            self.temporary.append(path)
        elif entry.is_file(follow_symlinks=False):
            self.files.append(path)
        elif selects(placed):
            self.skipped.append((path, "not a regular file"))


# req: workspace/1.5
def walk(root: int, is_whole: bool, below: Iterable[str] = (), inside: str = "") -> Found:
    """List the files of an open folder, or only those at and below the given paths; `inside` says where in a root the folder itself lies.

    Raises:
        Unreadable: the open folder itself cannot be listed.
    """
    state = _Walk(root, inside)
    if is_whole:
        try:
            state.list_folder(RelPath(""))
        except OSError as error:
            reason = error.strerror or str(error)
            raise Unreadable(f"Cannot list the workspace's folder: {reason}", "Check its permissions.") from error
    markers: list[RelPath] = []
    for path in () if is_whole else below:
        _start(state, path)
        markers += _markers_above(root, path)
    state.run()
    state.skipped += [(path, LEFTOVER) for path in _left_over(root, state.temporary)]
    return Found(
        files=tuple(dict.fromkeys(state.files)),
        markers=tuple(markers),
        skipped=tuple(dict.fromkeys(state.skipped)),
        unentered=tuple(dict.fromkeys(state.unentered)),
    )


def is_temporary(name: str) -> bool:
    """Tell whether a file is one that an interrupted write left behind.

    >>> is_temporary(".setsquare-0f3a.tmp"), is_temporary("notes.tmp")
    (True, False)
    """
    return name.startswith(_TEMPORARY[0]) and name.endswith(_TEMPORARY[1])


def _left_over(root: int, temporary: list[RelPath]) -> list[RelPath]:
    """Keep the temporary files whose process is gone: nobody writes now, and they still stand."""
    if not temporary:
        return []
    descriptor = os.open(".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=root)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        return [path for path in temporary if _stands(root, path)]
    except OSError:
        return []
    finally:
        os.close(descriptor)


def _stands(root: int, path: RelPath) -> bool:
    try:
        folder = open_below(root, tuple(parent(path).split("/")) if parent(path) else (), path)
    except (OSError, StorageFailed):
        return False
    try:
        os.stat(base_name(path), dir_fd=folder, follow_symlinks=False)
    except OSError:
        return False
    else:
        return True
    finally:
        os.close(folder)


def _leads_to_folder(entry: os.DirEntry[str]) -> bool:
    """Tell whether a link leads to a folder; a loop or a dangling link does not."""
    try:
        return entry.is_dir(follow_symlinks=True)
    except OSError:
        return False


def _start(state: _Walk, path: str) -> None:
    """Add one asked-for file or folder to a walk."""
    where = RelPath(path)
    if ".." in path.split("/"):
        state.skipped.append((where, "outside the workspace"))
        return
    try:
        folder = open_below(state.root, tuple(parent(path).split("/")) if parent(path) else (), path)
    except StorageFailed:
        state.skipped.append((where, "symbolic link"))
        return
    except OSError as error:
        state.skipped.append((where, error.strerror or str(error)))
        return
    try:
        with os.scandir(folder) as entries:
            named = [entry for entry in entries if entry.name == base_name(path)]
        if not named:
            state.skipped.append((where, "no such file or folder"))
        for entry in named:
            state.take(entry, where)
    finally:
        os.close(folder)


def _markers_above(root: int, path: str) -> list[RelPath]:
    """Find the marker files of Powers and skills in the folders above a path."""
    found: list[RelPath] = []
    folder = parent(path)
    while True:
        try:
            descriptor = open_below(root, tuple(folder.split("/")) if folder else (), folder)
        except (OSError, StorageFailed):
            return found
        try:
            found += [child(folder, name) for name in os.listdir(descriptor) if name in _MARKERS]  # noqa: PTH208  (an open folder has no path)
        finally:
            os.close(descriptor)
        if not folder:
            return found
        folder = parent(folder)
