"""Reads YAML as OpenSpec's readers do: version 1.2's plain values, so that `yes`, `on` and dates are strings; a key twice is a mistake.

The world of values is closed: `None`, `bool`, `int`, `float`, `str`, lists and mappings from strings.
"""

from __future__ import annotations

from typing import Any, TypeAlias

from setsquare.text.lazy_pattern import LazyPattern

Value: TypeAlias = Any  # None | bool | int | float | str | list[Value] | dict[str, Value], which mypy cannot narrow through recursion

_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_BOOLEANS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INTEGER = LazyPattern(r"(?a)[-+]?\d+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = LazyPattern(r"(?a)[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_LIMIT_NODES = 100_000


def read_yaml(text: str) -> Value:
    r"""Read one YAML document.

    Raises:
        ValueError: the text is no single YAML document, or holds a key twice.

    >>> read_yaml("a: yes\nb: [true, 0x10, 2026-01-01, ~]\n")
    {'a': 'yes', 'b': [True, 16, '2026-01-01', None]}
    """
    import yaml  # noqa: PLC0415  (start-up: most changes say no more than a few plain lines)

    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    try:
        node = yaml.compose(text, Loader=loader)
        return None if node is None else _value(node, [_LIMIT_NODES])
    except (yaml.YAMLError, RecursionError) as error:
        raise ValueError(str(error)) from error


def _value(node: Any, left: list[int]) -> Value:
    """Give a node's value; `left` is how many more nodes may be read, so that aliases of aliases end."""
    left[0] -= 1
    if left[0] < 0:
        raise ValueError("the document is too large")
    if node.id == "scalar":
        return _scalar(node)
    if node.id == "sequence":
        return [_value(item, left) for item in node.value]
    found: dict[str, Value] = {}
    for key, value in node.value:
        name = str(key.value) if key.id == "scalar" else ""
        if name in found:
            raise ValueError(f"the key {name} stands twice")
        found[name] = _value(value, left)
    return found


def _scalar(node: Any) -> Value:
    """Give a scalar's value; one in quotes or a block is a string unless a tag says otherwise."""
    text = str(node.value)
    return text if node.style and node.tag == "tag:yaml.org,2002:str" else plain_value(text)


def plain_value(text: str) -> bool | int | float | str | None:
    """Give the value of a plain scalar.

    >>> [plain_value(text) for text in ("true", "on", "0o17", "1e3", "null", "1.2.3")]
    [True, 'on', 15, 1000.0, None, '1.2.3']
    """
    if text in _NULL:
        return None
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    if _INTEGER.fullmatch(text):
        return int(text, 0) if text[:2] in {"0o", "0x"} else int(text)
    if _FLOAT.fullmatch(text):
        return float(text.lower().replace(".inf", "inf").replace(".nan", "nan"))
    return text
