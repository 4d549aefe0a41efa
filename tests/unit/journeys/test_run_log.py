from __future__ import annotations

from setsquare.events.conversation import Reply
from setsquare.guard.capability import Mode
from setsquare.journeys.run_log import log
from setsquare.journeys.run_task import RunRequest, start
from setsquare.ports.approver import Answer


def test_the_steps_tell_who_did_what_under_which_rule(world, calling):
    world.turns = [
        calling("read", '{"path": "src/app.py"}'),
        calling("fly", "{}"),
        calling("write", '{"path": "src/login.py", "content": "x"}'),
        Reply(text="Wrote it."),
    ]
    run = start(world.app(), RunRequest(spec="login", mode=Mode.INTERACTIVE)).run
    told = log(world.app(), run)
    lines = [(step.who, step.permission, step.result) for step in told.steps if step.permission]
    assert lines == [("model", "ask", "ok"), ("model", "deny", "refused"), ("model", "ask", "ok")]
    assert [step.what for step in told.steps if step.who == "Ada"] == ["answered yes", "answered yes"]
    assert (told.spec, told.tasks, told.left_out) == ("login", ("1",), 0)
    assert told.steps[-1].what == "run finished"
    short = log(world.app(), run, last=2)
    assert (short.steps, short.left_out) == (told.steps[-2:], len(told.steps) - 2)


def test_a_parked_run_says_why(world):
    world.answers = lambda _question: Answer.ABSENT
    run = start(world.app(), RunRequest(spec="login", mode=Mode.INTERACTIVE)).run
    assert log(world.app(), run).steps[-1].what.startswith("parked (needs-answer)")
