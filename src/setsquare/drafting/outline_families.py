"""Finds families of named parts in a list of sentences without headings: what one part or its namesakes do belongs together.

Source: tutorial dialect (settings page, section 1): its two sections hold bare sentences, so the acting parts are the only structure.
"""

from __future__ import annotations

from collections import Counter

from msgspec import Struct

from setsquare.drafting.outline_phrases import plain, slug_key
from setsquare.drafting.outline_words import GENERIC_SUBJECTS
from setsquare.spec.statement import Statement

_NAMED_SHARE = 0.8
_FEWEST, _MOST = 2, 12


class Family(Struct, frozen=True, kw_only=True):
    """Parts that share their first word, or one part alone, with the positions of the sentences in which they act."""

    names: tuple[str, ...]
    positions: tuple[int, ...]


def families(statements: tuple[Statement, ...]) -> tuple[Family, ...]:
    """Group sentences by who acts; empty when too few of them name a part of their own.

    A sentence about the system as a whole goes with the one before it.

    >>> from setsquare.spec.ears import parse
    >>> texts = ("The Login Guard shall count", "The Login Page shall ask", "The Mailer shall send")
    >>> [family.names for family in families(tuple(parse(text) for text in texts))]
    [('Login Guard', 'Login Page'), ('Mailer',)]
    """
    subjects = tuple(_subject(statement) for statement in statements)
    named = [subject for subject in subjects if subject]
    if len(named) < _NAMED_SHARE * len(subjects) or not _FEWEST <= len(set(named)) <= _MOST:
        return ()
    shared = Counter(name.split()[0].lower() for name in set(named) if " " in name)
    grouped: dict[str, list[int]] = {}
    key = ""
    for position, subject in enumerate(subjects):
        if subject:
            first = subject.split()[0].lower()
            key = first if " " in subject and shared[first] > 1 else subject.lower()
        grouped.setdefault(key or _first_key(subjects, shared), []).append(position)
    return tuple(
        Family(names=tuple(dict.fromkeys(subjects[at] for at in positions if subjects[at])), positions=tuple(positions))
        for positions in grouped.values()
    )


def _first_key(subjects: tuple[str, ...], shared: Counter[str]) -> str:
    """Give the key of the first named part, for sentences that stand before it."""
    subject = next(subject for subject in subjects if subject)
    first = subject.split()[0].lower()
    return first if " " in subject and shared[first] > 1 else subject.lower()


def _subject(statement: Statement) -> str:
    """Name the acting part; empty for the system as a whole."""
    name = plain(statement.subject).strip("`*")
    key = slug_key(name)
    return "" if not key or key.split(" ")[-1] in GENERIC_SUBJECTS else name
