"""Lets one process at a time run tasks in a workspace."""

# Names go to the kernel as they are; a path object would normalise them.
# ruff: noqa: PTH103, PTH120

from __future__ import annotations

import contextlib
import fcntl
import os

from setsquare.errors import Refused, StorageFailed


class RunClaim:
    """The right to change a workspace by a run: a lock that the kernel takes back when its process ends, however it ends."""

    def __init__(self, path: str) -> None:
        """Use the lock file at `path`, made when it is first taken."""
        self._path = path
        self._descriptor: int | None = None

    def take(self, run: str) -> None:
        """Claim the workspace for a run; claiming again changes nothing.

        Raises:
            Refused: another process has claimed it.
            StorageFailed: the lock file cannot be made.
        """
        if self._descriptor is not None:
            return
        try:
            os.makedirs(os.path.dirname(self._path), mode=0o700, exist_ok=True)
            descriptor = os.open(self._path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        except OSError as error:
            raise StorageFailed(
                f"cannot claim the workspace for run {run}: {error}", "check the state folder and the free space"
            ) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = _holder(descriptor)
            os.close(descriptor)
            raise Refused(
                f"Another process runs tasks in this workspace{holder}.",
                "Wait until it ends, or stop it: `setsquare stop`; then again.",
            ) from error
        # Who holds it is a courtesy to a person: a full disk must not stop what the lock permits.
        with contextlib.suppress(OSError):
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, f"run {run}, process {os.getpid()}".encode(), 0)
        self._descriptor = descriptor

    def let_go(self) -> None:
        """Let others claim the workspace."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def _holder(descriptor: int) -> str:
    """Quote who holds the lock, as far as it is known."""
    try:
        told = os.pread(descriptor, 200, 0).decode("utf-8", "replace").strip()
    except OSError:
        return ""
    return f" ({told})" if told else ""
