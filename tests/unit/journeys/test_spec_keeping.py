"""Specs and runs: what rests on a spec keeps it in place, what a run did outside its scope is told."""

from __future__ import annotations

import pytest

from setsquare.errors import Refused, StorageFailed
from setsquare.events.facts import RunStarted, ScopeEnforced
from setsquare.journeys.keeping import Wish, history, keep
from setsquare.journeys.moving import archive, rename, unarchive
from setsquare.journeys.opening import opened
from setsquare.journeys.rolling_back import Back, rollback
from setsquare.journeys.signing import governance_of
from setsquare.journeys.splitting import split
from setsquare.journeys.trusting import Trusted, view
from setsquare.spec.spec_history import Kind, Status
from setsquare.text.paths import RelPath


def begin(world, *events) -> None:
    journal = world.app().journals.create("r1")
    journal.append(
        "platform",
        RunStarted(
            run="r1",
            workspace="/nowhere",
            spec="login",
            tasks=("1",),
            mode="supervised",
            autonomy="full",
            model="m",
            sandbox="",
            approved="",
            base="",
        ),
    )
    for event in events:
        journal.append("platform", event)


def test_a_run_that_rests_on_a_spec_keeps_it_in_place(world) -> None:
    begin(world)
    before = dict(world.files)
    for act in (
        lambda app: archive(app, "login"),
        lambda app: rename(app, "login", "auth", is_written=True),
        lambda app: split(app, "login", "auth", ("1",), is_written=True),
        lambda app: rollback(app, "login", Back(), is_written=True),
    ):
        with pytest.raises(Refused, match="r1"):
            act(world.app())
    assert world.files == before


def test_work_outside_the_scope_is_shown_and_recorded_once(world) -> None:
    begin(world, ScopeEnforced(step=1, reverted=("src/other.py",)))
    told = [item for item in history(world.app(), "login").record.happenings if item.kind is Kind.OUT_OF_SCOPE]
    assert [(item.by, item.detail) for item in told] == [("run r1", "put back src/other.py")]
    for owner in ("Ada", "Eve"):
        keep(world.app(), "login", Wish(owner=owner))
    assert world.files[".setsquare/history/login.jsonl"].count(b"out-of-scope") == 1
    assert len([item for item in history(world.app(), "login").record.happenings if item.kind is Kind.OUT_OF_SCOPE]) == 1


def test_a_full_disk_in_the_middle_of_a_move_changes_nothing(world) -> None:
    before = dict(world.files)
    world.full_disk = lambda path: "_archived" in path and path.endswith("tasks.md")
    with pytest.raises(StorageFailed):
        archive(world.app(), "login")
    assert world.files == before


def test_a_move_keeps_the_trust_of_a_trusted_workspace(world) -> None:
    world.files[".kiro/steering/tech.md"] = b"See #spec:login.\n"
    assert view(world.app(), opened(world.app())).standing is Trusted.CHANGED
    rename(world.app(), "login", "auth", is_written=True)
    assert view(world.app(), opened(world.app())).standing is Trusted.CHANGED, "a rename must not trust what nobody has read"
    archive(world.app(), "auth")
    unarchive(world.app(), "auth")
    assert world.files[".kiro/steering/tech.md"] == b"See #spec:auth.\n"


def test_no_repository_no_commit(world) -> None:
    world.has_repository = False
    assert keep(world.app(), "login", Wish(status=Status.ACTIVE)).commit == ""
    with pytest.raises(Refused, match="no git repository"):
        rollback(world.app(), "login", Back(), is_written=True)


def test_a_second_root_is_no_way_around_the_rules(world) -> None:
    world.files[".kiro/settings.json"] = b'{"governance": {"designApproval": "architect"}}'
    world.files["api/.kiro/settings.json"] = b'{"verify": {"command": "true"}}'
    world.files["web/.kiro/settings.json"] = b'{"governance": {"requirementsSignOff": "product-owner"}}'
    from setsquare.workspace.load import load

    workspace = load({RelPath(path): raw for path, raw in world.files.items()})
    assert governance_of(workspace, RelPath("api/.kiro")).design_role == "architect"
    assert governance_of(workspace, RelPath("web/.kiro")).requirements_role == "product-owner"
