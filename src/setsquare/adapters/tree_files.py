"""Reads, replaces and removes files below a folder without ever passing through a symbolic link."""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from collections.abc import Iterator

from msgspec import Struct

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_DEEPEST = 250
"""How deep folders in a file's place may be nested to be removed."""


class Found(Struct, frozen=True):
    """A file as git sees one: `mode` is `100644`, `100755` or `120000`; for a link `raw` is where it leads."""

    mode: str
    raw: bytes


@contextlib.contextmanager
def _parent(folder: str, path: str, *, is_made: bool = False) -> Iterator[tuple[int, str] | None]:
    """Open the folder that holds `path`; `None` when there is none. `is_made` makes it, replacing what stands in the way."""
    *above, name = path.split("/")
    current = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for part in above:
            deeper = _entered(current, part, is_made=is_made)
            if deeper is None:
                yield None
                return
            os.close(current)
            current = deeper
        yield current, name
    finally:
        os.close(current)


def _entered(current: int, part: str, *, is_made: bool) -> int | None:
    try:
        return os.open(part, _FOLDER, dir_fd=current)
    except FileNotFoundError:
        if not is_made:
            return None
    except NotADirectoryError:
        if not is_made:
            return None
        os.unlink(part, dir_fd=current)
    os.mkdir(part, dir_fd=current)
    return os.open(part, _FOLDER, dir_fd=current)


def found_file(folder: str, path: str) -> Found | None:
    """Read a regular file or a link; `None` when there is none, or when a link leads to it.

    Raises:
        OSError: it cannot be read.
    """
    with _parent(folder, path) as place:
        if place is None:
            return None
        holder, name = place
        try:
            status = os.stat(name, dir_fd=holder, follow_symlinks=False)
            if stat.S_ISLNK(status.st_mode):
                return Found("120000", os.fsencode(os.readlink(name, dir_fd=holder)))
            if not stat.S_ISREG(status.st_mode):
                return None
            descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=holder)
        except FileNotFoundError:
            return None
        with os.fdopen(descriptor, "rb") as file:
            return Found("100755" if status.st_mode & stat.S_IXUSR else "100644", file.read())


def put_file(folder: str, path: str, wanted: Found) -> None:
    """Put a file or link in its place, atomically; what stands in the way of its folders is removed, and so is a folder in its place that holds no file.

    Raises:
        OSError: it cannot be written, or a folder with files stands in its place.
    """
    with _parent(folder, path, is_made=True) as place:
        if place is None:
            return
        holder, name = place
        # Nobody who could have put something there can guess the name.
        passing = f".{secrets.token_hex(8)}.setsquare-tmp"
        if wanted.mode == "120000":
            os.symlink(wanted.raw, passing, dir_fd=holder)
        else:
            descriptor = os.open(passing, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666, dir_fd=holder)
            with os.fdopen(descriptor, "wb") as file:
                file.write(wanted.raw)
                os.fchmod(file.fileno(), _permissions(holder, name, descriptor, wanted.mode))
        try:
            with contextlib.suppress(OSError):
                _clear(holder, name)
            os.replace(passing, name, src_dir_fd=holder, dst_dir_fd=holder)
        except OSError:
            os.unlink(passing, dir_fd=holder)
            raise


def _clear(holder: int, name: str) -> None:
    """Remove a folder that holds nothing with bytes of its own: other such folders, pipes, sockets, devices.

    Raises:
        OSError: it is no folder, or a file or a link stands in it; some of the rest may be gone then.
    """
    open_folders = [(os.dup(holder), name)]
    try:
        while open_folders:
            above, part = open_folders[-1]
            deeper = _emptied(above, part) if len(open_folders) <= _DEEPEST else None
            if deeper is None:
                os.rmdir(part, dir_fd=above)
                os.close(open_folders.pop()[0])
            else:
                open_folders.append(deeper)
    finally:
        for descriptor, _ in open_folders:
            os.close(descriptor)


def _emptied(above: int, part: str) -> tuple[int, str] | None:
    """Remove what has no bytes from a folder; give the folder, open, with one of those in it, or nothing when there is none."""
    descriptor = os.open(part, _FOLDER, dir_fd=above)
    try:
        for entry in tuple(os.scandir(descriptor)):
            kind = entry.stat(follow_symlinks=False).st_mode
            if stat.S_ISDIR(kind):
                return os.dup(descriptor), entry.name
            if not (stat.S_ISREG(kind) or stat.S_ISLNK(kind)):
                os.unlink(entry.name, dir_fd=descriptor)
        return None
    finally:
        os.close(descriptor)


def _permissions(holder: int, name: str, fresh: int, mode: str) -> int:
    """Keep the permissions of the file that is replaced, except for the right to execute, which git records."""
    bits = stat.S_IMODE(os.fstat(fresh).st_mode)
    with contextlib.suppress(FileNotFoundError):
        status = os.stat(name, dir_fd=holder, follow_symlinks=False)
        if stat.S_ISREG(status.st_mode):
            bits = stat.S_IMODE(status.st_mode) & 0o777
    return bits | (bits & 0o444) >> 2 if mode == "100755" else bits & ~0o111


def remove_file(folder: str, path: str) -> None:
    """Remove a file or link, and the folders that it leaves empty; nothing happens when it is not there.

    Raises:
        OSError: it cannot be removed.
    """
    with _parent(folder, path) as place:
        if place is None:
            return
        holder, name = place
        try:
            os.unlink(name, dir_fd=holder)
        except (FileNotFoundError, IsADirectoryError):
            return
    above = path
    while "/" in above:
        above = above.rpartition("/")[0]
        with _parent(folder, above) as place:
            if place is None:
                return
            try:
                os.rmdir(place[1], dir_fd=place[0])
            except OSError:
                return
