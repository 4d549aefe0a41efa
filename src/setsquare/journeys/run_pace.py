"""Counts how often a person is asked, so that nobody is worn down into saying yes.

Source: safety.md AT47.
"""

from __future__ import annotations

import enum
from collections import deque

from setsquare.ports.approver import Consenting

_MOST_REPEATS = 2


class Pace(enum.Enum):
    """What to do about a question."""

    ASK = "ask"
    NO = "no"
    PARK = "park"


# req: agent-runtime/5.3
class Asked:
    """Remembers, while one run goes on, when questions were asked and to what a person said no."""

    def __init__(self) -> None:
        """Start with none."""
        self._times: deque[float] = deque()
        self._refused: dict[str, int] = {}

    def due(self, name: str, now_s: float, consenting: Consenting) -> Pace:
        """Say whether a question may be asked; `name` is the digest of what it is about, empty where it cannot be asked twice.

        What a person said no to is answered by that no twice; whoever insists stops the run. A yes is never remembered.

        >>> asked = Asked()
        >>> asked.refuse("x")
        >>> [asked.due("x", 0.0, Consenting()).value for _ in range(3)]
        ['no', 'no', 'park']
        >>> [asked.due("y", each, Consenting(limit_questions=2)).value for each in (0.0, 1.0, 2.0, 70.0)]
        ['ask', 'ask', 'park', 'ask']
        """
        if name in self._refused:
            self._refused[name] += 1
            return Pace.NO if self._refused[name] <= _MOST_REPEATS else Pace.PARK
        while self._times and now_s - self._times[0] > consenting.window_s:
            self._times.popleft()
        if len(self._times) >= consenting.limit_questions:
            return Pace.PARK
        self._times.append(now_s)
        return Pace.ASK

    def refuse(self, name: str) -> None:
        """Remember a person's no."""
        if name:
            self._refused.setdefault(name, 0)
