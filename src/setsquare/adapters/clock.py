"""The system's clock, and names made of it."""

from __future__ import annotations

import secrets
import time
from datetime import UTC, datetime

_LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"
"""Crockford's base 32: sorts as it counts, without look-alikes."""


class SystemClock:
    """Tells the system's time."""

    def now(self) -> str:
        """Give the time as UTC in ISO 8601 with seconds."""
        return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def monotonic_s(self) -> float:
        """Give seconds since an unknown moment."""
        return time.monotonic()

    def sleep(self, wait_s: float) -> None:
        """Wait; a negative time is none."""
        time.sleep(max(0.0, wait_s))

    def new_id(self) -> str:
        """Make an id: 10 characters of milliseconds, 8 random ones."""
        return _spelled(int(datetime.now(UTC).timestamp() * 1000), 10) + _spelled(secrets.randbits(40), 8)


def _spelled(number: int, width: int) -> str:
    letters = []
    for _ in range(width):
        number, digit = divmod(number, 32)
        letters.append(_LETTERS[digit])
    return "".join(reversed(letters))
