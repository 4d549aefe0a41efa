"""A command that left its task's scope: put back, shown, and the run stops unless a person says to go on."""

from __future__ import annotations

import pytest

from setsquare.events.conversation import Reply
from setsquare.events.facts import ScopeEnforced, SpecDowngraded
from setsquare.guard.capability import Mode
from setsquare.journeys.run_resume import resume
from setsquare.journeys.run_task import RunRequest, start
from setsquare.ports.approver import Answer

CI = ".github/workflows/ci.yml"


@pytest.fixture
def leaving(world, calling):
    """A model whose only command also writes a workflow file."""

    def shell(world, _command):
        world.files[CI] = b"on: push\n"
        world.files["src/login.py"] = b"x = 1\n"
        return 0, ""

    world.shell = shell
    world.turns = [calling("shell", '{"command": "python3 -m pytest"}'), Reply(text="Done.")]
    return world


# req: agent-runtime/2.3
@pytest.mark.parametrize("mode", [Mode.SUPERVISED, Mode.AUTONOMOUS])
def test_with_nobody_there_the_run_stops_and_a_person_lets_it_go_on(leaving, seasoned, mode):
    seasoned(leaving.app(), "login")
    leaving.answers = lambda _question: Answer.ABSENT
    report = start(leaving.app(), RunRequest(spec="login", mode=mode))
    assert (report.status, report.code, report.exit_code) == ("parked", "out-of-scope", 3)
    assert CI not in leaving.files, "it was put back"
    assert f"setsquare log {report.run}" in report.hint
    leaving.shell = lambda _world, _command: (0, "")
    assert resume(leaving.app(), report.run).status == "done"


def test_a_person_sees_what_was_put_back(leaving):
    assert start(leaving.app(), RunRequest(spec="login")).status == "done"
    (question,) = [each for each in leaving.questions if "went beyond its task" in each.title]
    assert "+on: push" in question.shown
    assert CI in question.shown
    assert "src/login.py" not in question.shown


def test_a_no_stops_the_run(leaving):
    leaving.answers = lambda question: Answer.NO if "beyond" in question.title else Answer.YES
    assert start(leaving.app(), RunRequest(spec="login")).code == "stopped"


# req: agent-runtime/2.5
def test_the_next_task_that_does_it_again_ends_the_delegation_at_once(make_world, calling, seasoned, world):
    tasks = b"# Implementation Plan\n\n- [ ] 1. Issue a token\n- [ ] 2. Check a token\n- [ ] 3. Drop a token\n"
    both = make_world(tasks=tasks)
    seasoned(both.app(), "login")

    def shell(world, command):
        if command.startswith("python3"):
            world.files[CI] = b"on: push\n"
        return 0, ""

    both.shell = shell
    call = calling("shell", '{"command": "python3 -m pytest"}')
    both.turns = [call, Reply(text="Done."), calling("shell", '{"command": "python3 -m pytest -q"}', 2), Reply(text="Done.")]
    report = start(both.app(), RunRequest(spec="login", tasks="all", mode=Mode.AUTONOMOUS))
    assert report.code == "downgraded"
    assert [task for task, _ in report.done] == ["1"]
    assert len([event for event in both.events() if isinstance(event, ScopeEnforced)]) == 2
    (told,) = [event for event in both.events() if isinstance(event, SpecDowngraded)]
    assert told.tasks == ("1", "2")
    assert "task by task" in report.reason.lower() or "Task by task" in report.reason
