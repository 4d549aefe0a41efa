"""People are told of scope creep once each, again where it did not arrive, and never where the settings do not say where."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from setsquare.adapters.told_file import FileTold
from setsquare.errors import NotifyFailed, StorageFailed
from setsquare.events.audit import Mutation
from setsquare.events.audit_chain import Anchor, AuditLog
from setsquare.journeys.iam_alerting import AlertWorld
from setsquare.journeys.iam_telling import switched_on, told_of_creep
from setsquare.ports.notifier import Delivered, Notice
from setsquare.ports.power_state import Creep, PowerRecord
from setsquare.wire.iam import settings_here

CREEP = Creep(at="2026-11-26T10:00:00Z", roles=("lambda-x", "lambda-y"), requests=("https://forge/1", "https://forge/2"))


class State:
    def __init__(self, *creeps: Creep, disabled_at: str = "", is_damaged: bool = False) -> None:
        self.kept = PowerRecord(creeps=creeps, disabled_at=disabled_at)
        self.is_damaged = is_damaged

    def record(self) -> PowerRecord:
        if self.is_damaged:
            raise StorageFailed("it cannot be read")
        return self.kept

    def keep(self, record: PowerRecord) -> None:
        self.kept, self.is_damaged = record, False


class Log:
    def __init__(self) -> None:
        self.entries: list[Mutation] = []

    def record(self, mutation: Mutation) -> None:
        self.entries.append(mutation)

    def note(self, mutation: Mutation) -> bool:
        self.entries.append(mutation)
        return True

    def log(self) -> AuditLog:
        return AuditLog()

    def anchor(self) -> Anchor | None:
        return None


class World:
    """A channel that fails as often as asked, and the settings of the current folder."""

    def __init__(self, failures: int = 0, *, is_trusted: bool = True) -> None:
        self.failures, self.is_trusted = failures, is_trusted
        self.notices: list[Notice] = []
        self.channels: list[str] = []
        self.log = Log()

    def tell(self, notice: Notice) -> Delivered:
        if self.failures:
            self.failures -= 1
            raise NotifyFailed("the channel is closed")
        self.notices.append(notice)
        return Delivered(self.channels[-1], "taken")

    def _notifier(self, channel: str) -> World:
        self.channels.append(channel)
        return self

    @property
    def made(self) -> AlertWorld:
        return AlertWorld(
            files=settings_here(),
            notifier=self._notifier,
            told=lambda: FileTold(None),
            is_trusted=lambda: self.is_trusted,
            variable=lambda name: "#security" if name == "CHANNEL" else "",
            note=self.log.note,
        )


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Settings with a channel; alerts about escalation are switched off."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".kiro").mkdir()
    write(tmp_path, escalationAlertChannel="${CHANNEL}", alertOnEscalation=False)
    return tmp_path


def write(folder: Path, **more: object) -> None:
    power = {"enabled": True, "mode": "pr-only", "targetRoles": ["ecs-*"], **more}
    (folder / ".kiro" / "settings.json").write_text(json.dumps({"powers": {"awsIamAutopilot": power}}))


# req: iam-autopilot/6.7
def test_what_was_found_is_told_once(settings: Path) -> None:
    world, state = World(), State(CREEP)
    assert told_of_creep(world.made, state).delivered == Delivered("#security", "taken")
    assert world.notices[0].title == "IAM Power: 2 requests out of scope were closed"
    assert world.notices[0].lines == ("lambda-x: https://forge/1", "lambda-y: https://forge/2")
    assert [entry.action.value for entry in world.log.entries] == ["power-told"]
    again = told_of_creep(world.made, state)
    assert (again.delivered, again.problem, len(world.notices)) == (None, "", 1)


# req: iam-autopilot/6.7
def test_what_did_not_arrive_is_told_with_the_next(settings: Path) -> None:
    world, state = World(failures=1), State(CREEP)
    assert told_of_creep(world.made, state).problem == "the channel is closed"
    state.keep(PowerRecord(creeps=(*state.kept.creeps, Creep(at="later", roles=("z",), requests=("u",))), disabled_at="later"))
    assert told_of_creep(world.made, state).problem == ""
    assert world.notices[0].title == "IAM Power switched off: its requests kept appearing out of scope"
    assert [line.partition(":")[0] for line in world.notices[0].lines] == [
        "lambda-x",
        "lambda-y",
        "z",
        "Look at targetRoles and excludeRoles, then",
    ]
    assert all(creep.is_told for creep in state.kept.creeps)


@pytest.mark.parametrize(("more", "words"), [({}, "escalationAlertChannel"), ({"alertOnEscalation": False}, "no escalationAlertChannel")])
def test_without_a_channel_nobody_is_told_and_that_is_said(settings: Path, more: dict[str, object], words: str) -> None:
    write(settings, **more)
    world, state = World(), State(CREEP)
    assert words in told_of_creep(world.made, state).problem
    assert (world.channels, state.kept.creeps[0].is_told) == ([], False)


def test_settings_that_nobody_trusts_send_nothing(settings: Path) -> None:
    world = World(is_trusted=False)
    assert "not trusted" in told_of_creep(world.made, State(CREEP)).problem
    assert world.channels == []


# req: iam-autopilot/6.7
@pytest.mark.parametrize("is_damaged", [False, True])
def test_switching_on_again_is_done_and_told_whatever_became_of_the_record(settings: Path, is_damaged: bool) -> None:
    world, state = World(), State(CREEP, disabled_at="2026-11-26", is_damaged=is_damaged)
    record, told = switched_on(world.made, state, world.log, "looked\nat")
    assert (record, told.problem, state.kept) == (PowerRecord(), "", PowerRecord())
    assert world.notices[0].lines[:2] == ("Why: looked\\nat", "Now: targetRoles ecs-*; excludeRoles none")


def test_where_nothing_was_found_nobody_is_told_of_an_audit(settings: Path) -> None:
    world = World()
    assert switched_on(world.made, State(), world.log, "routine")[1].delivered is None
    assert world.notices == []
