"""Reads JSON that an expression came to, its open parts included."""

from __future__ import annotations

from setsquare.powers.iam.expressions.values import NOTHING, Encoded, Fields, Open, Value
from setsquare.text.json_document import read, scan
from setsquare.text.json_tree import JsonArray, JsonBoolean, JsonNull, JsonNumber, JsonObject, JsonString, JsonValue
from setsquare.text.lazy_pattern import LazyPattern
from setsquare.text.paths import RelPath

_HOLE = LazyPattern(r"\$\{[^}]*\}")
_OF_POLICY = LazyPattern(r"\$\{(?:[\w-]+:[^}]*|[*?$])\}\Z")


def decoded(value: Value) -> Value | None:
    """Give the value of a text of JSON, or of what was written out as JSON; `None` for anything else.

    >>> decoded('{"a": [1]}'), decoded("a"), decoded(Open('{"a": "${var.x}"}', is_whole=False))
    (Fields(fields=(('a', (1.0,)),)), None, Fields(fields=(('a', Open(text='${var.x}', is_whole=True)),)))
    """
    if isinstance(value, Encoded):
        return value.value
    text = value.text if isinstance(value, Open) and not value.is_whole else value if isinstance(value, str) else ""
    if not text.lstrip("\ufeff \t\r\n").startswith(("{", "[")):
        return None
    tree = read(scan(RelPath("x.json"), text.encode("utf-8", "replace")))
    if tree.root is None or any(not each.is_warning for each in tree.problems):
        return None
    return _value(tree.root, has_holes=isinstance(value, Open))


def opened(text: str) -> Value:
    """Take a text for open where the engine, not the policy's own variables, decides on a part of it.

    >>> opened("user/${aws:username}"), opened("${Bucket}")
    ('user/${aws:username}', Open(text='${Bucket}', is_whole=True))
    """
    holes = [found for found in _HOLE.finditer(text) if not _OF_POLICY.match(found[0])]
    return Open(text, is_whole=holes[0][0] == text) if holes else text


def _value(value: JsonValue, *, has_holes: bool) -> Value:
    match value:
        case JsonString():
            return opened(value.value) if has_holes else value.value
        case JsonNumber():
            return float(value.written)
        case JsonBoolean():
            return value.value
        case JsonNull():
            return NOTHING
        case JsonArray():
            return tuple([_value(item, has_holes=has_holes) for item in value.items])
        case JsonObject():
            return Fields(tuple([(member.key, _value(member.value, has_holes=has_holes)) for member in value.members]))
