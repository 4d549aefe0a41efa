"""Remembers announced roles in a file of the state folder, one in a line; lines are only ever added."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from pathlib import Path

FILE = "iam-roles.txt"
"""The name of the file."""


class FileKnownRoles:
    """Keeps roles in a folder; `None` keeps them nowhere, so that every role is new."""

    def __init__(self, folder: str | None) -> None:
        """Take the state folder."""
        self._file = Path(folder) / FILE if folder is not None else None

    def unknown(self, roles: Iterable[str]) -> tuple[str, ...]:
        """Give those that stand in no line."""
        known: set[str] = set()
        if self._file is not None:
            # A file that cannot be read announces too much, never too little.
            with contextlib.suppress(OSError):
                known = set(self._file.read_text("utf-8", "replace").split("\n"))
        return tuple(dict.fromkeys(role for role in roles if role not in known))

    def announced(self, roles: Iterable[str]) -> None:
        """Add lines."""
        lines = "".join(f"{role}\n" for role in roles if "\n" not in role)
        if self._file is not None and lines:
            with contextlib.suppress(OSError):
                self._file.parent.mkdir(parents=True, exist_ok=True)
                with self._file.open("a", encoding="utf-8") as file:
                    file.write(lines)
