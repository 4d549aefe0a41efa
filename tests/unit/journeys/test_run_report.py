"""The exit code and the hint of every reason for which a run stops."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from setsquare.agent.machine import replay
from setsquare.agent.state import Phase, Reason, RunState
from setsquare.errors import NoSandbox, SetsquareError, StalePlan, WorldFailed
from setsquare.events.conversation import Reply, ToolCall
from setsquare.events.facts import (
    ActionDecided,
    ActionObserved,
    CheckpointTaken,
    Event,
    HumanAnswered,
    ModelGaveUp,
    ModelReplied,
    RunParked,
    RunStarted,
    TaskStarted,
    VerificationFinished,
)
from setsquare.journeys.run_report import report

BEGUN: tuple[Event, ...] = (
    RunStarted(
        run="r",
        workspace="/w",
        spec="s",
        tasks=("1", "2"),
        mode="supervised",
        autonomy="full",
        model="m",
        sandbox="b",
        approved="",
        base="",
        limit_steps=3,
        limit_corrections=0,
    ),
    CheckpointTaken(step=0, tree="t"),
    TaskStarted(task="1", title="Go", system="", brief=""),
)


def tried(rule: str, count: int, path: str = "") -> tuple[Event, ...]:
    """Calls of the model, each refused by a rule."""
    events: list[Event] = []
    for number in range(1, count + 1):
        call = ToolCall(f"c{number}", "read", f'{{"path": "{path or number}"}}')
        events += [
            ModelReplied(step=number, reply=Reply(calls=(call,))),
            ActionDecided(step=number, call_id=call.id, tool="read", arguments=call.arguments, permission="deny", rule=rule, reason="No."),
            ActionObserved(step=number, call_id=call.id, is_ok=False, text="No."),
        ]
    return tuple(events)


ASKED = (
    ModelReplied(step=1, reply=Reply(calls=(ToolCall("c1", "write", "{}"),))),
    ActionDecided(step=1, call_id="c1", tool="write", arguments="{}", permission="ask", rule="new-file", reason="New."),
)
TABLE: tuple[tuple[str, int, tuple[Event, ...], str], ...] = (
    (
        "verification-failed",
        1,
        (
            ModelReplied(step=1, reply=Reply(text="Done.")),
            VerificationFinished(step=1, command="check", exit_code=1, output="", duration_s=1.0),
        ),
        "setsquare log",
    ),
    ("needs-answer", 3, (*ASKED, HumanAnswered(step=1, digest="", answer="absent", by="")), "terminal"),
    ("denied", 3, tried("out-of-scope", 3), "scope"),
    ("denied", 3, tried("uncommitted-edits", 3), "Commit"),
    ("step-limit", 3, tried("malformed-call", 3), "Split"),
    ("model-nonsense", 4, tuple(ModelReplied(step=1, reply=Reply()) for _ in range(6)), "another model"),
    ("model-refused", 4, (ModelReplied(step=1, reply=Reply(stop="refusal")),), "another model"),
    ("model-auth", 4, (ModelGaveUp(step=1, code="model-auth", message="No."),), "key"),
    ("model-too-long", 4, (ModelGaveUp(step=1, code="model-too-long", message="No."),), "split"),
    *(
        (code, 4, (ModelGaveUp(step=1, code=code, message="No."),), "--resume")
        for code in ("model-transient", "model-overloaded", "model-rate-limited", "model-nonsense", "model-failed")
    ),
)


@pytest.mark.parametrize(("code", "exit_code", "events", "hint"), TABLE, ids=lambda value: value if isinstance(value, str) else "")
def test_reasons_of_the_machine(code, exit_code, events, hint):
    state = replay((*BEGUN, *events))
    assert state.phase is Phase.PARKING
    found = report(replay((RunParked(step=1, code=state.why.code, reason=state.why.text, hint=state.why.hint),), state), ())
    assert (found.code, found.exit_code, found.status) == (code, exit_code, "parked")
    assert found.reason
    assert hint in found.hint


def test_a_call_for_ever():
    begun = replay(BEGUN)
    state = replay(tried("repeated-call", 5, "same"), replace(begun, rules=replace(begun.rules, limit_steps=200)))
    assert (state.phase, state.why.code) == (Phase.PARKING, "looping")
    assert "another model" in state.why.hint


def kinds(kind: type[SetsquareError]) -> list[type[SetsquareError]]:
    return [kind, *(deeper for below in kind.__subclasses__() for deeper in kinds(below))]


@pytest.mark.parametrize("kind", [*kinds(WorldFailed), StalePlan, NoSandbox])
def test_a_failure_parks_a_run_with_its_own_exit_code(kind):
    parked = RunState(run="r", tasks=("1",), phase=Phase.RESTING, why=Reason(kind.code, "It failed.", "Mend it."))
    assert report(parked, ()).exit_code == kind.exit_code


@pytest.mark.parametrize(("code", "exit_code"), [("interrupted", 130), ("stopped", 3), ("looping", 4), ("group-done", 0), ("", 0)])
def test_other_reasons(code, exit_code):
    assert report(RunState(phase=Phase.RESTING, why=Reason(code)), ()).exit_code == exit_code
