"""Whether the same events lie in several pieces of a trail, told from a few of their ids.

The pieces keep those ids of their events that come first in order, so that two of them that hold the same events keep the same ids. All ids of a trail would not fit into
memory.
"""

from __future__ import annotations

from collections.abc import Iterable

from setsquare.powers.iam.usage.model import Gap

MOST_HELD = 100_000
"""So many ids are held at once; of more, only those that come first in order are looked at."""


class Overlaps:
    """Takes the ids that pieces keep, and says whether some stand in more than one.

    >>> found = Overlaps()
    >>> found.add("a.json", ["1", "2"])
    >>> found.add("b.json", ["2", "3"])
    >>> found.gaps()[0].scope
    'b.json'
    """

    __slots__ = ("_example", "_held", "_last", "_names", "_repeated", "_total")

    def __init__(self) -> None:
        """Begin without ids."""
        self._held: dict[str, int] = {}
        self._names: list[str] = []
        self._last = ""
        self._total = self._repeated = 0
        self._example: tuple[str, str] | None = None

    def add(self, name: str, ids: Iterable[str]) -> None:
        """Take the ids that a piece keeps, each once."""
        number = len(self._names)
        self._names.append(name)
        for each in ids:
            if self._last and each > self._last:
                continue
            self._total += 1
            before = self._held.setdefault(each, number)
            if before != number:
                self._repeated += 1
                self._example = self._example or (self._names[before], name)
        if len(self._held) > MOST_HELD:
            kept = sorted(self._held)[: MOST_HELD // 2]
            self._last = kept[-1]
            self._held = {each: self._held[each] for each in kept}

    def gaps(self) -> tuple[Gap, ...]:
        """Say that events are counted more than once, where they are; of what is used, and when first and last, that changes nothing."""
        if self._example is None:
            return ()
        first, second = self._example
        share = max(1, round(100 * self._repeated / self._total))
        reason = (
            f"the same events lie in several files, such as {first} and {second}: about {share} of 100 are counted again; what is used, "
            "and when first and last, is not affected"
        )
        return (Gap(code="counted-twice", reason=reason, scope=second),)
