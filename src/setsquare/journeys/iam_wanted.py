"""What a person asks of the IAM commands, and what the settings must hold for it."""

from __future__ import annotations

from msgspec import Struct

from setsquare.powers.iam.settings import Need
from setsquare.powers.iam.usage.sources import SourceKind, source_of


class Wanted(Struct, frozen=True, kw_only=True):
    """What a person asks for: one role by name or ARN, that of a service, or every role in scope; empty paths mean the account. `days` is `None` where the settings say it.

    `is_complete` says that a person answers for it that the trail is complete. `holds_new` leaves roles that are announced in this run to the next one.
    """

    role: str = ""
    every: bool = False
    service: str = ""
    trail: str = ""
    policies: str = ""
    days: int | None = None
    until: str = ""
    narrow_resources: bool = False
    allow_wider: bool = False
    is_complete: bool = False
    holds_new: bool = False

    @property
    def needs(self) -> tuple[Need, ...]:
        """Say what the settings must hold for it: nothing that reaches out, where both files are named."""
        source = source_of(self.trail)
        if not source.is_remote and self.policies:
            return ()
        return (Need.FETCHING, Need.LOG_GROUP) if source.kind is SourceKind.SETTINGS else (Need.FETCHING,)
