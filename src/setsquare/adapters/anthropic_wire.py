"""Writes requests and reads answers of the messages format.

Source: Anthropic API reference, "Create a Message", "Streaming Messages" and "Prompt caching".
"""

from __future__ import annotations

import msgspec
from msgspec import Raw, Struct

from setsquare.adapters.tool_calls import sendable, wire_arguments, wire_id
from setsquare.events.call_ids import distinct, ids_of
from setsquare.events.conversation import AssistantMessage, Message, Reply, ToolCall, ToolMessage, Usage, UserMessage
from setsquare.ports.language_model import Request

_CACHED = {"type": "ephemeral"}
_STOPS = {"max_tokens": "length", "model_context_window_exceeded": "length", "refusal": "refusal"}
_HIGHEST_TEMPERATURE = 1.0

_Block = dict[str, object]


def body_of(request: Request, model: str, *, has_temperature: bool) -> bytes:
    """Write a request; what stays the same from step to step is marked for the provider's cache."""
    body: dict[str, object] = {"model": model, "max_tokens": request.limit_tokens, "messages": turns_of(request.messages), "stream": True}
    if has_temperature:
        body["temperature"] = min(request.temperature, _HIGHEST_TEMPERATURE)
    if request.system:
        body["system"] = [{"type": "text", "text": sendable(request.system), "cache_control": _CACHED}]
    if request.tools:
        tools: list[_Block] = [{"name": tool.name, "description": tool.description, "input_schema": tool.schema} for tool in request.tools]
        tools[-1]["cache_control"] = _CACHED
        body["tools"] = tools
    return msgspec.json.encode(body)


def turns_of(messages: tuple[Message, ...]) -> list[dict[str, object]]:
    """Merge messages into turns that take turns: tool results come first in a user's turn, empty texts are left out.

    >>> [turn["role"] for turn in turns_of((UserMessage("a"), UserMessage("b"), AssistantMessage("c"), UserMessage("d")))]
    ['user', 'assistant', 'user']
    """
    turns: list[tuple[str, list[_Block]]] = []
    for message in messages:
        role = "assistant" if isinstance(message, AssistantMessage) else "user"
        blocks = _blocks(message)
        if not blocks:
            continue
        if turns and turns[-1][0] == role:
            turns[-1][1].extend(blocks)
        else:
            turns.append((role, blocks))
    for role, blocks in turns:
        if role == "user":
            blocks.sort(key=lambda block: block["type"] != "tool_result")
    last_user = next((blocks for role, blocks in reversed(turns) if role == "user"), None)
    if last_user:
        last_user[-1]["cache_control"] = _CACHED
    return [{"role": role, "content": blocks} for role, blocks in turns]


def _blocks(message: Message) -> list[_Block]:
    match message:
        case UserMessage():
            return _text_blocks(message.text)
        case AssistantMessage():
            calls: list[_Block] = [
                {"type": "tool_use", "id": wire_id(call.id), "name": call.tool, "input": wire_arguments(call.arguments)}
                for call in message.calls
            ]
            return [*_text_blocks(message.text), *calls]
        case ToolMessage():
            result: _Block = {"type": "tool_result", "tool_use_id": wire_id(message.call_id)}
            if message.text.strip():
                result["content"] = sendable(message.text)
            if message.is_error:
                result["is_error"] = True
            return [result]


def _text_blocks(text: str) -> list[_Block]:
    return [{"type": "text", "text": sendable(text)}] if text.strip() else []


class _Counts(Struct):
    input_tokens: int | None = None
    output_tokens: int | None = None
    cache_read_input_tokens: int | None = None
    cache_creation_input_tokens: int | None = None


class _Content(Struct):
    type: str
    text: str = ""
    id: str = ""
    name: str = ""
    input: Raw = Raw()


class _Said(Struct):
    content: tuple[_Content, ...] = ()
    model: str = ""
    stop_reason: str | None = None
    usage: _Counts | None = None


class _Delta(Struct):
    type: str = ""
    text: str = ""
    partial_json: str = ""
    stop_reason: str | None = None


class _Event(Struct):
    type: str
    index: int | None = None
    message: _Said | None = None
    content_block: _Content | None = None
    delta: _Delta | None = None
    usage: _Counts | None = None


class _Growing:
    """A content block that still grows."""

    def __init__(self, start: _Content) -> None:
        self.start = start
        self.pieces: list[str] = []


class MessagesAnswer:
    """Puts an answer together from its events."""

    def __init__(self) -> None:
        self.is_finished = False
        self._blocks: dict[int, _Growing] = {}
        self._model = ""
        self._stop = ""
        self._counts = _Counts()

    def add_whole(self, raw: bytes) -> str | bytes:
        """Take an answer that is not streamed; give its text, or as bytes an error object.

        Raises:
            ValueError: it is not an answer.
            RecursionError: it is nested too deeply.
        """
        kind = msgspec.json.decode(raw, type=_Event).type
        if kind == "error":
            return raw
        said = msgspec.json.decode(raw, type=_Said)
        if kind != "message" or said.stop_reason is None:
            raise ValueError("it is not a finished message")
        self._start(said)
        self._blocks = {index: _Growing(content) for index, content in enumerate(said.content)}
        self._stop, self.is_finished = said.stop_reason, True
        return "".join(block.start.text for block in self._blocks.values() if block.start.type == "text")

    def add(self, raw: bytes) -> str | bytes:
        """Take an event; give the text in it, or as bytes an error object that stands in its place.

        Raises:
            ValueError: it is not an event, or comes where it cannot.
            RecursionError: it is nested too deeply.
        """
        event = msgspec.json.decode(raw, type=_Event)
        match event.type:
            case "error":
                return raw
            case "message_start" if event.message is not None:
                self._start(event.message)
            case "content_block_start" if event.content_block is not None and event.index is not None:
                if event.index in self._blocks:
                    raise ValueError("two content blocks have one index")
                self._blocks[event.index] = _Growing(event.content_block)
                return event.content_block.text if event.content_block.type == "text" else ""
            case "content_block_delta" if event.delta is not None and event.index is not None:
                return self._grow(event.index, event.delta)
            case "message_delta" if event.delta is not None:
                self._stop = event.delta.stop_reason or self._stop
                self._count(event.usage)
            case "message_stop":
                self.is_finished = True
            case "message_start" | "content_block_start" | "content_block_delta" | "message_delta":
                raise ValueError(f"a {event.type} event lacks what it is for")
            case _:
                pass  # ping, content_block_stop and kinds that are newer than this code
        return ""

    def _start(self, said: _Said) -> None:
        self._model = said.model
        self._count(said.usage)

    def _count(self, counts: _Counts | None) -> None:
        """Keep the latest figure of each count: they are totals, not steps."""
        if counts is None:
            return
        self._counts = _Counts(
            input_tokens=_later(counts.input_tokens, self._counts.input_tokens),
            output_tokens=_later(counts.output_tokens, self._counts.output_tokens),
            cache_read_input_tokens=_later(counts.cache_read_input_tokens, self._counts.cache_read_input_tokens),
            cache_creation_input_tokens=_later(counts.cache_creation_input_tokens, self._counts.cache_creation_input_tokens),
        )

    def _grow(self, index: int, delta: _Delta) -> str:
        block = self._blocks.get(index)
        if block is None:
            raise ValueError("a delta belongs to no content block")
        match delta.type:
            case "text_delta":
                block.pieces.append(delta.text)
                return delta.text if block.start.type == "text" else ""
            case "input_json_delta":
                block.pieces.append(delta.partial_json)
            case _:
                pass  # thinking, signatures, citations
        return ""

    def reply(self, request: Request, provider: str, model: str) -> Reply:
        """Give the answer.

        Raises:
            ValueError: a tool call names no tool.
        """
        blocks = [self._blocks[index] for index in sorted(self._blocks)]
        calls = tuple(_call(block) for block in blocks if block.start.type == "tool_use")
        if any(not call.tool for call in calls):
            raise ValueError("a tool call names no tool")
        return Reply(
            text="".join(block.start.text + "".join(block.pieces) for block in blocks if block.start.type == "text"),
            calls=distinct(calls, ids_of(request.messages)),
            usage=_usage(self._counts),
            provider=provider,
            model=self._model or model,
            stop=_STOPS.get(self._stop, "tools" if calls else "end"),
        )


def _call(block: _Growing) -> ToolCall:
    given = bytes(block.start.input).decode()
    return ToolCall(block.start.id, block.start.name, "".join(block.pieces) or (given if given != "null" else "") or "{}")


def _later(new: int | None, old: int | None) -> int | None:
    return new if new is not None and new >= 0 else old


def _usage(counts: _Counts) -> Usage:
    """Add up: the provider counts what it read from and wrote to its cache beside the other input tokens."""
    read, written = counts.cache_read_input_tokens or 0, counts.cache_creation_input_tokens or 0
    return Usage(
        input_tokens=None if counts.input_tokens is None else counts.input_tokens + read + written,
        output_tokens=counts.output_tokens,
        cache_read_tokens=read,
        cache_write_tokens=written,
    )
