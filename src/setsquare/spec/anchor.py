"""Reads the name that a person gave a criterion in a comment, `<!-- ac:7f3a -->`, and the criterion's text without it."""

from __future__ import annotations

from typing import Final

from setsquare.text.lazy_pattern import LazyPattern

_ANCHOR: Final = LazyPattern(r"\s*<!--\s{0,8}ac:\s{0,8}([A-Za-z0-9][A-Za-z0-9_-]{0,63})\s{0,8}-->\s*")


def anchor(text: str) -> str:
    """Give the anchor in a criterion's text, in lower case, or nothing.

    >>> anchor("THE Bell SHALL ring <!-- ac:7F3a -->"), anchor("THE Bell SHALL ring")
    ('7f3a', '')
    """
    found = _ANCHOR.search(text) if "<!--" in text else None
    return found[1].lower() if found else ""


def unanchored(text: str) -> str:
    """Give a criterion's text without its anchor, which is no wording.

    >>> unanchored("<!-- ac:7f3a --> THE Bell SHALL ring"), unanchored("THE Bell <!-- ac:x1 --> SHALL ring")
    ('THE Bell SHALL ring', 'THE Bell SHALL ring')
    """
    return _ANCHOR.sub(" ", text).strip() if "<!--" in text else text
