"""Holds what is said between the platform and a language model, whatever the provider."""

from __future__ import annotations

from msgspec import Raw, Struct


class ToolCall(Struct, frozen=True):
    """One tool that a model wants to use. `arguments` is JSON text exactly as the model gave it, valid or not."""

    id: str
    tool: str
    arguments: str


class UserMessage(Struct, frozen=True, tag="user"):
    """What the platform says to the model."""

    text: str


class AssistantMessage(Struct, frozen=True, tag="assistant"):
    """What the model said: text, tool calls, or both."""

    text: str = ""
    calls: tuple[ToolCall, ...] = ()


class ToolMessage(Struct, frozen=True, tag="tool"):
    """What a tool call gave."""

    call_id: str
    text: str
    is_error: bool = False


Message = UserMessage | AssistantMessage | ToolMessage


class Tool(Struct, frozen=True):
    """A tool offered to a model; `schema` is the JSON Schema of its arguments, as JSON."""

    name: str
    description: str
    schema: Raw


class Usage(Struct, frozen=True, kw_only=True):
    """Tokens of one call as the provider counted them; `None` when it did not say. `input_tokens` includes the cached ones."""

    input_tokens: int | None = None
    output_tokens: int | None = None
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0


class Reply(Struct, frozen=True, kw_only=True):
    """A model's whole answer to one request. `stop` is `end`, `tools`, `length` or `refusal`."""

    text: str = ""
    calls: tuple[ToolCall, ...] = ()
    usage: Usage = Usage()
    provider: str = ""
    model: str = ""
    stop: str = "end"
