"""Says in what way a criterion's text changed.

Source: the change classes of the EARS engine's reference, section 5.1.
"""

from __future__ import annotations

import enum
import re
from typing import Final

from msgspec import Struct

from setsquare.spec.ears import parse
from setsquare.spec.fingerprint import canonical, meaning
from setsquare.spec.statement import Statement
from setsquare.text.lazy_pattern import LazyPattern


class ChangeClass(enum.Enum):
    """In what way a criterion changed; the names are those of the visible mark in a task file."""

    COSMETIC = "cosmetic"
    GUARD = "guard"
    RESPONSE = "response"
    THRESHOLD = "threshold"
    POLARITY = "polarity"
    MODAL = "modal"
    SUBJECT = "subject"
    SPLIT = "split"
    MERGE = "merge"
    ADDED = "added"
    REMOVED = "removed"
    MOVED = "moved"


HARMLESS: Final = frozenset({ChangeClass.COSMETIC, ChangeClass.MOVED})
"""Changes after which everything that was done still holds."""


class Difference(Struct, frozen=True):
    """What differs between two texts: the class, and in a few words from what to what (empty where the class says it all).

    `is_weaker` is true where the new text demands less for certain: SHALL became SHOULD.
    """

    kind: ChangeClass
    detail: str = ""
    is_weaker: bool = False


_NUMBER: Final = LazyPattern(r"\d+(?:[.,]\d+)*")
_QUANTITY: Final = LazyPattern(r"\d+(?:[.,]\d+)*\s*(?:%|[A-Za-zµ]{1,12}\b)?")
_UPPER: Final = LazyPattern(
    r"(?:within|at most|no more than|no later than|up to|not exceed(?:ing)?|less than|fewer than|below|under|maximum(?: of)?|limit(?:ed)? .{0,30}to|<=?|≤)\s*(?:\w+\s+)?$",
    re.IGNORECASE,
)
_LOWER: Final = LazyPattern(
    r"(?:at least|no less than|no fewer than|more than|greater than|exceed(?:s|ing)?|above|over|minimum(?: of)?|>=?|≥)\s*(?:\w+\s+)?$",
    re.IGNORECASE,
)
_STRENGTH: Final = {"shall": 3, "must": 3, "localised": 3, "will": 2, "should": 1, "can": 0, "may": 0, "might": 0}


# req: spec-engine/4.2
def difference(before: str, after: str) -> Difference:
    """Name the weightiest difference between two texts of one criterion.

    >>> difference("THE Desk SHALL reply within 200 ms", "THE Desk SHALL reply within 100 ms")
    Difference(kind=<ChangeClass.THRESHOLD: 'threshold'>, detail='200 ms → 100 ms, tightened', is_weaker=False)
    >>> difference("THE Desk SHALL reply", "The desk shall reply.").kind.value
    'cosmetic'
    """
    old, new = parse(before), parse(after)
    if meaning(old) == meaning(new):
        return Difference(ChangeClass.COSMETIC)
    if old.is_negative != new.is_negative:
        return Difference(ChangeClass.POLARITY, f"{_modal(old)} → {_modal(new)}")
    if _without_numbers(before) == _without_numbers(after):
        return _threshold(before, after, new)
    strength = _STRENGTH.get(new.modal_kind, 0) - _STRENGTH.get(old.modal_kind, 0)
    if strength and _rest(old) == _rest(new):
        return Difference(ChangeClass.MODAL, f"{_modal(old)} → {_modal(new)}", is_weaker=strength < 0)
    if canonical(old.subject) != canonical(new.subject):
        return Difference(ChangeClass.SUBJECT, f"{old.subject or 'none'} → {new.subject or 'none'}")
    if _guard(old) != _guard(new):
        return Difference(ChangeClass.GUARD)
    return Difference(ChangeClass.RESPONSE)


def _modal(statement: Statement) -> str:
    return f"{statement.modal or 'no modal'}{' NOT' if statement.is_negative else ''}"


def _without_numbers(text: str) -> str:
    return canonical(_QUANTITY.sub("#", text))


def _rest(statement: Statement) -> tuple[object, ...]:
    return _guard(statement), canonical(statement.subject), canonical(statement.response)


def _guard(statement: Statement) -> tuple[tuple[str, str], ...]:
    return tuple((clause.kind.value, canonical(clause.text)) for clause in statement.clauses)


def _threshold(before: str, after: str, new: Statement) -> Difference:
    """Compare the numbers of two texts that differ in nothing else; in a condition no change is called tighter."""
    pairs = list(zip(_QUANTITY.finditer(before), _QUANTITY.finditer(after), strict=False))
    changed = [(one, two) for one, two in pairs if canonical(one[0]) != canonical(two[0])]
    if not changed:
        return Difference(ChangeClass.THRESHOLD)
    one, two = changed[0]
    detail = f"{one[0].strip()} → {two[0].strip()}"
    is_answer = bool(new.modal_at[1]) and two.start() >= new.modal_at[1]
    if len(changed) > 1 or not is_answer:
        return Difference(ChangeClass.THRESHOLD, detail)
    direction = _direction(before[: one.start()], _value(one[0]), _value(two[0])) if _unit(one[0]) == _unit(two[0]) else ""
    return Difference(ChangeClass.THRESHOLD, f"{detail}, {direction}" if direction else detail)


def _direction(lead: str, old: float, new: float) -> str:
    """Tell by the operator in front of a bound whether the new one demands more."""
    if _UPPER.search(lead):
        return "tightened" if new < old else "loosened"
    if _LOWER.search(lead):
        return "tightened" if new > old else "loosened"
    return ""


def _value(quantity: str) -> float:
    match = _NUMBER.match(quantity)
    text = match[0] if match else "0"
    plain = text.replace(",", "") if re.fullmatch(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?", text) else text.replace(",", ".")
    return float(plain) if plain.count(".") <= 1 else 0.0


def _unit(quantity: str) -> str:
    return canonical(_NUMBER.sub("1", quantity))
