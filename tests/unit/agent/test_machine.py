from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from setsquare.agent.effects import (
    AskAboutAction,
    AskAboutChanges,
    AskModel,
    BeginTask,
    CompleteTask,
    Finish,
    InspectAction,
    Park,
    PerformAction,
    RefuseAction,
    Rest,
    TakeCheckpoint,
    TellModel,
    Verify,
)
from setsquare.agent.machine import advance, due, replay
from setsquare.agent.state import Phase, RunState
from setsquare.events.conversation import Reply, ToolCall
from setsquare.events.entry import Entry, decode_entry, encode_entry
from setsquare.events.facts import (
    ActionDecided,
    ActionObserved,
    ActionStarted,
    CheckpointTaken,
    Committed,
    Event,
    HumanAnswered,
    ModelAsked,
    ModelGaveUp,
    ModelReplied,
    RunFinished,
    RunParked,
    RunResumed,
    RunStarted,
    TaskDone,
    TaskStarted,
    VerificationFinished,
    VerificationStarted,
)

WRITE = ToolCall("w1", "write", '{"path": "a", "content": "b"}')
READ = ToolCall("r1", "read", '{"path": "a"}')


def begun(*tasks, **rules):
    start = RunStarted(
        run="r", workspace="w", spec="s", tasks=tasks or ("1",), mode=rules.pop("mode", "supervised"), autonomy=rules.pop("autonomy", "full"),
        model="m", sandbox="", approved="", base="", **rules,
    )  # fmt: skip
    return [start, CheckpointTaken(step=0, tree="t0"), TaskStarted(task=start.tasks[0], title="T", system="", brief="b")]


def decided(call, permission="allow", rule="write"):
    return ActionDecided(
        step=1, call_id=call.id, tool=call.tool, arguments=call.arguments, permission=permission, rule=rule, reason="because"
    )


def replied(*calls, **more):
    return ModelReplied(step=1, reply=Reply(calls=calls, stop="tools" if calls else "end", **more))


def observed(call=READ, *, is_ok=True, changed=()):
    return ActionObserved(step=1, call_id=call.id, is_ok=is_ok, text="", changed=changed)


def verified(exit_code):
    return VerificationFinished(step=1, command="c", exit_code=exit_code, output="", duration_s=0.0)


def answered(answer):
    return HumanAnswered(step=1, digest="d", answer=answer, by="Ada")


@pytest.mark.parametrize(
    ("events", "effect"),
    [
        ([], Rest()),
        (begun()[:1], TakeCheckpoint(0)),
        (begun()[:2], BeginTask("1")),
        (begun(), AskModel(1)),
        ([*begun(), ModelAsked(step=1, attempt=1, messages=1)], AskModel(1)),
        ([*begun(), replied(WRITE)], InspectAction(1, WRITE)),
        ([*begun(), replied(WRITE), decided(WRITE)], TakeCheckpoint(1, is_reusable=True)),
        ([*begun(), replied(READ), decided(READ)], PerformAction(1, READ)),
        ([*begun(), replied(WRITE), decided(WRITE), CheckpointTaken(step=1, tree="t1")], PerformAction(1, WRITE)),
        ([*begun(), replied(WRITE), decided(WRITE, "ask", "x")], AskAboutAction(1, WRITE, "x")),
        ([*begun(), replied(WRITE), decided(WRITE, "ask", "x"), answered("yes")], TakeCheckpoint(1, is_reusable=True)),
        ([*begun(), replied(WRITE), decided(WRITE, "deny", "x")], TellModel(1, WRITE, "Denied by rule `x`: because", "x")),
        ([*begun(), replied(READ, WRITE), decided(READ), observed()], InspectAction(2, WRITE)),
        ([*begun(), replied(READ), decided(READ), observed()], AskModel(2)),
        ([*begun(), replied(text="Done.")], Verify(1)),
        ([*begun(), replied(text="Done."), VerificationStarted(step=1, command="c")], Verify(1)),
        ([*begun(), replied(text="Done."), verified(0)], CompleteTask("1")),
        ([*begun(), replied(text="Done."), verified(1)], AskModel(2)),
        ([*begun(), replied(text="Done."), verified(0), Committed(task="1", commit="c")], Finish(2)),
        ([*begun("1", "2"), replied(text="Done."), verified(0), Committed(task="1", commit="c")], BeginTask("2")),
        ([*begun(), RunFinished(step=1, outcome="done")], Rest()),
        ([*begun(), RunParked(step=1, code="c", reason="r", hint="h")], Rest()),
        ([*begun(), RunParked(step=1, code="c", reason="r", hint="h"), RunResumed(step=1)], AskModel(1)),
    ],
)
def test_what_is_due(events, effect):
    assert due(replay(events)) == effect


def test_nobody_there_parks_and_asks_again_after_the_resume():
    state = replay([*begun(), replied(WRITE), decided(WRITE, "ask", "x"), answered("absent")])
    effect = due(state)
    assert isinstance(effect, Park)
    assert effect.why.code == "needs-answer"
    state = replay([RunParked(step=1, code="needs-answer", reason="", hint=""), RunResumed(step=1)], state)
    assert due(state) == InspectAction(1, WRITE), "what is shown is judged anew"


def test_an_action_in_flight_is_inspected_again_after_a_resume():
    acting = [*begun(), replied(WRITE), decided(WRITE), CheckpointTaken(step=1, tree="t1"), ActionStarted(step=1, call_id="w1", summary="")]
    state = replay(acting)
    assert (state.phase, state.is_started) == (Phase.ACTING, True)
    state = replay([RunResumed(step=1, redone=1)], state)
    assert (due(state), state.is_started) == (InspectAction(1, WRITE), False)


def test_a_completion_in_flight_is_gone_on_with():
    done = TaskDone(task="1", summary="", changed=(), corrections=0)
    state = replay([*begun(), replied(text="Done."), verified(0), done, RunResumed(step=2)])
    assert (due(state), state.is_started) == (CompleteTask("1"), True)


# req: guarded-run/3.2
def test_verification_fails_once_more_than_the_limit():
    state = replay([*begun(limit_corrections=1), replied(text="Done."), verified(1), replied(text="Done.")])
    assert due(state) == Verify(2)
    effect = due(replay([verified(1)], state))
    assert isinstance(effect, Park)
    assert "failed 2 times" in effect.why.text


def test_cautious_stops_after_a_command_that_was_not_asked_about():
    shell = ToolCall("s", "shell", '{"command": "ls"}')
    events = [*begun(autonomy="cautious"), replied(shell), decided(shell), CheckpointTaken(step=1, tree="t1"), observed(shell)]
    assert due(replay(events)) == AskAboutChanges(1)
    assert due(replay([*events, answered("yes")])) == AskModel(2)
    assert isinstance(due(replay([*events, answered("no")])), Park)


def test_the_fourth_same_call_is_refused():
    events = begun()
    for _ in range(3):
        events += [replied(READ), decided(READ), observed()]
    effect = due(replay([*events, replied(READ)]))
    assert isinstance(effect, RefuseAction)
    assert effect.rule == "repeated-call"


def test_a_model_failure_names_its_code():
    effect = due(replay([*begun(), ModelGaveUp(step=1, code="model-too-long", message="m")]))
    assert isinstance(effect, Park)
    assert (effect.why.code, "split the task" in effect.why.hint) == ("model-too-long", True)


def test_the_state_does_not_grow_with_the_run():
    state, sizes = replay(begun(limit_steps=100_000)), []
    for number in range(2_000):
        call = ToolCall(f"c{number:05d}", "read", f'{{"path": "{number:05d}"}}')
        for event in (ModelAsked(step=1, attempt=1, messages=1), replied(call), decided(call), observed(call)):
            state, _ = advance(state, event)
        sizes.append(len(msgspec.json.encode(state)))
    assert sizes[-1] <= sizes[100] + 10


@st.composite
def courses(draw):
    """A random course of facts, each one that the due effect can lead to."""
    events = begun("1", "2.1", "2.2", autonomy=draw(st.sampled_from(["cautious", "full"])), limit_steps=12)
    state = replay(events)
    for number in range(draw(st.integers(0, 60))):
        effect = due(state)
        event = draw(_next(effect, number))
        if event is None:
            break
        events.append(event)
        state, _ = advance(state, event)
    return events


def _next(effect, number):
    calls = [ToolCall(f"c{number}", tool, f"{{{number % 3}}}") for tool in ("read", "write", "shell", "fly")]
    parked = RunParked(step=1, code="interrupted", reason="r", hint="h")
    found: list[Event]
    match effect:
        case BeginTask(task=task):
            found = [TaskStarted(task=task, title="T", system="", brief="b")]
        case TakeCheckpoint(step=step):
            found = [CheckpointTaken(step=step, tree=f"t{number}"), parked]
        case AskModel():
            found = [
                ModelAsked(step=1, attempt=1, messages=1),
                replied(),
                replied(text="Done."),
                *(replied(call) for call in calls),
                replied(*calls),
            ]
            found += [ModelGaveUp(step=1, code="model-auth", message="m"), parked]
        case InspectAction(call=call) | RefuseAction(call=call):
            found = [decided(call, permission) for permission in ("allow", "ask", "deny")] + [decided(call, "deny", "malformed-call")]
        case AskAboutAction() | AskAboutChanges():
            found = [answered(answer) for answer in ("yes", "no", "absent")]
        case PerformAction(call=call):
            found = [
                ActionStarted(step=1, call_id=call.id, summary=""),
                observed(call, changed=("a",)),
                observed(call, is_ok=False),
                parked,
            ]
        case TellModel(call=call):
            found = [observed(call, is_ok=False)]
        case Verify():
            found = [VerificationStarted(step=1, command="c"), verified(0), verified(1), parked]
        case CompleteTask(task=task):
            found = [TaskDone(task=task, summary="", changed=(), corrections=0), Committed(task=task, commit="c")]
        case Park(why=why):
            found = [RunParked(step=1, code=why.code, reason=why.text, hint=why.hint)]
        case Finish():
            found = [RunFinished(step=1, outcome="done")]
        case Rest():
            found = [RunResumed(step=1)]
        case _:
            found = [answered("yes")]
    return st.sampled_from(found)


@given(courses())
def test_replay_gives_the_live_state_from_any_position(events):
    lines = [encode_entry(Entry(seq=n, at="t", actor="a", event=event)) for n, event in enumerate(events, 1)]
    live = RunState()
    for event in events:
        live, effect = advance(live, event)
        assert effect == due(live)
    assert replay(decode_entry(line).event for line in lines) == live


@given(courses())
def test_only_what_was_allowed_or_answered_yes_is_ever_performed(events):
    state, permitted = RunState(), False
    for event in events:
        state, effect = advance(state, event)
        if isinstance(event, ActionDecided):
            permitted = event.permission == "allow"
        elif isinstance(event, HumanAnswered) and event.answer == "yes":
            permitted = True
        elif isinstance(event, ModelReplied | ActionObserved | RunResumed):
            permitted = False
        if isinstance(effect, PerformAction):
            assert permitted


@given(courses())
def test_a_task_completes_only_after_a_verification_that_passed(events):
    state, is_verified = RunState(), False
    for event in events:
        state, effect = advance(state, event)
        if isinstance(event, VerificationFinished):
            is_verified = event.exit_code == 0
        elif isinstance(event, TaskStarted):
            is_verified = False
        if isinstance(effect, CompleteTask):
            assert is_verified
