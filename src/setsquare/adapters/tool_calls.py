"""Spells tool calls so that every provider takes them."""

from __future__ import annotations

import hashlib
import re

import msgspec
from msgspec import Raw

_WIRE_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")


def wire_id(call_id: str) -> str:
    """Give an id that every provider takes; the same id always becomes the same.

    >>> wire_id("call_1"), wire_id("functions.read:0")
    ('call_1', 'call_c216cab2de2e56d5')
    """
    if _WIRE_ID.fullmatch(call_id):
        return call_id
    return "call_" + hashlib.sha256(call_id.encode("utf-8", "replace")).hexdigest()[:16]


def wire_arguments(arguments: str) -> Raw:
    r"""Give arguments as a JSON object, which servers insist on in a conversation's past even where the model broke it.

    >>> bytes(wire_arguments('{"a": 1}')), bytes(wire_arguments('{"a": '))
    (b'{"a": 1}', b'{"invalid_arguments":"{\\"a\\": "}')
    """
    source = sendable(arguments)
    try:
        msgspec.json.decode(source, type=dict[str, object])
    except (ValueError, RecursionError):
        return Raw(msgspec.json.encode({"invalid_arguments": source}))
    return Raw(source.encode())


def sendable(text: str) -> str:
    r"""Replace what is not Unicode text, such as bytes of a file that are not UTF-8.

    >>> sendable("a\udcffb")
    'a?b'
    """
    return text.encode("utf-8", "replace").decode()
