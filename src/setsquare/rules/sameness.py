"""Tells when two criteria say the same."""

from __future__ import annotations

import re

_NOISE = re.compile(r"[\W_]+|(?<!\w)(?:the|an?|then)(?!\w)", re.IGNORECASE)


def canonical(text: str) -> str:
    """Write a criterion without letter case, articles, THEN, blanks and punctuation.

    >>> canonical("WHEN it rings THEN **the** Bell SHALL stop.") == canonical("When it rings, the bell shall stop")
    True
    """
    return _NOISE.sub("", text.casefold())
