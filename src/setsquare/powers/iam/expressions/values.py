"""The values that an expression may come to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import product
from typing import TypeAlias

import msgspec
from msgspec import Struct

MOST_CHOICES = 96
"""Values that one expression may have; one with more is open."""


class Open(Struct, frozen=True):
    """A value that the engine decides on, or a part of: `text` shows it, holes as `${…}`; `is_whole` tells that it may be of any type."""

    text: str
    is_whole: bool = True


class Fields(Struct, frozen=True):
    """An object, its fields in their order."""

    fields: tuple[tuple[str, Value], ...] = ()

    def get(self, key: str) -> Value | None:
        """Give the last field of a key; `None` where there is none.

        >>> Fields((("a", "1"), ("a", "2"))).get("a")
        '2'
        """
        return next((value for name, value in reversed(self.fields) if name == key), None)

    @property
    def has_open_keys(self) -> bool:
        """Tell whether the engine decides on a key, so that any field may be there."""
        return any("${" in key for key, _ in self.fields)


class Encoded(Struct, frozen=True):
    """An object or a list that was written out as JSON."""

    value: Value


class Nothing(Struct, frozen=True):
    """`null`, or CloudFormation's `AWS::NoValue`."""


Value: TypeAlias = str | bool | float | tuple["Value", ...] | Fields | Encoded | Open | Nothing
NOTHING = Nothing()
Choices: TypeAlias = tuple[Value, ...]
"""The values that an expression may have: one where all is written, several where a condition decides."""


def hole(text: str) -> Open:
    """Make an open value of an expression as it is written.

    >>> hole("var.x").text
    '${var.x}'
    """
    return Open(f"${{{' '.join(text.split())[:160]}}}")


def distinct(values: Iterable[Value], shown: str) -> Choices:
    """Give each value once; too many are one that is open.

    >>> distinct(("a", "a"), "x"), distinct((str(each) for each in range(1000)), "x")
    (('a',), (Open(text='${x}', is_whole=True),))
    """
    found: list[Value] = []
    seen: set[tuple[type, Value]] = set()
    for value in values:
        if (type(value), value) not in seen:
            seen.add((type(value), value))
            found.append(value)
            if len(found) > MOST_CHOICES:
                return (hole(shown),)
    return tuple(found)


def combined(parts: Iterable[Choices]) -> Iterator[tuple[Value, ...]] | None:
    """Give every combination of the parts' values; `None` where they are too many.

    >>> list(combined((("a", "b"), ("c",))))
    [('a', 'c'), ('b', 'c')]
    """
    listed = tuple(parts)
    many = 1
    for each in listed:
        many *= len(each)
        if many > MOST_CHOICES:
            return None
    return product(*listed)


def text_of(value: Value) -> str | Open | None:
    """Give a value as text; `None` for lists and objects.

    >>> text_of(True), text_of(1.0), text_of(())
    ('true', '1', None)
    """
    match value:
        case str() | Open():
            return value
        case bool():
            return "true" if value else "false"
        case int() | float():
            return str(int(value)) if value == int(value) else str(value)
        case Encoded():
            return written(value.value)
        case Nothing():
            return ""
        case _:
            return None


def glued(parts: Iterable[Value]) -> str | Open:
    """Put texts together.

    >>> glued(("iam:", "PassRole")), glued(("iam:", Open("${var.x}")))
    ('iam:PassRole', Open(text='iam:${var.x}', is_whole=False))
    """
    listed = [text_of(part) for part in parts]
    if len(listed) == 1 and listed[0] is not None:
        return listed[0]
    shown = "".join([part.text if isinstance(part, Open) else "${…}" if part is None else part for part in listed])
    is_open = any(isinstance(part, Open) or part is None for part in listed)
    return Open(shown, is_whole=False) if is_open else shown


def written(value: Value) -> str | Open:
    """Write a value as JSON; open where a part of it is."""
    parts: list[str] = []
    is_known = _write(value, parts)
    return "".join(parts) if is_known else Open("".join(parts), is_whole=False)


def _write(value: Value, parts: list[str]) -> bool:
    match value:
        case str():
            parts.append(_quoted(value))
        case Open():
            parts.append(_quoted(value.text))
            return False
        case Nothing():
            parts.append("null")
        case bool() | int() | float():
            parts.append(str(text_of(value)))
        case Encoded():
            inner = written(value.value)
            parts.append(_quoted(inner.text if isinstance(inner, Open) else inner))
            return isinstance(inner, str)
        case Fields():
            known = True
            parts.append("{")
            for index, (key, each) in enumerate(value.fields):
                parts.append(("," if index else "") + _quoted(key) + ":")
                known = _write(each, parts) and known and "${" not in key
            parts.append("}")
            return known
        case _:
            known = True
            parts.append("[")
            for index, each in enumerate(value):
                parts.append("," if index else "")
                known = _write(each, parts) and known
            parts.append("]")
            return known
    return True


def _quoted(text: str) -> str:
    return msgspec.json.encode(text.encode("utf-8", "replace").decode()).decode()


def items_of(value: Value) -> tuple[Value, ...]:
    """Give the items of a list, or the values of an object; of one value itself.

    >>> items_of(("a",)), items_of("a"), items_of(NOTHING)
    (('a',), ('a',), ())
    """
    match value:
        case tuple():
            return value
        case Fields():
            return tuple([each for _, each in value.fields])
        case Nothing():
            return ()
        case _:
            return (value,)


def has_open(value: Value) -> bool:
    """Tell whether any part of a value is open.

    >>> has_open(("a", Open("${x}")))
    True
    """
    match value:
        case Open():
            return True
        case Encoded():
            return has_open(value.value)
        case Fields():
            return value.has_open_keys or any(has_open(each) for _, each in value.fields)
        case tuple():
            return any(has_open(each) for each in value)
        case _:
            return False
