"""Finds the pairs of criteria that can have to do with each other: those whose responses share a variable, or a fact relates."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from setsquare.spec.formal.encoding import Basis, Encoding

LIMIT_PAIRS: Final = 200_000
"""The most pairs that are compared in one spec."""


def related(encoding: Encoding) -> Iterator[tuple[int, int]]:
    """List pairs of positions of analysed criteria whose responses are related and differ, in order.

    >>> list(related(Encoding()))
    []
    """
    groups = _groups(encoding)
    by_group: defaultdict[str, set[int]] = defaultdict(set)
    for position, item in enumerate(encoding.criteria):
        if item.basis is not Basis.NONE:
            for name in item.outputs:
                by_group[groups.get(name, name)].add(position)
    seen: set[tuple[int, int]] = set()
    for members in by_group.values():
        for pair in _differing(encoding, sorted(members)):
            if len(seen) >= LIMIT_PAIRS:
                return
            if pair not in seen:
                seen.add(pair)
                yield pair


def _differing(encoding: Encoding, members: list[int]) -> Iterator[tuple[int, int]]:
    """List the pairs with different responses, in order; those that say the same are never compared, however many they are."""
    by_response: defaultdict[str, list[int]] = defaultdict(list)
    for position in members:
        by_response[encoding.criteria[position].response.smt].append(position)
    for one in members:
        own = encoding.criteria[one].response.smt
        others = (found[bisect_right(found, one) :] for response, found in by_response.items() if response != own)
        yield from ((one, two) for two in sorted(position for later in others for position in later))


def _groups(encoding: Encoding) -> dict[str, str]:
    """Name for each variable the first of those that facts tie together."""
    first: dict[str, str] = {}

    def root(name: str) -> str:
        while first.get(name, name) != name:
            name = first[name]
        return name

    for fact in encoding.vocabulary.facts:
        names = sorted(fact.formula.names)
        for name in names[1:]:
            first[root(name)] = root(names[0])
    return {name: root(name) for name in list(first)}
