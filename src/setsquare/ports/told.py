"""What people were told, so that nobody is told twice."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager
from typing import Protocol


class Told(Protocol):
    """Remembers the keys of what was told, of one workspace."""

    def alone(self) -> AbstractContextManager[None]:
        """Let no other process tell meanwhile; it waits for one that does. Where nothing can be kept, it waits for nobody."""
        ...

    def untold(self, keys: Iterable[str]) -> tuple[str, ...]:
        """Give those that nobody was told, in their order; where nothing can be kept all of them, for twice is better than never."""
        ...

    def cut_off(self, keys: Iterable[str]) -> tuple[str, ...]:
        """Give those of which somebody began to tell and of which no end is known: the process was killed meanwhile, and perhaps people know."""
        ...

    def begin(self, keys: Iterable[str]) -> None:
        """Remember that people are about to be told; this never raises."""
        ...

    def remember(self, keys: Iterable[str]) -> None:
        """Remember that people were told; this never raises."""
        ...

    def give_up(self, keys: Iterable[str]) -> None:
        """Remember that people could not be told; this never raises."""
        ...
