"""Reads TOML that a stranger may have written: what would exhaust memory or the stack is invalid, like any other wrong text."""

from __future__ import annotations

from typing import Final

from setsquare.text.lazy_pattern import LazyPattern

LIMIT_PARTS: Final = 32
"""The most parts of a dotted key; the parser of the standard library needs memory in the square of them."""

_PART: Final = r"""(?:[\w-]+|"[^"\n]*"|'[^'\n]*')"""
_TOO_LONG: Final = LazyPattern(rf"(?<![\w.-]){_PART}(?:[ \t]*\.[ \t]*{_PART}){{{LIMIT_PARTS}}}")


def toml_table(text: str) -> dict[str, object]:
    """Parse a file of TOML.

    Raises:
        ValueError: it is no valid TOML, nested too deeply, or holds a key of more than 32 parts; the message names the line where it can.

    >>> toml_table("a.b = 1")
    {'a': {'b': 1}}
    >>> toml_table("a." * 40 + "b = 1")
    Traceback (most recent call last):
    ValueError: a key has more than 32 parts (at line 1, column 1)
    """
    import tomllib  # noqa: PLC0415  (start-up: most workspaces have no TOML that is read)

    too_long = _TOO_LONG.search(text) if text.count(".") >= LIMIT_PARTS else None
    if too_long is not None:
        start = text.rfind("\n", 0, too_long.start()) + 1
        line = text.count("\n", 0, too_long.start()) + 1
        message = f"a key has more than {LIMIT_PARTS} parts (at line {line}, column {too_long.start() - start + 1})"
        raise ValueError(message)
    try:
        return tomllib.loads(text)
    except RecursionError:
        message = "values are nested too deeply"
        raise ValueError(message) from None
