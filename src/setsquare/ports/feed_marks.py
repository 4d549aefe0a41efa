"""How far feeds of changes were followed, so that a watch goes on where the last one ended."""

from __future__ import annotations

from typing import Protocol


class FeedMarks(Protocol):
    """Keeps one time for each feed of one workspace."""

    def at(self, feed: str) -> str:
        """Give the time up to which all was told, in UTC; empty where none is known."""
        ...

    def keep(self, feed: str, until: str) -> None:
        """Remember it; this never raises: who forgets it looks further back, and nobody is told twice."""
        ...
