"""A task has so much working time; a wall clock that jumps takes none of it and gives none."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from setsquare.errors import Stopped
from setsquare.events.conversation import Reply
from setsquare.events.facts import RunParked
from setsquare.journeys.run_resume import resume
from setsquare.journeys.run_task import RunRequest, start
from setsquare.ports.approver import Answer, Verdict
from setsquare.ports.stops import NoStops, Scope, StopOrder


class Hands:
    """A clock whose two hands a test moves apart."""

    def __init__(self):
        self.worked_s = 0.0
        self.wall = "2026-11-21T10:15:02Z"
        self.names = 0

    def now(self):
        return self.wall

    def monotonic_s(self):
        return self.worked_s

    def sleep(self, wait_s):
        self.worked_s += wait_s

    def new_id(self):
        self.names += 1
        return f"run{self.names:05d}"


@pytest.fixture
def slow(world, calling):
    """A run whose command takes as long as its `minutes` say."""
    clock = Hands()

    def shell(world, command):
        clock.worked_s += 60 * minutes[0]
        return 0, "ok"

    minutes = [61.0]
    world.shell = shell
    world.turns = [
        calling("shell", '{"command": "python3 -m pytest"}'),
        calling("write", '{"path": "src/login.py", "content": "good = 1\\n"}'),
        Reply(text="Done."),
    ]
    return world, clock, minutes


def test_a_task_that_works_too_long_is_parked_and_goes_on_when_a_person_says_so(slow):
    world, clock, _minutes = slow
    app = replace(world.app(), clock=clock)
    report = start(app, RunRequest(spec="login"))
    assert (report.status, report.code) == ("parked", "time-limit")
    assert "60 minutes" in report.reason
    parked = world.events()[-1]
    assert isinstance(parked, RunParked)
    assert parked.worked_s >= 3_660
    assert resume(replace(world.app(), clock=clock)).status == "done"


@pytest.mark.parametrize("wall", ["2026-11-20T10:15:02Z", "2026-11-22T10:15:02Z", "1970-01-01T00:00:00Z"])
def test_a_wall_clock_that_jumps_neither_ends_a_task_nor_lets_it_go_on_for_ever(slow, wall):
    world, clock, minutes = slow
    minutes[0] = 1.0
    shell = world.shell

    def jumping(world, command):
        clock.wall = wall
        return shell(world, command)

    world.shell = jumping
    assert start(replace(world.app(), clock=clock), RunRequest(spec="login")).status == "done"


def test_the_time_in_which_a_person_is_asked_does_not_count(slow):
    world, clock, minutes = slow
    minutes[0] = 1.0

    class Thoughtful:
        def ask(self, question):
            clock.worked_s += 5 * 3_600
            return Verdict(answer=Answer.YES, digest=question.digest, by="Ada")

    world.files[".kiro/settings.json"] = world.files[".kiro/settings.json"].replace(b'"full"', b'"cautious"')
    app = replace(world.app(), clock=clock, approver=Thoughtful())
    from setsquare.journeys.opening import opened
    from setsquare.journeys.trusting import grant

    grant(app, opened(app))
    world.person_commits()
    assert start(app, RunRequest(spec="login")).status == "done"


def test_an_order_that_stands_refuses_a_run_and_its_resume(world):
    class Ordered:
        def standing(self, spec):
            return StopOrder(scope=Scope.SPEC, name=spec, by="ada", reason="wrong branch")

        def orders(self):
            return ()

        def order(self, order):
            return False

        def lift(self, scope, name):
            return False

        def opened(self, run, spec):
            return NoStops().opened(run, spec)

    world.turns = [Reply(stop="refusal")]
    run = start(world.app(), RunRequest(spec="login")).run
    app = replace(world.app(), stops=Ordered())
    for attempt in (lambda: resume(app, run), lambda: start(app, RunRequest(spec="login"))):
        with pytest.raises(Stopped, match="ada stopped the spec `login`: wrong branch"):
            attempt()
