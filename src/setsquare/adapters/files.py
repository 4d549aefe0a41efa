"""Implements the workspace's files on this machine's disk."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterable, Iterator

from setsquare.adapters.folders import failed, is_link, linked, open_below, opened_folder, parts_of, read_regular
from setsquare.adapters.ignored import IgnoreRules
from setsquare.adapters.surrounding import surrounding
from setsquare.adapters.tree import Found, walk
from setsquare.adapters.whole_tree import KnownTree
from setsquare.adapters.writes import apply_plan
from setsquare.errors import StorageFailed
from setsquare.ports.files import Snapshot
from setsquare.text.paths import RelPath, base_name, joined, parent
from setsquare.text.plan import Plan
from setsquare.workspace.layout import packages, selects

LIMIT_FILE_BYTES = 1 << 30
"""The largest file of a workspace's own that is loaded; a larger one is reported as skipped."""

LIMIT_READ_BYTES = 1 << 25
"""The largest file that is read on demand: a model may name any file, and have made it."""


def _unheard(_line: str) -> None:
    """Tell nobody."""


class DiskFiles:
    """The files below one folder. Every path is opened step by step from it, so that no link leads out, not even one made in between."""

    __slots__ = ("_folder", "_tell", "_tree")

    def __init__(self, folder: str | os.PathLike[str], tell: Callable[[str], None] = _unheard) -> None:
        """Take the workspace's folder; nothing is opened yet. `tell` hears in a line how a plan that was cut off has been ended."""
        self._folder = os.fspath(folder)
        self._tell = tell
        self._tree = KnownTree(self._folder)

    def snapshot(self, below: tuple[str, ...] = ()) -> Snapshot:
        """Read every file that a workspace consists of, only below the given folders or files when some are given.

        Raises:
            Unreadable: the workspace's folder is missing, no folder, or not permitted.
        """
        wanted = tuple(dict.fromkeys(_normal(path) for path in below))
        with opened_folder(self._folder) as root:
            return _taken(root, walk(root, "" in wanted or not wanted, wanted), "")

    def whole(self) -> Snapshot:
        """Read every file that a workspace consists of, also where the folder itself lies inside a root; folders never entered are named.

        Raises:
            Unreadable: the workspace's folder is missing, no folder, or not permitted.
        """
        with opened_folder(self._folder) as root:
            inside = surrounding(self._folder)
            found = walk(root, is_whole=True, inside=inside)
            taken = _taken(root, found, inside)
        unentered = ((path, "never entered") for path in found.unentered)
        return Snapshot(taken.files, tuple(sorted((*taken.skipped, *unentered))), inside)

    def read(self, path: RelPath) -> bytes | None:
        """Read one file; `None` when it does not exist.

        Raises:
            StorageFailed: it exists and cannot be read, is longer than 32 MiB, or a symbolic link leads to it.
        """
        *folders, name = parts_of(path)
        with opened_folder(self._folder) as root:
            try:
                folder = open_below(root, tuple(folders), path)
            except (FileNotFoundError, NotADirectoryError):
                return None
            except OSError as error:
                raise failed("read", path, error) from error
            try:
                return read_regular(folder, name, LIMIT_READ_BYTES)
            except FileNotFoundError:
                return None
            except OSError as error:
                raise (linked(path) if is_link(folder, name) else failed("read", path, error)) from error
            finally:
                os.close(folder)

    def exists(self, path: RelPath) -> bool:
        """Tell whether anything stands at `path`, a dangling link included; behind a link and outside the folder nothing does."""
        with opened_folder(self._folder) as root:
            try:
                *folders, name = parts_of(path)
                folder = open_below(root, tuple(folders), path)
            except (OSError, StorageFailed):
                return False
            try:
                os.stat(name, dir_fd=folder, follow_symlinks=False)
            except OSError:
                return False
            else:
                return True
            finally:
                os.close(folder)

    def listing(self, below: RelPath, limit: int) -> tuple[RelPath, ...]:
        """List at most `limit` regular files below a folder, sorted, without `.git` and what `.gitignore` files name."""
        start = _normal(below)
        with opened_folder(self._folder) as root:
            rules = IgnoreRules(root)
            listed: list[RelPath] = []
            for path in rules.files(RelPath(start)):
                if len(listed) >= limit:
                    break
                listed.append(path)
        return tuple(listed)

    def guarded(self, is_wanted: Callable[[str], bool]) -> tuple[RelPath, ...]:
        """List the wanted among all files and links, ignored ones too, and every `.git` and tools' folder by its name alone, sorted."""
        return tuple(map(RelPath, self._tree.wanted(is_wanted)))

    def apply(self, plan: Plan) -> None:
        """Apply all changes of a plan or none, each file replaced atomically and synced; a plan that was cut off here before is ended first.

        Raises:
            StalePlan: a file is not as the plan expects it; nothing was written.
            StorageFailed: a write failed (disk full, permission); files already written were put back.
        """
        with opened_folder(self._folder) as root:
            apply_plan(root, plan, self._folder, self._tell)


def _normal(path: str) -> str:
    """Write a folder as a relative path without dots at its ends; the workspace's own folder is empty."""
    parts = [part for part in path.split("/") if part not in ("", ".")]
    return "/".join(parts)


def _taken(root: int, found: Found, inside: str) -> Snapshot:
    """Read the files of a walk that a workspace consists of."""
    beside = packages(joined(inside, path) for path in (*found.files, *found.markers))
    paths = sorted(path for path in found.files if selects(joined(inside, path), beside))
    files: dict[RelPath, bytes] = {}
    skipped = list(found.skipped)
    for path, content in _contents(root, paths):
        if isinstance(content, bytes):
            files[path] = content
        else:
            skipped.append((path, content))
    return Snapshot(files, tuple(sorted(skipped)), inside)


def _contents(root: int, paths: Iterable[RelPath]) -> Iterator[tuple[RelPath, bytes | str]]:
    """Read files in order, opening each folder once; a file that cannot be read gives the reason instead."""
    opened, folder = "\0", -1
    try:
        for path in paths:
            if parent(path) != opened:
                if folder >= 0:
                    os.close(folder)
                folder, opened = -1, parent(path)
                try:
                    folder = open_below(root, parts_of(opened) if opened else (), path)
                except (OSError, StorageFailed):
                    folder = -1
            yield path, _content(folder, base_name(path))
    finally:
        if folder >= 0:
            os.close(folder)


def _content(folder: int, name: str) -> bytes | str:
    """Read one file, or say why it cannot be read."""
    if folder < 0:
        return "its folder vanished or is not permitted"
    try:
        return read_regular(folder, name, LIMIT_FILE_BYTES)
    except FileNotFoundError:
        return "vanished while it was read"
    except OSError as error:
        return "symbolic link" if error.errno == errno.ELOOP else (error.strerror or str(error))
