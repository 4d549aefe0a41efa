"""Holds a lock file for a moment, with an end to the waiting: the kernel takes the lock back when its process ends, however it ends."""

# Names go to the kernel as they are; a path object would normalise them.
# ruff: noqa: PTH103, PTH120

from __future__ import annotations

import contextlib
import fcntl
import os
import threading
import time
from collections.abc import Iterator

_POLL_S = 0.005


class LockTimeoutError(OSError):
    """Somebody else has held the lock for the whole time."""


class FileLock:
    """A lock between processes and between the threads of this one; the file is made when it is first taken."""

    def __init__(self, path: str) -> None:
        """Use the file at `path`."""
        self._path = path
        self._threads = threading.Lock()

    @contextlib.contextmanager
    def held(self, limit_s: float) -> Iterator[None]:
        """Hold the lock; at most `limit_s` seconds are waited for it.

        Raises:
            LockTimeoutError: it was not free in time.
            OSError: the file cannot be made.
        """
        until = time.monotonic() + limit_s
        if not self._threads.acquire(timeout=max(limit_s, _POLL_S)):
            raise LockTimeoutError(f"{self._path} is held by another thread")
        try:
            descriptor = _opened(self._path)
            try:
                _take(descriptor, self._path, until)
                yield
            finally:
                os.close(descriptor)
        finally:
            self._threads.release()


def _opened(path: str) -> int:
    """Open the lock file, and make it and its folder where they are missing."""
    flags = os.O_CREAT | os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW
    try:
        return os.open(path, flags, 0o600)
    except FileNotFoundError:
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        return os.open(path, flags, 0o600)


def _take(descriptor: int, path: str, until: float) -> None:
    """Wait for the lock."""
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= until:
                raise LockTimeoutError(f"{path} is held by another process") from None
            time.sleep(_POLL_S)
        else:
            return
