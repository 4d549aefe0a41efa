from __future__ import annotations

import json
import re

from hypothesis import given, settings
from hypothesis import strategies as st

from setsquare.adapters.tool_calls import wire_arguments, wire_id
from setsquare.events.call_ids import distinct, ids_of
from setsquare.events.conversation import AssistantMessage, ToolCall

IDS = st.lists(st.sampled_from(["", "a", "a-2", "call", "call-2", "b"]), max_size=8)


@settings(deadline=None)
@given(IDS, IDS)
def test_no_two_calls_of_a_conversation_share_an_id(old: list[str], new: list[str]) -> None:
    earlier = distinct(tuple(ToolCall(name, "t", "{}") for name in old), frozenset())
    later = distinct(tuple(ToolCall(name, "t", "{}") for name in new), ids_of((AssistantMessage("", earlier),)))
    names = [call.id for call in (*earlier, *later)]
    assert len(set(names)) == len(names)
    assert all(names)


@settings(deadline=None)
@given(st.text())
def test_wire_ids_are_acceptable_and_stable(name: str) -> None:
    assert re.fullmatch(r"[A-Za-z0-9_-]+", wire_id(name))
    assert wire_id(name) == wire_id(name)


@settings(deadline=None)
@given(st.text(alphabet=st.characters()))
def test_wire_arguments_are_always_an_object(text: str) -> None:
    assert isinstance(json.loads(bytes(wire_arguments(text))), dict)
