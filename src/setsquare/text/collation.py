"""Orders names as people list them: punctuation, digits, letters; accents and capitals count only between equals."""

from __future__ import annotations

import unicodedata

_PUNCTUATION = " _-,;:!?.'\"()[]{}@*/\\&#%`^+<=>|~$"
"""The order of the default collation table.

Source: Unicode Technical Standard #10, default collation, as `localeCompare` of JavaScript uses it.
"""

CollationKey = tuple[tuple[tuple[int, int | str], ...], tuple[str, ...], tuple[bool, ...]]


def collation_key(name: str) -> CollationKey:
    """Give what a name is sorted by.

    >>> sorted(["Zed", "éa", "_u", "alpha", "10", "9", "Beta", "a-b", "aa"], key=collation_key)
    ['_u', '10', '9', 'a-b', 'aa', 'alpha', 'Beta', 'éa', 'Zed']
    """
    plain: list[tuple[int, int | str]] = []
    accents: list[str] = []
    for char in unicodedata.normalize("NFD", name):
        if unicodedata.combining(char):
            accents[-1:] = [(accents[-1] if accents else "") + char]
            continue
        accents.append("")
        at = _PUNCTUATION.find(char)
        plain.append((0, at) if at >= 0 else (1, char) if char.isdecimal() else (2, char.casefold()))
    return (tuple(plain), tuple(accents), tuple(char.isupper() for char in unicodedata.normalize("NFD", name)))
