"""What is remembered of the IAM Power outside of the workspace: where it reached out of its scope, and whether it is switched off for that."""

from __future__ import annotations

from typing import Protocol

from msgspec import Struct


class Creep(Struct, frozen=True, kw_only=True):
    """Requests for roles out of scope that were found open at one time: `requests` are their addresses, `roles` whom they were for.

    `is_told` tells whether the people of the alert channel know of it.
    """

    at: str
    roles: tuple[str, ...]
    requests: tuple[str, ...] = ()
    is_told: bool = False


class PowerRecord(Struct, frozen=True, kw_only=True):
    """The record: what was found since the last audit, and since when the Power is switched off, empty while it is not."""

    creeps: tuple[Creep, ...] = ()
    disabled_at: str = ""


class PowerState(Protocol):
    """Keeps the record of one workspace."""

    def record(self) -> PowerRecord:
        """Read it.

        Raises:
            setsquare.errors.StorageFailed: it is there and cannot be read: whether the Power is switched off is not known then.
        """
        ...

    def keep(self, record: PowerRecord) -> None:
        """Write it.

        Raises:
            setsquare.errors.StorageFailed: it cannot be written.
        """
        ...
