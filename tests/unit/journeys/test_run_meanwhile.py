"""A run that rested tells the model which files others changed, and keeps what was decided."""

from __future__ import annotations

import pytest

from setsquare.errors import ModelAuth
from setsquare.events.conversation import Reply
from setsquare.events.facts import RunResumed
from setsquare.journeys.run_resume import resume
from setsquare.journeys.run_task import RunRequest, start
from setsquare.ports.approver import Answer


@pytest.fixture
def parked(world, calling, working):
    """A run that a person refused something in, and that stopped while the model was asked."""
    world.answers = lambda _question: Answer.NO
    world.turns = [
        calling("shell", '{"command": "curl x"}'),
        calling("read", '{"path": "src/app.py"}', 2),
        ModelAuth("no key", "give one"),
    ]
    report = start(world.app(), RunRequest(spec="login", tasks="1"))
    assert report.status == "parked"
    world.turns[2:] = [working, Reply(text="Done.")]
    world.requests.clear()
    return world, report.run


def note(world):
    return next(event.note for event in world.events() if isinstance(event, RunResumed))


def test_what_others_changed_is_told_to_the_model_once_it_goes_on(parked):
    world, run = parked
    world.files["src/app.py"] = b"import login, os\n"
    assert resume(world.app(), run).status == "done"
    assert "src/app.py" in note(world)
    texts = [str(message) for message in world.requests[0].messages]
    assert "Meanwhile others changed: src/app.py" in texts[-1]
    assert any("said no" in text for text in texts), "what was decided is still there"


def test_nothing_is_said_where_nothing_changed(parked):
    world, run = parked
    assert resume(world.app(), run).status == "done"
    assert note(world) == ""
