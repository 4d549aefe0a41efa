"""What every language model adapter does: one suite over both wire formats and the recorded conversation."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec import Raw

from setsquare.adapters.models import build
from setsquare.events.conversation import AssistantMessage, Tool, ToolCall, ToolMessage, Usage, UserMessage
from setsquare.ports.language_model import Request
from setsquare.workspace.settings import ModelProfile

_spec = importlib.util.spec_from_file_location("model_server", Path(__file__).with_name("model_server.py"))
assert _spec is not None
assert _spec.loader is not None
_server = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_server)
model_server = _server.model_server
speaking = _server.speaking

pytestmark = pytest.mark.network

WRITE = Tool("write", "Writes a file.", Raw(b'{"type":"object","properties":{"path":{"type":"string"},"content":{"type":"string"}}}'))
REQUEST = Request(system="Be brief.", messages=(UserMessage("Write it."),), tools=(WRITE,))


def test_text_comes_in_parts_and_whole(speaking: Any) -> None:
    heard: list[str] = []
    reply = speaking(["Grüße, ", "世界", "!"]).complete(REQUEST, heard.append)
    assert "".join(heard) == reply.text == "Grüße, 世界!"
    assert (reply.stop, reply.calls, reply.model) == ("end", (), "m-1-x")
    assert reply.usage == Usage(input_tokens=100, output_tokens=10, cache_read_tokens=80)


def test_it_answers_without_a_listener(speaking: Any) -> None:
    assert speaking(["a"]).complete(REQUEST).text == "a"


def test_tool_calls_are_put_together(speaking: Any) -> None:
    model = speaking(["I write."], [("c1", "write", ['{"pa', 'th": "a"}']), ("c2", "read", ["{}"])])
    reply = model.complete(REQUEST)
    assert reply.calls == (ToolCall("c1", "write", '{"path": "a"}'), ToolCall("c2", "read", "{}"))
    assert (reply.stop, reply.text) == ("tools", "I write.")


def test_broken_arguments_and_unknown_tools_are_given_as_they_are(speaking: Any) -> None:
    reply = speaking([], [("c1", "no-such-tool", ['{"path": ']), ("c2", "write", ["nonsense"])]).complete(REQUEST)
    assert [(call.tool, call.arguments) for call in reply.calls] == [("no-such-tool", '{"path": '), ("write", "nonsense")]


def test_ids_are_made_and_kept_apart(speaking: Any) -> None:
    earlier = AssistantMessage("", (ToolCall("c1", "read", "{}"),))
    request = Request(system="", messages=(UserMessage("x"), earlier, ToolMessage("c1", "text")), tools=(WRITE,))
    reply = speaking([], [("c1", "read", ["{}"]), ("c1", "read", ["{}"]), ("", "read", ["{}"])]).complete(request)
    names = [call.id for call in reply.calls]
    assert len({*names, "c1"}) == 4
    assert all(names)


@pytest.mark.parametrize(("stop", "expected"), [("length", "length"), ("content_filter", "refusal")])
def test_stops(speaking: Any, stop: str, expected: str) -> None:
    assert speaking(["cut"], stop=stop).complete(REQUEST).stop == expected


def test_missing_usage_is_unknown(speaking: Any) -> None:
    assert speaking(["a"], usage=False).complete(REQUEST).usage == Usage()


def test_an_empty_answer_is_an_answer(speaking: Any) -> None:
    reply = speaking([]).complete(REQUEST)
    assert (reply.text, reply.calls, reply.stop) == ("", (), "end")


def test_id_names_provider_and_model(speaking: Any) -> None:
    provider, _, name = speaking(["a"]).id.partition(":")
    assert provider in {"openai", "anthropic", "scripted"}
    assert name.startswith("m-1")


@pytest.fixture(scope="module")
def peer(peers: Path) -> Iterator[str]:
    script = peers / "fake_llm.py"
    with subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{process.stdout.readline().split()[-1]}"
        process.terminate()


@pytest.mark.parametrize("provider", ["openai", "openai-compatible", "ollama", "anthropic"])
def test_a_server_that_is_not_ours(peer: str, provider: str) -> None:
    model = build(ModelProfile(name="primary", provider=provider, model="scripted", base_url=peer), {})
    first = model.complete(REQUEST)
    assert [call.tool for call in first.calls] == ["write"]
    assert json.loads(first.calls[0].arguments)["path"] == "hello.txt"
    assert first.usage == Usage(input_tokens=100, output_tokens=10, cache_read_tokens=80)
    answered = (*REQUEST.messages, AssistantMessage(first.text, first.calls), ToolMessage(first.calls[0].id, "written"))
    second = model.complete(Request(system="", messages=answered, tools=(WRITE,)))
    assert (second.text, second.stop) == ("SCRIPTED-DONE", "end")
