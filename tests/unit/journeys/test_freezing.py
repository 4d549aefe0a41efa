"""A freeze that stands stops every run, whoever asks."""

from __future__ import annotations

import pytest

from setsquare.errors import Refused, Usage
from setsquare.guard.capability import Mode
from setsquare.journeys.freezing import FREEZE, freeze, freeze_of, require_thaw, thaw
from setsquare.journeys.run_resume import resume
from setsquare.journeys.run_task import RunRequest, start


# req: agent-runtime/2.6
@pytest.mark.parametrize("mode", list(Mode))
def test_no_run_starts_while_everything_is_frozen(world, mode, seasoned):
    seasoned(world.app(), "login")
    freeze(world.app(), "release\n week")
    with pytest.raises(Refused, match="frozen: release week"):
        start(world.app(), RunRequest(spec="login", mode=mode))
    assert world.requests == []
    thaw(world.app())
    require_thaw(world.app())


def test_a_parked_run_does_not_go_on(world):
    world.turns = world.turns[:1]
    assert start(world.app(), RunRequest(spec="login")).status == "parked"
    freeze(world.app(), "stop")
    with pytest.raises(Refused, match="frozen"):
        resume(world.app())


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b'{"reason": 1}', b"\xff\xfe", b'{"until": "2000-01-01T00:00:00Z"}'])
def test_a_broken_file_freezes_everything(world, raw):
    world.files[FREEZE] = raw
    with pytest.raises(Refused, match="cannot be read"):
        require_thaw(world.app())


def test_some_paths_freeze_no_run_and_a_time_ends_it(world):
    made = freeze(world.app(), "billing", ("src/billing/**",))
    assert not made.is_whole
    require_thaw(world.app())
    freeze(world.app(), "night", until="2000-01-01T00:00:00Z")
    assert freeze_of(world.app()) is None
    with pytest.raises(Usage, match="reason"):
        freeze(world.app(), " ")


def test_there_must_be_something_to_end(world):
    with pytest.raises(Refused, match="Nothing is frozen"):
        thaw(world.app())
