"""Writes requests and reads answers of the chat completions format.

Source: OpenAI API reference, "Create chat completion" and its streaming object; deviations of Ollama, vLLM, llama.cpp and gateways that
only claim to be compatible are accepted where their meaning is plain.
"""

from __future__ import annotations

import msgspec
from msgspec import Raw, Struct

from setsquare.adapters.model_errors import Complaint
from setsquare.adapters.tool_calls import sendable, wire_arguments, wire_id
from setsquare.events.call_ids import distinct, ids_of
from setsquare.events.conversation import AssistantMessage, Message, Reply, ToolCall, ToolMessage, Usage, UserMessage
from setsquare.ports.language_model import Request

_STOPS = {"length": "length", "content_filter": "refusal"}
_UNKNOWN_FIELD = ("unsupported", "not supported", "unrecognized", "unknown", "extra", "not permitted", "unexpected")


class Abilities(Struct, frozen=True, kw_only=True):
    """What a server takes: usage counts in streams, the newer name of the output limit, a temperature."""

    has_stream_usage: bool = True
    has_completion_limit: bool = False
    has_temperature: bool = True


def relaxed(abilities: Abilities, complaint: Complaint) -> Abilities | None:
    """Give up what a refusal complains about; `None` when it complains about something else.

    >>> relaxed(Abilities(), Complaint(status=400, message="unknown field stream_options")).has_stream_usage
    False
    """
    if complaint.status not in {400, 422}:
        return None
    words = f"{complaint.kind} {complaint.message}".lower()
    if abilities.has_stream_usage and ("stream_options" in words or "include_usage" in words):
        return msgspec.structs.replace(abilities, has_stream_usage=False)
    if "max_completion_tokens" in words and any(word in words for word in _UNKNOWN_FIELD):
        return msgspec.structs.replace(abilities, has_completion_limit=not abilities.has_completion_limit)
    if abilities.has_temperature and "temperature" in words:
        return msgspec.structs.replace(abilities, has_temperature=False)
    return None


def body_of(request: Request, model: str, abilities: Abilities) -> bytes:
    """Write a request."""
    system = [{"role": "system", "content": sendable(request.system)}] if request.system else []
    body: dict[str, object] = {"model": model, "messages": [*system, *map(_message, request.messages)], "stream": True}
    body["max_completion_tokens" if abilities.has_completion_limit else "max_tokens"] = request.limit_tokens
    if abilities.has_temperature:
        body["temperature"] = request.temperature
    if abilities.has_stream_usage:
        body["stream_options"] = {"include_usage": True}
    if request.tools:
        body["tools"] = [
            {"type": "function", "function": {"name": tool.name, "description": tool.description, "parameters": tool.schema}}
            for tool in request.tools
        ]
    return msgspec.json.encode(body)


def _message(message: Message) -> dict[str, object]:
    match message:
        case UserMessage():
            return {"role": "user", "content": sendable(message.text)}
        case ToolMessage():
            return {"role": "tool", "tool_call_id": wire_id(message.call_id), "content": sendable(message.text)}
        case AssistantMessage():
            calls = [
                {
                    "id": wire_id(call.id),
                    "type": "function",
                    "function": {"name": call.tool, "arguments": bytes(wire_arguments(call.arguments)).decode()},
                }
                for call in message.calls
            ]
            said: dict[str, object] = {"role": "assistant", "content": sendable(message.text)}
            return {**said, "tool_calls": calls} if calls else said


class _Function(Struct):
    name: str | None = None
    arguments: Raw = Raw()


class _Call(Struct):
    index: int | None = None
    id: str | None = None
    function: _Function | None = None


class _Said(Struct):
    content: Raw = Raw()
    refusal: str | None = None
    tool_calls: tuple[_Call, ...] | None = None


class _Choice(Struct):
    index: int | None = None
    delta: _Said | None = None
    message: _Said | None = None
    finish_reason: str | None = None


class _Cached(Struct):
    cached_tokens: int | None = None


class _Counts(Struct):
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    prompt_tokens_details: _Cached | None = None
    prompt_cache_hit_tokens: int | None = None


class _Chunk(Struct):
    choices: tuple[_Choice, ...] | None = None
    usage: _Counts | None = None
    model: str | None = None
    error: Raw = Raw()


class _Part(Struct):
    type: str = "text"
    text: str = ""


class _Growing:
    """A tool call whose arguments still arrive."""

    def __init__(self, index: int | None, name: str) -> None:
        self.index = index
        self.id = name
        self.tool = ""
        self.arguments: list[str] = []


class ChatAnswer:
    """Puts an answer together from its chunks; a whole answer is one chunk."""

    def __init__(self) -> None:
        self.is_finished = False
        self._text: list[str] = []
        self._calls: list[_Growing] = []
        self._finish = ""
        self._model = ""
        self._is_refusal = False
        self._usage = Usage()

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing was said."""
        return not self._text and not self._calls

    def add(self, raw: bytes) -> str | bytes:
        """Take a chunk; give the text in it, or as bytes an error object that stands in its place.

        Raises:
            ValueError: it is not a chunk.
            RecursionError: it is nested too deeply.
        """
        chunk = msgspec.json.decode(raw, type=_Chunk)
        if bytes(chunk.error) not in {b"", b"null"}:
            return raw
        if chunk.choices is None and chunk.usage is None:
            raise ValueError("a part has neither choices nor usage")
        self._model = chunk.model or self._model
        if chunk.usage is not None:
            self._usage = _usage(chunk.usage)
        # Of several choices only the first counts: one was asked for.
        return "".join(self._choice(choice) for choice in chunk.choices or () if not choice.index)

    def _choice(self, choice: _Choice) -> str:
        said = choice.delta or choice.message
        text = ""
        if said is not None:
            text = _text(said.content)
            if said.refusal:
                text, self._is_refusal = text + said.refusal, True
            for call in said.tool_calls or ():
                self._call(call)
        if text:
            self._text.append(text)
        if choice.finish_reason:
            self.is_finished, self._finish = True, choice.finish_reason
        return text

    def _call(self, part: _Call) -> None:
        growing = self._grown(part)
        if growing is None:
            growing = _Growing(part.index, part.id or "")
            self._calls.append(growing)
        growing.id = growing.id or part.id or ""
        if part.function is not None:
            growing.tool = growing.tool or part.function.name or ""
            growing.arguments.append(_arguments(part.function.arguments))

    def _grown(self, part: _Call) -> _Growing | None:
        """Find the call that a part goes on with: that of its index, unless the part starts another one with a name and id of its own."""
        if part.index is None:
            found = self._calls[-1] if self._calls else None
        else:
            found = next((call for call in reversed(self._calls) if call.index == part.index), None)
        starts = part.function is not None and bool(part.function.name)
        if found is not None and starts and found.tool and (part.index is None or (part.id and part.id != found.id)):
            return None
        return found

    def reply(self, request: Request, provider: str, model: str) -> Reply:
        """Give the answer.

        Raises:
            ValueError: a tool call names no tool.
        """
        if any(not call.tool for call in self._calls):
            raise ValueError("a tool call names no tool")
        calls = tuple(ToolCall(call.id, call.tool, "".join(call.arguments) or "{}") for call in self._calls)
        stop = "refusal" if self._is_refusal else _STOPS.get(self._finish, "tools" if calls else "end")
        return Reply(
            text="".join(self._text),
            calls=distinct(calls, ids_of(request.messages)),
            usage=self._usage,
            provider=provider,
            model=self._model or model,
            stop=stop,
        )


def _text(content: Raw) -> str:
    """Read text, or the text parts of a list; reasoning parts are left out."""
    source = bytes(content)
    if source in {b"", b"null"}:
        return ""
    if source.startswith(b"["):
        return "".join(part.text for part in msgspec.json.decode(source, type=tuple[_Part, ...]) if part.type == "text")
    return msgspec.json.decode(source, type=str)


def _arguments(raw: Raw) -> str:
    """Read arguments: a piece of JSON text in a string, or from some servers the object itself."""
    source = bytes(raw)
    if source in {b"", b"null"}:
        return ""
    return msgspec.json.decode(source, type=str) if source.startswith(b'"') else source.decode()


def _usage(counts: _Counts) -> Usage:
    details = counts.prompt_tokens_details
    cached = (details.cached_tokens if details else None) or counts.prompt_cache_hit_tokens
    return Usage(
        input_tokens=known(counts.prompt_tokens),
        output_tokens=known(counts.completion_tokens),
        cache_read_tokens=known(cached) or 0,
    )


def known(count: int | None) -> int | None:
    """Take a count only if it can be one.

    >>> known(3), known(-1), known(None)
    (3, None, None)
    """
    return count if count is not None and count >= 0 else None
