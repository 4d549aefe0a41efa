"""Puts one file in the place of another below open folders: written beside, synced, renamed; never through a link."""

from __future__ import annotations

import errno
import os
import re

from setsquare.adapters.folders import failed, is_link, linked, open_below, parts_of, read_regular
from setsquare.errors import StalePlan, StorageFailed
from setsquare.text.paths import RelPath

LIMIT_BYTES = 1 << 30
"""The largest file that a plan replaces."""

_NO_LINKS = frozenset({errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EMLINK, errno.ENOSYS})
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_TEMPORARY = re.compile(r"\.setsquare-[0-9a-f]{16}\.tmp")


def temporary_name() -> str:
    """Make a name that nobody can guess, for bytes that stand beside a file for a moment."""
    return f".setsquare-{os.urandom(8).hex()}.tmp"


def is_temporary_name(name: str) -> bool:
    """Tell whether a name is one that `temporary_name` makes.

    >>> is_temporary_name(".setsquare-0123456789abcdef.tmp"), is_temporary_name("notes.tmp")
    (True, False)
    """
    return _TEMPORARY.fullmatch(name) is not None


def stale(title: str, path: str) -> StalePlan:
    """Explain that a file is not as a plan expects it."""
    return StalePlan(
        f"Cannot apply {title!r}: {path} is not as it was when the plan was made; nothing was written", "Run the command again."
    )


def current(root: int, path: RelPath) -> bytes | None:
    """Read a file that is to change; `None` when nothing stands there.

    Raises:
        StorageFailed: a link, a folder or something else stands there, or it cannot be read.
    """
    *folders, name = parts_of(path)
    if any(part.lower() == ".git" for part in (*folders, name)):
        raise StorageFailed(f"Cannot write {path}: git's own files are never written", "Use git itself.")
    try:
        folder = open_below(root, tuple(folders), path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise failed("write", path, error) from error
    try:
        return read_regular(folder, name, LIMIT_BYTES)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise (linked(path) if is_link(folder, name) else failed("write", path, error)) from error
    finally:
        os.close(folder)


def write_new(folder: int, name: str, raw: bytes, mode: int | None) -> None:
    """Write bytes to a new file, synced; on failure nothing is left. It has its rights before its bytes: what is whole can be used as it is.

    Raises:
        OSError: the name is taken, or the system refuses.
    """
    descriptor = os.open(name, _NEW, 0o666 if mode is None else 0o600, dir_fd=folder)
    is_whole = False
    try:
        with os.fdopen(descriptor, "wb", buffering=0) as file:
            if mode is not None:
                os.fchmod(descriptor, mode)
            view = memoryview(raw)
            while view:
                view = view[file.write(view) :]
            os.fsync(descriptor)
        is_whole = True
    finally:
        # An interruption (Ctrl-C) comes here as well as a failure.
        if not is_whole:
            os.unlink(name, dir_fd=folder)


def links(folder: int, old: str, new: str, path: str) -> bool:
    """Give a file a second name, which fails when that name is taken; false where the file system has no second names.

    Raises:
        StalePlan: the new name is taken.
    """
    try:
        os.link(old, new, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
    except FileExistsError:
        raise stale("the plan", path) from None
    except OSError as error:
        if error.errno in _NO_LINKS:
            return False
        raise
    return True


def move(folder: int, old: str, new: str) -> None:
    """Rename within a folder, replacing what has the new name."""
    os.rename(old, new, src_dir_fd=folder, dst_dir_fd=folder)
