"""Finds a condition that stands after the response (`SHALL retry if it fails`)."""

from __future__ import annotations

import re
from typing import Final

from setsquare.spec.ears_words import KEYWORDS
from setsquare.spec.statement import Clause
from setsquare.text.lazy_pattern import LazyPattern

_POSTFIX = LazyPattern(
    r"(?<![A-Za-z0-9_-])(?:when|whenever|while|if|where(?=\s[^,;.]{1,60}\b(?:is|are)\s(?:enabled|supported|installed|fitted|configured|licensed|active|activated)\b)|WHERE|UPON|ONCE|DURING|WHEN|WHENEVER|WHILE|IF)(?![A-Za-z0-9_-])"
)
_BEFORE_ONLY = LazyPattern(r"\b(?:only|even|as|and\s+only|except|exactly|not)\s*$", re.IGNORECASE)
_BEFORE_QUESTION = LazyPattern(
    r"\b(?:check|checks|checking|determin\w+|verif\w+|see|know\w*|test|tests|ask|asks|decid\w+|detect\w*|track\w*|record\w*|identif\w+|"
    r"defin\w+|specif\w+|document\w*|explain\w*|describ\w+|indicat\w+|control\w*|configur\w+|understand\w*|validat\w+|evaluat\w+|confirm\w*|"
    r"tell|tells|predict\w*|(?:the|a)\s+(?:last\s+)?(?:time|moment|date|day|point)|of|about|on|for|including|such as|and|or|how|what|where|why|who|which)\s*,?\s*$",
    re.IGNORECASE,
)
_AFTER_NOT_CONDITION = LazyPattern(
    r"\s*(?:to\b|and\s+only\s|and\s+(?:how|where|why|what)\b|,|\.|$|not\b|applicable\b|possible\b|necessary\b|needed\b|required\b|appropriate\b|available\b|any\b(?!\s+\w+\s+(?:is|are|has|fails?)))",
    re.IGNORECASE,
)
_WHAT_TO: Final = LazyPattern(r"\b(?:what|how|where|who|which\s+\w+)\s+to\s+[\w-]+(?:\s+[\w-]+){0,2}\s*$", re.IGNORECASE)
# `keep the light on while`, `log on when`: here `on` belongs to the verb.
_PARTICLE: Final = LazyPattern(
    r"\b(?:keep|stay|remain|leave|switch|turn|log|sign|power|hold|put|move|carry)(?:s|es)?\b[^,;]{0,40}?\son\s*$", re.IGNORECASE
)
_ONLY_FIRST: Final = LazyPattern(r"\s*only\s", re.IGNORECASE)
_WHILE_DOING = LazyPattern(r"\s*(?:still\s+|also\s+)?\w+ing\b")
_OWN_THEN = LazyPattern(r"[^,;]{1,300}\bthen\b", re.IGNORECASE)
_STOP = LazyPattern(r"[;；]|[.!?](?=\s+\S)|[。]")
_BEFORE: Final = 24
_QUESTION_REACH: Final = 80
_MAX_LENGTH: Final = 4000


def postfix_conditions(text: str, prose: str, start: int, end: int) -> tuple[Clause, ...]:
    """Find the conditions after the modal in the same sentence.

    `only when` (and `only … when`), questions (`check if`), nouns (`when to use`) and adverbials (`while keeping`) are none.

    >>> text = "THE X SHALL retry if the call fails"
    >>> [clause.text for clause in postfix_conditions(text, text, 11, len(text))]
    ['the call fails']
    """
    if _ONLY_FIRST.match(prose, start):
        return ()
    stop = _STOP.search(prose, start, end)
    limit = min(stop.start() if stop else end, start + _MAX_LENGTH)
    starts = [match for match in _POSTFIX.finditer(prose, start, limit) if _is_condition(prose, start, match, limit)]
    ends = [*(match.start() for match in starts), limit][1:]
    return tuple(
        Clause(
            kind=KEYWORDS[match[0].lower()],
            keyword=match[0],
            text=text[match.end() : clause_end].strip(" \t\r\n,.;"),
            start=match.start(),
            end=clause_end,
            is_postfix=True,
        )
        for match, clause_end in zip(starts, ends, strict=True)
    )


def _is_condition(prose: str, start: int, match: re.Match[str], limit: int) -> bool:
    before = prose[max(start, match.start() - _BEFORE) : match.start()]
    if _BEFORE_ONLY.search(before) or _AFTER_NOT_CONDITION.match(prose, match.end(), limit):
        return False
    if _OWN_THEN.match(prose, match.end(), limit):
        return False
    if match[0].isupper():
        return True
    if (_BEFORE_QUESTION.search(before) and not _is_particle(prose, start, match)) or _WHAT_TO.search(
        prose, max(start, match.start() - _QUESTION_REACH), match.start()
    ):
        return False
    return not (match[0] == "while" and _WHILE_DOING.match(prose, match.end(), limit))


def _is_particle(prose: str, start: int, match: re.Match[str]) -> bool:
    """Tell whether the word before a keyword is the `on` of a verb, which asks nothing."""
    return _PARTICLE.search(prose, max(start, match.start() - _QUESTION_REACH), match.start()) is not None
