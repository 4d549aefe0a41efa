"""What the guard refuses stops the run: a person sees it and says whether to go on; with nobody there the run is parked."""

from __future__ import annotations

import json

from setsquare.agent.attempts import attempts
from setsquare.events.conversation import Reply
from setsquare.events.facts import ActionDecided
from setsquare.guard.capability import Mode
from setsquare.journeys.run_resume import resume
from setsquare.journeys.run_task import RunRequest, start
from setsquare.ports.approver import Answer

WRITE = json.dumps({"path": "lib/a.py", "content": "x = 1\n"})


# req: agent-runtime/2.7
def test_with_nobody_there_the_run_is_parked_and_goes_on_when_a_person_resumes_it(world, calling, seasoned):
    seasoned(world.app(), "login")
    world.turns = [calling("write", WRITE), calling("write", '{"path": "src/login.py", "content": "x"}', 2), Reply(text="Done.")]
    world.answers = lambda _question: Answer.ABSENT
    report = start(world.app(), RunRequest(spec="login", mode=Mode.AUTONOMOUS))
    assert (report.status, report.code, report.exit_code) == ("parked", "out-of-scope", 3)
    assert "lib/a.py" in report.reason
    assert f"setsquare log {report.run}" in report.hint
    assert len([event for event in world.events() if isinstance(event, ActionDecided)]) == 1
    assert "src/login.py" not in world.files, "nothing came after it"
    assert resume(world.app(), report.run).status == "done"
    assert "lib/a.py" not in world.files


def test_a_person_sees_what_would_have_changed_and_may_let_it_go_on(world, calling):
    turns = [calling("write", '{"path": ".kiro/specs/login/tasks.md", "content": "- [x] 1. Done\\n"}')]
    world.turns = [*turns, calling("write", '{"path": "src/login.py", "content": "x"}', 2), Reply(text="Done.")]
    assert start(world.app(), RunRequest(spec="login")).status == "done"
    (question,) = [each for each in world.questions if "was refused" in each.title]
    assert "| +- [x] 1. Done" in question.shown
    assert "denied-path" in question.shown
    assert (question.shown.index("Not performed"), question.shown.count("Not performed")) == (0, 2)


def test_a_no_stops_the_run(world, calling):
    world.turns = [calling("shell", '{"command": "git push --force"}'), Reply(text="Done.")]
    world.answers = lambda question: Answer.NO if "refused" in question.title else Answer.YES
    assert start(world.app(), RunRequest(spec="login")).code == "stopped"


def test_nothing_outside_of_the_workspace_is_looked_at_to_show_it(world, calling):
    world.turns = [calling("write", '{"path": "../../etc/passwd", "content": "root::0:0\\n"}'), Reply(text="Done.")]
    start(world.app(), RunRequest(spec="login"))
    (question,) = [each for each in world.questions if "was refused" in each.title]
    assert "| +root::0:0" in question.shown


def test_it_still_counts_as_an_attempt_when_a_person_lets_the_run_go_on(world, calling):
    world.turns = [calling("write", '{"path": ".git/config", "content": "x"}'), Reply(text="Done.")]
    start(world.app(), RunRequest(spec="login"))
    assert [each.rule for each in attempts(world.events())] == ["denied-path"]
