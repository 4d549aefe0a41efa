"""Damaged journals: only one whose run may have left work stops another run of its spec, and a person can take it out of the way."""

from __future__ import annotations

import json

import pytest
from msgspec.structs import replace

from setsquare.errors import JournalDamaged, Refused, Unreadable
from setsquare.events.conversation import Reply
from setsquare.events.entry import decode_entry, encode_entry
from setsquare.events.facts import RunFinished, RunParked
from setsquare.journeys.open_runs import open_runs
from setsquare.journeys.run_task import RunRequest, start
from setsquare.journeys.setting_aside import set_aside

WRITE = json.dumps({"path": "src/login.py", "content": "x = 1\n"})


class Journals:
    """The journals of the world, of which one is damaged."""

    def __init__(self, inner, run: str, line: int) -> None:
        self._inner, self._run, self._line = inner, run, line

    def __getattr__(self, name: str):
        return getattr(self._inner, name)

    def open(self, run: str):
        if run == self._run and run in self._inner.runs():
            raise JournalDamaged(f"line {self._line} of journal {run} is not an entry", "restore it")
        return self._inner.open(run)


def damaged(world, run: str, line: int):
    """Break one line of a run's journal, and give the app that sees it."""
    world.journals[run][line - 1] = b"\x00garbage\n"
    app = world.app()
    return replace(app, journals=Journals(app.journals, run, line))


@pytest.fixture
def parked(world, calling):
    """A run that wrote a file and then stopped."""
    world.turns = [calling("write", WRITE), *[Reply()] * 20]
    report = start(world.app(), RunRequest(spec="login"))
    assert report.status == "parked"
    return report.run


# req: agent-runtime/6.8
def test_a_damaged_journal_of_a_run_that_may_be_unfinished_stops_a_second_run_of_its_spec(world, parked):
    for line in (1, 3, 6, len(world.journals[parked])):
        app = damaged(world, parked, line)
        with pytest.raises(Refused) as refused:
            start(app, RunRequest(spec="login"))
        assert f"line {line} of journal {parked}" in refused.value.message
        assert f"setsquare revert {parked} --set-aside" in refused.value.hint


def test_other_specs_go_on(world, parked):
    app = damaged(world, parked, 4)
    found = open_runs(app)
    assert (dict(found.open), set(found.broken), found.damaged) == ({}, {"login"}, (parked,))


def test_a_run_that_ended_stands_in_nobody_s_way(world, calling):
    world.turns = [calling("write", WRITE), Reply(text="Done.")]
    report = start(world.app(), RunRequest(spec="login"))
    assert isinstance(world.events()[-1], RunFinished)
    found = open_runs(damaged(world, report.run, 4))
    assert (set(found.broken), found.damaged) == (set(), (report.run,))


def test_a_run_that_left_nothing_stands_in_nobody_s_way(world):
    world.turns = [Reply()] * 20
    report = start(world.app(), RunRequest(spec="login"))
    assert isinstance(world.events()[-1], RunParked)
    found = open_runs(damaged(world, report.run, 4))
    assert (set(found.broken), found.damaged) == (set(), (report.run,))


def test_a_journal_that_does_not_say_whose_run_it_was_stands_in_nobody_s_way(world, parked):
    found = open_runs(damaged(world, parked, 1))
    assert (set(found.broken), found.damaged) == (set(), (parked,))


def test_a_later_run_of_the_spec_counts(world, parked, calling):
    lines = world.journals[parked]
    world.journals["run99999"] = [*lines[:-1], encode_entry(_finished(lines[-1]))]
    found = open_runs(damaged(world, parked, 4))
    assert (set(found.broken), found.damaged) == (set(), (parked,))


def _finished(line: bytes):
    return replace(decode_entry(line), event=RunFinished(step=9, outcome="done"))


def test_a_person_takes_it_out_of_the_way(world, parked):
    app = damaged(world, parked, 4)
    assert set_aside(app, parked) == f"{parked}.aside"
    assert open_runs(app).damaged == ()


def test_a_sound_journal_is_not_taken_out_of_the_way(world, parked):
    with pytest.raises(Refused, match="sound"):
        set_aside(world.app(), parked)
    with pytest.raises(Unreadable):
        set_aside(world.app(), "nothing")
    assert parked in world.journals
