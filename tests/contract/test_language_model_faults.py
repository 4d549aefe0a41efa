"""What can go wrong between an adapter and its server, over real HTTP."""

from __future__ import annotations

import importlib.util
import json
import time
from pathlib import Path
from typing import Any

import pytest

from setsquare.adapters.models import build
from setsquare.errors import (
    ModelAuth,
    ModelFailed,
    ModelNonsense,
    ModelOverloaded,
    ModelRateLimited,
    ModelTooLong,
    ModelTransient,
)
from setsquare.events.conversation import UserMessage
from setsquare.ports.language_model import Request

_spec = importlib.util.spec_from_file_location("model_server", Path(__file__).with_name("model_server.py"))
assert _spec is not None
assert _spec.loader is not None
_server = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_server)
model_server = _server.model_server
wire = _server.wire
canned = _server.canned

pytestmark = pytest.mark.network

REQUEST = Request(system="s", messages=(UserMessage("hello"),))
SSE = {"Content-Type": "text/event-stream"}
JSON = {"Content-Type": "application/json"}
CALLS = [("c1", "write", ['{"path":', ' "ü"}'])]


@pytest.mark.parametrize(
    ("status", "message", "kind", "expected"),
    [
        (401, "bad key", "authentication_error", ModelAuth),
        (403, "no", "permission_error", ModelAuth),
        (429, "slow down", "rate_limit_error", ModelRateLimited),
        (408, "late", "", ModelTransient),
        (409, "conflict", "", ModelTransient),
        (500, "oops", "api_error", ModelTransient),
        (502, "bad gateway", "", ModelTransient),
        (504, "late", "", ModelTransient),
        (503, "busy", "", ModelOverloaded),
        (529, "busy", "overloaded_error", ModelOverloaded),
        (400, "This model's maximum context length is 8192 tokens", "invalid_request_error", ModelTooLong),
        (400, "prompt is too long: 210000 tokens > 200000 maximum", "invalid_request_error", ModelTooLong),
        (400, "the request exceeds the available context size, try increasing it", "exceed_context_size_error", ModelTooLong),
        (400, "no", "context_length_exceeded", ModelTooLong),
        (413, "too big", "request_too_large", ModelTooLong),
        (404, "model 'm-1' not found", "not_found_error", ModelFailed),
        (400, "bad field", "invalid_request_error", ModelFailed),
        (429, "You exceeded your current quota", "insufficient_quota", ModelFailed),
        (302, "", "", ModelFailed),
    ],
)
def test_refusals(wire: Any, status: int, message: str, kind: str, expected: type[ModelFailed]) -> None:
    model = wire.answering(wire.error(status, message, kind, Location="http://192.0.2.1/"))
    with pytest.raises(ModelFailed) as caught:
        model.complete(REQUEST)
    assert type(caught.value) is expected
    assert str(status) in caught.value.message
    assert "127.0.0.1" in caught.value.message
    assert message.rstrip(".") in caught.value.message
    assert caught.value.hint
    assert len(wire.server.requests) == 1


def test_a_missing_model_names_the_profile(wire: Any) -> None:
    with pytest.raises(ModelFailed) as caught:
        wire.answering(wire.error(404, "no such model")).complete(REQUEST)
    assert "'m-1'" in caught.value.hint
    assert "'primary'" in caught.value.hint


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"Retry-After": "7"}, 7.0),
        ({"Retry-After": "0"}, 0.0),
        ({"Retry-After": "9", "Retry-After-Ms": "1500"}, 1.5),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "-3"}, None),
        ({"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}, 0.0),
        ({}, None),
    ],
)
@pytest.mark.parametrize("status", [429, 503])
def test_waiting_times(wire: Any, status: int, headers: dict[str, str], expected: float | None) -> None:
    with pytest.raises(ModelFailed) as caught:
        wire.answering(wire.error(status, "wait", **headers)).complete(REQUEST)
    assert caught.value.retry_after_s == expected


def test_a_stream_cut_after_any_chunk_never_gives_half_an_answer(wire: Any, canned: Any) -> None:
    pieces = wire.stream(["Hel", "lo"], CALLS)
    whole = wire.answering(canned(pieces)).complete(REQUEST)
    outcomes = []
    for is_cut in (True, False):
        for end in range(len(pieces)):
            model = wire.answering(canned(pieces[:end], is_cut=is_cut))
            wire.server.requests.clear()
            try:
                reply = model.complete(REQUEST)
            except ModelTransient:
                outcomes.append("cut")
            else:
                assert (reply.text, reply.calls, reply.stop) == (whole.text, whole.calls, whole.stop)
                outcomes.append("whole")
    assert outcomes.count("cut") >= 2 * (len(pieces) - 2)


@pytest.mark.parametrize("size", [1, 2, 3, 7])
@pytest.mark.parametrize("line_end", [b"\n", b"\r\n", b"\r"])
def test_bytes_may_be_cut_anywhere(wire: Any, canned: Any, size: int, line_end: bytes) -> None:
    pings = [b": keep-alive\n\n", b'event: ping\ndata: {"type": "ping"}\n\n' if wire.name == "messages" else b": ping\n\n"]
    raw = b"".join([b"\xef\xbb\xbf", *pings, *wire.stream(["Grüße 世界 🌍"], CALLS)]).replace(b"\n", line_end)
    reply = wire.answering(canned([raw[at : at + size] for at in range(0, len(raw), size)])).complete(REQUEST)
    assert reply.text == "Grüße 世界 🌍"
    assert reply.calls[0].arguments == '{"path": "ü"}'


@pytest.mark.parametrize(
    "garbage",
    [
        b"data: nonsense\n\n",
        b'data: {"choices": 3, "type": 4}\n\n',
        b"data: []\n\n",
        b"data: {}\n\n",
        b'data: {"choices": [{"delta": {"content": {"a": 1}}}], "type": "content_block_delta", "index": 9, "delta": {}}\n\n',
        b"data: \xff\xfe\n\n",
        b"data: " + b"[" * 200_000 + b"\n\n",
    ],
)
def test_garbage_is_nonsense(wire: Any, canned: Any, garbage: bytes) -> None:
    with pytest.raises(ModelNonsense) as caught:
        wire.answering(canned([garbage])).complete(REQUEST)
    assert len(caught.value.message) < 600


@pytest.mark.parametrize("body", [b"", b'{"choices": [{"mess', b'{"type": "message", "content": ['])
def test_a_cut_plain_answer_is_transient(wire: Any, canned: Any, body: bytes) -> None:
    with pytest.raises(ModelTransient):
        wire.answering(canned([body] if body else [], headers=JSON, is_chunked=False)).complete(REQUEST)


@pytest.mark.parametrize("body", [b"{}", b'{"choices": []}', b"[1}", b'{"type": "message"}', b'{"a": }'])
def test_a_wrong_plain_answer_is_nonsense(wire: Any, canned: Any, body: bytes) -> None:
    with pytest.raises(ModelNonsense):
        wire.answering(canned([body], headers=JSON)).complete(REQUEST)


@pytest.mark.parametrize("headers", [JSON, {"Content-Type": "text/plain"}, {}])
def test_plain_answers_are_taken(wire: Any, canned: Any, headers: dict[str, str]) -> None:
    call = {"id": "c1", "type": "function", "function": {"name": "write", "arguments": '{"a": 1}'}}
    choice = {"index": 0, "message": {"role": "assistant", "content": "hi", "tool_calls": [call]}, "finish_reason": "tool_calls"}
    block = {"type": "tool_use", "id": "c1", "name": "write", "input": {"a": 1}}
    bodies = {
        "chat": {"model": "x", "choices": [choice], "usage": {"prompt_tokens": 5, "completion_tokens": 2}},
        "messages": {
            "type": "message",
            "model": "x",
            "content": [{"type": "text", "text": "hi"}, block],
            "stop_reason": "tool_use",
            "usage": {"input_tokens": 5, "output_tokens": 2},
        },
    }
    heard: list[str] = []
    reply = wire.answering(canned([json.dumps(bodies[wire.name]).encode()], headers=headers)).complete(REQUEST, heard.append)
    assert (reply.text, heard, reply.stop, reply.usage.input_tokens) == ("hi", ["hi"], "tools", 5)
    assert json.loads(reply.calls[0].arguments) == {"a": 1}


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        ({"type": "overloaded_error", "message": "busy"}, ModelOverloaded),
        ({"type": "api_error", "message": "inner"}, ModelTransient),
        ({"type": "rate_limit_error", "message": "slow"}, ModelRateLimited),
        ({"type": "BadRequestError", "code": 400, "message": "maximum context length is 10"}, ModelTooLong),
        ({"type": "authentication_error", "message": "who"}, ModelAuth),
        ("the runner stopped", ModelTransient),
    ],
)
def test_errors_inside_a_stream(wire: Any, canned: Any, error: object, expected: type[ModelFailed]) -> None:
    pieces = [*wire.stream(["Hel"])[:2], b"event: error\ndata: " + json.dumps({"type": "error", "error": error}).encode() + b"\n\n"]
    with pytest.raises(ModelFailed) as caught:
        wire.answering(canned(pieces)).complete(REQUEST)
    assert type(caught.value) is expected


def test_a_long_line_is_refused_early(wire: Any, canned: Any) -> None:
    with pytest.raises(ModelNonsense, match="larger than"):
        wire.answering(canned([b"data: ", *[b"x" * 1_000_000] * 10])).complete(REQUEST)


def test_an_endless_stream_is_refused(wire: Any, canned: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("setsquare.adapters.model_http.LIMIT_ANSWER_BYTES", 100_000)
    with pytest.raises(ModelNonsense, match="larger than"):
        wire.answering(canned([b": ping\n\n" * 1000] * 100)).complete(REQUEST)


def test_a_slow_stream_ends_at_the_profiles_limit(wire: Any, canned: Any) -> None:
    model = wire.answering(canned([b": ping\n\n"] * 100, pause_s=0.1), limit_s=1)
    began_s = time.monotonic()
    with pytest.raises(ModelTransient, match="1 s"):
        model.complete(REQUEST)
    assert time.monotonic() - began_s < 5


def test_silence_ends_at_the_limit(wire: Any, canned: Any) -> None:
    with pytest.raises(ModelTransient):
        wire.answering(canned([b": ping\n\n"], pause_s=3), limit_s=1).complete(REQUEST)


def test_no_server_is_transient_and_says_where(wire: Any) -> None:
    wire.server.close()
    with pytest.raises(ModelTransient) as caught:
        wire.model().complete(REQUEST)
    assert "127.0.0.1" in caught.value.message
    assert "primary" in caught.value.hint


def test_a_compressed_answer_is_refused(wire: Any, canned: Any) -> None:
    with pytest.raises(ModelNonsense, match="compressed"):
        wire.answering(canned([b"\x1f\x8b"], headers={**SSE, "Content-Encoding": "gzip"})).complete(REQUEST)


def test_a_strangers_message_is_cut_and_clean(wire: Any) -> None:
    key = "sk-test-abcdefghijklmnop"
    wire.server.answers = [wire.error(401, f"Wrong key {key}\x1b[31m\r\n" + "x" * 5000)]
    variable = "OPENAI_API_KEY" if wire.name == "chat" else "ANTHROPIC_API_KEY"
    host = wire.server.origin.removeprefix("http://")
    model = wire.model({variable: key, "SETSQUARE_MODEL_HOSTS": host})
    with pytest.raises(ModelAuth) as caught:
        model.complete(REQUEST)
    shown = f"{caught.value.message} {caught.value.hint} {model!r} {vars(model)!r}"
    assert key not in shown
    assert caught.value.message.isprintable()
    assert len(caught.value.message) < 450
    sent = wire.server.requests[0][1]
    assert sent.get("authorization", sent.get("x-api-key", "")).endswith(key)


def test_a_workspace_cannot_lead_the_key_away(wire: Any, canned: Any) -> None:
    environ = {"OPENAI_API_KEY": "sk-secret-1", "ANTHROPIC_API_KEY": "sk-secret-2", "OTHER_API_KEY": "sk-secret-3"}
    wire.server.answers = [canned(wire.stream(["a"]))]
    for variable in ("", "OPENAI_API_KEY", "ANTHROPIC_API_KEY", "OTHER_API_KEY"):
        build(wire.profile(api_key_variable=variable), environ).complete(REQUEST)
    assert "secret" not in repr(wire.server.requests)


def test_the_environments_proxy_does_not_count_unless_asked(wire: Any, canned: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    wire.server.answers = [canned(wire.stream(["a"]))]
    assert wire.model().complete(REQUEST).text == "a"
    with pytest.raises(ModelTransient):
        wire.model({"SETSQUARE_TRUST_ENV": "1"}).complete(REQUEST)
