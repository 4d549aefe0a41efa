"""Measures how much two criteria say in the same words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Final

from setsquare.text.lazy_pattern import LazyPattern

_TOKEN: Final = LazyPattern(r"[^\W\d_\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+|\d+(?:[.,]\d+)*|[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+")
_FORM: Final = frozenset(
    (
        "the",
        "a",
        "an",
        "when",
        "while",
        "where",
        "if",
        "then",
        "shall",
        "must",
        "should",
        "will",
        "to",
        "of",
        "and",
        "in",
        "is",
        "be",
        "its",
    )
)
_WIDE: Final = "\u3040"
_MOST: Final = 400


def tokens(text: str) -> Counter[str]:
    """Count the words of a criterion without the words of its form; text without blanks counts by pairs of characters.

    >>> sorted(tokens("WHEN the bell rings, THE Door SHALL open")), sorted(tokens("系统应显示"))
    (['bell', 'door', 'open', 'rings'], ['应显', '显示', '系统', '统应'])
    """
    found: list[str] = []
    for word in _TOKEN.findall(text.casefold()):
        if word[0] >= _WIDE and len(word) > 1:
            found += (word[at : at + 2] for at in range(len(word) - 1))
        elif word not in _FORM:
            found.append(word)
        if len(found) > _MOST:
            break
    return Counter(found)


def similarity(one: Mapping[str, int], two: Mapping[str, int]) -> float:
    """Give the share of words that two texts have in common, from 0 to 1 (Dice's coefficient); two empty texts are alike.

    >>> similarity(tokens("the bell rings twice"), tokens("the bell rings once"))
    0.6666666666666666
    """
    size = sum(one.values()) + sum(two.values())
    return 2 * common(one, two) / size if size else 1.0


def common(one: Mapping[str, int], two: Mapping[str, int]) -> int:
    """Count the words that two texts have in common.

    >>> common(tokens("bell bell"), tokens("bell rings"))
    1
    """
    small, large = (one, two) if len(one) <= len(two) else (two, one)
    return sum(min(count, large.get(word, 0)) for word, count in small.items())
