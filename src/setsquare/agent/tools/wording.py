"""Makes text from a workspace fit to be shown: bounded, without control characters, without secrets."""

from __future__ import annotations

import re
from collections.abc import Iterable

from setsquare.guard import secrets as detector

LIMIT_CHARS = 20_000
LIMIT_LINE_CHARS = 2_000

_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x80-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]")


def plain(raw: bytes) -> str:
    r"""Read bytes as text without terminal escapes and control or direction characters.

    >>> plain(b"\x1b[31mred\x1b[0m\r\nnext\x92")
    'red\nnext\ufffd'
    """
    text = raw.decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n")
    return _CONTROLS.sub("", _ESCAPES.sub("", text))


def bounded(text: str, limit_chars: int = LIMIT_CHARS) -> str:
    r"""Cut a long text in its middle and say how much is gone.

    >>> bounded("a" * 30 + "b" * 30, 40)
    'aaaaaaaaaaaaaaaaaaaa\n[… 20 characters cut …]\nbbbbbbbbbbbbbbbbbbbb'
    """
    if len(text) <= limit_chars:
        return text
    half = limit_chars // 2
    return f"{text[:half]}\n[… {len(text) - 2 * half} characters cut …]\n{text[-half:]}"


def redacted(text: str, secrets: Iterable[str]) -> str:
    """Replace secret values, the longest first, and what has the shape of a secret.

    >>> redacted("key is s3cr3t-value", ["s3cr3t-value"])
    'key is [redacted]'
    """
    return detector.redacted(text, secrets)


def shown(text: str, secrets: Iterable[str]) -> str:
    """Redact and bound a text for the model and the journal.

    >>> shown("the key is hunter22", ["hunter22"])
    'the key is [redacted]'
    """
    return bounded(redacted(text, secrets))
