"""Reads comparisons with numbers in sentences, and converts their units."""

from __future__ import annotations

import re
from collections.abc import Iterable
from fractions import Fraction
from typing import Final

from msgspec import Struct

from setsquare.spec.formal.formula import Formula, Sort, Variable, number, symbol

_SCALES: Final = {
    "ms": ("time", Fraction(1, 1000)),
    "s": ("time", Fraction(1)),
    "min": ("time", Fraction(60)),
    "h": ("time", Fraction(3600)),
    "d": ("time", Fraction(86400)),
    "%": ("share", Fraction(1, 100)),
    "b": ("size", Fraction(1)),
    "kb": ("size", Fraction(10**3)),
    "mb": ("size", Fraction(10**6)),
    "gb": ("size", Fraction(10**9)),
    "tb": ("size", Fraction(10**12)),
}
_NAMES: Final = {
    **dict.fromkeys(("millisecond", "milliseconds", "msec"), "ms"),
    **dict.fromkeys(("second", "seconds", "sec", "secs"), "s"),
    **dict.fromkeys(("minute", "minutes", "mins"), "min"),
    **dict.fromkeys(("hour", "hours", "hr", "hrs"), "h"),
    **dict.fromkeys(("day", "days"), "d"),
    **dict.fromkeys(("percent",), "%"),
    **dict.fromkeys(("byte", "bytes"), "b"),
    **dict.fromkeys(("kilobyte", "kilobytes"), "kb"),
    **dict.fromkeys(("megabyte", "megabytes"), "mb"),
    **dict.fromkeys(("gigabyte", "gigabytes"), "gb"),
}
_WORDS: Final = (
    ("!=", r"is not equal to|does not equal|is not exactly|differs from|!="),
    (
        ">",
        r"(?:is |are |be )?(?:greater|more|higher|larger|longer|older) than(?! or equal)|(?:is |are )?(?:above|over|beyond)|exceeds?|exceeding|>(?!=)",
    ),
    (
        ">=",
        r"(?:is |are |be |to )?(?:at least|no less than|not less than|no fewer than|a minimum of|(?:greater|more) than or equal to)|reach(?:es)?|>=|≥",
    ),
    ("<", r"(?:is |are |be )?(?:less|fewer|lower|smaller|shorter|younger) than(?! or equal)|(?:is |are )?(?:below|under)|<(?!=)"),
    (
        "<=",
        r"(?:is |are |be |to )?(?:at most|no more than|not more than|up to|a maximum of|(?:less|fewer) than or equal to)|(?:does|do|shall|must)? ?not exceed|<=|≤",
    ),
    ("=", r"equals?|is equal to|is exactly|exactly|is|=="),
)
_COMPARISON: Final = re.compile(
    r"\s*(?:"
    + "|".join(f"(?P<o{index}>{words})" for index, (_, words) in enumerate(_WORDS))
    + r")\s*(?P<value>-?\d[\d,]*(?:\.\d+)?)\s*(?P<unit>%|[a-z]+)?",
    re.IGNORECASE,
)


class Quantity(Struct, frozen=True):
    """A number with its unit as written."""

    value: Fraction
    unit: str = ""


def converted(quantity: Quantity, unit: str) -> Fraction | None:
    """Express a quantity in another unit; without a unit it has the wanted one; `None` where the units measure different things.

    >>> converted(Quantity(Fraction(2), "seconds"), "ms")
    Fraction(2000, 1)
    >>> converted(Quantity(Fraction(2), "seconds"), "MB") is None
    True
    """
    if not quantity.unit or quantity.unit.casefold() == unit.casefold():
        return quantity.value
    own, wanted = (_SCALES.get(_NAMES.get(name.casefold(), name.casefold())) for name in (quantity.unit, unit))
    return quantity.value * own[1] / wanted[1] if own and wanted and own[0] == wanted[0] else None


def comparison(text: str, variables: Iterable[Variable]) -> Formula | None:
    """Read `the upload is larger than 10 MB` where a variable has the phrase `the upload`; `None` where nothing is compared.

    >>> upload = Variable(name="mb", sort=Sort.REAL, unit="MB", phrases=("the upload",))
    >>> comparison("the upload is larger than 2 GB", (upload,)).smt
    '(> |mb| 2000.0)'
    """
    for variable in variables:
        if variable.sort not in (Sort.REAL, Sort.INT):
            continue
        for phrase in sorted((*variable.phrases, variable.name), key=len, reverse=True):
            at = re.search(rf"(?<!\w){re.escape(phrase)}(?!\w)", text, re.IGNORECASE)
            match = _COMPARISON.match(text, at.end()) if at else None
            if match is None or text[match.end() :].strip(" .,;"):
                continue
            operator = next(sign for index, (sign, _) in enumerate(_WORDS) if match[f"o{index}"])
            value = converted(Quantity(Fraction(match["value"].replace(",", "")), match["unit"] or ""), variable.unit)
            if value is not None:
                sign = "distinct" if operator == "!=" else operator
                return Formula(
                    f"({sign} {symbol(variable.name)} {number(value)})",
                    frozenset({variable.name}),
                    f"{variable.name} {operator} {shown(value)}",
                )
    return None


def shown(value: Fraction) -> str:
    """Write a number as people do.

    >>> shown(Fraction(9)), shown(Fraction(17, 2)), shown(Fraction(1, 3))
    ('9', '8.5', '1/3')
    """
    if value.denominator == 1:
        return str(value.numerator)
    decimal = f"{float(value):.6f}".rstrip("0").rstrip(".")
    return decimal if Fraction(decimal) == value else str(value)
