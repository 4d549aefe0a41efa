"""Writes what a terminal or a reader of lines would obey in JSON text as escapes."""

from __future__ import annotations

import re

_UNSAFE = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
"""What JSON may hold as it is, although a terminal obeys it or a reader of lines ends a line there."""


def escaped(document: str) -> str:
    r"""Write the controls and direction marks in JSON text as escapes; the values stay the same.

    >>> escaped('{"text":"a\u202eb"}')
    '{"text":"a\\u202eb"}'
    """
    return document if document.isascii() and "\x7f" not in document else _UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", document)
