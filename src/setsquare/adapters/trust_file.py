"""Keeps a person's trust in a workspace in a file of the state folder."""

# Names go to the kernel as they are; a path object would normalise them.
# ruff: noqa: PTH100, PTH103, PTH105, PTH108, PTH118

from __future__ import annotations

import contextlib
import os

import msgspec

from setsquare.errors import StorageFailed
from setsquare.ports.trust import TrustRecord

_NAME = "trust.json"


class FileTrust:
    """Trust in `<state>/trust.json`; a file that cannot be understood is no trust."""

    def __init__(self, state_folder: str) -> None:
        """Keep trust in a state folder, which lies outside of the workspace."""
        self._folder = os.path.abspath(state_folder)
        self._path = os.path.join(self._folder, _NAME)

    def current(self) -> TrustRecord | None:
        """Give the last trust, or `None`."""
        try:
            descriptor = os.open(self._path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
            with os.fdopen(descriptor, "rb") as file:
                return msgspec.json.decode(file.read(), type=TrustRecord)
        except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
            return None

    def grant(self, record: TrustRecord) -> None:
        """Record trust.

        Raises:
            StorageFailed: it could not be written.
        """
        passing = f"{self._path}.{os.getpid()}"
        try:
            os.makedirs(self._folder, mode=0o700, exist_ok=True)
            with contextlib.suppress(FileNotFoundError):
                os.unlink(passing)
            with os.fdopen(os.open(passing, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600), "wb") as file:
                file.write(msgspec.json.encode(_spelled(record)) + b"\n")
                file.flush()
                os.fsync(file.fileno())
            os.replace(passing, self._path)
        except OSError as error:
            raise StorageFailed(f"cannot record the trust: {error}", "check the state folder and the free space") from error

    def revoke(self) -> None:
        """Take trust back.

        Raises:
            StorageFailed: the record could not be removed.
        """
        try:
            os.unlink(self._path)
        except FileNotFoundError:
            return
        except OSError as error:
            raise StorageFailed(f"cannot take the trust back: {error}", f"remove {self._path} by hand") from error


def _spelled(record: TrustRecord) -> TrustRecord:
    """Write names that are not UTF-8 with escapes: JSON cannot hold them, and the digest binds the real ones."""
    files = tuple((path.encode("utf-8", "backslashreplace").decode(), name) for path, name in record.files)
    return TrustRecord(digest=record.digest, by=record.by.encode("utf-8", "backslashreplace").decode(), at=record.at, files=files)
