"""What a task or a path is held to stops the machine after a change, although the run's own level would go on."""

from __future__ import annotations

import pytest

from setsquare.agent.effects import AskAboutChanges, AskModel, Effect
from setsquare.agent.machine import due, replay
from setsquare.events.conversation import Reply, ToolCall
from setsquare.events.facts import (
    ActionDecided,
    ActionObserved,
    ActionStarted,
    CheckpointTaken,
    Event,
    ModelReplied,
    RunStarted,
    TaskStarted,
)


def after(level: str, autonomy: str, tool: str = "shell") -> Effect:
    started = RunStarted(
        run="r", workspace="/w", spec="s", tasks=("1",), mode="supervised", autonomy=autonomy, model="m", sandbox="b", approved="", base=""
    )
    effect: list[Event] = [CheckpointTaken(step=1, tree="t1"), ActionStarted(step=1, call_id="c1", summary="")] if tool != "read" else []
    facts: list[Event] = [
        started,
        CheckpointTaken(step=0, tree="t0"),
        TaskStarted(task="1", title="Go", system="", brief=""),
        ModelReplied(step=1, reply=Reply(calls=(ToolCall("c1", tool, "{}"),), stop="tools")),
        ActionDecided(step=1, call_id="c1", tool=tool, arguments="{}", permission="allow", rule="allowed-command: x", reason=""),
        *effect,
        ActionObserved(step=1, call_id="c1", is_ok=True, text="", changed=("src/pay/a.py",), level=level),
    ]
    return due(replay(facts))


@pytest.mark.parametrize("autonomy", ["full", "balanced"])
def test_a_careful_path_stops_after_what_the_settings_allowed(autonomy):
    assert isinstance(after("cautious", autonomy), AskAboutChanges)
    assert isinstance(after("", autonomy), AskModel)
    assert isinstance(after("balanced", autonomy), AskModel)


def test_the_run_s_own_level_still_counts():
    assert isinstance(after("", "cautious"), AskAboutChanges)


def test_reading_stops_nothing():
    assert isinstance(after("cautious", "full", tool="read"), AskModel)
