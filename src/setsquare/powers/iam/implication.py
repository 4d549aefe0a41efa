"""Whether one set of conditions holds only where another does, told from their words alone."""

from __future__ import annotations

from setsquare.powers.iam.policy.document import Condition

_NEGATED = frozenset(
    {
        "stringnotequals",
        "stringnotequalsignorecase",
        "stringnotlike",
        "numericnotequals",
        "datenotequals",
        "notipaddress",
        "arnnotequals",
        "arnnotlike",
    }
)
_POSITIVE = frozenset(
    {
        "stringequals",
        "stringequalsignorecase",
        "stringlike",
        "numericequals",
        "numericlessthan",
        "numericlessthanequals",
        "numericgreaterthan",
        "numericgreaterthanequals",
        "dateequals",
        "datelessthan",
        "datelessthanequals",
        "dategreaterthan",
        "dategreaterthanequals",
        "ipaddress",
        "arnequals",
        "arnlike",
        "binaryequals",
    }
)


def implies(stricter: tuple[Condition, ...], wider: tuple[Condition, ...]) -> bool:
    """Tell whether the first conditions hold only where the second ones do; false also where that cannot be told.

    Each of the second must be there among the first: the same operator and key with no more accepted values, or no fewer excluded ones.

    >>> def on(operator: str, *values: str) -> Condition:
    ...     return Condition(operator, "aws:RequestedRegion", values)
    >>> implies((on("StringEquals", "eu-west-1"),), (on("StringEquals", "eu-west-1", "eu-west-2"),))
    True
    >>> implies((), (on("StringEquals", "eu-west-1"),)), implies((on("StringNotEquals", "a"),), (on("StringNotEquals", "a", "b"),))
    (False, False)
    """
    return all(any(_is_within(each, condition) for each in stricter) for condition in wider)


def _is_within(stricter: Condition, wider: Condition) -> bool:
    if stricter.key.lower() != wider.key.lower():
        return False
    operator, target = stricter.operator.lower(), wider.operator.lower()
    # Where the key is absent, the operator with IfExists holds as well: it is the wider one of the two.
    if target not in (operator, f"{operator}ifexists"):
        return False
    values, others = set(stricter.values), set(wider.values)
    if values == others:
        return True
    base = target.rpartition(":")[2].removesuffix("ifexists")
    if base in _NEGATED:
        return values >= others
    return base in _POSITIVE and values <= others
