"""A person's consent to run what a workspace contains, kept outside of it."""

from __future__ import annotations

from typing import Protocol

from msgspec import Struct


class TrustRecord(Struct, frozen=True, kw_only=True):
    """What was trusted: the digest of everything that would become active, by whom, when, and each file with its own digest."""

    digest: str
    by: str
    at: str
    files: tuple[tuple[str, str], ...] = ()


class Trust(Protocol):
    """Remembers trust for one workspace."""

    def current(self) -> TrustRecord | None:
        """Give the last trust, or `None` when there is none or it was revoked."""
        ...

    def grant(self, record: TrustRecord) -> None:
        """Record trust."""
        ...

    def revoke(self) -> None:
        """Take trust back."""
        ...
