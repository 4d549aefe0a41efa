"""Holds what the checks claim of a spec, with what each claim rests on."""

from __future__ import annotations

import enum

from msgspec import Struct


class Claim(enum.Enum):
    """What a check says. All but `POSSIBLE`, `OVERLAP`, `UNREALIZABLE` and `UNKNOWN` are proven under the mapping."""

    CONFLICT = "conflict"
    VACUOUS = "vacuous"
    REDUNDANT = "redundant"
    GAP = "gap"
    OVERLAP = "overlap"
    POSSIBLE = "possible-conflict"
    DEADLINE = "deadline"
    UNREALIZABLE = "unrealizable"
    UNKNOWN = "unknown"


PROVEN = frozenset({Claim.CONFLICT, Claim.VACUOUS, Claim.REDUNDANT, Claim.GAP, Claim.DEADLINE})
"""Claims that hold for certain, given the mapping."""

FAILING = frozenset({Claim.CONFLICT, Claim.VACUOUS, Claim.DEADLINE, Claim.UNREALIZABLE})
"""Claims that no implementation can meet."""


class Verdict(Struct, frozen=True, kw_only=True):
    """One claim of one check (`K1` to `K7`).

    `criteria` are display ids, `witness` values of variables under which it shows, `facts` the names of facts that it needs, `mapping` how
    the words were read, `question` what a person must decide, with its two options.
    """

    check: str
    claim: Claim
    criteria: tuple[str, ...]
    message: str
    witness: tuple[tuple[str, str], ...] = ()
    facts: tuple[str, ...] = ()
    mapping: tuple[str, ...] = ()
    question: str = ""


class Consistency(Struct, frozen=True, kw_only=True):
    """What was found in one spec: `mapped` criteria rest on the vocabulary, `textual` ones on equal words; nothing is known of `not_analysed`."""

    verdicts: tuple[Verdict, ...] = ()
    mapped: tuple[str, ...] = ()
    textual: tuple[str, ...] = ()
    not_analysed: tuple[str, ...] = ()
    steps: int = 1

    @property
    def total(self) -> int:
        """Count the criteria that demand something."""
        return len(self.mapped) + len(self.textual) + len(self.not_analysed)
