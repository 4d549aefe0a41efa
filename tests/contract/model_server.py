"""A model server of our own on the loopback address: it says, byte for byte, what a test puts in."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from msgspec import Struct, field

from setsquare.adapters.models import build
from setsquare.adapters.scripted import Scripted, read_script
from setsquare.ports.language_model import LanguageModel
from setsquare.workspace.settings import ModelProfile


class Canned(Struct):
    """One answer: `pieces` go out as one chunk each; a cut one ends without the last chunk; `pause_s` is waited before each piece."""

    pieces: list[bytes] = []
    status: int = 200
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "text/event-stream"})
    is_cut: bool = False
    is_chunked: bool = True
    pause_s: float = 0.0


class ModelServer:
    """Gives its answers in order (the last one for ever) and keeps what it was asked."""

    def __init__(self, port: int = 0) -> None:
        self.answers: list[Canned] = []
        self.requests: list[tuple[str, dict[str, str], dict[str, Any]]] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", port), self._handler())
        self._server.daemon_threads = True
        self.origin = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=lambda: self._server.serve_forever(poll_interval=0.01), daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            disable_nagle_algorithm = True
            protocol_version = "HTTP/1.1"

            def log_message(self, *args: object) -> None:
                """Say nothing."""

            def do_POST(self) -> None:
                raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                names = {name.lower(): value for name, value in self.headers.items()}
                outer.requests.append((self.path, names, json.loads(raw)))
                canned = outer.answers[min(len(outer.requests), len(outer.answers)) - 1]
                self.send_response(canned.status)
                for name, value in canned.headers.items():
                    self.send_header(name, value)
                if canned.is_chunked:
                    self.send_header("Transfer-Encoding", "chunked")
                self.send_header("Connection", "close")
                self.end_headers()
                self.close_connection = True
                with contextlib.suppress(OSError):  # the client has heard enough
                    self._send(canned)

            def _send(self, canned: Canned) -> None:
                for piece in canned.pieces:
                    time.sleep(canned.pause_s)
                    self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece) if canned.is_chunked else piece)
                    self.wfile.flush()
                if canned.is_chunked and not canned.is_cut:
                    self.wfile.write(b"0\r\n\r\n")

        return Handler


class Wire:
    """Writes one of the wire formats; calls are (id, tool, pieces of arguments)."""

    def __init__(self, name: str, server: ModelServer) -> None:
        self.name = name
        self.server = server

    def profile(self, **fields: Any) -> ModelProfile:
        provider = "openai" if self.name == "chat" else "anthropic"
        return ModelProfile(**{"name": "primary", "provider": provider, "model": "m-1", "base_url": self.server.origin, **fields})

    def model(self, environ: dict[str, str] | None = None, **fields: Any) -> LanguageModel:
        return build(self.profile(**fields), environ or {})

    def answering(self, *answers: Canned, **fields: Any) -> LanguageModel:
        self.server.answers = list(answers)
        return self.model(**fields)

    def stream(
        self, text: list[str], calls: list[tuple[str, str, list[str]]] | None = None, stop: str = "", usage: bool = True
    ) -> list[bytes]:
        events = self._chat(text, calls or [], stop, usage) if self.name == "chat" else self._messages(text, calls or [], stop, usage)
        return [event.encode() for event in events]

    def _chat(self, text: list[str], calls: list[tuple[str, str, list[str]]], stop: str, usage: bool) -> Iterator[str]:
        def chunk(delta: dict[str, Any], finish: str | None = None) -> str:
            return f"data: {json.dumps({'model': 'm-1-x', 'choices': [{'index': 0, 'delta': delta, 'finish_reason': finish}]}, ensure_ascii=False)}\n\n"

        yield chunk({"role": "assistant", "content": ""})
        for part in text:
            yield chunk({"content": part})
        for index, (name, tool, pieces) in enumerate(calls):
            yield chunk({"tool_calls": [{"index": index, "id": name, "type": "function", "function": {"name": tool, "arguments": ""}}]})
            for piece in pieces:
                yield chunk({"tool_calls": [{"index": index, "function": {"arguments": piece}}]})
        yield chunk({}, stop or ("tool_calls" if calls else "stop"))
        if usage:
            counts = {"prompt_tokens": 100, "completion_tokens": 10, "prompt_tokens_details": {"cached_tokens": 80}}
            yield f"data: {json.dumps({'choices': [], 'usage': counts})}\n\n"
        yield "data: [DONE]\n\n"

    def _messages(self, text: list[str], calls: list[tuple[str, str, list[str]]], stop: str, usage: bool) -> Iterator[str]:
        def event(kind: str, **fields: Any) -> str:
            return f"event: {kind}\ndata: {json.dumps({'type': kind, **fields}, ensure_ascii=False)}\n\n"

        counts = {"input_tokens": 20, "cache_read_input_tokens": 80, "cache_creation_input_tokens": 0, "output_tokens": 1}
        yield event("message_start", message={"model": "m-1-x", "content": [], "stop_reason": None, **({"usage": counts} if usage else {})})
        blocks: list[tuple[dict[str, Any], list[dict[str, Any]]]] = []
        if text:
            blocks.append(({"type": "text", "text": ""}, [{"type": "text_delta", "text": part} for part in text]))
        for name, tool, pieces in calls:
            deltas = [{"type": "input_json_delta", "partial_json": piece} for piece in pieces]
            blocks.append(({"type": "tool_use", "id": name, "name": tool, "input": {}}, deltas))
        for index, (block, deltas) in enumerate(blocks):
            yield event("content_block_start", index=index, content_block=block)
            for delta in deltas:
                yield event("content_block_delta", index=index, delta=delta)
            yield event("content_block_stop", index=index)
        reason = {"length": "max_tokens", "content_filter": "refusal"}.get(stop, stop)
        delta = {"stop_reason": reason or ("tool_use" if calls else "end_turn")}
        yield event("message_delta", delta=delta, **({"usage": {"output_tokens": 10}} if usage else {}))
        yield event("message_stop")

    def error(self, status: int, message: str, kind: str = "", **headers: str) -> Canned:
        body = {"type": "error", "error": {"type": kind or "some_error", "message": message}}
        return Canned([json.dumps(body).encode()], status, {"Content-Type": "application/json", **headers})


class Recorded:
    """Plays the same answers through the scripted model."""

    name = "scripted"

    def recorded(self, text: list[str], calls: list[tuple[str, str, list[str]]], stop: str, usage: bool) -> LanguageModel:
        line: dict[str, Any] = {"text": "".join(text), "calls": [{"id": i, "tool": t, "arguments": "".join(p)} for i, t, p in calls]}
        line["stop"] = {"content_filter": "refusal"}.get(stop, stop)
        if usage:
            line["usage"] = {"input_tokens": 100, "output_tokens": 10, "cache_read_tokens": 80}
        return Scripted(read_script(json.dumps(line).encode()), name="m-1-x")


@pytest.fixture
def model_server() -> Iterator[ModelServer]:
    server = ModelServer()
    yield server
    server.close()


@pytest.fixture(params=["chat", "messages"])
def wire(request: pytest.FixtureRequest, model_server: ModelServer) -> Wire:
    return Wire(request.param, model_server)


@pytest.fixture
def chat(model_server: ModelServer) -> Wire:
    return Wire("chat", model_server)


@pytest.fixture
def messages(model_server: ModelServer) -> Wire:
    return Wire("messages", model_server)


@pytest.fixture(params=["chat", "messages", "scripted"])
def speaking(request: pytest.FixtureRequest, model_server: ModelServer) -> Any:
    """Give a function that makes a model which gives one answer, in any of the three ways."""

    def speak(
        text: list[str], calls: list[tuple[str, str, list[str]]] | None = None, stop: str = "", *, usage: bool = True
    ) -> LanguageModel:
        if request.param == "scripted":
            return Recorded().recorded(text, calls or [], stop, usage)
        wire = Wire(request.param, model_server)
        return wire.answering(Canned(wire.stream(text, calls, stop, usage)))

    return speak


@pytest.fixture
def canned() -> type[Canned]:
    return Canned
