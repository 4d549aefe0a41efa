"""Remembers the state of the IAM Power in a file of the state folder; a damaged one is an error, never a Power that is switched on."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import msgspec

from setsquare.errors import StorageFailed
from setsquare.ports.power_state import PowerRecord

FILE = "iam-power.json"
"""The name of the file."""
_HINT = "Look at it; `setsquare iam audit --enable --reason …` writes it anew."


class FilePowerState:
    """Keeps the record in a folder; `None` keeps it nowhere, so that nothing is remembered."""

    __slots__ = ("_file",)

    def __init__(self, folder: str | None) -> None:
        """Take the state folder."""
        self._file = Path(folder) / FILE if folder is not None else None

    def record(self) -> PowerRecord:
        """Read the record."""
        if self._file is None:
            return PowerRecord()
        try:
            return msgspec.json.decode(self._file.read_bytes(), type=PowerRecord)
        except (FileNotFoundError, NotADirectoryError):
            # Where no file can be, none was ever written.
            return PowerRecord()
        except (OSError, msgspec.DecodeError) as error:
            raise StorageFailed(f"{self._file} cannot be read: {error}", _HINT) from error

    def keep(self, record: PowerRecord) -> None:
        """Write the record whole or not at all."""
        if self._file is None:
            return
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with tempfile.NamedTemporaryFile(dir=self._file.parent, delete=False) as file:
                file.write(msgspec.json.format(msgspec.json.encode(record), indent=2))
            os.replace(file.name, self._file)  # noqa: PTH105  (both names are paths already)
        except OSError as error:
            raise StorageFailed(
                f"{self._file} cannot be written: {error.strerror or error}", "Make room, or mend its permissions."
            ) from error
