"""Names what a criterion says by two digests: its wording, and its meaning.

The wording changes with every edit of a word. The meaning does not change when only form does: line breaks, letter case, emphasis, articles,
`WHEN … THEN` for a comma, a final full stop, how the words of a name are joined (`Auth-Service`, `Auth_Service`), `be able to`.

Source: the identity of criteria in the EARS engine's reference, section 4.2 (`h_text`, `h_sem`).
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from typing import Final

from setsquare.spec.statement import Statement
from setsquare.text.lazy_pattern import LazyPattern

_LENGTH: Final = 16
_EMPHASIS: Final = LazyPattern(r"\*+|(?<!\w)_+(?=\w)|(?<=\w)_+(?!\w)")
_ARTICLE: Final = LazyPattern(r"\b(?:the|an?)\s+")
_NUMBER: Final = LazyPattern(r"(?<=\d)[,_\u00a0\u202f](?=\d{3}\b)")
_UNIT: Final = LazyPattern(
    r"(\d)\s*(milliseconds?|msecs?|ms|seconds?|secs?|s|minutes?|mins?|hours?|hrs?|h|days?|percent|%|kb|mb|gb|tb)\b", re.IGNORECASE
)
_UNITS: Final = {
    **dict.fromkeys(("millisecond", "milliseconds", "msec", "msecs"), "ms"),
    **dict.fromkeys(("second", "seconds", "sec", "secs"), "s"),
    **dict.fromkeys(("minute", "minutes", "mins"), "min"),
    **dict.fromkeys(("hour", "hours", "hr", "hrs"), "h"),
    **dict.fromkeys(("day", "days"), "d"),
    "percent": "%",
}
_SIGNS: Final = str.maketrans("“”„«»‘’‚‑–—−", '"""""\'\'\'----')
"""Quotation marks and dashes by one sign each: which of them an editor sets says nothing."""
_JOINT: Final = LazyPattern(r"(?<=[^\W\d_])[\s_-]+(?=[^\W_])")
_ABLE: Final = LazyPattern(r"\bbe able to\s+")
_STRENGTH: Final = {"shall": "must", "must": "must", "localised": "must"}


def wording(text: str) -> str:
    """Digest a text without emphasis and with its white space collapsed.

    >>> wording("THE  Bell **SHALL** ring") == wording("THE Bell SHALL ring")
    True
    """
    return _digest(" ".join(_EMPHASIS.sub("", unicodedata.normalize("NFC", text)).split()))


def meaning(statement: Statement) -> str:
    """Digest what a sentence says: its clauses, subject, modal strength, polarity and response.

    >>> from setsquare.spec.ears import parse
    >>> meaning(parse("THE Bell SHALL ring")) == meaning(parse("THE Bell SHALL NOT ring"))
    False
    >>> meaning(parse("THE Door-Bell SHALL be able to ring")) == meaning(parse("THE Door_Bell SHALL ring"))
    True
    """
    if not statement.modal and not statement.clauses:
        return _digest(_said(statement.text))
    strength = _STRENGTH.get(statement.modal_kind, statement.modal_kind)
    parts = [f"{clause.kind.value}:{_said(clause.text)}" for clause in statement.clauses]
    parts += [_said(statement.subject), strength, "not" if statement.is_negative else "", _said(_main(statement))]
    return _digest("\x1f".join(parts))


def canonical(text: str) -> str:
    """Write a part of a sentence so that only its meaning counts.

    >>> canonical("The  User's form, within 2 seconds.")
    "user's form, within 2 s"
    """
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text).translate(_SIGNS)
    folded = " ".join(_EMPHASIS.sub("", text).casefold().split())
    measured = _UNIT.sub(lambda found: f"{found[1]} {_UNITS.get(found[2], found[2])}", _NUMBER.sub("", folded))
    return _ARTICLE.sub("", measured).strip(" .。,，、;；:：")


def _said(text: str) -> str:
    """Write a part for its digest: the words of names joined alike, an ability as the act."""
    said = canonical(text)
    return _JOINT.sub("", _ABLE.sub("", said) if "able" in said else said)


def _main(statement: Statement) -> str:
    """Give the response without its post-fixed conditions, which are clauses."""
    postfix = [clause.start for clause in statement.clauses if clause.is_postfix]
    if postfix and statement.modal_at[1]:
        return statement.text[statement.modal_at[1] : min(postfix)]
    return statement.response


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:_LENGTH]
