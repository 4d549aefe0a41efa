"""Writes files below one root so that what was written is on the disk, and tells each step before it is taken."""

# Names go to the kernel as they are; a path object would normalise them.
# ruff: noqa: PTH108

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Callable

from setsquare.text.paths import RelPath, parent

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_UNSUPPORTED = frozenset({errno.EOPNOTSUPP, errno.ENOTSUP, errno.EINVAL, errno.ENOSYS})


class SyncedDisk:
    """The disk below one root; `step` is told the name of every change before it is made."""

    def __init__(self, root: str, step: Callable[[str], None]) -> None:
        """Take the root, an absolute path."""
        self._root = root.rstrip("/")
        self.step = step

    def at(self, path: str) -> str:
        """Give the absolute path of a place below the root."""
        return f"{self._root}/{path}"

    def current(self, path: RelPath) -> bytes | None:
        """Read a file; `None` when nothing stands there.

        Raises:
            OSError: it cannot be read.
        """
        try:
            descriptor = os.open(self.at(path), os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except (FileNotFoundError, NotADirectoryError):
            return None
        with os.fdopen(descriptor, "rb") as file:
            return file.read()

    def put_new(self, path: RelPath, raw: bytes, mode: int | None = None, *, is_synced: bool = True) -> None:
        """Write a file that must not exist yet, and sync it unless it may be lost with the power."""
        self.step(f"create {path}")
        descriptor = os.open(self.at(path), _NEW, 0o666)
        try:
            self.step(f"fill {path}")
            _write_all(descriptor, raw)
            if mode is not None:
                os.fchmod(descriptor, mode)
            if is_synced:
                os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if is_synced:
            self.sync_folder(parent(path))

    def sync_folder(self, path: str) -> None:
        """Sync what names a folder holds."""
        self.step(f"sync {path}")
        with contextlib.suppress(OSError):
            descriptor = os.open(self.at(path), os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)

    def overwrite(self, path: RelPath, raw: bytes, length: int) -> None:
        """Replace a file's bytes in place and sync it."""
        self.step(f"open {path}")
        descriptor = os.open(self.at(path), os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            if len(raw) > length:
                self.step(f"grow {path}")
                _grow(descriptor, len(raw))
            half = len(raw) // 2
            self.step(f"write {path}")
            _write_all(descriptor, raw[:half])
            self.step(f"write more of {path}")
            _write_all(descriptor, raw[half:])
            self.step(f"cut {path}")
            os.ftruncate(descriptor, len(raw))
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def unlink(self, path: RelPath) -> None:
        """Remove a file, where it is there."""
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            self.step(f"remove {path}")
            os.unlink(self.at(path))


def _grow(descriptor: int, length: int) -> None:
    """Reserve the room that a file needs, where the file system can."""
    try:
        os.posix_fallocate(descriptor, 0, length)
    except OSError as error:
        if error.errno not in _UNSUPPORTED:
            raise


def _write_all(descriptor: int, raw: bytes) -> None:
    view = memoryview(raw)
    while view:
        view = view[os.write(descriptor, view) :]
