"""The condition operators of AWS: what each does with one value of a request and one of a policy.

Source: AWS, IAM User Guide, "IAM JSON policy elements: Condition operators" and "Set operators for multi-valued context keys".
"""

from __future__ import annotations

import base64
import binascii
import enum
import ipaddress
import operator
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache, partial

from msgspec import Struct

from setsquare.powers.iam.policy.glob import Atom, Wild, compiled
from setsquare.text.lazy_pattern import LazyPattern


class Quantifier(enum.Enum):
    """How several values of a request count."""

    NONE = ""
    ALL = "ForAllValues:"
    ANY = "ForAnyValue:"


class Family(enum.Enum):
    """What a value is read as."""

    EXACT = "StringEquals"
    CASELESS = "StringEqualsIgnoreCase"
    LIKE = "StringLike"
    NUMBER = "Numeric"
    DATE = "Date"
    BOOL = "Bool"
    BINARY = "Binary"
    ADDRESS = "IpAddress"
    ARN = "Arn"
    NULL = "Null"


Test = Callable[[str], bool]
_Compare = Callable[[object, object], bool]


class Operator(Struct, frozen=True, kw_only=True):
    """A condition operator. `order` names the comparison of numbers and dates."""

    family: Family
    order: str = "Equals"
    is_negated: bool = False
    quantifier: Quantifier = Quantifier.NONE
    is_if_exists: bool = False

    @property
    def takes_variables(self) -> bool:
        """Tell whether variables in its values are replaced."""
        return self.family in {Family.EXACT, Family.CASELESS, Family.LIKE, Family.ARN, Family.BOOL}


_ORDERS: dict[str, Callable[[Decimal, Decimal], bool]] = {
    "Equals": operator.eq,
    "LessThan": operator.lt,
    "LessThanEquals": operator.le,
    "GreaterThan": operator.gt,
    "GreaterThanEquals": operator.ge,
}
_NAMED = {
    "stringequals": Operator(family=Family.EXACT),
    "stringnotequals": Operator(family=Family.EXACT, is_negated=True),
    "stringequalsignorecase": Operator(family=Family.CASELESS),
    "stringnotequalsignorecase": Operator(family=Family.CASELESS, is_negated=True),
    "stringlike": Operator(family=Family.LIKE),
    "stringnotlike": Operator(family=Family.LIKE, is_negated=True),
    "bool": Operator(family=Family.BOOL),
    "binaryequals": Operator(family=Family.BINARY),
    "ipaddress": Operator(family=Family.ADDRESS),
    "notipaddress": Operator(family=Family.ADDRESS, is_negated=True),
    "arnequals": Operator(family=Family.ARN),
    "arnlike": Operator(family=Family.ARN),
    "arnnotequals": Operator(family=Family.ARN, is_negated=True),
    "arnnotlike": Operator(family=Family.ARN, is_negated=True),
    "null": Operator(family=Family.NULL),
    **{
        f"{name}{order}".lower(): Operator(family=family, order=order)
        for name, family in (("numeric", Family.NUMBER), ("date", Family.DATE))
        for order in _ORDERS
    },
    "numericnotequals": Operator(family=Family.NUMBER, is_negated=True),
    "datenotequals": Operator(family=Family.DATE, is_negated=True),
}
_NUMBER = LazyPattern(r"[+-]?(?:[0-9]{1,400}(?:\.[0-9]{0,400})?|\.[0-9]{1,400})\Z")
_DATE = LazyPattern(
    r"([0-9]{4})(?:-([0-9][0-9])(?:-([0-9][0-9])(?:[Tt]([0-9][0-9]):([0-9][0-9])(?::([0-9][0-9])(?:\.([0-9]{1,9}))?)?(Z|z|[+-][0-9][0-9]:?[0-9][0-9])?)?)?)?\Z",
    0,
)
_EPOCH = LazyPattern(r"-?[0-9]{1,18}(?:\.[0-9]{1,9})?\Z")


@lru_cache(maxsize=512)
def operator_of(name: str) -> Operator | None:
    """Read an operator's name, without regard to case; `None` where AWS documents none of that name.

    >>> found = operator_of("ForAnyValue:StringNotLikeIfExists")
    >>> found.quantifier.name, found.is_negated, found.is_if_exists
    ('ANY', True, True)
    >>> operator_of("StringMatches"), operator_of("NullIfExists")
    (None, None)
    """
    rest = name.lower()
    quantifier = Quantifier.NONE
    for each in (Quantifier.ALL, Quantifier.ANY):
        if rest.startswith(each.value.lower()):
            quantifier, rest = each, rest[len(each.value) :]
    is_if_exists = rest.endswith("ifexists")
    found = _NAMED.get(rest.removesuffix("ifexists"))
    if found is None or (found.family is Family.NULL and (is_if_exists or quantifier is not Quantifier.NONE)):
        return None
    return Operator(family=found.family, order=found.order, is_negated=found.is_negated, quantifier=quantifier, is_if_exists=is_if_exists)


def test_of(found: Operator, atoms: tuple[Atom, ...]) -> Test:
    """Give the test that one value of a policy puts to a value of the request; negation is not applied.

    >>> from setsquare.powers.iam.policy.glob import wild_atoms
    >>> test_of(operator_of("StringLike"), wild_atoms("a*"))("ab"), test_of(operator_of("StringEquals"), wild_atoms("a*"))("ab")
    (True, False)
    """
    match found.family:
        case Family.LIKE:
            return compiled(atoms).matches
        case Family.ARN:
            return partial(_arn_holds, arn_parts(atoms))
        case _:
            return plain_test(found, text_of(atoms))


@lru_cache(maxsize=8192)
def plain_test(found: Operator, value: str) -> Test:
    """Give the test of a value that is text without wildcards.

    >>> plain_test(operator_of("IpAddress"), "10.0.0.0/8")("10.1.2.3"), plain_test(operator_of("NumericLessThan"), "10")("9.5")
    (True, True)
    >>> plain_test(operator_of("DateGreaterThan"), "2020-01-01T00:00:00Z")("1577836801"), plain_test(operator_of("Bool"), "True")("true")
    (True, True)
    """
    match found.family:
        case Family.CASELESS | Family.BOOL:
            lowered = value.lower()
            return lambda given: given.lower() == lowered
        case Family.NUMBER:
            return partial(_orders, _ORDERS[found.order], _number, _number(value))
        case Family.DATE:
            return partial(_orders, _ORDERS[found.order], _date, _date(value))
        case Family.BINARY:
            return partial(_same_bytes, _decoded(value))
        case Family.ADDRESS:
            return partial(_is_inside, _network(value))
        case Family.EXACT | Family.LIKE | Family.ARN | Family.NULL:
            return partial(operator.eq, value)


def text_of(atoms: tuple[Atom, ...]) -> str:
    """Write atoms as the text that they were read from.

    >>> from setsquare.powers.iam.policy.glob import wild_atoms
    >>> text_of(wild_atoms("a?*"))
    'a?*'
    """
    return "".join([atom if isinstance(atom, str) else atom.value[0] if isinstance(atom, Wild) else atom.text for atom in atoms])


def arn_parts(atoms: tuple[Atom, ...]) -> tuple[Test, ...]:
    """Split the pattern of an ARN operator at its first five colons: each of the six parts is matched by itself.

    >>> from setsquare.powers.iam.policy.glob import wild_atoms
    >>> len(arn_parts(wild_atoms("arn:aws:iam::1:role/*")))
    6
    """
    parts: list[list[Atom]] = [[]]
    for atom in atoms:
        if atom == ":" and len(parts) < 6:
            parts.append([])
        else:
            parts[-1].append(atom)
    return tuple([compiled(tuple(part)).matches for part in parts])


def _arn_holds(parts: tuple[Test, ...], given: str) -> bool:
    texts = given.split(":", 5)
    return len(parts) == len(texts) == 6 and all(test(text) for test, text in zip(parts, texts, strict=True))


def _orders(compare: Callable[[Decimal, Decimal], bool], read: Callable[[str], Decimal | None], bound: Decimal | None, given: str) -> bool:
    value = read(given)
    return value is not None and bound is not None and compare(value, bound)


def _number(text: str) -> Decimal | None:
    return Decimal(text) if _NUMBER.match(text) else None


def _date(text: str) -> Decimal | None:
    """Read a date of the W3C's profile of ISO 8601 or seconds since 1970; four digits are a year."""
    match = _DATE.match(text)
    if match is None:
        return Decimal(text) if _EPOCH.match(text) else None
    year, month, day, hour, minute, second, fraction, zone = match.groups()
    try:
        moment = datetime(int(year), int(month or 1), int(day or 1), int(hour or 0), int(minute or 0), int(second or 0), tzinfo=UTC)
    except ValueError:
        return None
    offset = 0
    if zone and zone not in "Zz":
        digits = zone[1:].replace(":", "")
        offset = (int(digits[:2]) * 3600 + int(digits[2:]) * 60) * (-1 if zone[0] == "-" else 1)
    return Decimal(int(moment.timestamp()) - offset) + (Decimal(f"0.{fraction}") if fraction else 0)


def _decoded(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


def _same_bytes(expected: bytes | None, given: str) -> bool:
    return expected is not None and _decoded(given) == expected


_Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def _network(text: str) -> _Network | None:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None


@lru_cache(maxsize=1024)
def _address(text: str) -> _Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def _is_inside(network: _Network | None, given: str) -> bool:
    address = _address(given)
    return network is not None and address is not None and address in network
