"""Whatever happens in a task, its contract stays, calls and results stay paired in both wire formats, the limit holds, and a replay is the same."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from setsquare.adapters.anthropic_wire import turns_of
from setsquare.adapters.openai_wire import Abilities, body_of
from setsquare.agent.condensing import size_of
from setsquare.agent.conversation import Conversation
from setsquare.events.conversation import AssistantMessage, Reply, ToolCall, ToolMessage, UserMessage
from setsquare.events.facts import (
    ActionDecided,
    ActionObserved,
    ContextLimited,
    Event,
    HumanAnswered,
    ModelReplied,
    TaskStarted,
    VerificationFinished,
)
from setsquare.ports.language_model import Request

BEGIN = TaskStarted(task="1", title="T", system="the rules " * 20, brief="the task, its scope and its verification command " * 20)
TEXTS = st.sampled_from(["", "short", "é" * 700, "x" * 5_000, "line\n" * 2_000, "𝄞" * 900])
ARGUMENTS = st.sampled_from(
    ["{}", '{"path": "src/a.py"}', '{"path": "a", "content": "' + "y" * 6_000 + '"}', "no json", '{"command": "é"}', "[1]"]
)


@st.composite
def rounds(draw: st.DrawFn) -> list[Event]:
    """What one answer of a model leads to."""
    number = draw(st.integers(0, 10**9))
    kind = draw(st.sampled_from(["calls", "calls", "calls", "person", "empty", "cut", "claim"]))
    if kind == "empty":
        return [ModelReplied(step=1, reply=Reply())]
    if kind == "cut":
        return [ModelReplied(step=1, reply=Reply(text=draw(TEXTS), stop="length"))]
    if kind == "claim":
        failed = VerificationFinished(step=1, command="make test", exit_code=1, output=draw(TEXTS), duration_s=0.1)
        return [ModelReplied(step=1, reply=Reply(text="Done.")), failed]
    calls = tuple(ToolCall(f"c{number}-{at}", "read", draw(ARGUMENTS)) for at in range(draw(st.integers(1, 4))))
    found: list[Event] = [ModelReplied(step=1, reply=Reply(text=draw(TEXTS), calls=calls, stop="tools"))]
    for call in calls:
        if kind == "person":
            decided = ActionDecided(step=1, call_id=call.id, tool="write", arguments="{}", permission="ask", rule="r", reason="")
            found += [decided, HumanAnswered(step=1, digest="d", answer="no", by="Ada", note=f"never do {number}")]
        text = f"Ada said no: never do {number}" if kind == "person" else draw(TEXTS)
        found.append(ActionObserved(step=1, call_id=call.id, is_ok=draw(st.booleans()), text=text))
    return found


def name_of(part: list[Event]) -> object:
    """Tell rounds with the same ids apart from others: a driver never lets them happen."""
    first = part[0]
    return first.reply.calls[0].id if isinstance(first, ModelReplied) and first.reply.calls else id(part)


# req: agent-runtime/6.7
@settings(max_examples=80, deadline=None)
@given(st.lists(rounds(), max_size=40, unique_by=name_of), st.integers(20_000, 120_000), st.data())
def test_the_contract_stays_and_all_fits(parts: list[list[Event]], limit: int, data: st.DataObject) -> None:
    events: list[Event] = [BEGIN, *(event for part in parts for event in part)]
    # The limit is set between two rounds, as the driver does it.
    at = 1 + sum(len(part) for part in parts[: data.draw(st.integers(0, len(parts)))])
    events.insert(at, ContextLimited(step=1, limit_bytes=limit, reason="r"))
    live = Conversation()
    for event in events:
        live.extend(event)
    told = live.messages

    assert live.size_bytes <= limit
    assert live.size_bytes == len(BEGIN.system) + sum(map(size_of, told))
    assert (live.system, told[0]) == (BEGIN.system, UserMessage(BEGIN.brief))
    everything = "\n".join(message.text for message in told)
    notes = {event.note for event in events if isinstance(event, HumanAnswered)}
    assert all(note in everything for note in notes)

    asked = [call.id for message in told if isinstance(message, AssistantMessage) for call in message.calls]
    assert asked == [message.call_id for message in told if isinstance(message, ToolMessage)]
    check_messages(told)
    check_chat(told)

    again = Conversation()
    for event in events:
        again.extend(event)
    assert again.messages == told


def check_messages(told: tuple[object, ...]) -> None:
    """Turns alternate, and the results of a turn's calls stand in the next one."""
    turns = json.loads(json.dumps(turns_of(told), default=lambda raw: json.loads(bytes(raw))))  # type: ignore[arg-type]
    assert [turn["role"] for turn in turns] == ["user", "assistant"] * (len(turns) // 2) + ["user"] * (len(turns) % 2)
    for turn, after in zip(turns, [*turns[1:], {"content": []}], strict=True):
        used = [block["id"] for block in turn["content"] if block["type"] == "tool_use"]
        assert used == [block["tool_use_id"] for block in after["content"] if block["type"] == "tool_result"]


def check_chat(told: tuple[object, ...]) -> None:
    """Every tool message follows the message that asked for it."""
    body = json.loads(body_of(Request(system="s", messages=told), "m", Abilities()))  # type: ignore[arg-type]
    waiting: list[str] = []
    for message in body["messages"]:
        if message["role"] == "tool":
            assert message["tool_call_id"] == waiting.pop(0)
        else:
            assert not waiting
            waiting = [call["id"] for call in message.get("tool_calls") or ()]
    assert not waiting
