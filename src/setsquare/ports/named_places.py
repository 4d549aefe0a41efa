"""Which files and folders somebody who is not at the terminal may have read."""

from __future__ import annotations

from typing import Protocol


class NamedPlaces(Protocol):
    """Judges paths that were named from elsewhere."""

    def problem(self, path: str, *, is_followed: bool) -> str:
        """Say in a few words why a path may not be read; empty where it may, or where there is nothing.

        `is_followed` says that whoever reads a folder there follows the links in it.
        """
        ...
