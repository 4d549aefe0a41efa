"""Keeps tool calls unambiguous between providers that number, repeat or forget their ids."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Set as AbstractSet

from setsquare.events.conversation import AssistantMessage, Message, ToolCall


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
