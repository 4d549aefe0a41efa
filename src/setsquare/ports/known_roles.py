"""Which roles were in scope before, so that a new one is announced before it is first analysed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol


class KnownRoles(Protocol):
    """Remembers the roles of one workspace by ARN, or by name where no ARN is known."""

    def unknown(self, roles: Iterable[str]) -> tuple[str, ...]:
        """Give those that were never announced, in their order."""
        ...

    def announced(self, roles: Iterable[str]) -> None:
        """Remember that they were announced; where nothing can be kept they are announced again next time."""
        ...
