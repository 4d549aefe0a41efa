"""Splits a condition at the ANDs and ORs that join its parts."""

from __future__ import annotations

import re
from typing import Final

from setsquare.spec.statement import Atom
from setsquare.text.lazy_pattern import LazyPattern

_JOIN: Final = LazyPattern(r"[,;]?\s{1,4}(?:(?P<and>and)|(?P<or>or))(?:\s+(?:when|if|while|where|that)(?=\s))?\s+", re.IGNORECASE)
_EDGE: Final = " \t\r\n,，、;；:："


def atoms(text: str, prose: str, joins: re.Pattern[str] | None = None) -> tuple[Atom, ...]:
    """Split a condition; what `prose` hides (code, quotes, parentheses) is never split.

    >>> [(atom.join, atom.text) for atom in atoms("a is 1 AND b is 2 or c", "a is 1 AND b is 2 or c")]
    [('', 'a is 1'), ('and', 'b is 2'), ('or', 'c')]
    """
    found = list(_JOIN.finditer(prose))
    if joins:
        found = sorted([*found, *joins.finditer(prose)], key=lambda match: match.start())
    if not found:
        return (Atom(text),)
    parts: list[Atom] = []
    start, join = 0, ""
    for match in found:
        if match.start() < start:
            continue
        inner = text[start : match.start()].strip(_EDGE)
        if inner:
            parts.append(Atom(inner, join if parts else ""))
            join = "and" if match["and"] else "or"
        start = match.end()
    tail = text[start:].strip(_EDGE)
    if tail:
        parts.append(Atom(tail, join if parts else ""))
    return tuple(parts) or (Atom(text),)
