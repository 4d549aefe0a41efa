"""Time, and names that nobody else uses."""

from __future__ import annotations

from typing import Protocol


class Clock(Protocol):
    """Tells and passes time."""

    def now(self) -> str:
        """Give the time as UTC in ISO 8601 with seconds, such as `2026-11-21T10:15:02Z`."""
        ...

    def monotonic_s(self) -> float:
        """Give seconds since an unknown moment, never going back."""
        ...

    def sleep(self, wait_s: float) -> None:
        """Wait."""
        ...

    def new_id(self) -> str:
        """Make an id that sorts by time: 10 characters of time, 8 random ones, lower case, no look-alikes."""
        ...
