from __future__ import annotations

from setsquare.agent.conversation import LIMIT_CHARS, Conversation, messages_of
from setsquare.events.conversation import AssistantMessage, Reply, ToolCall, ToolMessage, UserMessage
from setsquare.events.facts import ActionObserved, Event, ModelReplied, TaskStarted, VerificationFinished

BEGIN = TaskStarted(task="1", title="T", system="s", brief="b")


def replied(*calls, **more):
    return ModelReplied(step=1, reply=Reply(calls=calls, **more))


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


def test_the_oldest_results_give_way_and_every_call_keeps_its_answer():
    events: list[Event] = [BEGIN]
    for number in range(300):
        events += [
            replied(ToolCall(f"c{number}", "read", "{}")),
            ActionObserved(step=1, call_id=f"c{number}", is_ok=True, text="x" * 5_000),
        ]
    told = messages_of(events)
    assert sum(len(message.text) for message in told) <= LIMIT_CHARS
    assert told[0] == UserMessage("b")
    assert told[-1].text == "x" * 5_000
    assert [message.call_id for message in told if isinstance(message, ToolMessage)] == [f"c{number}" for number in range(300)]
    half = Conversation()
    for event in events:
        half.extend(event)
    assert half.messages == told
