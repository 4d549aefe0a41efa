"""Writes the few YAML values that new files of OpenSpec hold."""

from __future__ import annotations

import json
import re

from setsquare.workspace.openspec.yaml_values import plain_value

_PLAIN = re.compile(r"(?![-?:,\[\]{}#&*!|>'\"%@`\s=])(?:(?!: | #)[^\x00-\x1f\x7f-\x9f\ufeff\u2028\u2029\ud800-\udfff])*")
_WIDEST = 72
"""A longer text is written in quotes, where nothing folds it."""


def yaml_scalar(text: str) -> str:
    """Write a text so that a reader of YAML gets the same text.

    >>> yaml_scalar("add a login"), yaml_scalar("true"), yaml_scalar("a: b"), yaml_scalar("x:")
    ('add a login', '"true"', '"a: b"', '"x:"')
    """
    is_plain = _PLAIN.fullmatch(text) is not None and text[-1:] not in (" ", ":") and plain_value(text) == text and len(text) <= _WIDEST
    # A lone surrogate, from an argument that is no UTF-8, has no place in a file.
    clean = text.encode("utf-8", "replace").decode()
    return (
        text
        if is_plain
        else json.dumps(clean, ensure_ascii=False).replace("\x7f", "\\x7f").replace("\u2028", "\\L").replace("\u2029", "\\P")
    )
