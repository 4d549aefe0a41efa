"""Finds where a text names correctness properties by number."""

from __future__ import annotations

import re
from typing import Final

from setsquare.workspace.spec import Design

# A search for one of the first letters skips all other places.
_WORD: Final = (
    r"[P属性プ속EС](?<![A-Za-z].)(?:(?<=P)(?:ropert(?:y|ies)|ropiedad(?:es)?|ropriedades?|ropriétés?)|(?<=属)性|(?<=性)质|(?<=プ)ロパティ|(?<=속)성|"
    r"(?<=E)igenschaft(?:en)?|(?<=С)войств[оа])"
)

NAMED: Final = re.compile(
    rf"{_WORD}\s*#?\s*(?P<numbers>P?\d+(?:\.\d+)*(?:\s*(?:[-–~]|[,、，&]|and|和|および)\s*P?\d+(?:\.\d+)*)*)(?![^\W_]|%|\.\d)"
    r"(?:\s*[:：]\s*(?P<title>[^*_\n]+))?"
)
"""Finds a property's word with its number or numbers, and its title after a colon."""

_PART: Final = re.compile(r"P?(\d+(?:\.\d+)*)(?:\s*[-–~]\s*P?(\d+))?")
_HINTS: Final = ("ropert", "ropri", "ropiedad", "属性", "性质", "プロパティ", "속성", "genschaft", "войств")
_RANGE: Final = 500


def may_name(text: str) -> bool:
    """Tell quickly whether a text has a word for a property at all.

    >>> may_name("Write the property test"), may_name("Write the test")
    (True, False)
    """
    return any(hint in text for hint in _HINTS)


def numbers(written: str) -> tuple[str, ...]:
    """List the numbers of a written list with ranges.

    >>> numbers("1, 3-5")
    ('1', '3', '4', '5')
    """
    found: list[str] = []
    for match in _PART.finditer(written):
        first, last = match[1], match[2] or ""
        if last and first.isdigit() and 0 < int(last) - int(first) < _RANGE:
            found += [str(number) for number in range(int(first), int(last) + 1)]
        else:
            found += [first, last] if last else [first]
    return tuple(found)


def own_number(number: str) -> str:
    """Give a property's number as it is referred to: without a letter in front or a count of repetitions.

    >>> own_number("P3"), own_number("7#2")
    ('3', '7')
    """
    return number.partition("#")[0].lstrip("P")


def numbers_of(design: Design) -> frozenset[str]:
    """List the numbers of a design's properties.

    >>> numbers_of(Design(path="design.md", title=""))
    frozenset()
    """
    return frozenset(own_number(item.number) for item in design.properties)
