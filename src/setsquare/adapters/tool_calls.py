"""Keeps tool calls unambiguous between providers that number, repeat or forget their ids."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from collections.abc import Set as AbstractSet

import msgspec
from msgspec import Raw

from setsquare.events.conversation import AssistantMessage, Message, ToolCall

_WIRE_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")


def ids_of(messages: Iterable[Message]) -> frozenset[str]:
    """Collect the ids of the tool calls of a conversation.

    >>> ids_of((AssistantMessage("", (ToolCall("a", "read", "{}"),)),))
    frozenset({'a'})
    """
    return frozenset(call.id for message in messages if isinstance(message, AssistantMessage) for call in message.calls)


def distinct(calls: tuple[ToolCall, ...], taken: AbstractSet[str]) -> tuple[ToolCall, ...]:
    """Give every call an id that neither another one nor `taken` has; a good id stays as it is.

    >>> twice = (ToolCall("a", "read", "{}"), ToolCall("a", "list", "{}"), ToolCall("", "read", "{}"))
    >>> [call.id for call in distinct(twice, frozenset())]
    ['a', 'a-2', 'call']
    """
    own: set[str] = set()
    named = []
    for call in calls:
        stem = call.id or "call"
        name, number = stem, 1
        while name in taken or name in own:
            number += 1
            name = f"{stem}-{number}"
        own.add(name)
        named.append(ToolCall(name, call.tool, call.arguments))
    return tuple(named)


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
