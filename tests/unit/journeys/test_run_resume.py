"""A run that ends at any journal position goes on to exactly one tick, one log entry and one commit."""

from __future__ import annotations

import os
import signal

import pytest

from setsquare.agent.conversation import messages_of
from setsquare.agent.machine import replay
from setsquare.errors import NotApproved, NotTrusted, Refused, Unreadable
from setsquare.events.conversation import Reply
from setsquare.events.facts import Committed, RunParked, RunReverted, TaskDone, VerificationFinished
from setsquare.guard.capability import Mode
from setsquare.journeys.run_resume import resume
from setsquare.journeys.run_task import RunRequest, start

TASKS = ".kiro/specs/login/tasks.md"
LOG = ".kiro/task-log.md"
POSITIONS = 50
SAMPLE = frozenset({1, 2, 3, 5, 9, 14, 16, 19, 21, 24, 27, 30, 31, 33, 34, 36, 37, 40})


def scripted(world, calling):
    """Script a run with every kind of step: read, write, edit, shell, a failed verification, its repair."""

    def shell(world, _command):
        world.files["src/login.py"] = world.files["src/login.py"] + b"# by shell\n"
        world.files["src/app.py"] = b"out of scope"
        return 0, "done"

    world.shell = shell
    world.turns = [
        calling("read", '{"path": "src/app.py"}'),
        calling("write", '{"path": "src/login.py", "content": "bad = 1\\n"}'),
        calling("shell", '{"command": "python3 -m pytest"}'),
        Reply(text="Done."),
        calling("edit", '{"path": "src/login.py", "old": "bad", "new": "good"}'),
        Reply(text="Mended it. Changed src/login.py."),
    ]
    return world


def finished(world, killed, *, mode=Mode.SUPERVISED):
    """Run to the end, resuming after the planted end."""
    try:
        report = start(world.app(), RunRequest(spec="login", mode=mode))
    except killed:
        if not next(iter(world.journals.values())):
            world.journals.clear()
            report = start(world.app(), RunRequest(spec="login", mode=mode))
        else:
            report = resume(world.app(), next(iter(world.journals)))
    return report


def check_whole(world, report):
    assert report.status == "done"
    assert world.files["src/login.py"] == b"good = 1\n# by shell\n"
    assert world.files["src/app.py"] == b"import login\n"
    assert world.files[TASKS].count(b"[x]") == 1
    assert world.files[LOG].count(b"\n## ") == 1
    assert len(world.messages()) == 1
    assert world.commits[-1][2]["src/login.py"] == world.files["src/login.py"]
    assert {path for path in world.files if world.commits[-1][2].get(path) != world.files[path]} == set()
    assert b"corrections: 1" in world.files[LOG]


def test_the_positions_cover_a_whole_run(world, calling):
    start(scripted(world, calling).app(), RunRequest(spec="login", mode=Mode.INTERACTIVE))
    assert world.appended == POSITIONS


# req: guarded-run/4.2
@pytest.mark.parametrize("is_kept", [True, False], ids=["after", "before"])
@pytest.mark.parametrize("position", [pytest.param(n, marks=() if n in SAMPLE else pytest.mark.soak) for n in range(1, POSITIONS + 1)])
def test_killed_at_a_journal_position(world, calling, killed, position, is_kept):
    world = scripted(world, calling)
    world.kill_at, world.is_kept = position, is_kept
    report = finished(world, killed, mode=Mode.INTERACTIVE)
    check_whole(world, report)


# req: guarded-run/4.3
@pytest.mark.parametrize("position", [pytest.param(n, marks=() if n in SAMPLE else pytest.mark.soak) for n in range(1, POSITIONS + 1)])
def test_interrupted_at_a_journal_position(world, calling, position, monkeypatch):
    world = scripted(world, calling)
    journal = type(world.app().journals.create("probe"))
    del world.journals["probe"]
    append = journal.append

    def interrupting(self, actor, event, **more):
        entry = append(self, actor, event, **more)
        if world.appended == position and not isinstance(event, RunParked):
            raise KeyboardInterrupt
        return entry

    monkeypatch.setattr(journal, "append", interrupting)
    try:
        report = start(world.app(), RunRequest(spec="login", mode=Mode.INTERACTIVE))
    except KeyboardInterrupt:
        report = None
    monkeypatch.undo()
    if report is not None and report.status != "done":
        assert (report.code, report.exit_code) == ("interrupted", 130)
    check_whole(world, resume(world.app(), next(iter(world.journals))))


@pytest.mark.parametrize("when", ["tick", "commit", "after-commit"])
def test_killed_within_the_completion(world, calling, when, monkeypatch, killed):
    world = scripted(world, calling)
    app = world.app()
    apply, commit = type(app.files).apply, type(app.git).commit

    def half(self, plan):
        if plan.title.startswith("complete"):
            apply(self, type(plan)(plan.title, plan.changes[:1]))
            raise killed
        apply(self, plan)

    def around(self, request):
        if when == "after-commit":
            commit(self, request)
        raise killed

    if when == "tick":
        monkeypatch.setattr(type(app.files), "apply", half)
    else:
        monkeypatch.setattr(type(app.git), "commit", around)
    with pytest.raises(killed):
        start(app, RunRequest(spec="login"))
    monkeypatch.undo()
    check_whole(world, resume(world.app()))


@pytest.mark.parametrize("tool", ["write", "edit", "shell"])
def test_killed_after_the_effect_and_before_its_record(world, calling, tool, monkeypatch, killed):
    world = scripted(world, calling)
    app = world.app()
    apply, run = type(app.files).apply, type(app.sandbox).run

    def applying(self, plan):
        apply(self, plan)
        if plan.title.startswith(tool):
            raise killed

    def running(self, argv, confinement, is_halted=None):
        ended = run(self, argv, confinement, is_halted)
        if tool == "shell" and argv[-1] != "check":
            raise killed
        return ended

    monkeypatch.setattr(type(app.files), "apply", applying)
    monkeypatch.setattr(type(app.sandbox), "run", running)
    with pytest.raises(killed):
        start(app, RunRequest(spec="login"))
    monkeypatch.undo()
    check_whole(world, resume(world.app()))


def test_a_persons_edit_between_the_kill_and_the_resume_is_not_lost(world, calling, monkeypatch, killed):
    app = world.app()

    def failing(self, plan):
        raise killed

    monkeypatch.setattr(type(app.files), "apply", failing)
    with pytest.raises(killed):
        start(app, RunRequest(spec="login"))
    monkeypatch.undo()
    world.files["src/login.py"] = b"by a person\n"
    assert resume(world.app()).status == "done"
    assert world.files["src/login.py"] == b"by a person\n"
    assert "somebody else" in world.requests[-1].messages[-1].text


def test_the_journal_replays_to_the_live_state(world, calling):
    world = scripted(world, calling)
    start(world.app(), RunRequest(spec="login"))
    events = world.events()
    state = replay(events)
    assert (state.phase.value, state.task) == ("ended", "")
    asked = [request.messages for request in world.requests]
    assert asked[-1] == messages_of(events)[:-1]
    assert len([event for event in events if isinstance(event, TaskDone | Committed)]) == 2


def test_verification_that_was_interrupted_is_run_again(world, monkeypatch, killed):
    app = world.app()

    def failing(self, argv, confinement, is_halted=None):
        raise killed

    monkeypatch.setattr(type(app.sandbox), "run", failing)
    with pytest.raises(killed):
        start(app, RunRequest(spec="login"))
    monkeypatch.undo()
    assert resume(world.app()).status == "done"
    assert world.commands == ["check"]


def test_a_run_parked_after_failed_verifications_gets_new_tries(world, calling):
    world.turns = [calling("write", '{"path": "src/login.py", "content": "bad"}'), Reply(text="Done.")]
    assert start(world.app(), RunRequest(spec="login")).code == "verification-failed"
    world.files["src/login.py"] = b"mended by a person\n"
    world.turns = [Reply(text="Done.")]
    assert resume(world.app()).status == "done"
    assert world.commits[-1][2]["src/login.py"] == b"mended by a person\n"
    finished = [event for event in world.events() if isinstance(event, VerificationFinished)]
    assert [event.exit_code for event in finished] == [1, 1, 1, 0]


class TestRefusals:
    def parked(self, world):
        turns, world.turns = world.turns, [Reply(stop="refusal")]
        run = start(world.app(), RunRequest(spec="login")).run
        world.turns = turns
        return run

    def test_no_such_run(self, world):
        with pytest.raises(Unreadable):
            resume(world.app(), "nope")

    def test_nothing_to_resume(self, world):
        start(world.app(), RunRequest(spec="login"))
        with pytest.raises(Refused, match="No run"):
            resume(world.app())

    def test_a_void_approval(self, world):
        self.parked(world)
        world.files[TASKS] += b"- [ ] 3. Rogue task\n"
        with pytest.raises(NotApproved):
            resume(world.app())

    def test_withdrawn_trust(self, world):
        self.parked(world)
        world.trusted = None
        with pytest.raises(NotTrusted):
            resume(world.app())

    def test_a_reverted_run(self, world):
        from setsquare.journeys.run_revert import revert

        run = self.parked(world)
        revert(world.app(), run)
        assert isinstance(world.events()[-1], RunReverted)
        with pytest.raises(Refused, match="reverted"):
            resume(world.app(), run)

    def test_a_done_run_is_only_reported(self, world):
        run = start(world.app(), RunRequest(spec="login")).run
        before = len(world.journals[run])
        assert resume(world.app(), run).status == "done"
        assert len(world.journals[run]) == before


def test_a_real_interruption_within_an_append_waits_for_its_end(world, calling, monkeypatch):
    world = scripted(world, calling)
    journal = type(world.app().journals.create("probe"))
    del world.journals["probe"]
    append = journal.append

    def signalled(self, actor, event, **more):
        if isinstance(event, VerificationFinished):
            os.kill(os.getpid(), signal.SIGINT)
            for _ in range(1000):
                pass
        return append(self, actor, event, **more)

    monkeypatch.setattr(journal, "append", signalled)
    handler = signal.getsignal(signal.SIGINT)
    report = start(world.app(), RunRequest(spec="login"))
    monkeypatch.undo()
    assert signal.getsignal(signal.SIGINT) is handler
    assert report.code == "interrupted"
    assert [type(event) for event in world.events()][-2:] == [VerificationFinished, RunParked]
    check_whole(world, resume(world.app()))
