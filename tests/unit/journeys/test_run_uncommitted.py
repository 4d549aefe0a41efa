"""What a person has changed and not committed never becomes part of a task's commit unasked."""

from __future__ import annotations

import pytest

from setsquare.errors import Refused
from setsquare.events.conversation import Reply
from setsquare.events.facts import ActionDecided, ScopeEnforced
from setsquare.guard.capability import Mode
from setsquare.journeys.run_resume import resume
from setsquare.journeys.run_task import RunRequest, start
from setsquare.ports.approver import Answer

MINE = b"def issue(): return 0  # mine\n"
WRITE = '{"path": "src/login.py", "content": "def issue(): return 1\\n"}'


@pytest.fixture
def edited(world, calling):
    """A workspace in which a person has changed the file that the task is about."""
    world.files["src/login.py"] = b"def issue(): return 0\n"
    world.person_commits()
    world.files["src/login.py"] = MINE
    world.turns = [calling("write", WRITE, number) for number in range(3)] + [Reply(text="Wrote issue().")]
    return world


def rules(world) -> list[str]:
    return [event.rule for event in world.events() if isinstance(event, ActionDecided)]


def test_a_person_is_asked_and_may_permit_it(edited, calling):
    edited.turns = [calling("write", WRITE), calling("edit", '{"path": "src/login.py", "old": "1", "new": "2"}'), Reply(text="Done.")]
    report = start(edited.app(), RunRequest(spec="login"))
    assert (report.status, len(edited.questions)) == ("done", 1), "after the yes the file is the task's"
    assert "not committed" in edited.questions[0].shown
    assert rules(edited)[0] == "uncommitted-edits"


def test_a_no_leaves_the_file(edited):
    edited.answers = lambda _question: Answer.NO
    report = start(edited.app(), RunRequest(spec="login"))
    assert (report.status, report.code, report.exit_code) == ("parked", "denied", 3)
    assert edited.files["src/login.py"] == MINE


def test_autonomous_work_is_refused_until_it_is_committed(edited, seasoned):
    seasoned(edited.app(), "login")
    report = start(edited.app(), RunRequest(spec="login", mode=Mode.AUTONOMOUS))
    assert (report.status, report.code, report.exit_code) == ("parked", "denied", 3)
    assert "uncommitted-edits" in report.reason
    assert "ommit" in report.hint
    assert edited.files["src/login.py"] == MINE
    edited.person_commits()
    edited.turns = [*edited.turns[:3], *edited.turns[:1], Reply(text="Done.")]
    assert resume(edited.app()).status == "done"
    assert set(rules(edited)) == {"uncommitted-edits", "write"}


def test_what_a_command_did_to_it_is_put_back(edited, calling):
    def rewrite(world, _command):
        world.files["src/login.py"] = b"theirs"
        world.files["src/app.py"] = b"app"
        return 0, ""

    edited.shell = rewrite
    edited.turns = [calling("shell", '{"command": "python3 fix.py"}'), Reply(text="Done.")]
    start(edited.app(), RunRequest(spec="login"))
    assert edited.files["src/login.py"] == MINE
    (put_back,) = [event for event in edited.events() if isinstance(event, ScopeEnforced)]
    assert "src/login.py" in put_back.reverted
    assert all(tree.get("src/login.py") != MINE for _, _, tree in edited.commits)


def test_a_command_that_a_person_permitted_for_this_reason_keeps_its_change(edited, calling):
    def rewrite(world, _command):
        world.files["src/login.py"] = b"both"
        return 0, ""

    edited.shell = rewrite
    edited.turns = [calling("shell", '{"command": "sed -i s/0/1/ src/login.py"}'), Reply(text="Done.")]
    start(edited.app(), RunRequest(spec="login"))
    assert rules(edited) == ["uncommitted-edits"]
    assert edited.files["src/login.py"] == b"both"


def test_what_the_run_itself_left_is_not_a_persons(world, calling, seasoned):
    """A task goes on with its own files after it was parked, and with what its verification wrote."""
    world.turns = [calling("write", '{"path": "src/login.py", "content": "bad"}'), Reply(text="Done.")]
    seasoned(world.app(), "login")
    assert start(world.app(), RunRequest(spec="login", mode=Mode.AUTONOMOUS)).code == "verification-failed"
    edit = calling("edit", '{"path": "src/login.py", "old": "bad", "new": "good"}')
    world.turns = [*world.turns, Reply(text="Done."), Reply(text="Done."), edit, Reply(text="Mended.")]
    assert resume(world.app()).status == "done"
    assert "uncommitted-edits" not in rules(world)


def test_an_uncommitted_task_log_stops_the_start(world):
    world.files[".kiro/task-log.md"] = b"# Task log\n\nA note of mine.\n"
    with pytest.raises(Refused, match=r"task-log\.md"):
        start(world.app(), RunRequest(spec="login"))
