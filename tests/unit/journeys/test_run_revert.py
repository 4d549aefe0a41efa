from __future__ import annotations

import pytest

from setsquare.errors import Unreadable
from setsquare.events.conversation import Reply
from setsquare.guard.capability import Mode
from setsquare.journeys.run_revert import revert
from setsquare.journeys.run_task import RunRequest, start

TASKS = ".kiro/specs/login/tasks.md"


@pytest.fixture
def ran(world, calling):
    """A run of all tasks that creates, edits and deletes; and the files as they were."""
    world.files["src/old.py"] = b"old\n"
    world.files["notes.txt"] = b"untracked\n"
    before = dict(world.files)
    world.turns = [
        calling("write", '{"path": "src/login.py", "content": "good\\n"}'),
        calling("shell", '{"command": "python3 -m pytest"}'),
        Reply(text="Done."),
    ]
    world.shell = lambda world, _command: (world.files.update({"src/login.py": b"good by shell\n"}), (0, ""))[1]
    report = start(world.app(), RunRequest(spec="login", tasks="all", mode=Mode.SUPERVISED))
    assert report.status == "done"
    return world, report.run, before


def test_every_file_is_as_before(ran):
    world, run, before = ran
    done = revert(world.app(), run)
    assert world.files == before
    assert done.kept == ()
    assert set(done.restored) == {
        "src/login.py",
        TASKS,
        ".kiro/task-log.md",
        ".setsquare/trace/login.lock.jsonl",
        ".setsquare/evidence/login.jsonl",
    }
    assert len(done.commits) == 3
    assert done.commit == ""


# req: guarded-run/4.4
def test_what_a_person_changed_since_is_kept_and_listed(ran):
    world, run, before = ran
    world.files["src/login.py"] = b"by a person\n"
    world.files["src/person.py"] = b"new by a person\n"
    world.files["notes.txt"] = b"later note\n"
    done = revert(world.app(), run)
    assert done.kept == ("src/login.py",)
    assert world.files == {
        **before,
        "src/login.py": b"by a person\n",
        "src/person.py": b"new by a person\n",
        "notes.txt": b"later note\n",
    }


def test_a_second_revert_changes_nothing(ran):
    world, run, before = ran
    revert(world.app(), run)
    assert revert(world.app(), run).restored == ()
    assert world.files == before


def test_a_commit_takes_the_commits_back_when_it_is_asked_for(ran):
    world, run, before = ran
    done = revert(world.app(), run, commit=True)
    name, message, tree = world.commits[-1]
    assert (done.commit, message.splitlines()[0]) == (name, f"Revert run {run}")
    assert tree[TASKS] == before[TASKS]
    assert "src/login.py" not in tree


@pytest.mark.parametrize("position", range(1, 40, 2))
@pytest.mark.parametrize("is_kept", [True, False])
def test_a_killed_run_is_reverted_without_a_resume(world, calling, killed, position, is_kept):
    before = dict(world.files)
    world.turns = [
        calling("write", '{"path": "src/login.py", "content": "good\\n"}'),
        calling("edit", '{"path": "src/login.py", "old": "good", "new": "better"}'),
        calling("shell", '{"command": "python3 -m pytest"}'),
        Reply(text="Done."),
    ]
    world.shell = lambda world, _command: (world.files.update({"src/login.py": b"good by shell\n"}), (0, ""))[1]
    world.kill_at, world.is_kept = position, is_kept
    try:
        run = start(world.app(), RunRequest(spec="login", tasks="1-1")).run
    except killed:
        run = next(iter(world.journals))
    world.kill_at = 0
    if not world.journals[run]:
        with pytest.raises(Unreadable):
            revert(world.app(), run)
    else:
        revert(world.app(), run)
    assert world.files == before


def test_killed_in_the_middle_of_an_effect(world, calling, killed, monkeypatch):
    before = dict(world.files)
    app = world.app()

    def half(world, _command):
        world.files["src/login.py"] = b"half"
        raise killed

    world.shell = half
    world.turns = [calling("shell", '{"command": "python3 -m pytest"}')]
    with pytest.raises(killed):
        start(app, RunRequest(spec="login"))
    revert(world.app(), next(iter(world.journals)))
    assert world.files == before


def test_interrupted_in_the_middle_of_a_command_leaves_a_persons_later_work_alone(world, calling):
    def half(world, _command):
        world.files["src/login.py"] = b"half"
        raise KeyboardInterrupt

    world.shell = half
    world.turns = [calling("shell", '{"command": "python3 -m pytest"}')]
    report = start(world.app(), RunRequest(spec="login"))
    assert (report.code, report.exit_code) == ("interrupted", 130)
    assert "src/login.py" not in world.files
    world.files["src/person.py"] = b"new by a person\n"
    revert(world.app(), report.run)
    assert world.files["src/person.py"] == b"new by a person\n"
