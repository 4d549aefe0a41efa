"""The two tables of modes and levels, cell by cell: what the guard asks before, and where the machine stops after.

Source: settings.md § 9 and 10.
"""

from __future__ import annotations

import msgspec
import pytest

from setsquare.agent.effects import AskAboutChanges, AskAboutGroup, AskModel, BeginTask, Finish, InspectAction, Park
from setsquare.agent.machine import due, replay
from setsquare.agent.replies import LIMIT_DENIED
from setsquare.events.conversation import Reply, ToolCall
from setsquare.events.facts import (
    ActionDecided,
    ActionObserved,
    ActionStarted,
    CheckpointTaken,
    Committed,
    HumanAnswered,
    ModelReplied,
    NetworkUsed,
    RunParked,
    RunResumed,
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


def refusal(step: int, rule: str, *later: ToolCall):
    call = ToolCall(f"c{step}", "write", f'{{"path": "{step}"}}')
    return [
        ModelReplied(step=step, reply=Reply(calls=(call, *later), stop="tools")),
        ActionDecided(step=step, call_id=call.id, tool="write", arguments=call.arguments, permission="deny", rule=rule, reason="no"),
        ActionObserved(step=step, call_id=call.id, is_ok=False, text="Denied"),
    ]


def answered(step: int, answer: str):
    return HumanAnswered(step=step, digest="d", answer=answer, by="ann")


# What the guard refused, and with what the run stops where nobody is there.
REFUSED = [
    ("out-of-scope", "out-of-scope"),
    ("outside-workspace", "out-of-scope"),
    ("denied-path", "out-of-scope"),
    ("secret-path", "out-of-scope"),
    ("freeze", "out-of-scope"),
    ("permission: fs_write deny lib/**", "out-of-scope"),
    ("forbidden-command: rm -rf", "denied"),
    ("permission: shell deny npm*", "denied"),
    ("uncommitted-edits", "denied"),
    ("computed-program", "denied"),
    ("unparseable-command", "denied"),
    ("agent-tools", "denied"),
    ("guard-failed", "denied"),
    ("no-sandbox", "denied"),
]


# req: agent-runtime/2.7
@pytest.mark.parametrize(("mode", "level"), CELLS)
@pytest.mark.parametrize(("rule", "code"), REFUSED)
def test_every_cell_stops_after_a_refused_action(rule, code, mode, level):
    facts = [*begun(mode, level, "1"), *refusal(1, rule)]
    assert due(replay(facts)) == AskAboutChanges(1)
    nobody = due(replay([*facts, answered(1, "absent")]))
    assert isinstance(nobody, Park)
    assert nobody.why.code == code
    assert rule in nobody.why.text
    stopped = due(replay([*facts, answered(1, "no")]))
    assert isinstance(stopped, Park)
    assert stopped.why.code == "stopped"
    assert due(replay([*facts, answered(1, "yes")])) == AskModel(2)


@pytest.mark.parametrize(("mode", "level"), CELLS)
@pytest.mark.parametrize("rule", ["malformed-call", "malformed-call: cut", "repeated-call", "looping", "stalled"])
def test_a_call_that_says_nothing_usable_is_no_refused_action(rule, mode, level):
    assert due(replay([*begun(mode, level, "1"), *refusal(1, rule)])) == AskModel(2)


@pytest.mark.parametrize(("mode", "level"), CELLS)
def test_a_command_or_tool_that_fails_is_work_and_no_error(mode, level):
    call = ToolCall("c", "read", "{}")
    facts = [
        *begun(mode, level, "1"),
        ModelReplied(step=1, reply=Reply(calls=(call,), stop="tools")),
        ActionDecided(step=1, call_id="c", tool="read", arguments="{}", permission="allow", rule="read", reason=""),
        ActionObserved(step=1, call_id="c", is_ok=False, text="[exit code 1]"),
    ]
    assert due(replay(facts)) == AskModel(2)


@pytest.mark.parametrize(("mode", "level"), CELLS)
def test_a_person_s_own_no_is_told_to_the_model_and_not_asked_about_again(mode, level):
    call = ToolCall("c", "write", "{}")
    facts = [
        *begun(mode, level, "1"),
        ModelReplied(step=1, reply=Reply(calls=(call,), stop="tools")),
        ActionDecided(step=1, call_id="c", tool="write", arguments="{}", permission="ask", rule="out-of-scope", reason=""),
        answered(1, "no"),
        ActionObserved(step=1, call_id="c", is_ok=False, text="said no"),
    ]
    assert due(replay(facts)) == AskModel(2)


@pytest.mark.parametrize(("mode", "level"), CELLS)
def test_a_failed_check_goes_back_to_the_model_until_the_limit(mode, level):
    start, *others = begun(mode, level, "1")
    failed = VerificationFinished(step=1, command="c", exit_code=1, output="", duration_s=0.0)
    facts = [msgspec.structs.replace(start, limit_corrections=1), *others, ModelReplied(step=1, reply=Reply(text="x", stop="end")), failed]
    assert due(replay(facts)) == AskModel(2)
    assert isinstance(due(replay([*facts, ModelReplied(step=2, reply=Reply(text="x", stop="end")), failed])), Park)


@pytest.mark.parametrize(("mode", "level"), CELLS)
def test_every_cell_stops_after_a_connection_that_was_refused(mode, level):
    call = ToolCall("c", "shell", "{}")
    facts = [
        *begun(mode, level, "1"),
        ModelReplied(step=1, reply=Reply(calls=(call,), stop="tools")),
        ActionDecided(step=1, call_id="c", tool="shell", arguments="{}", permission="ask", rule="class: unknown", reason=""),
        answered(1, "yes"),
        CheckpointTaken(step=1, tree="t1"),
        ActionStarted(step=1, call_id="c", summary=""),
        NetworkUsed(step=1, host="evil.example", port=443, is_allowed=False, rule="not-allowed"),
        ActionObserved(step=1, call_id="c", is_ok=True, text=""),
    ]
    assert due(replay(facts)) == AskAboutChanges(1)
    nobody = due(replay([*facts, answered(1, "absent")]))
    assert isinstance(nobody, Park)
    assert (nobody.why.code, "evil.example:443" in nobody.why.text) == ("out-of-scope", True)


def test_nothing_else_of_the_same_reply_is_done_before_a_person_has_seen_a_refusal():
    other = ToolCall("c9", "write", "{}")
    facts = [*begun(Mode.SUPERVISED, Autonomy.FULL, "1"), *refusal(1, "out-of-scope", other)]
    assert due(replay(facts)) == AskAboutChanges(1)
    assert due(replay([*facts, answered(1, "yes")])) == InspectAction(2, other)


def test_a_run_that_was_stopped_over_a_refusal_goes_on_when_a_person_resumes_it():
    facts = [*begun(Mode.AUTONOMOUS, Autonomy.FULL, "1"), *refusal(1, "out-of-scope"), answered(1, "absent")]
    parked = [*facts, RunParked(step=2, code="out-of-scope", reason="", hint=""), RunResumed(step=2)]
    assert due(replay(parked)) == AskModel(2)


def test_a_run_that_was_killed_while_it_asked_asks_again():
    facts = [*begun(Mode.SUPERVISED, Autonomy.FULL, "1"), *refusal(1, "out-of-scope"), RunResumed(step=2)]
    assert due(replay(facts)) == AskAboutChanges(1)


def test_whoever_insists_is_stopped_although_a_person_let_it_go_on():
    facts = [each for step in range(1, LIMIT_DENIED) for each in (*refusal(step, "out-of-scope"), answered(step, "yes"))]
    last = due(replay([*begun(Mode.SUPERVISED, Autonomy.FULL, "1"), *facts, *refusal(LIMIT_DENIED, "out-of-scope")]))
    assert isinstance(last, Park)
    assert last.why.code == "denied"
