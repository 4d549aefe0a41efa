"""The functions of Terraform that lists of actions and policies are put together with; what another one gives is open.

Source: Terraform language, "Functions".
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from itertools import product

from setsquare.powers.iam.expressions.values import (
    MOST_CHOICES,
    NOTHING,
    Encoded,
    Fields,
    Nothing,
    Open,
    Value,
    glued,
    items_of,
    text_of,
)

_MOST_ITEMS = 3_000


def called(name: str, arguments: tuple[Value, ...]) -> Value | None:
    """Give what a function gives; `None` where it is not known, so that the call is open.

    >>> called("concat", (("a",), ("b",))), called("format", ("%s:%s", "iam", "PassRole")), called("uuid", ())
    (('a', 'b'), 'iam:PassRole', None)
    """
    function = _FUNCTIONS.get(name.removeprefix("core::"))
    if function is None:
        return None
    try:
        found = function(*arguments)
    except (TypeError, ValueError, IndexError):
        return None
    return None if isinstance(found, tuple) and len(found) > _MOST_ITEMS else found


def _texts(value: Value) -> list[str]:
    """Give the items as texts.

    Raises:
        ValueError: one is open, or no text.
    """
    return [_text(item) for item in _list(value)]


def _text(value: Value) -> str:
    found = text_of(value)
    if not isinstance(found, str):
        raise ValueError  # noqa: TRY004  (what is open is no programmer's error)
    return found


def _number(value: Value) -> int:
    return int(float(_text(value)))


def _list(value: Value) -> tuple[Value, ...]:
    if isinstance(value, tuple):
        return value
    raise ValueError


def _fields(value: Value) -> Fields:
    if isinstance(value, Fields):
        return value
    raise ValueError


def _listed(value: Value) -> tuple[Value, ...]:
    """Give a list's items; of a list that is open one item that stands for them all."""
    if isinstance(value, Open):
        return (value,)
    return _list(value)


def _concat(*lists: Value) -> Value:
    return tuple([item for each in lists for item in _listed(each)])


def _flatten(value: Value) -> Value:
    found: list[Value] = []
    waiting = list(reversed(_list(value)))
    while waiting:
        item = waiting.pop()
        if isinstance(item, tuple):
            waiting += reversed(item)
        else:
            found.append(item)
    return tuple(found)


def _merge(*objects: Value) -> Value:
    found: dict[str, Value] = {}
    for each in objects:
        if isinstance(each, Open):
            found[each.text] = each
        elif not isinstance(each, Nothing):
            found |= dict(_fields(each).fields)
    return Fields(tuple(found.items()))


def _distinct(value: Value) -> Value:
    if isinstance(value, Open):
        return value
    return tuple(dict.fromkeys(_list(value)))


def _same(value: Value) -> Value:
    return value


def _join(between: Value, value: Value) -> Value:
    parts: list[Value] = []
    for index, item in enumerate(_list(value)):
        parts += [between, item] if index else [item]
    return glued(parts) if parts else ""


def _format(pattern: Value, *arguments: Value) -> Value:
    parts: list[Value] = []
    waiting = list(arguments)
    rest = _text(pattern)
    while (at := rest.find("%")) >= 0:
        parts.append(rest[:at])
        mark, rest = rest[at + 1 : at + 2], rest[at + 2 :]
        if mark == "%":
            parts.append("%")
        elif mark in {"s", "v"} or (mark == "d" and not isinstance(waiting[0], Open)):
            parts.append(waiting.pop(0))
        else:
            raise ValueError
    return glued([*parts, rest])


def _formatlist(pattern: Value, *arguments: Value) -> Value:
    longest = max((len(each) for each in arguments if isinstance(each, tuple)), default=1)
    rows = [each if isinstance(each, tuple) else (each,) * longest for each in arguments]
    return tuple([_format(pattern, *row) for row in zip(*rows, strict=True)])


def _lookup(value: Value, key: Value, *otherwise: Value) -> Value:
    fields = _fields(value)
    found = fields.get(_text(key))
    if found is not None:
        return found
    if fields.has_open_keys or not otherwise:
        raise ValueError
    return otherwise[0]


def _element(value: Value, index: Value) -> Value:
    items = _list(value)
    return items[_number(index) % len(items)]


def _coalesce(*values: Value) -> Value:
    for value in values:
        if isinstance(value, Open):
            raise ValueError  # noqa: TRY004  (what is open is no programmer's error)
        if value not in ("", NOTHING, ()):
            return value
    raise ValueError


def _keys(value: Value) -> Value:
    return tuple(dict.fromkeys([Open(key) if "${" in key else key for key, _ in _fields(value).fields]))


def _values(value: Value) -> Value:
    return tuple([each for _, each in _fields(value).fields])


def _zipmap(keys: Value, values: Value) -> Value:
    return Fields(tuple(zip(_texts(keys), _list(values), strict=True)))


def _setproduct(*lists: Value) -> Value:
    many = 1
    for each in lists:
        many *= max(1, len(_list(each)))
    if many > MOST_CHOICES * 4:
        raise ValueError
    return tuple(product(*[_list(each) for each in lists]))


def _without(value: Value, other: Value) -> Value:
    gone = set(_texts(other))
    return tuple([item for item in _listed(value) if isinstance(item, Open) or _text(item) not in gone])


def _within(value: Value, *others: Value) -> Value:
    kept = [set(_texts(each)) for each in others]
    return tuple([item for item in _list(value) if all(_text(item) in each for each in kept)])


def _compact(value: Value) -> Value:
    return tuple([item for item in _listed(value) if item not in ("", NOTHING)])


def _slice(value: Value, start: Value, end: Value) -> Value:
    return _list(value)[_number(start) : _number(end)]


def _substr(value: Value, start: Value, length: Value) -> Value:
    text, first, many = _text(value), _number(start), _number(length)
    return text[first:] if many < 0 else text[first : first + many]


def _replace(value: Value, old: Value, new: Value) -> Value:
    pattern = _text(old)
    if len(pattern) > 1 and pattern.startswith("/") and pattern.endswith("/"):
        raise ValueError
    return _text(value).replace(pattern, _text(new))


def _one(value: Value) -> Value:
    items = _list(value)
    return items[0] if items else NOTHING


def _decoded(value: Value) -> Value:
    try:
        return base64.b64decode(_text(value), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        raise ValueError from None


def _jsonencode(value: Value) -> Value:
    if isinstance(value, Open):
        raise ValueError  # noqa: TRY004  (what is open is no programmer's error)
    return Encoded(value)


def _split(between: Value, value: Value) -> Value:
    return tuple(_text(value).split(_text(between)))


def _range(*values: Value) -> Value:
    return tuple([str(each) for each in range(*map(_number, values))][:_MOST_ITEMS])


def _chunks(value: Value, size: Value) -> Value:
    items, width = _list(value), _number(size)
    return tuple([items[at : at + width] for at in range(0, len(items), width)])


def _transposed(value: Value) -> Value:
    found: dict[str, list[Value]] = {}
    for key, items in _fields(value).fields:
        for item in _texts(items):
            found.setdefault(item, []).append(key)
    return Fields(tuple([(key, tuple(each)) for key, each in found.items()]))


def _length(value: Value) -> Value:
    if isinstance(value, (Open, Nothing)):
        raise ValueError  # noqa: TRY004  (what is open is no programmer's error)
    return float(len(value) if isinstance(value, str) else len(items_of(value)))


def _contains(value: Value, item: Value) -> Value:
    if any(isinstance(each, Open) for each in (*_list(value), item)):
        raise ValueError
    return item in _list(value)


_FUNCTIONS: Mapping[str, Callable[..., Value]] = {
    "base64decode": _decoded,
    "base64encode": lambda value: base64.b64encode(_text(value).encode()).decode(),
    "chomp": lambda value: _text(value).rstrip("\r\n"),
    "chunklist": _chunks,
    "coalesce": _coalesce,
    "coalescelist": _coalesce,
    "compact": _compact,
    "concat": _concat,
    "contains": _contains,
    "distinct": _distinct,
    "element": _element,
    "flatten": _flatten,
    "format": _format,
    "formatlist": _formatlist,
    "join": _join,
    "jsonencode": _jsonencode,
    "keys": _keys,
    "length": _length,
    "lookup": _lookup,
    "lower": lambda value: _text(value).lower(),
    "merge": _merge,
    "nonsensitive": _same,
    "one": _one,
    "range": _range,
    "replace": _replace,
    "reverse": lambda value: _list(value)[::-1],
    "sensitive": _same,
    "setintersection": _within,
    "setproduct": _setproduct,
    "setsubtract": _without,
    "setunion": lambda *lists: _distinct(_concat(*lists)),
    "slice": _slice,
    "sort": _same,
    "split": _split,
    "strrev": lambda value: _text(value)[::-1],
    "substr": _substr,
    "title": lambda value: " ".join([word[:1].upper() + word[1:] for word in _text(value).split(" ")]),
    "tolist": _same,
    "tomap": _same,
    "toset": _distinct,
    "tostring": _same,
    "transpose": _transposed,
    "trim": lambda value, marks: _text(value).strip(_text(marks)),
    "trimprefix": lambda value, mark: _text(value).removeprefix(_text(mark)),
    "trimspace": lambda value: _text(value).strip(),
    "trimsuffix": lambda value, mark: _text(value).removesuffix(_text(mark)),
    "upper": lambda value: _text(value).upper(),
    "values": _values,
    "zipmap": _zipmap,
}
