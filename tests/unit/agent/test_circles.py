"""Every way of going in circles is told once and then parks the run; work that gets on is never disturbed."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from setsquare.agent.circles import LIMIT_BARREN, LIMIT_ERRORS, LIMIT_UNVERIFIED, LOOPING, STALLED
from setsquare.agent.effects import AskModel, InspectAction, Park, RefuseAction
from setsquare.agent.machine import advance, due, replay
from setsquare.agent.state import RunState
from setsquare.events.conversation import Reply, ToolCall
from setsquare.events.facts import (
    ActionDecided,
    ActionObserved,
    CheckpointTaken,
    ModelReplied,
    RunParked,
    RunResumed,
    RunStarted,
    TaskStarted,
)


class Course:
    """A run whose model calls tools one after the other."""

    def __init__(self, limit_steps: int = 100_000) -> None:
        start = RunStarted(
            run="r", workspace="w", spec="s", tasks=("1",), mode="supervised", autonomy="full",
            model="m", sandbox="", approved="", base="", limit_steps=limit_steps,
        )  # fmt: skip
        self.state: RunState = replay([start, CheckpointTaken(step=0, tree="t"), TaskStarted(task="1", title="T", system="", brief="b")])
        self.told: list[str] = []
        self.steps = 0

    @property
    def parked(self) -> str:
        effect = due(self.state)
        return effect.why.code if isinstance(effect, Park) else ""

    def call(
        self, tool: str, arguments: str, *, text: str = "", is_ok: bool = True, after: str = "", path: str = "a", is_denied: bool = False
    ) -> bool:
        """Make a call; `False` when the run is parked or the call was not looked at."""
        if self.parked:
            return False
        call = ToolCall(f"c{self.steps}", tool, arguments)
        self.steps += 1
        self.state, effect = advance(self.state, ModelReplied(step=1, reply=Reply(calls=(call,), stop="tools")))
        if isinstance(effect, RefuseAction):
            self.told.append(effect.rule)
            self._decide(call, "deny", effect.rule)
            self._observe(call, ActionObserved(step=1, call_id=call.id, is_ok=False, text=effect.reason))
            return False
        assert isinstance(effect, InspectAction)
        self._decide(call, "deny" if is_denied else "allow", "out-of-scope" if is_denied else "read")
        if tool in {"write", "edit", "shell"} and not is_denied:
            self.state, _ = advance(self.state, CheckpointTaken(step=1, tree="t"))
        changed = (path,) if after else ()
        self._observe(
            call, ActionObserved(step=1, call_id=call.id, is_ok=is_ok, text=text, changed=changed, after=(after,) if after else ())
        )
        return True

    def _decide(self, call: ToolCall, permission: str, rule: str) -> None:
        decided = ActionDecided(
            step=1, call_id=call.id, tool=call.tool, arguments=call.arguments, permission=permission, rule=rule, reason="because"
        )
        self.state, _ = advance(self.state, decided)

    def _observe(self, call: ToolCall, event: ActionObserved) -> None:
        del call
        self.state, _ = advance(self.state, event)


# req: agent-runtime/6.3
@pytest.mark.parametrize("period", [2, 3, 4])
def test_the_same_few_calls_round_and_round(period):
    course = Course()
    for number in range(100):
        course.call("read", f'{{"path": "{number % period}"}}', text=f"new {number}")
    assert course.told == [LOOPING]
    assert course.parked == LOOPING
    assert course.steps <= 2 * 3 * period + 2


def test_calls_that_merely_come_back_now_and_then_are_no_round():
    course = Course()
    for number in range(60):
        course.call("read", '{"path": "a"}', text=f"a {number}")
        course.call("edit", f'{{"path": "a", "old": "{number}"}}', after=f"{number}")
        course.call("shell", '{"command": "make test"}', text=f"{number} failed")
    assert (course.told, course.parked) == ([], "")


def test_the_same_error_three_times_although_something_is_tried_in_between():
    course = Course()
    for number in range(40):
        course.call("edit", f'{{"path": "a", "old": "{number}"}}', after=f"{number}")
        course.call(
            "shell", f'{{"command": "make test{number}"}}', text=f"NameError: x\nran in 0.{number:03d}s\n[exit code 1]", is_ok=False
        )
    assert course.told == [LOOPING]
    assert course.parked == LOOPING
    assert course.steps <= 4 * LIMIT_ERRORS + 2


def test_searches_that_find_nothing_are_no_errors():
    course = Course()
    for number in range(20):
        course.call("shell", f'{{"command": "grep {number} a"}}', text="[exit code 1]", is_ok=False)
    assert (course.told, course.parked) == ([], "")


def test_different_errors_are_progress():
    course = Course()
    for number in range(30):
        course.call("edit", f'{{"path": "a", "old": "{number}"}}', after=f"{number}")
        course.call("shell", f'{{"command": "make {number}"}}', text=f"error in line {number}\n[exit code 1]", is_ok=False)
    assert (course.told, course.parked) == ([], "")


def test_an_edit_undone_and_made_again():
    course = Course()
    for number in range(40):
        course.call("edit", f'{{"path": "a", "old": "{number}"}}', after="one" if number % 2 else "two")
    assert course.told == [LOOPING]
    assert course.parked == LOOPING
    assert course.steps < 12


def test_one_mutation_that_is_taken_back_is_a_way_to_try_a_test():
    course = Course()
    for number in range(10):
        course.call("edit", f'{{"path": "{number}"}}', after=f"good {number}", path=f"{number}")
    course.call("edit", '{"path": "3", "old": "good"}', after="mutant", path="3")
    course.call("shell", '{"command": "make test"}', text="1 failed\n[exit code 1]", is_ok=False)
    course.call("edit", '{"path": "3", "old": "mutant"}', after="good 3", path="3")
    assert (course.told, course.parked) == ([], "")


@pytest.mark.parametrize("kind", ["reads", "denials", "no changes"])
def test_steps_that_change_and_show_nothing(kind):
    course = Course()
    course.call("list", "{}", text="same")
    for number in range(4 * LIMIT_BARREN):
        if kind == "reads":
            course.call("read", f'{{"path": "{number * number % 17}"}}', text="same")
        elif kind == "denials":
            course.call("list", "{}", text="same")
            course.call("write", f'{{"path": "../{number}"}}', is_denied=True)
        else:
            course.call("list", f'{{"path": "{number % 7}"}}', text="same")
            course.call("edit", f'{{"path": "a", "old": "{number % 5}"}}', text="nothing was changed")
    assert STALLED in course.told or LOOPING in course.told
    assert course.parked in {STALLED, LOOPING}
    assert course.steps <= 2 * LIMIT_BARREN + 25


def test_reading_a_large_repository_is_no_stall():
    course = Course()
    for number in range(180):
        course.call("read", f'{{"path": "{number}"}}', text=f"file {number}")
    assert (course.told, course.parked) == ([], "")


def test_growth_without_a_command():
    course = Course(limit_steps=200)
    for number in range(3 * LIMIT_UNVERIFIED):
        course.call("write", f'{{"path": "{number}"}}', after=f"{number}", path=f"{number}")
    assert (course.told, course.parked) == ([STALLED], STALLED)
    assert course.steps <= 2 * LIMIT_UNVERIFIED + 2


def test_growth_with_commands_in_between_may_go_on():
    course = Course(limit_steps=2_000)
    for number in range(300):
        course.call("write", f'{{"path": "{number}"}}', after=f"{number}", path=f"{number}")
        if number % 30 == 29:
            course.call("shell", f'{{"command": "make {number}"}}', text=f"{number} passed")
    assert (course.told, course.parked) == ([], "")


def test_a_resumed_run_begins_with_an_empty_trail():
    course = Course()
    for number in range(40):
        course.call("read", f'{{"path": "{number % 2}"}}', text="x")
    assert course.parked == LOOPING
    state = replay([RunParked(step=1, code=LOOPING, reason="", hint=""), RunResumed(step=1)], course.state)
    assert due(state) == AskModel(state.step)
    assert state.trail == RunState().trail


def test_the_model_is_told_what_to_do_and_is_not_blamed_for_a_refused_action():
    course = Course()
    for number in range(7):
        course.call("read", f'{{"path": "{number % 2}"}}', text="x")
    assert course.told == [LOOPING]
    assert course.state.streaks.denied == 0


@given(st.lists(st.tuples(st.sampled_from(["read", "edit", "shell", "list"]), st.integers(0, 3), st.integers(0, 3)), max_size=400))
def test_whatever_a_model_does_with_few_calls_it_ends(steps):
    """Four tools, four arguments, four results: that cannot be new for ever."""
    course = Course(limit_steps=200)
    for tool, argument, result in steps:
        course.call(tool, f'{{"path": "{argument}"}}', text=f"{result}", after=f"{result}" if tool == "edit" else "")
    assert course.steps <= 200


def test_a_step_costs_the_same_at_the_end():
    course = Course()
    took: list[float] = []
    for number in range(3_000):
        began = time.process_time()
        course.call("write" if number % 3 else "shell", f'{{"path": "{number}"}}', after=f"{number}", path="a", text=f"{number}")
        took.append(time.process_time() - began)
    early, late = sorted(took[200:700])[250], sorted(took[-500:])[250]
    assert late < 3 * early + 1e-4
    assert late < 5e-4
