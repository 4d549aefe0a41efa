"""Remembers how far feeds of changes were followed, in a file of the state folder."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

import msgspec

FILE = "iam-feeds.json"
"""The name of the file."""


class FileFeedMarks:
    """Keeps times in a folder; `None` keeps them nowhere."""

    __slots__ = ("_file",)

    def __init__(self, folder: str | None) -> None:
        """Take the state folder."""
        self._file = Path(folder) / FILE if folder is not None else None

    def at(self, feed: str) -> str:
        """Give the time of a feed."""
        return self._read().get(feed, "")

    def keep(self, feed: str, until: str) -> None:
        """Write the file whole or not at all."""
        if self._file is None:
            return
        with contextlib.suppress(OSError):
            self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=self._file.parent, delete=False) as file:
                file.write(msgspec.json.encode({**self._read(), feed: until}, order="sorted"))
            os.replace(file.name, self._file)  # noqa: PTH105  (both names are paths already)

    def _read(self) -> dict[str, str]:
        if self._file is None:
            return {}
        try:
            return msgspec.json.decode(self._file.read_bytes(), type=dict[str, str])
        except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
            # Without it a watch looks further back.
            return {}
