"""Keeps a copy of the system's configuration that commands may read, so that one mount shows it instead of one for each name."""

# Names go to the kernel as they are; a path object would normalise them.
# ruff: noqa: PTH101, PTH103, PTH104, PTH112, PTH114, PTH115, PTH116, PTH120, PTH208, PTH211

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import stat
import time

from msgspec import Struct

_TOP = "/etc"
_PLACE = ".system"
_MOST = 4_000
_MOST_INSIDE = 100
"""A folder with more entries is mounted: that takes less time than to copy it once, and hardly any with each command."""
_MOST_BYTES = 4_000_000
_KEPT_NS = 30 * 86_400 * 10**9

_Mark = tuple[int, int, int, int, int, int]
_Found = list[tuple[str, os.stat_result]]


class _Copy(Struct, frozen=True):
    """A copy: what its sources were like, the folders among them, the copy's own folder, and the places that are not in it."""

    marks: tuple[_Mark | None, ...]
    folders: tuple[str, ...]
    place: str
    apart: tuple[str, ...]


class ConfigurationCopy:
    """A copy below the state folder of what a command may read in `/etc`, made again when a source of it has changed.

    It is named by its sources' identities, sizes and times, so that later processes find it. What is much, or cannot be copied, is not in it.
    """

    def __init__(self, root: str) -> None:
        """Keep copies below `root`, which no command can write to."""
        self._root = root
        self._copy: _Copy | None = None

    # A file in a folder of the configuration is replaced, which its folder shows; who rewrites one in place waits for the next process.
    def shown(self, places: tuple[str, ...]) -> tuple[str, tuple[str, ...]] | None:
        """Give the copy's `/etc` and the places that need a mount of their own; `None` when there can be no copy."""
        before = self._copy
        if before is None or _marks(places, before.folders) != before.marks or not os.path.isdir(before.place):
            try:
                self._copy = before = _copied(self._root, places)
            except OSError:
                return None
        return before.place + _TOP, before.apart


def _marks(places: tuple[str, ...], folders: tuple[str, ...]) -> tuple[_Mark | None, ...]:
    """Look at the sources as they are."""
    return tuple(map(_mark_at, (*places, *folders)))


def _mark_at(place: str) -> _Mark | None:
    try:
        return _mark(os.stat(place))
    except OSError:
        return None


def _mark(status: os.stat_result) -> _Mark:
    return (status.st_dev, status.st_ino, status.st_mode, status.st_size, status.st_mtime_ns, status.st_ctime_ns)


def _copied(root: str, places: tuple[str, ...]) -> _Copy:
    """Find the copy of the places as they are now, or make it."""
    found: _Found = []
    apart: list[str] = []
    marks = _marks(places, ())
    for place in places:
        inside = _inside(place)
        if inside is None or len(found) + len(inside) > _MOST:
            apart.append(place)
            found.append((place, os.stat(place)))
        else:
            found += inside
    key = repr([(place, place in apart, _mark(status)) for place, status in found])
    folders = tuple(path for path, status in found if stat.S_ISDIR(status.st_mode) and path not in apart)
    place = f"{root}/{_PLACE}/{hashlib.sha256(key.encode('utf-8', 'surrogateescape')).hexdigest()[:32]}"
    if os.path.isdir(place):
        with contextlib.suppress(OSError):
            os.utime(place)
    else:
        _make(place, found, frozenset(apart))
    return _Copy((*marks, *_marks(folders, ())), folders, place, tuple(apart))


def _inside(place: str) -> _Found | None:
    """List a file, or a folder with all that is in it; `None` when it is too much or holds something that is neither file, folder nor link."""
    try:
        found = [(place, os.stat(place))]
        pending = [place] if stat.S_ISDIR(found[0][1].st_mode) else []
        while pending and len(found) <= _MOST_INSIDE:
            with os.scandir(pending.pop()) as entries:
                inner = [(entry.path, entry.stat(follow_symlinks=False)) for entry in entries]
            pending += [path for path, status in inner if stat.S_ISDIR(status.st_mode)]
            found += inner
    except OSError:
        return None
    files = [status for _, status in found if stat.S_ISREG(status.st_mode)]
    is_plain = all(stat.S_IFMT(status.st_mode) in {stat.S_IFREG, stat.S_IFDIR, stat.S_IFLNK} for _, status in found)
    return found if is_plain and len(found) <= _MOST_INSIDE and sum(status.st_size for status in files) <= _MOST_BYTES else None


def _make(place: str, found: _Found, apart: frozenset[str]) -> None:
    """Make a copy; it gets its name when it is whole."""
    above = os.path.dirname(place)
    os.makedirs(above, mode=0o700, exist_ok=True)
    _forget_old(above)
    unfinished = f"{above}/.{os.urandom(8).hex()}"
    try:
        os.makedirs(unfinished + _TOP)
        for path, status in found:
            _copy_one(path, status, unfinished + path, is_filled=path not in apart)
        with contextlib.suppress(OSError):  # another process was first
            os.rename(unfinished, place)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    if not os.path.isdir(place):
        raise FileNotFoundError(place)


def _copy_one(source: str, status: os.stat_result, target: str, *, is_filled: bool) -> None:
    """Copy one entry; one that is not filled is only something to mount over."""
    os.makedirs(os.path.dirname(target), exist_ok=True)
    # A link that was copied leads to the system itself: nothing is ever written through one.
    if os.path.realpath(os.path.dirname(target)) != os.path.dirname(target) or os.path.islink(target):
        raise FileExistsError(target)
    if stat.S_ISDIR(status.st_mode):
        os.makedirs(target, exist_ok=True)
    elif stat.S_ISLNK(status.st_mode):
        os.symlink(os.readlink(source), target)
    elif is_filled:
        shutil.copyfile(source, target)
        os.chmod(target, 0o755 if status.st_mode & 0o111 else 0o644)
    else:
        os.close(os.open(target, os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC, 0o644))


def _forget_old(above: str) -> None:
    """Remove copies that no process has asked for in a long time."""
    for name in os.listdir(above):
        with contextlib.suppress(OSError):
            if os.lstat(f"{above}/{name}").st_mtime_ns + _KEPT_NS < time.time_ns():
                shutil.rmtree(f"{above}/{name}", ignore_errors=True)
