"""A lock is part of an approval's plan, and a finished task's links are pinned anew."""

from __future__ import annotations

import json
from typing import Any

import pytest

from setsquare.errors import Refused
from setsquare.journeys.approving import state_of
from setsquare.journeys.locking import linked, lock_changes, repinned
from setsquare.journeys.opening import opened
from setsquare.spec.link_state import LinkState
from setsquare.spec.pinning import Clearing
from setsquare.spec.stage import Stage
from setsquare.text.plan import Plan

LOCK = ".setsquare/trace/login.lock.jsonl"
REQUIREMENTS = ".kiro/specs/login/requirements.md"


@pytest.fixture
def kept(world: Any) -> Any:
    """A workspace whose lock is written as an approval of its requirements writes it."""
    app = world.app()
    workspace = opened(app)
    spec = workspace.specs[0]
    approval = state_of(workspace, spec, Stage.REQUIREMENTS).approval
    assert approval is not None
    world.files.pop(LOCK, None)
    workspace = opened(app)
    app.files.apply(Plan("lock", lock_changes(app, workspace, spec, approval)))
    return world


def test_an_approval_is_noted_on_every_criterion_until_its_meaning_changes(kept: Any) -> None:
    lines = [json.loads(line) for line in kept.files[LOCK].splitlines()[1:]]
    assert lines
    assert all(line["approved_at"] and line["approver"] for line in lines)
    kept.files[REQUIREMENTS] = kept.files[REQUIREMENTS].replace(b"issue a token", b"issue two tokens")
    app = kept.app()
    workspace = opened(app)
    app.files.apply(Plan("lock", lock_changes(app, workspace, workspace.specs[0])))
    lines = [json.loads(line) for line in kept.files[LOCK].splitlines()[1:]]
    assert sorted("approved_at" in line for line in lines) == [False, True]
    assert lock_changes(app, opened(app), workspace.specs[0]) == ()


def test_a_finished_task_s_links_are_pinned_to_what_stands_there(kept: Any) -> None:
    kept.files[REQUIREMENTS] = kept.files[REQUIREMENTS].replace(b"issue a token", b"issue two tokens")
    app = kept.app()
    workspace = opened(app)
    assert {link.link.source for link in linked(app, workspace).states.links if link.state is LinkState.SUSPECT} == {"1"}
    clearing = Clearing(by="run 01J", at="2026-01-01T00:00:00Z", reason="task 1 was done again")
    app.files.apply(Plan("pin", repinned(app, workspace, workspace.specs[0], "1", clearing)))
    assert not [link for link in linked(app, opened(app)).states.links if link.state is LinkState.SUSPECT]


def test_a_broken_lock_stops_the_plan_with_its_place(kept: Any) -> None:
    kept.files[LOCK] += b"<<<<<<< HEAD\n"
    app = kept.app()
    workspace = opened(app)
    with pytest.raises(Refused, match=rf"{LOCK}:4: a merge conflict"):
        lock_changes(app, workspace, workspace.specs[0])
