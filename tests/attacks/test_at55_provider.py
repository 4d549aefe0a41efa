"""AT55: a provider that swaps models, cuts answers, repeats ids, names tools that do not exist, or says that the rules are too long.

Defence: usage/breaker.py, journeys/run_model.py and agent/replies.py: failing hosts are left alone, answers are checked, the rules are the last to give way
Twin: test_at55_a_failing_host_sees_few_more_requests_than_it_would, test_at55_a_host_that_is_down_is_left_alone_by_all_processes
"""

from __future__ import annotations

import itertools
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from setsquare import wire
from setsquare.adapters.approver_absent import AbsentApprover
from setsquare.adapters.provider_files import FileProviders
from setsquare.errors import ModelAuth, ModelFailed, ModelOverloaded, ModelRateLimited, ModelSwapped, ModelTooLong, ModelTransient
from setsquare.events.conversation import AssistantMessage, Reply, ToolCall, ToolMessage, Usage, UserMessage
from setsquare.events.facts import ActionDecided, ContextLimited, ModelGaveUp, ModelReplied, ModelSwitched, TaskStarted
from setsquare.guard.capability import Mode
from setsquare.journeys.app import App
from setsquare.journeys.calling import Caller, CallEvent, Charge
from setsquare.journeys.run_task import RunRequest, start
from setsquare.ports.language_model import Request
from setsquare.ports.providers import NoProviders
from setsquare.text.paths import RelPath
from setsquare.workspace.settings import ModelProfile, Settings

REQUEST = Request(system="rules", messages=(UserMessage("task"),), limit_tokens=100)
FIRST = ModelProfile(name="primary", provider="openai", model="one", fallback="spare")
SPARE = ModelProfile(name="spare", provider="ollama", model="two", fallback="primary")


class Clock:
    """Time that passes when somebody waits."""

    def __init__(self) -> None:
        self.passed_s = 1_000.0
        self._ids = itertools.count()

    def now(self) -> str:
        return "2026-11-25T10:00:00Z"

    def monotonic_s(self) -> float:
        return self.passed_s

    def sleep(self, wait_s: float) -> None:
        self.passed_s += wait_s

    def new_id(self) -> str:
        return f"id{next(self._ids)}"


class Provider:
    """Answers, or fails while `failure` is set; counts what it is asked."""

    def __init__(self, name: str, answers_as: str = "") -> None:
        self.id = name
        self.failure: ModelFailed | None = None
        self.answers_as = answers_as or name.partition(":")[2]
        self.calls = 0

    def complete(self, request: Request, on_text: Callable[[str], None] | None = None) -> Reply:
        self.calls += 1
        if self.failure is not None:
            raise self.failure
        provider, _, _ = self.id.partition(":")
        return Reply(text="hello", usage=Usage(input_tokens=9, output_tokens=9), provider=provider, model=self.answers_as)


class World:
    """Two providers, the time, and who asks them."""

    def __init__(self, tmp_path: Path, *, is_guarded: bool = True, clock: Clock | None = None, **fields: Any) -> None:
        self.clock = clock or Clock()
        self.first, self.spare = Provider("openai:one"), Provider("ollama:two")
        self.events: list[CallEvent] = []
        folder = tmp_path / "project"
        folder.mkdir(exist_ok=True)
        app = wire.app_for(folder, environment={**os.environ, "SETSQUARE_STATE": str(tmp_path / "state")})
        models = {"primary": self.first, "spare": self.spare}
        self.app: App = replace(
            app,
            clock=self.clock,
            model=lambda profile: models[profile.name],
            providers=FileProviders(str(tmp_path / "state"), self.clock) if is_guarded else NoProviders(),
        )
        self.settings = Settings(path=RelPath("s"), models=(replace(FIRST, **fields), SPARE))
        self.caller = Caller(
            self.app, Charge(settings=self.settings, profile=self.settings.models[0], purpose="taskExecution"), lambda: 1.0
        )

    def ask(self) -> str:
        """Ask once; give who answered or the code of the failure."""
        try:
            reply = self.caller.ask(lambda _profile: REQUEST, 1, self.events.append)
        except ModelFailed as failure:
            return failure.code
        return f"{reply.provider}:{reply.model}"

    @property
    def switches(self) -> list[tuple[str, str]]:
        return [(event.old, event.new) for event in self.events if isinstance(event, ModelSwitched)]


# req: agent-runtime/6.6
@pytest.mark.attack("AT55")
def test_at55_a_provider_that_is_down_is_stood_in_for_and_taken_back(tmp_path: Path) -> None:
    world = World(tmp_path)
    assert world.ask() == "openai:one"
    world.first.failure = ModelOverloaded("down")
    assert [world.ask() for _ in range(3)] == ["ollama:two"] * 3
    assert world.first.calls == 1 + 4  # the open circuit keeps it from being asked again
    assert world.switches == [("primary", "spare")]
    world.clock.sleep(31)
    assert world.ask() == "ollama:two"  # the probe failed
    assert world.first.calls == 6
    world.clock.sleep(31)
    world.first.failure = None
    assert world.ask() == "openai:one"
    assert world.switches == [("primary", "spare"), ("spare", "primary")]


@pytest.mark.attack("AT55")
def test_at55_fallbacks_in_a_circle_end(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.first.failure = world.spare.failure = ModelTransient("down")
    assert world.ask() == "model-transient"
    assert (world.first.calls, world.spare.calls) == (4, 4)


@pytest.mark.attack("AT55")
def test_at55_a_stand_in_with_a_smaller_window_says_so(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.first.failure = ModelTransient("down")
    world.spare.failure = ModelTooLong("too long")
    assert world.ask() == "model-too-long"
    world.spare.failure = ModelAuth("no key")
    assert world.ask() == "model-down"  # what keeps the first one from answering is what a person must know


@pytest.mark.attack("AT55")
@pytest.mark.parametrize("is_guarded", [True, False])
def test_at55_a_failing_host_sees_few_more_requests_than_it_would(tmp_path: Path, is_guarded: bool) -> None:
    world = World(tmp_path, is_guarded=is_guarded, fallback="")
    asked = 100
    for number in range(asked):
        world.first.failure = ModelRateLimited("slow") if number % 2 else None  # never so many failures that the circuit opens at once
        world.ask()
        world.clock.sleep(200)
    if is_guarded:
        assert world.first.calls <= asked * 1.2 + 10
    else:
        assert world.first.calls == asked * 2.5


@pytest.mark.attack("AT55")
@pytest.mark.parametrize("is_guarded", [True, False])
def test_at55_a_host_that_is_down_is_left_alone_by_all_processes(tmp_path: Path, is_guarded: bool) -> None:
    codes, calls, clock = set(), 0, Clock()
    for _ in range(10):
        world = World(tmp_path, is_guarded=is_guarded, clock=clock, fallback="")
        world.first.failure = ModelTransient("down")
        codes.add(world.ask())
        calls += world.first.calls
    assert codes == ({"model-transient", "model-down"} if is_guarded else {"model-transient"})
    assert (calls <= 6) if is_guarded else (calls == 40)


@pytest.mark.attack("AT55")
def test_at55_a_refused_key_is_not_tried_again_and_a_burst_is_named(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.first.failure = ModelAuth("who are you?")
    assert [world.ask() for _ in range(3)] == ["model-auth"] * 3
    assert (world.first.calls, world.spare.calls) == (3, 0)
    with pytest.raises(ModelAuth, match="Auth mismatch"):
        world.caller.ask(lambda _profile: REQUEST, 1, world.events.append)


@pytest.mark.attack("AT55")
def test_at55_calls_in_flight_to_one_host_are_bounded_over_processes(tmp_path: Path) -> None:
    providers = [FileProviders(str(tmp_path), Clock()) for _ in range(3)]
    profile = replace(FIRST, max_concurrent=2)
    held = [providers[0].slot(profile), providers[1].slot(profile)]
    assert all(held)
    assert providers[2].slot(profile) is None
    assert providers[2].slot(SPARE) is not None
    assert held[0]
    held[0].close()
    assert providers[2].slot(profile) is not None
    world = World(tmp_path, max_concurrent=1, fallback="")
    blocker = world.app.providers.slot(world.settings.models[0])
    assert blocker
    assert world.ask() == "model-down"
    assert world.first.calls == 0
    blocker.close()
    assert world.ask() == "openai:one"


@pytest.mark.attack("AT55")
def test_at55_a_swapped_model_is_recorded_once_and_a_pinned_one_must_answer_itself(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.first.answers_as = "one-mini"
    assert [world.ask(), world.ask()] == ["openai:one-mini"] * 2
    assert world.switches == [("one", "one-mini")]
    pinned = World(tmp_path, is_pinned=True)
    for name in ("one-mini", "ONE-2", ""):
        pinned.first.answers_as = name
        with pytest.raises(ModelSwapped):
            pinned.caller.ask(lambda _profile: REQUEST, 1, pinned.events.append)
    assert pinned.spare.calls == 0
    pinned.first.answers_as = "one-2026-08-06"
    assert pinned.ask() == "openai:one-2026-08-06"


WORK = Reply(calls=(ToolCall("work", "write", '{"path": "src/work.py", "content": "DONE = True\\n"}'),), stop="tools")


def replies(*turns: Reply | ModelFailed) -> Any:
    """A model that gives these replies as they are, ids included, and then says that it is done."""

    class Model:
        id = "scripted:m"

        def __init__(self) -> None:
            self.requests: list[Request] = []
            self.left = list(turns)

        def complete(self, request: Request, on_text: Callable[[str], None] | None = None) -> Reply:
            self.requests.append(request)
            turn = self.left.pop(0) if self.left else Reply(text="Done.", provider="scripted", model="m")
            if isinstance(turn, ModelFailed):
                raise turn
            return turn

    return Model()


def run(hostile: Any, model: Any, **changes: Any) -> Any:
    app = wire.app_for(hostile.folder, is_sandboxed=True, approver=AbsentApprover(), model=model)
    hostile.season(app, "sum")
    hostile.report = start(replace(app, **changes), RunRequest(spec="sum", mode=Mode.AUTONOMOUS, tasks="1", limit_steps=60))
    return hostile.report


@pytest.mark.attack("AT55")
def test_at55_nonsense_in_calls_reaches_nothing_and_every_call_has_its_own_answer(hostile: Any) -> None:
    same = tuple(ToolCall("same", "list", json.dumps({"path": path})) for path in ("src", "tests"))
    model = replies(
        Reply(calls=same, stop="tools"),
        Reply(calls=(ToolCall("same", "launch", "{}"), ToolCall("", "read", '{"path": "src/calc.py"')), stop="tools"),
        Reply(calls=(ToolCall("x", "write", '{"path": 7, "content": ["a"]}'), ToolCall("y", "shell", '["rm"]')), stop="tools"),
        Reply(text="", calls=(ToolCall("z", "write", '{"path": "src/half.py", "content": "x = '),), stop="length"),
        ModelTransient("cut in mid-answer"),
        WORK,
    )
    report = run(hostile, model)
    assert report.status == "done"
    decided = [event for event in hostile.events if isinstance(event, ActionDecided)]
    assert [event.permission for event in decided[2:]] == [*["deny"] * 5, "allow"]
    assert not (hostile.folder / "src/half.py").exists()
    said = [call.id for event in hostile.events if isinstance(event, ModelReplied) for call in event.reply.calls]
    assert len(said) == len(set(said)) == 8
    for request in model.requests:
        asked = [call.id for message in request.messages if isinstance(message, AssistantMessage) for call in message.calls]
        assert asked == [message.call_id for message in request.messages if isinstance(message, ToolMessage)]


@pytest.mark.attack("AT55")
def test_at55_a_prompt_that_is_too_long_loses_results_first_and_never_the_rules(hostile: Any) -> None:
    hostile.planted("src/data.txt", "".join(f"line {number} of many\n" for number in range(4_000)))
    reads = tuple(
        Reply(
            calls=(ToolCall(f"r{n}", "read", json.dumps({"path": "src/data.txt", "first_line": 1 + 400 * n, "last_line": 400 * n + 400})),),
            stop="tools",
        )
        for n in range(9)
    )
    model = replies(*reads, ModelTooLong("too long"), WORK)
    assert run(hostile, model).status == "done"
    begun = next(event for event in hostile.events if isinstance(event, TaskStarted))
    limits = [event.limit_bytes for event in hostile.events if isinstance(event, ContextLimited)]
    assert len(limits) == 1
    before, after = model.requests[9], model.requests[10]
    size = [sum(len(message.text) for message in request.messages) for request in (before, after)]
    assert size[1] < limits[0] <= size[0]
    for request in model.requests:
        assert request.system == begun.system
        assert request.messages[0] == UserMessage(begun.brief)
    told = "\n".join(message.text for message in after.messages)
    assert "read src/data.txt" in told


@pytest.mark.attack("AT55")
def test_at55_a_prompt_that_stays_too_long_parks_the_run(hostile: Any) -> None:
    call = Reply(calls=(ToolCall("r", "read", '{"path": "src/calc.py"}'),), stop="tools")
    hostile.planted("src/data.txt", "x\n" * 9_000)
    long = Reply(calls=(ToolCall("l", "read", '{"path": "src/data.txt"}'),), stop="tools")
    model = replies(call, long, ModelTooLong("too long"), ModelTooLong("too long"))
    report = run(hostile, model)
    assert (report.status, report.code) == ("parked", "model-too-long")
    assert sum(isinstance(event, ModelGaveUp) for event in hostile.events) == 1
