from __future__ import annotations

import time
from itertools import pairwise

from setsquare.agent.condensing import size_of
from setsquare.agent.conversation import LIMIT_BYTES, Conversation, messages_of
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

BEGIN = TaskStarted(task="1", title="T", system="s", brief="b")


def replied(*calls, **more):
    return ModelReplied(step=1, reply=Reply(calls=calls, **more))


def read(number: int, size: int, is_ok: bool = True) -> list[Event]:
    return [
        replied(ToolCall(f"c{number}", "read", f'{{"path": "src/file{number}.py"}}'), text=f"Look at {number}."),
        ActionObserved(step=number, call_id=f"c{number}", is_ok=is_ok, text="x" * size),
    ]


def test_each_fact_says_its_part():
    call = ToolCall("c", "read", "{}")
    failed = VerificationFinished(step=2, command="make test", exit_code=2, output="boom", duration_s=1)
    events = [
        BEGIN,
        replied(),
        replied(text="half", stop="length"),
        replied(call, text="Look."),
        ActionObserved(step=1, call_id="c", is_ok=False, text="no"),
        replied(text="Done."),
        failed,
    ]
    told = messages_of(events)
    assert [type(message) for message in told] == [
        UserMessage, UserMessage, AssistantMessage, UserMessage, AssistantMessage, ToolMessage, AssistantMessage, UserMessage,
    ]  # fmt: skip
    assert told[5] == ToolMessage("c", "no", is_error=True)
    assert "boom" in told[-1].text
    assert messages_of([*events, BEGIN]) == (UserMessage("b"),)


def test_a_refusal_leaves_no_message():
    assert messages_of([BEGIN, replied(text="I will not.", stop="refusal")]) == (UserMessage("b"),)


def test_the_oldest_results_give_way_to_a_line_each_and_the_newest_stay():
    events: list[Event] = [BEGIN]
    for number in range(300):
        events += read(number, 5_000)
    told = messages_of(events)
    assert sum(map(size_of, told)) <= LIMIT_BYTES
    assert told[0] == UserMessage("b")
    assert told[-1].text == "x" * 5_000
    kept = [message.call_id for message in told if isinstance(message, ToolMessage)]
    assert kept == [f"c{number}" for number in range(300)][-len(kept) :]
    assert "read src/file100.py: ok, 5,000 characters" in next(
        message.text for message in told if "file100" in getattr(message, "text", "")
    )
    half = Conversation()
    for event in events:
        half.extend(event)
    assert half.messages == told


def test_a_tighter_limit_leaves_whole_rounds_out_and_says_which():
    events: list[Event] = [BEGIN]
    for number in range(200):
        events += read(number, 3_000, is_ok=number != 150)
    told = messages_of([*events, ContextLimited(step=1, limit_bytes=20_000, reason="r")])
    assert sum(map(size_of, told)) <= 20_000
    digest = told[1].text
    assert isinstance(told[1], UserMessage)
    assert isinstance(told[2], AssistantMessage)
    assert "read src/file190.py: ok" in digest
    assert "still older steps" in digest
    assert told[-1].text == "x" * 3_000


def test_what_people_said_stays_word_for_word():
    events: list[Event] = [BEGIN, replied(ToolCall("w", "write", '{"path": "a.py"}'))]
    events += [
        ActionDecided(step=1, call_id="w", tool="write", arguments='{"path": "a.py"}', permission="ask", rule="r", reason=""),
        HumanAnswered(step=1, digest="d", answer="no", by="Ada", note="never touch a.py; " + "why? " * 200),
        ActionObserved(step=1, call_id="w", is_ok=False, text="Ada said no: never touch a.py; " + "why? " * 200),
    ]
    for number in range(200):
        events += read(number, 3_000)
    told = messages_of([*events, ContextLimited(step=1, limit_bytes=20_000, reason="r")])
    assert any("Ada said no" in message.text and "never touch a.py; " + "why? " * 200 in message.text for message in told)


def test_a_last_round_that_is_too_large_is_cut_in_its_middle():
    calls = tuple(ToolCall(f"c{number}", "write", '{"path": "a.py", "content": "' + "y" * 9_000 + '"}') for number in range(5))
    events: list[Event] = [BEGIN, replied(*calls, text="z" * 9_000)]
    events += [ActionObserved(step=1, call_id=call.id, is_ok=True, text="begin" + "é" * 9_000 + "end") for call in calls]
    told = messages_of([*events, ContextLimited(step=1, limit_bytes=16_000, reason="r")])
    assert sum(map(size_of, told)) <= 16_000
    assert [message.call_id for message in told if isinstance(message, ToolMessage)] == [call.id for call in calls]
    assert all(message.text.startswith("begin") and message.text.endswith("end") for message in told if isinstance(message, ToolMessage))
    answer = told[1]
    assert isinstance(answer, AssistantMessage)
    assert '"about":"a.py"' in answer.calls[0].arguments


def test_a_new_task_begins_with_its_own_limit():
    told = Conversation()
    for event in (BEGIN, ContextLimited(step=1, limit_bytes=20_000, reason="r")):
        told.extend(event)
    assert (told.limit_bytes, told.is_limited) == (20_000, True)
    told.extend(BEGIN)
    assert (told.limit_bytes, told.is_limited) == (LIMIT_BYTES, False)


def test_a_step_costs_the_same_however_many_came_before():
    told = Conversation()
    told.extend(BEGIN)
    marks = []
    for number in range(6_000):
        if number % 1_000 == 0:
            marks.append(time.process_time())
        for event in read(number, 300):
            told.extend(event)
        assert len(told.messages) < 3_000
    spent = [later - earlier for earlier, later in pairwise(marks)]
    assert spent[-1] < 5 * spent[1] + 0.05
    assert told.size_bytes <= LIMIT_BYTES
