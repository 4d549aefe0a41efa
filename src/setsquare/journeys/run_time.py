"""Counts how long a run has worked on its task: by the clock that never jumps, without the time in which a person was waited for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from setsquare.ports.clock import Clock


class TaskTime:
    """The working time of the current task in this process; a resumed run begins anew, as a person has looked at it."""

    def __init__(self, clock: Clock) -> None:
        """Take the clock."""
        self._clock = clock
        self._task = ""
        self._began_s = clock.monotonic_s()

    def of(self, task: str) -> float:
        """Give the seconds that were worked on a task; the first look at another task begins its time."""
        if task != self._task:
            self._task, self._began_s = task, self._clock.monotonic_s()
        return round(self._clock.monotonic_s() - self._began_s, 3)

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Leave out the time until the end."""
        began_s = self._clock.monotonic_s()
        try:
            yield
        finally:
            self._began_s += self._clock.monotonic_s() - began_s
