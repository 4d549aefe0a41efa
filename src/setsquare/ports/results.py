"""The recorded test results of a workspace: state of this machine, never team data."""

from __future__ import annotations

from typing import Protocol


class Results(Protocol):
    """Keeps the encoded results of one workspace outside of it."""

    def read(self) -> bytes:
        """Give what was written last, or nothing."""
        ...

    def write(self, raw: bytes) -> None:
        """Replace what is kept.

        Raises:
            StorageFailed: it could not be written.
        """
        ...
