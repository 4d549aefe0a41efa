"""The days of a window, and which of them are over for good, so that what was read of them need not be read again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

from msgspec import Struct

from setsquare.ports.trails import TrailPart
from setsquare.powers.iam.usage.model import Window

_LATE = timedelta(hours=6)
"""So long after its end events of a day may still arrive. Source: AWS, CloudTrail User Guide: about 5 minutes, not guaranteed."""


class Day(Struct, frozen=True):
    """One day in UTC; `is_over` tells whether no event of it is to come."""

    day: str
    is_over: bool

    @property
    def begin(self) -> datetime:
        """Give its first moment."""
        return datetime.fromisoformat(f"{self.day}T00:00:00+00:00")

    @property
    def end(self) -> datetime:
        """Give its last second."""
        return self.begin + timedelta(days=1, seconds=-1)

    def identity(self, source: str, now: datetime) -> str:
        """Name what a source holds of the day; of a day that is not over only as of now."""
        return f"{source}|{self.day}" if self.is_over else f"{source}|{self.day}|{now.isoformat()}"


def days_of(window: Window, now: datetime, earliest: str = "") -> tuple[Day, ...]:
    """Give the days of a window from the earliest that a source may hold up to now.

    >>> [(day.day, day.is_over) for day in days_of(Window("2026-01-30", "2026-02-09"), datetime(2026, 2, 1, 7, tzinfo=UTC), "2026-01-31")]
    [('2026-01-31', True), ('2026-02-01', False)]
    """
    first = date.fromisoformat(max(window.begin, earliest))
    last = min(date.fromisoformat(window.end), now.astimezone(UTC).date())
    days = (first + timedelta(at) for at in range((last - first).days + 1))
    return tuple(Day(day.isoformat(), datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(1) + _LATE <= now) for day in days)


def parted(days: tuple[Day, ...], identity: Callable[[Day], str], known: Callable[[str], bool]) -> tuple[list[TrailPart], list[Day]]:
    """Part days into those that are kept, as parts without uses, and those that have to be asked for.

    >>> days = days_of(Window("2026-01-01", "2026-01-02"), datetime(2026, 2, 1, tzinfo=UTC))
    >>> kept, new = parted(days, lambda day: day.day, {"2026-01-01"}.__contains__)
    >>> [part.identity for part in kept], [day.day for day in new]
    (['2026-01-01'], ['2026-01-02'])
    """
    kept, new = [], []
    for day in days:
        if known(identity(day)):
            kept.append(TrailPart(identity=identity(day), uses=(), is_kept=True))
        else:
            new.append(day)
    return kept, new
