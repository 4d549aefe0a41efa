"""Writes a set of actions as fewer words with wildcards.

A word is exact when it matches no documented action outside the set; it also stays inside the words that were granted, whatever AWS adds later. Among the exact words
those that save most are taken first, so the answer is short, not always the shortest.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from heapq import heapify, heappop, heappush

from msgspec import Struct

from setsquare.powers.iam.policy.document import Statement
from setsquare.powers.iam.recommendation.naming import is_covering, is_touching, listed
from setsquare.powers.iam.universe import AccessLevel, Universe

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+|[^A-Za-z0-9]")
_QUOTES_AND_COMMA = 3
_NEVER_WIDENED = frozenset({"iam", "sts", "organizations", "sso"})
"""Services of which no action is ever added: every one of them can lead to more rights."""


class Shortened(Struct, frozen=True):
    """Words for a set of actions; `added` are the documented actions they match beyond it, none when they are exact."""

    words: tuple[str, ...]
    added: tuple[str, ...] = ()


class _Candidate(Struct, frozen=True):
    """A word with the actions of the set it matches and those it would add."""

    word: str
    names: frozenset[str]
    added: frozenset[str] = frozenset()


class Leave(Struct, frozen=True):
    """What shorter words may cost: each action they add must save `price` characters; `guarded` are never added (lower-case names)."""

    price: int
    guarded: frozenset[str] = frozenset()


def compressed(actions: Iterable[str], origins: tuple[Statement, ...], universe: Universe) -> tuple[str, ...]:
    """Write actions, and words with wildcards that stay as they are, as fewer words; nothing documented is added.

    >>> from setsquare.powers.iam.policy.document import Effect
    >>> from setsquare.powers.iam.universe import ActionFacts
    >>> names = ("s3:GetObject", "s3:GetObjectAcl", "s3:GetBucketAcl", "s3:PutObject")
    >>> facts = {name.lower(): ActionFacts(name=name, level=AccessLevel.READ) for name in names}
    >>> universe = Universe(version="1", dated="2026-10-27", actions=facts, resource_types={})
    >>> granted = Statement(effect=Effect.ALLOW, actions=("s3:*",), resources=("*",))
    >>> compressed(["s3:GetObject", "s3:GetObjectAcl"], (granted,), universe)
    ('s3:GetObject*',)
    >>> compressed(["s3:GetObject", "s3:PutObject"], (granted,), universe)
    ('s3:*Object',)
    """
    return _Compression(origins, universe, None).shortened(actions).words


def widened(actions: Iterable[str], origins: tuple[Statement, ...], universe: Universe, leave: Leave) -> Shortened:
    """Write actions as fewer words that may match more, though nothing beyond what was granted.

    Never added, whatever the leave: actions that manage permissions, those that pass a role, and any of IAM and its like.
    """
    return _Compression(origins, universe, leave).shortened(actions)


class _Compression(Struct, frozen=True):
    """What words must keep to: the granted statements, the documented actions, and the leave to add some, `None` for none."""

    origins: tuple[Statement, ...]
    universe: Universe
    leave: Leave | None

    def shortened(self, actions: Iterable[str]) -> Shortened:
        """Write actions as fewer words, service by service."""
        found: list[str] = []
        services: dict[str, dict[str, str]] = {}
        for word in actions:
            facts = self.universe.actions.get(word.lower())
            if facts is None:
                found.append(word)
            else:
                services.setdefault(word.lower().partition(":")[0], {})[word.lower()] = facts.name
        added: set[str] = set()
        for service in sorted(services):
            for candidate in self._chosen(service, services[service]):
                added |= candidate.added
                found.append(candidate.word)
        return Shortened(listed(found, self.universe), listed(added, self.universe))

    def _chosen(self, service: str, spelt: Mapping[str, str]) -> list[_Candidate]:
        """Choose words for the actions of one service, those that save most first."""
        left = set(spelt)
        waiting = [(-self._saved(each, spelt, left), each.word, each) for each in self._candidates(service, spelt)]
        heapify(waiting)
        chosen: list[_Candidate] = []
        while waiting:
            promised, word, candidate = heappop(waiting)
            saved = self._saved(candidate, spelt, left)
            if saved <= 0:
                continue
            if saved < -promised:
                heappush(waiting, (-saved, word, candidate))
                continue
            chosen.append(candidate)
            left -= candidate.names
        return [*chosen, *[_Candidate(spelt[name], frozenset({name})) for name in sorted(left)]]

    def _saved(self, candidate: _Candidate, spelt: Mapping[str, str], left: set[str]) -> int:
        """Count the characters that a word saves over the actions it stands for, less the price of those it adds."""
        replaced = sum([len(spelt[name]) + _QUOTES_AND_COMMA for name in candidate.names & left])
        price = self.leave.price * len(candidate.added) if self.leave else 0
        return replaced - len(candidate.word) - _QUOTES_AND_COMMA - price

    def _candidates(self, service: str, spelt: Mapping[str, str]) -> Iterator[_Candidate]:
        """Give the words with one wildcard between words of a name that match only what they may and stay inside what was granted."""
        names = self.universe.names
        known = names[bisect_left(names, f"{service}:") : bisect_left(names, f"{service};")]
        for head, tail in sorted(_cuts(spelt)):
            word = f"{service}:{head}*{tail}"
            matched = _matching(known, f"{service}:{head}".lower(), tail.lower())
            added = [name for name in matched if name not in spelt]
            if all(self._may_add(name) for name in added) and is_inside(word, self.origins):
                yield _Candidate(word, frozenset(matched).intersection(spelt), frozenset(added))

    def _may_add(self, name: str) -> bool:
        if self.leave is None or name in self.leave.guarded or name.endswith("passrole"):
            return False
        is_guarded = name.partition(":")[0] in _NEVER_WIDENED
        return not is_guarded and self.universe.actions[name].level is not AccessLevel.PERMISSIONS


def _matching(known: tuple[str, ...], head: str, tail: str) -> list[str]:
    """List the names with a beginning and an end that do not overlap."""
    found: list[str] = []
    for index in range(bisect_left(known, head), len(known)):
        name = known[index]
        if not name.startswith(head):
            break
        if len(name) >= len(head) + len(tail) and name.endswith(tail):
            found.append(name)
    return found


def _cuts(spelt: Mapping[str, str]) -> set[tuple[str, str]]:
    """Give the beginnings and ends, at boundaries between words, that two or more of the names share."""
    counts: dict[tuple[str, str], int] = {}
    for name in spelt.values():
        words = _WORD.findall(name.partition(":")[2])
        heads = ["".join(words[:number]) for number in range(len(words) + 1)]
        tails = ["".join(words[number:]) for number in range(len(words) + 1)]
        for at, head in enumerate(heads):
            for tail in tails[at:]:
                counts[head, tail] = counts.get((head, tail), 0) + 1
    return {cut for cut, count in counts.items() if count > 1}


def is_inside(word: str, origins: tuple[Statement, ...]) -> bool:
    """Tell whether all that a word can ever match was granted by one of the statements it comes from.

    >>> from setsquare.powers.iam.policy.document import Effect
    >>> granted = Statement(effect=Effect.ALLOW, not_actions=("iam:*",), resources=("*",))
    >>> is_inside("s3:*", (granted,)), is_inside("i*:Get*", (granted,))
    (True, False)
    """
    for origin in origins:
        if origin.not_actions is not None:
            if not any(is_touching(excluded, word) for excluded in origin.not_actions):
                return True
        elif any(is_covering(granted, word) for granted in origin.actions or ()):
            return True
    return False
