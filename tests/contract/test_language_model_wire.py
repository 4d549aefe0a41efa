"""What each wire format needs that the other does not, over real HTTP."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest
from msgspec import Raw

from setsquare.errors import ModelFailed, ModelNonsense
from setsquare.events.conversation import AssistantMessage, Tool, ToolCall, ToolMessage, Usage, UserMessage
from setsquare.ports.language_model import Request

_spec = importlib.util.spec_from_file_location("model_server", Path(__file__).with_name("model_server.py"))
assert _spec is not None
assert _spec.loader is not None
_server = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_server)
model_server = _server.model_server
chat = _server.chat
messages = _server.messages
canned = _server.canned

pytestmark = pytest.mark.network

TOOLS = (Tool("read", "Reads.", Raw(b'{"type":"object"}')), Tool("write", "Writes.", Raw(b'{"type":"object"}')))
PAST = (
    UserMessage("Do it."),
    UserMessage("Now."),
    AssistantMessage("", (ToolCall("functions.read:0", "read", '{"path": "a"}'), ToolCall("c2", "write", '{"broken'))),
    UserMessage("By the way."),
    ToolMessage("functions.read:0", "text \udcff"),
    ToolMessage("c2", "", is_error=True),
)
REQUEST = Request(system="Rules.", messages=PAST, tools=TOOLS, limit_tokens=77, temperature=1.5)


def sse(*chunks: object) -> list[bytes]:
    return [f"data: {json.dumps(chunk)}\n\n".encode() for chunk in chunks] + [b"data: [DONE]\n\n"]


def delta(finish: str | None = None, **fields: Any) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": fields, "finish_reason": finish}]}


def piece(name: str | None = None, tool: str | None = None, arguments: object = "", **fields: Any) -> dict[str, Any]:
    return delta(tool_calls=[{**({"id": name} if name is not None else {}), "function": {"name": tool, "arguments": arguments}, **fields}])


def test_chat_requests(chat: Any, canned: Any) -> None:
    chat.answering(canned(chat.stream(["a"]))).complete(REQUEST)
    path, _, body = chat.server.requests[0]
    assert path == "/v1/chat/completions"
    assert (body["max_tokens"], body["temperature"], body["stream_options"]) == (77, 1.5, {"include_usage": True})
    assert [message["role"] for message in body["messages"]] == ["system", "user", "user", "assistant", "user", "tool", "tool"]
    calls = body["messages"][3]["tool_calls"]
    assert all(isinstance(json.loads(call["function"]["arguments"]), dict) for call in calls)
    assert [call["id"] for call in calls] == [body["messages"][5]["tool_call_id"], "c2"]
    assert body["tools"][0] == {"type": "function", "function": {"name": "read", "description": "Reads.", "parameters": {"type": "object"}}}


@pytest.mark.parametrize(
    ("message", "gone", "present"),
    [
        ("Unrecognized request argument supplied: stream_options", "stream_options", "max_tokens"),
        (
            "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
            "max_tokens",
            "max_completion_tokens",
        ),
        ("Unsupported value: 'temperature' does not support 0.1 with this model.", "temperature", "max_tokens"),
    ],
)
def test_chat_goes_without_what_a_server_does_not_take(chat: Any, canned: Any, message: str, gone: str, present: str) -> None:
    model = chat.answering(chat.error(400, message), canned(chat.stream(["a"], usage=False)))
    assert model.complete(REQUEST).text == "a"
    assert model.complete(REQUEST).text == "a"
    first, *later = [body for _, _, body in chat.server.requests]
    assert gone in first
    assert len(later) == 2
    assert all(gone not in body and present in body for body in later)


def test_chat_stops_giving_in(chat: Any) -> None:
    with pytest.raises(ModelFailed):
        chat.answering(chat.error(400, "max_completion_tokens is unknown, so are temperature and stream_options")).complete(REQUEST)
    assert len(chat.server.requests) <= 5


@pytest.mark.parametrize(
    ("chunks", "expected"),
    [
        ([piece("a", "read", '{"x"', index=0), piece(None, None, ": 1}", index=0)], [("a", "read", '{"x": 1}')]),
        ([piece("a", "read", "{", index=0), piece("a", "read", "}", index=0)], [("a", "read", "{}")]),
        ([piece("a", "read", "{}", index=0), piece("b", "write", "{}", index=0)], [("a", "read", "{}"), ("b", "write", "{}")]),
        ([piece("a", "read", "{}"), piece("b", "write", "{"), piece(None, None, "}")], [("a", "read", "{}"), ("b", "write", "{}")]),
        (
            [piece("a", "read", "1", index=0), piece("b", "write", "2", index=1), piece(None, None, "3", index=0)],
            [("a", "read", "13"), ("b", "write", "2")],
        ),
        ([piece("", "read", None, index=0), piece("", "read", None, index=1)], [("call", "read", "{}"), ("call-2", "read", "{}")]),
        ([piece("a", "read", {"path": "b"}, index=0)], [("a", "read", '{"path": "b"}')]),
    ],
)
def test_chat_tool_calls_of_many_servers(chat: Any, canned: Any, chunks: list[object], expected: list[tuple[str, str, str]]) -> None:
    reply = chat.answering(canned(sse(*chunks, delta("stop")))).complete(Request(system="", messages=()))
    assert [(call.id, call.tool, call.arguments) for call in reply.calls] == expected
    assert reply.stop == "tools"


def test_chat_leaves_reasoning_and_other_choices_out(chat: Any, canned: Any) -> None:
    other = {"choices": [{"index": 1, "delta": {"content": "other"}, "finish_reason": None}]}
    parts = [{"type": "thinking", "thinking": []}, {"type": "text", "text": "b"}]
    chunks = [delta(reasoning_content="hm", content=None), other, delta(content="a"), delta(content=parts), delta("stop", reasoning="hm")]
    assert chat.answering(canned(sse(*chunks))).complete(REQUEST).text == "ab"


def test_chat_refusals_are_told(chat: Any, canned: Any) -> None:
    reply = chat.answering(canned(sse(delta(refusal="I will not."), delta("stop")))).complete(REQUEST)
    assert (reply.text, reply.stop) == ("I will not.", "refusal")


@pytest.mark.parametrize("chunks", [[piece("a", "", "{}", index=0), delta("stop")], [{"choices": []}]])
def test_chat_nonsense(chat: Any, canned: Any, chunks: list[object]) -> None:
    with pytest.raises(ModelNonsense):
        chat.answering(canned(sse(*chunks))).complete(REQUEST)


def test_chat_counts_that_cannot_be_are_unknown(chat: Any, canned: Any) -> None:
    chunks = [delta("stop", content="a"), {"choices": [], "usage": {"prompt_tokens": -5, "completion_tokens": None}}]
    assert chat.answering(canned(sse(*chunks))).complete(REQUEST).usage == Usage()


def test_messages_requests(messages: Any, canned: Any) -> None:
    messages.answering(canned(messages.stream(["a"]))).complete(REQUEST)
    path, headers, body = messages.server.requests[0]
    assert (path, headers["anthropic-version"]) == ("/v1/messages", "2023-06-01")
    assert (body["max_tokens"], body["temperature"]) == (77, 1.0)
    assert body["system"] == [{"type": "text", "text": "Rules.", "cache_control": {"type": "ephemeral"}}]
    assert ["cache_control" in tool for tool in body["tools"]] == [False, True]
    first, second, third = body["messages"]
    assert [block["text"] for block in first["content"]] == ["Do it.", "Now."]
    assert second["content"][1]["input"] == {"invalid_arguments": '{"broken'}
    assert [block["type"] for block in third["content"]] == ["tool_result", "tool_result", "text"]
    assert [block["tool_use_id"] for block in third["content"][:2]] == [block["id"] for block in second["content"]]
    assert third["content"][1]["is_error"] is True
    assert "cache_control" in third["content"][-1]
    assert json.dumps(body).count("cache_control") == 3


def test_messages_go_without_temperature(messages: Any, canned: Any) -> None:
    model = messages.answering(messages.error(400, "temperature is deprecated for this model"), canned(messages.stream(["a"])))
    assert model.complete(REQUEST).text == "a"
    assert "temperature" not in messages.server.requests[1][2]


def test_messages_usage_includes_what_the_cache_took(messages: Any, canned: Any) -> None:
    raw = b"".join(messages.stream(["a"])).replace(b'"cache_creation_input_tokens": 0', b'"cache_creation_input_tokens": 7')
    reply = messages.answering(canned([raw])).complete(REQUEST)
    assert reply.usage == Usage(input_tokens=107, output_tokens=10, cache_read_tokens=80, cache_write_tokens=7)


def test_messages_thinking_is_left_out(messages: Any, canned: Any) -> None:
    events = [
        {"type": "message_start", "message": {"model": "m"}},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "thinking", "thinking": ""}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "thinking_delta", "thinking": "hm"}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "signature_delta", "signature": "x"}},
        {"type": "content_block_start", "index": 1, "content_block": {"type": "text", "text": "a"}},
        {"type": "content_block_delta", "index": 1, "delta": {"type": "text_delta", "text": "b"}},
        {"type": "news_of_tomorrow"},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}},
        {"type": "message_stop"},
    ]
    heard: list[str] = []
    assert messages.answering(canned(sse(*events)[:-1])).complete(REQUEST, heard.append).text == "ab"
    assert "".join(heard) == "ab"


@pytest.mark.parametrize(
    "events",
    [
        [{"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "b"}}],
        [{"type": "content_block_start", "index": 0, "content_block": {"type": "text"}}] * 2,
        [{"type": "message_start"}],
        [{"type": "content_block_start", "index": 0, "content_block": {"type": "tool_use", "id": "a"}}, {"type": "message_stop"}],
    ],
)
def test_messages_nonsense(messages: Any, canned: Any, events: list[object]) -> None:
    with pytest.raises(ModelNonsense):
        messages.answering(canned(sse(*events)[:-1])).complete(REQUEST)
