"""The two tables of modes and levels, cell by cell: what the guard asks before, and where the machine stops after.

Source: settings.md § 9 and 10.
"""

from __future__ import annotations

import pytest

from setsquare.agent.effects import AskAboutChanges, AskAboutGroup, AskModel, BeginTask, Finish, Park
from setsquare.agent.machine import due, replay
from setsquare.events.conversation import Reply, ToolCall
from setsquare.events.facts import (
    ActionDecided,
    ActionObserved,
    ActionStarted,
    CheckpointTaken,
    Committed,
    ModelReplied,
    RunStarted,
    TaskDone,
    TaskStarted,
    VerificationFinished,
)
from setsquare.guard.action import Facts, Read, Shell, Write
from setsquare.guard.capability import Capability, Mode, Permission
from setsquare.guard.decide import decide
from setsquare.workspace.settings import AgentSettings, Autonomy

CELLS = [(mode, level) for mode in Mode for level in Autonomy]
LARGE = Facts(exists=True, old_lines=100, changed_lines=60)
IN_SCOPE, OUTSIDE = Write("src/a.py", "x"), Write("lib/a.py", "x")

# What asks (or, where nobody is there to ask, is denied) before it is done: i interactive, s supervised, a autonomous; c cautious, b balanced, f full.
ALL = "ic ib if sc sb sf ac ab af"
INTERACTIVE = "ic ib if"
BEFORE = [
    ("a read", Read("src/a.py"), Facts(), INTERACTIVE),
    ("a reading command", Shell("git status"), Facts(), INTERACTIVE),
    ("a write within the scope", IN_SCOPE, Facts(exists=True), f"{INTERACTIVE} sc ac"),
    ("a check", Shell("pytest -q"), Facts(), f"{INTERACTIVE} sc ac"),
    ("a writing command", Shell("black src/a.py"), Facts(), f"{INTERACTIVE} sc ac"),
    ("an installation for development", Shell("npm install -D x"), Facts(), f"{INTERACTIVE} sc sb sf ac ab"),
    ("a new dependency", Shell("npm install x"), Facts(), ALL),
    ("a destructive command", Shell("rm src/a.py"), Facts(), ALL),
    ("an external command", Shell("curl x"), Facts(), ALL),
    ("an unknown command", Shell("tool"), Facts(), ALL),
    ("a large rewrite", IN_SCOPE, LARGE, f"{INTERACTIVE} sc sb ac ab"),
    ("a write outside of the scope", OUTSIDE, Facts(exists=True), ALL),
    ("a change of dependencies", Write("requirements.txt", "x"), Facts(exists=True), f"{INTERACTIVE} sc sb sf ac"),
    ("secrets", Write(".env", "x"), Facts(), ALL),
    ("a push", Shell("git push"), Facts(), ALL),
    ("a migration", Shell("alembic upgrade head"), Facts(), ALL),
    ("publishing", Shell("cargo publish"), Facts(), ALL),
    ("deleting", Shell("git rm src/a.py"), Facts(), ALL),
]


def short(mode: Mode, level: Autonomy) -> str:
    return mode.value[0] + level.value[0]


@pytest.mark.parametrize(("mode", "level"), CELLS)
@pytest.mark.parametrize(("what", "action", "facts", "asking"), BEFORE, ids=[row[0] for row in BEFORE])
def test_what_stops_before(what, action, facts, asking, mode, level):
    capability = Capability(
        task="1", mode=mode, agent=AgentSettings(autonomy=level), writable=("src/**", "requirements.txt", ".env"), environment="staging"
    )
    stops = decide(capability, action, facts).permission is not Permission.ALLOW
    assert stops is (short(mode, level) in asking.split()), (what, decide(capability, action, facts))


@pytest.mark.parametrize(("mode", "level"), CELLS)
def test_a_new_file_asks_in_every_cell_where_the_settings_say_so(mode, level):
    capability = Capability(task="1", mode=mode, agent=AgentSettings(autonomy=level, requires_approval_for_new_files=True))
    assert decide(capability, IN_SCOPE, Facts(exists=False)).permission is Permission.ASK


@pytest.mark.parametrize("mode", Mode)
def test_migrations_in_a_test_environment_are_safe_for_autonomous_work(mode):
    capability = Capability(task="1", mode=mode, agent=AgentSettings(autonomy=Autonomy.BALANCED), environment="test")
    assert (decide(capability, Shell("alembic upgrade head"), Facts()).permission is Permission.ALLOW) is (mode is not Mode.INTERACTIVE)


def begun(mode: Mode, level: Autonomy, *tasks: str):
    start = RunStarted(
        run="r", workspace="w", spec="s", tasks=tasks, mode=mode.value, autonomy=level.value, model="m", sandbox="", approved="", base="", limit_corrections=0
    )  # fmt: skip
    return [start, CheckpointTaken(step=0, tree="t0"), TaskStarted(task=tasks[0], title="T", system="", brief="b")]


@pytest.mark.parametrize(("mode", "level"), CELLS)
@pytest.mark.parametrize("tool", ["write", "edit", "shell"])
def test_what_stops_after_a_write_or_command_that_nobody_was_asked_about(mode, level, tool):
    call = ToolCall("c", tool, "{}")
    facts = [
        *begun(mode, level, "1"),
        ModelReplied(step=1, reply=Reply(calls=(call,), stop="tools")),
        ActionDecided(step=1, call_id="c", tool=tool, arguments="{}", permission="allow", rule="write", reason=""),
        CheckpointTaken(step=1, tree="t1"),
        ActionStarted(step=1, call_id="c", summary=""),
        ActionObserved(step=1, call_id="c", is_ok=True, text=""),
    ]
    assert isinstance(due(replay(facts)), AskAboutChanges if level is Autonomy.CAUTIOUS else AskModel)


def done(task: str):
    verified = VerificationFinished(step=2, command="c", exit_code=0, output="", duration_s=0.0)
    return [
        ModelReplied(step=1, reply=Reply(stop="end")),
        verified,
        TaskDone(task=task, summary="", changed=(), corrections=0),
        Committed(task=task, commit="k"),
    ]


@pytest.mark.parametrize(("mode", "level"), CELLS)
def test_what_stops_after_a_task_group(mode, level):
    within = replay([*begun(mode, level, "1.1", "1.2"), *done("1.1")])
    between = replay([*begun(mode, level, "1", "2"), *done("1")])
    assert isinstance(due(within), BeginTask)
    assert isinstance(due(between), AskAboutGroup if mode is Mode.SUPERVISED and level is not Autonomy.FULL else BeginTask)


@pytest.mark.parametrize(("mode", "level"), CELLS)
def test_every_cell_stops_on_error_and_on_completion(mode, level):
    failed = VerificationFinished(step=2, command="c", exit_code=1, output="", duration_s=0.0)
    assert isinstance(due(replay([*begun(mode, level, "1"), ModelReplied(step=1, reply=Reply(stop="end")), failed])), Park)
    assert isinstance(due(replay([*begun(mode, level, "1"), *done("1")])), Finish)
