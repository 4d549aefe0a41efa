"""Keeps the recorded test results of a workspace in a file of the state folder."""

# Names go to the kernel as they are; a path object would normalise them.
# ruff: noqa: PTH100, PTH103, PTH105, PTH108, PTH118

from __future__ import annotations

import contextlib
import os

from setsquare.errors import StorageFailed

_NAME = "results.json"
_LIMIT_BYTES = 64 * 1024 * 1024


class FileResults:
    """Results in `<state>/results.json`."""

    def __init__(self, state_folder: str) -> None:
        """Keep results in a state folder, which lies outside of the workspace."""
        self._folder = os.path.abspath(state_folder)
        self._path = os.path.join(self._folder, _NAME)

    def read(self) -> bytes:
        """Give what was written last, or nothing; what cannot be read is nothing, since results can be made again."""
        try:
            descriptor = os.open(self._path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
            with os.fdopen(descriptor, "rb") as file:
                return file.read(_LIMIT_BYTES)
        except OSError:
            return b""

    def write(self, raw: bytes) -> None:
        """Replace what is kept, atomically.

        Raises:
            StorageFailed: it could not be written.
        """
        passing = f"{self._path}.{os.getpid()}"
        try:
            os.makedirs(self._folder, mode=0o700, exist_ok=True)
            with contextlib.suppress(FileNotFoundError):
                os.unlink(passing)
            with os.fdopen(os.open(passing, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600), "wb") as file:
                file.write(raw)
                file.flush()
                os.fsync(file.fileno())
            os.replace(passing, self._path)
        except OSError as error:
            raise StorageFailed(f"cannot record the test results: {error}", "check the state folder and the free space") from error
