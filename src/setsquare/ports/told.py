"""What people were told, so that nobody is told twice."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol


class Told(Protocol):
    """Remembers the keys of what was told, of one workspace."""

    def untold(self, keys: Iterable[str]) -> tuple[str, ...]:
        """Give those that nobody was told, in their order; where nothing can be kept all of them, for twice is better than never."""
        ...

    def remember(self, keys: Iterable[str]) -> None:
        """Remember that people were told; this never raises."""
        ...
