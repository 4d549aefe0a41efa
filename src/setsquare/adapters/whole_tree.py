"""Finds files by their names wherever they stand: ignored by git, hidden, or second names of the same bytes."""

# Names go to the kernel as they are; a path object would normalise them.
# ruff: noqa: PTH112, PTH114

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Collection, Iterable, Iterator

CLOSED = frozenset({"node_modules", "site-packages", ".tox", ".nox", ".venv", "venv"})
"""Folders of other people's code and tools: many files, and what looks like a secret there is a test file of theirs."""


def entries(folder: str, closed: Collection[str] | None = None) -> Iterator[str]:
    """Name files, links and repositories below a folder, relative to it and in no order; no link is followed, and no `.git` is entered.

    Folders of dependencies and tools are named and not entered; with `closed`, only these very ones are not.
    """
    pending = [""]
    while pending:
        above = pending.pop()
        for entry in listed(f"{folder}/{above}"):
            path = above + entry.name
            is_closed = entry.name in CLOSED if closed is None else path in closed
            if is_closed or entry.name.lower() == ".git" or not entry.is_dir(follow_symlinks=False):
                yield path
            else:
                pending.append(f"{path}/")


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
    wanted = {found for path in guarded for place in _files(f"{folder}/{path}") if (found := _shared(place))}
    if not wanted:
        return frozenset()
    twins = (path for path in entries(folder) if _shared(f"{folder}/{path}") in wanted)
    return frozenset(path for path in twins if not any(path == name or path.startswith(f"{name}/") for name in guarded))


def _files(place: str) -> Iterator[str]:
    """Name the files at and below a place; those in which git keeps contents are left out, since clones share them."""
    if not os.path.isdir(place) or os.path.islink(place):
        yield place
        return
    for base, folders, files in os.walk(place):
        folders[:] = [name for name in folders if name != "objects"]
        yield from (f"{base}/{name}" for name in files)


def _shared(place: str) -> tuple[int, int] | None:
    """Name the bytes of a regular file that has several names."""
    try:
        status = os.lstat(place)
    except OSError:
        return None
    return (status.st_dev, status.st_ino) if stat.S_ISREG(status.st_mode) and status.st_nlink > 1 else None


def wanted_entries(folder: str, is_wanted: Callable[[str], bool]) -> tuple[str, ...]:
    """List the entries whose paths are wanted, sorted."""
    return tuple(sorted(path for path in entries(folder) if is_wanted(path)))
