from __future__ import annotations

import pytest
from msgspec import Raw

from setsquare.adapters.scripted import Scripted, read_script
from setsquare.errors import ModelNonsense, ModelTransient, Unreadable
from setsquare.events.conversation import Tool, ToolMessage, UserMessage
from setsquare.ports.language_model import Request

SCRIPT = b"""# a conversation
{"calls": [{"tool": "read", "arguments": {"path": "a"}}], "expects": "Do", "tools": ["read"]}
{"fails": "model-transient"}

{"text": "done", "expects": "content of a"}
"""
TOOLS = (Tool("read", "", Raw(b"{}")),)
FIRST = Request(system="", messages=(UserMessage("Do it."),), tools=TOOLS)
SECOND = Request(system="", messages=(UserMessage("Do it."), ToolMessage("call-1", "content of a")), tools=TOOLS)


# req: tour/1.2
def test_turns_come_in_order_and_end() -> None:
    model = Scripted(read_script(SCRIPT), "tour")
    call = model.complete(FIRST).calls[0]
    assert (call.id, call.tool, call.arguments) == ("call-1", "read", '{"path": "a"}')
    with pytest.raises(ModelTransient):
        model.complete(FIRST)
    assert model.complete(SECOND).text == "done"
    with pytest.raises(ModelNonsense, match="has 3 turns and request 4"):
        model.complete(SECOND)


def test_two_runs_are_equal() -> None:
    assert Scripted(read_script(SCRIPT)).complete(FIRST) == Scripted(read_script(SCRIPT)).complete(FIRST)


def test_a_resumed_conversation_goes_on() -> None:
    assert Scripted(read_script(SCRIPT), position=2).complete(SECOND).text == "done"


def test_what_was_not_recorded_is_refused_and_not_used_up() -> None:
    model = Scripted(read_script(SCRIPT))
    with pytest.raises(ModelNonsense, match="expects 'Do'"):
        model.complete(Request(system="", messages=(UserMessage("Else."),), tools=TOOLS))
    with pytest.raises(ModelNonsense, match="read"):
        model.complete(Request(system="", messages=(UserMessage("Do it."),)))
    assert model.complete(FIRST).calls


@pytest.mark.parametrize(
    "line", [b"{", b"[]", b'{"txet": "a"}', b'{"calls": [{"tool": 1}]}', b'{"fails": "refused"}', b"\xff", b"[" * 100_000]
)
def test_a_bad_line_is_named(line: bytes) -> None:
    with pytest.raises(Unreadable, match="Line 2"):
        read_script(b'{"text": "a"}\n' + line)
