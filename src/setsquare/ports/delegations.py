"""A person's word that a spec may be delegated again after an agent had left its scope."""

from __future__ import annotations

from typing import Protocol

from msgspec import Struct


class Restoration(Struct, frozen=True, kw_only=True):
    """Who gave a spec back to supervised and autonomous work, when and why; `runs` are the runs that were held against it until then."""

    spec: str
    by: str
    at: str
    reason: str
    runs: tuple[str, ...] = ()


class Delegations(Protocol):
    """Remembers restorations of one workspace, outside of it."""

    def restored(self, spec: str) -> Restoration | None:
        """Give the last restoration of a spec, `None` when there is none."""
        ...

    def restore(self, restoration: Restoration) -> None:
        """Record one.

        Raises:
            StorageFailed: it could not be written.
        """
        ...


class NoDelegations:
    """Remembers nothing: what was taken from a spec stays taken."""

    def restored(self, spec: str) -> Restoration | None:  # noqa: ARG002  (the port's signature)
        """Know of none."""
        return None

    def restore(self, restoration: Restoration) -> None:
        """Forget it at once."""
