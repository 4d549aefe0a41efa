"""The record of what changed what agents may do: one chained line for each change, outside of the workspace."""

from __future__ import annotations

from typing import Protocol

from setsquare.events.audit import Mutation
from setsquare.events.audit_chain import Anchor, AuditLog


class Audit(Protocol):
    """Keeps the audit log of one workspace."""

    def record(self, mutation: Mutation) -> None:
        """Write what is about to be done; when this raises, it must not be done.

        Raises:
            AuditUnavailable: it could not be written.
        """
        ...

    def note(self, mutation: Mutation) -> bool:
        """Write what was done and must never be held up by the log; `False` when it could be recorded nowhere. This never raises."""
        ...

    def log(self) -> AuditLog:
        """Read the log as it stands.

        Raises:
            AuditUnavailable: it cannot be read.
        """
        ...

    def anchor(self) -> Anchor | None:
        """Give the head, to be kept elsewhere; `None` for an empty log. This never raises."""
        ...


class NoAudit:
    """Records nothing."""

    def record(self, mutation: Mutation) -> None:
        """Forget it."""

    def note(self, mutation: Mutation) -> bool:
        """Forget it."""
        del mutation
        return True

    def log(self) -> AuditLog:
        """Give an empty log."""
        return AuditLog()

    def anchor(self) -> Anchor | None:
        """Give none."""
        return None
