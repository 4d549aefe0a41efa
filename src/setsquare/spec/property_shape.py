"""Tells which criteria can be tested on many inputs, by the shape of what they demand."""

from __future__ import annotations

import enum
import re
from typing import Final

from setsquare.spec.statement import ClauseKind, Pattern, Statement


class Shape(enum.Enum):
    """A shape that a test can decide for any input."""

    ROUND_TRIP = "round-trip"
    IDEMPOTENCE = "idempotence"
    ERROR_PATH = "error-path"
    BOUND = "bound"
    INVARIANT = "invariant"


_PAIRS: Final = (
    ("save", "load"),
    ("encode", "decode"),
    ("serialize", "deserialize"),
    ("serialise", "deserialise"),
    ("export", "import"),
    ("encrypt", "decrypt"),
    ("compress", "decompress"),
    ("write", "read"),
    ("format", "parse"),
    ("print", "parse"),
    ("pack", "unpack"),
    ("backup", "restore"),
    ("back up", "restore"),
    ("archive", "unarchive"),
)
_ROUND_TRIP: Final = re.compile(
    r"\bround[- ]?trips? (?:property|consistency|fidelity)|\(round[- ]?trip|\bround[- ]?trip\w*\b.*\b(?:same|identical|original|equal|lossless)|\boriginal (?:value|text|string|data|content|input|object|state|file)s?\b|\byields? the (?:same|original)\b",
    re.IGNORECASE,
)
_IDEMPOTENT: Final = re.compile(
    r"\b(?:be|is|are|remain) idempotent|\bidempoten(?:ce|tly)\b|\b(?:twice|repeatedly|multiple times|more than once|a second time|any number of times)\b.*\b(?:same|once|one|single|no (?:further|additional))\b"
    r"|\bno (?:further|additional|second) (?:effect|change|copy|entry)",
    re.IGNORECASE,
)
_BOUND: Final = re.compile(
    r"\b(?:at most|at least|no (?:more|less|fewer|longer) than|not exceed|a (?:maximum|minimum) of|up to|between|exactly|limit(?:ed)? .{0,40}?\bto|fewer than|less than|"
    r"more than|greater than|within the range)\s+(?:\w+\s+)?[-+]?\d",
    re.IGNORECASE,
)
_FAILS: Final = re.compile(
    r"\b(?:reject|refuse|den(?:y|ies)|return|raise|throw|respond|report|display|show|log|prevent|block|abort|discard|ignore|skip|fall back|retry|keep|preserve)",
    re.IGNORECASE,
)
_ALWAYS: Final = re.compile(
    r"\b(?:always|never|at all times|regardless of|remains?|preserves?|unchanged|unique|sorted|consistent with|equals?)\b",
    re.IGNORECASE,
)


def shape_of(statement: Statement) -> Shape | None:
    """Name the shape of what a sentence demands; `None` where no test can decide it for any input.

    Bounds on time are left out: how long something takes is measured, not proven on inputs.

    >>> from setsquare.spec.ears import parse
    >>> shape_of(parse("IF the file is empty, THEN THE Importer SHALL reject the file"))
    <Shape.ERROR_PATH: 'error-path'>
    >>> shape_of(parse("THE Page SHALL be blue")) is None
    True
    """
    if not statement.modal or statement.pattern is Pattern.NONE:
        return None
    text = statement.prose or statement.text
    demanded = text[statement.modal_at[1] :] if statement.modal_at[1] else text
    # Authors name the kind of property in parentheses, which word rules do not see.
    if _ROUND_TRIP.search(statement.text) or _is_pair(text):
        return Shape.ROUND_TRIP
    if _IDEMPOTENT.search(statement.text):
        return Shape.IDEMPOTENCE
    if any(clause.kind is ClauseKind.IF for clause in statement.clauses) and _FAILS.search(demanded):
        return Shape.ERROR_PATH
    if _BOUND.search(demanded):
        return Shape.BOUND
    is_general = statement.pattern in (Pattern.PROPERTY, Pattern.UBIQUITOUS)
    return Shape.INVARIANT if statement.pattern is Pattern.PROPERTY or (is_general and _ALWAYS.search(text)) else None


def _is_pair(text: str) -> bool:
    """Tell whether a sentence does something and takes it back to where it was."""
    folded = text.casefold()
    return bool(re.search(r"\b(?:same|identical|equal|equivalent|original|restored?)\b", folded)) and any(
        re.search(rf"\b{one}\w*\b.*\b{two}\w*\b", folded) for one, two in _PAIRS
    )
