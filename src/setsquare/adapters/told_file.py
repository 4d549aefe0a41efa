"""Remembers what people were told in a file of the state folder: the digest of each key in a line; lines are only ever added."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterable
from pathlib import Path

FILE = "iam-alerts.txt"
"""The name of the file."""


class FileTold:
    """Keeps keys in a folder; `None` keeps them nowhere, so that people are told again."""

    def __init__(self, folder: str | None) -> None:
        """Take the state folder."""
        self._file = Path(folder) / FILE if folder is not None else None

    def untold(self, keys: Iterable[str]) -> tuple[str, ...]:
        """Give those whose digest stands in no line."""
        known: set[str] = set()
        if self._file is not None:
            # A file that cannot be read tells too much, never too little.
            with contextlib.suppress(OSError):
                known = set(self._file.read_text("ascii", "replace").split("\n"))
        return tuple(dict.fromkeys(key for key in keys if _digest(key) not in known))

    def remember(self, keys: Iterable[str]) -> None:
        """Add lines."""
        lines = "".join(f"{_digest(key)}\n" for key in dict.fromkeys(keys))
        if self._file is not None and lines:
            with contextlib.suppress(OSError):
                self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                with self._file.open("a", encoding="ascii") as file:
                    file.write(lines)


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
