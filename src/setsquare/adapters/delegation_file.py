"""Keeps restorations of delegated work in a file of the state folder."""

# Names go to the kernel as they are; a path object would normalise them.
# ruff: noqa: PTH103, PTH118

from __future__ import annotations

import os

import msgspec

from setsquare.errors import StorageFailed
from setsquare.ports.delegations import Restoration

_NAME = "delegations.jsonl"


class FileDelegations:
    """Restorations in `<state>/delegations.jsonl`, one a line; a line that cannot be understood restores nothing."""

    def __init__(self, state_folder: str) -> None:
        """Keep them in a state folder, which lies outside of the workspace."""
        self._folder = state_folder
        self._path = os.path.join(state_folder, _NAME)

    def restored(self, spec: str) -> Restoration | None:
        """Give the last restoration of a spec, `None` when there is none."""
        try:
            descriptor = os.open(self._path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
            with os.fdopen(descriptor, "rb") as file:
                lines = file.read().splitlines()
        except OSError:
            return None
        found = [record for line in lines if (record := _read(line)) is not None and record.spec == spec]
        return found[-1] if found else None

    def restore(self, restoration: Restoration) -> None:
        """Record one.

        Raises:
            StorageFailed: it could not be written.
        """
        try:
            os.makedirs(self._folder, mode=0o700, exist_ok=True)
            flags = os.O_CREAT | os.O_APPEND | os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC
            with os.fdopen(os.open(self._path, flags, 0o600), "ab") as file:
                file.write(msgspec.json.encode(restoration) + b"\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise StorageFailed(f"cannot record the restoration: {error}", "check the state folder and the free space") from error


def _read(line: bytes) -> Restoration | None:
    """Read one line."""
    try:
        return msgspec.json.decode(line, type=Restoration)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
