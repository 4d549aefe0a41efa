"""The hosts that answer for models: how they fare, and how many calls are in flight to each, over all processes of this user."""

from __future__ import annotations

import enum
from typing import Protocol

from setsquare.workspace.settings import ModelProfile


class Outcome(enum.Enum):
    """How a request ended, as far as it tells of the host: it answered, it failed, all tries failed, it refused the key, nothing was sent."""

    ANSWERED = "answered"
    FAILED = "failed"
    GIVEN_UP = "given-up"
    KEY_REFUSED = "key-refused"
    NOT_SENT = "not-sent"


class Slot(Protocol):
    """The right to have one call in flight."""

    def close(self) -> None:
        """Give it back; the end of the process does so too."""
        ...


class Providers(Protocol):
    """Remembers how hosts fare. A host that nothing is known of is well, and what cannot be recorded is forgotten: this never raises."""

    def is_admitted(self, profile: ModelProfile, *, is_retry: bool = False) -> bool:
        """Tell whether a request may go to the profile's host now; the answer to `True` is a call of `note`."""
        ...

    def note(self, profile: ModelProfile, outcome: Outcome) -> int:
        """Take in how it ended; give how often in a row the host has refused a key."""
        ...

    def slot(self, profile: ModelProfile) -> Slot | None:
        """Take one of the host's slots; `None` while as many calls are in flight as the profile permits."""
        ...


class NoSlot:
    """A right that nobody counts."""

    def close(self) -> None:
        """Do nothing."""


class NoProviders:
    """Knows of no failure and bounds nothing."""

    def is_admitted(self, profile: ModelProfile, *, is_retry: bool = False) -> bool:
        """Permit it."""
        del profile, is_retry
        return True

    def note(self, profile: ModelProfile, outcome: Outcome) -> int:
        """Forget it."""
        del profile, outcome
        return 0

    def slot(self, profile: ModelProfile) -> Slot | None:
        """Give one."""
        del profile
        return NoSlot()
