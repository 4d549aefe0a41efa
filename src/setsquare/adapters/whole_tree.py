"""Finds files by their names wherever they stand: ignored by git, hidden, or second names of the same bytes."""

# Names go to the kernel as they are; a path object would normalise them.
# ruff: noqa: PTH112, PTH114

from __future__ import annotations

import os
import stat
import time
from collections.abc import Callable, Collection, Iterable, Iterator

from msgspec import Struct

CLOSED = frozenset({"node_modules", "site-packages", ".tox", ".nox", ".venv", "venv"})
"""Folders of other people's code and tools: many files, and what looks like a secret there is a test file of theirs."""

_SETTLED_NS = 2_000_000_000
"""How old a folder's last change must be for its listing to be trusted later: no clock of a file system in use is coarser."""

_MOST_KNOWN = 50_000
"""Most names that are remembered."""


def entries(folder: str, closed: Collection[str] | None = None) -> Iterator[str]:
    """Name files, links and repositories below a folder, relative to it and in no order; no link is followed, and no `.git` is entered.

    Folders of dependencies and tools are named and not entered; with `closed`, only these very ones are not.
    """
    pending = [""]
    while pending:
        above = pending.pop()
        for entry in listed(f"{folder}/{above}"):
            path = above + entry.name
            if entry.is_dir(follow_symlinks=False) and not (
                (entry.name in CLOSED if closed is None else path in closed) or entry.name.lower() == ".git"
            ):
                pending.append(f"{path}/")
            else:
                yield path


Mark = tuple[int, int, int, int]
"""Which folder it is, and when it last changed: no name comes or goes without changing that."""


def mark_of(place: str) -> Mark | None:
    """Look at a folder itself; `None` when none stands there, or a link."""
    try:
        status = os.lstat(place)
    except OSError:
        return None
    return (status.st_dev, status.st_ino, status.st_mtime_ns, status.st_ctime_ns) if stat.S_ISDIR(status.st_mode) else None


def is_settled(mark: Mark, now_ns: int) -> bool:
    """Tell whether a folder that is as it was then has the same names: one that changed just before it was listed may have changed again unseen."""
    return max(mark[2:]) + _SETTLED_NS < now_ns


class _Names(Struct, frozen=True):
    """The names in one folder, folders that are entered apart from all others."""

    mark: Mark
    folders: tuple[str, ...]
    others: tuple[str, ...]


class KnownTree:
    """Lists the same as `entries` for one folder, and reads a folder again only when a name in it has come or gone."""

    def __init__(self, folder: str) -> None:
        """Start with nothing known."""
        self._folder = folder
        self._known: dict[str, _Names] = {}

    def wanted(self, is_wanted: Callable[[str], bool]) -> tuple[str, ...]:
        """List the entries whose paths are wanted, sorted."""
        began_ns = time.time_ns()
        known: dict[str, _Names] = {}
        found: list[str] = []
        room = _MOST_KNOWN
        top = os.path.realpath(self._folder).rstrip("/")
        pending = [""]
        while pending:
            above = pending.pop()
            names = self._names(f"{top}/{above}".removesuffix("/") or "/", above)
            if names is None:
                continue
            room -= len(names.others)
            if room > 0 and is_settled(names.mark, began_ns):
                known[above] = names
            pending += [f"{above}{name}/" for name in names.folders]
            found += [path for name in names.others if is_wanted(path := above + name)]
        self._known = known
        return tuple(sorted(found))

    def _names(self, place: str, above: str) -> _Names | None:
        """Give the names in a folder."""
        mark = mark_of(place)
        before = self._known.get(above)
        if mark is None or (before is not None and before.mark == mark):
            return before if mark else None
        folders: list[str] = []
        others: list[str] = []
        for entry in listed(place):
            is_entered = entry.is_dir(follow_symlinks=False) and entry.name not in CLOSED and entry.name.lower() != ".git"
            (folders if is_entered else others).append(entry.name)
        return _Names(mark, tuple(folders), tuple(others))


def listed(folder: str) -> list[os.DirEntry[str]]:
    """List a folder; one that cannot be read is empty, for commands too."""
    try:
        with os.scandir(folder) as found:
            return list(found)
    except OSError:
        return []


def second_names(folder: str, paths: Iterable[str]) -> frozenset[str]:
    """Name the other places below a folder where the bytes of these files, and of files in these folders, stand as hard links."""
    guarded = set(paths)
    wanted = {found for path in guarded for found in _shared_in(f"{folder}/{path}")}
    if not wanted:
        return frozenset()
    twins = (path for path in entries(folder) if _shared(f"{folder}/{path}") in wanted)
    return frozenset(path for path in twins if not any(path == name or path.startswith(f"{name}/") for name in guarded))


def _shared_in(place: str) -> Iterator[tuple[int, int]]:
    """Name what `_shared` names at and below a place; the folders in which git keeps contents are left out, since clones share them."""
    if found := _shared(place):
        yield found
    pending = [place] if os.path.isdir(place) and not os.path.islink(place) else []
    while pending:
        for entry in listed(pending.pop()):
            if entry.is_dir(follow_symlinks=False):
                if entry.name != "objects":
                    pending.append(entry.path)
            elif entry.is_file(follow_symlinks=False) and (found := _shared(entry.path)):
                yield found


def _shared(place: str) -> tuple[int, int] | None:
    """Name the bytes of a regular file that has several names."""
    try:
        status = os.lstat(place)
    except OSError:
        return None
    return (status.st_dev, status.st_ino) if stat.S_ISREG(status.st_mode) and status.st_nlink > 1 else None
