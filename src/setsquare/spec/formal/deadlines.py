"""K6: bounds of parts that do not fit into the bound of the whole."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from setsquare.spec.formal.encoding import Encoded, Encoding
from setsquare.spec.formal.quantities import shown
from setsquare.spec.formal.verdict import Claim, Verdict


def deadlines(encoding: Encoding) -> Iterator[Verdict]:
    """Add up the bounds of the parts that a vocabulary declares.

    >>> list(deadlines(Encoding()))
    []
    """
    by_id = {item.criterion.id: item for item in encoding.criteria}
    for deadline in encoding.vocabulary.deadlines:
        whole = _within(by_id.get(deadline.whole))
        parts = [_within(by_id.get(part)) for part in deadline.parts]
        ids = (deadline.whole, *deadline.parts)
        if whole is None or None in parts:
            missing = next(name for name, bound in zip(ids, (whole, *parts), strict=True) if bound is None)
            yield Verdict(
                check="K6", claim=Claim.UNKNOWN, criteria=ids, message=f"{missing} has no bound `within` a time that could be read"
            )
            continue
        total = sum((part for part in parts if part is not None), Fraction())
        if total > whole:
            yield Verdict(
                check="K6",
                claim=Claim.DEADLINE,
                criteria=ids,
                message=f"the parts may take {shown(total)} ms, the whole only {shown(whole)} ms",
                question=f"Does (a) {deadline.whole} allow too little, or (b) one of {', '.join(deadline.parts)} too much?",
            )


def _within(item: Encoded | None) -> Fraction | None:
    return item.bound.value_ms if item and item.bound and item.bound.sign == "<=" else None
