"""Opens folders and files below one folder step by step, so that no symbolic link is ever followed."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager

from setsquare.errors import StorageFailed, Unreadable
from setsquare.text.paths import RelPath, joined

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def parts_of(path: str) -> tuple[str, ...]:
    """Split a relative path into its parts.

    Raises:
        StorageFailed: the path is empty, absolute, climbs out or holds a NUL.

    >>> parts_of(".kiro/settings.json")
    ('.kiro', 'settings.json')
    """
    parts = tuple(path.split("/"))
    if "\0" in path or any(part in ("", ".", "..") for part in parts):
        raise StorageFailed(
            f"Cannot use the path {path!r}: it is not a plain path below the workspace", "Use a relative path without `..`."
        )
    return parts


# req: workspace/1.4
@contextmanager
def opened_folder(folder: str) -> Iterator[int]:
    """Open the workspace's own folder; a link that names it is followed.

    Raises:
        Unreadable: it is missing, no folder, or not permitted.
    """
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except (OSError, ValueError) as error:
        raise unreadable(folder, error) from error
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def unreadable(folder: str, error: OSError | ValueError) -> Unreadable:
    """Explain why a folder cannot be loaded."""
    code = error.errno if isinstance(error, OSError) else None
    if code == errno.ENOTDIR:
        return Unreadable(f"Cannot load {folder!r}: it is a file, not a folder", "Give the folder that holds it.")
    if code == errno.ENOENT:
        return Unreadable(f"Cannot load {folder!r}: it does not exist", "Check the path; relative paths start at the current folder.")
    reason = (error.strerror or str(error)) if isinstance(error, OSError) else str(error)
    return Unreadable(f"Cannot load {folder!r}: {reason}", "Check the path and its permissions.")


# req: workspace/3.4
def open_below(root: int, parts: tuple[str, ...], shown: str) -> int:
    """Open a folder below an open one without following links; the caller closes it.

    Raises:
        FileNotFoundError: a folder on the way does not exist.
        NotADirectoryError: a file stands on the way.
        StorageFailed: a symbolic link stands on the way.
        OSError: the system refuses.
    """
    descriptor = os.dup(root)
    for part in parts:
        try:
            following = os.open(part, _FOLDER, dir_fd=descriptor)
        except OSError as error:
            raise _explained(error, descriptor, part, shown) from error
        finally:
            os.close(descriptor)
        descriptor = following
    return descriptor


def _explained(error: OSError, folder: int, name: str, shown: str) -> Exception:
    """Tell a link from other failures; the kernel reports a link and a file alike as `not a folder`."""
    is_refused_link = error.errno in (errno.ELOOP, errno.ENOTDIR, errno.EMLINK) and is_link(folder, name)
    return linked(shown) if is_refused_link else error


def is_link(folder: int, name: str) -> bool:
    """Tell whether a name in an open folder is a symbolic link."""
    try:
        return stat.S_ISLNK(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode)
    except OSError:
        return False


def linked(path: str) -> StorageFailed:
    """Explain that a link is not followed."""
    return StorageFailed(f"Cannot use {path}: a symbolic link leads to it", "Name the real file; links are never followed.")


def failed(verb: str, path: str, error: OSError) -> StorageFailed:
    """Turn a failure of the system into ours."""
    hints = {
        errno.ENOSPC: "Free some disk space and try again.",
        errno.EDQUOT: "Free some of your disk quota and try again.",
        errno.EACCES: "Check the file's permissions.",
        errno.EPERM: "Check the file's permissions.",
        errno.EROFS: "The file system is read-only.",
    }
    reason = error.strerror or str(error)
    return StorageFailed(f"Cannot {verb} {path}: {reason}", hints.get(error.errno or 0, "Mend the cause and try again."))


def read_regular(folder: int, name: str, limit: int) -> bytes:
    """Read a regular file of an open folder.

    Raises:
        OSError: it is missing, a link, no regular file, longer than `limit` bytes, or the system refuses.
    """
    descriptor = os.open(name, _FILE, dir_fd=folder)
    with os.fdopen(descriptor, "rb", buffering=0) as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "not a regular file")
        if status.st_size > limit:
            raise OSError(errno.EFBIG, f"larger than {limit >> 20} MiB")
        return file.readall()


def child(folder: RelPath, name: str) -> RelPath:
    """Name an entry of a folder."""
    return joined(folder, name)
