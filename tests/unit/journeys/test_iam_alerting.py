"""Alerts: once each, again where one was not delivered, none where they are switched off."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from setsquare.errors import NotifyFailed
from setsquare.events.audit import Mutation
from setsquare.journeys.iam_alerting import AlertWorld, alert, notice_of
from setsquare.journeys.iam_escalating import Judged
from setsquare.journeys.iam_readiness import Ready
from setsquare.ports.notifier import Delivered, Notice
from setsquare.powers.iam.escalation.model import Escalation
from setsquare.powers.iam.escalation.principal import Principal
from setsquare.powers.iam.settings import PowerSettings
from setsquare.text.paths import RelPath
from setsquare.wire.iam import settings_here


class Channel:
    """Keeps what it was told; fails as often as asked."""

    def __init__(self, failures: int = 0) -> None:
        self.failures = failures
        self.told: list[Notice] = []

    def tell(self, notice: Notice) -> Delivered:
        if self.failures:
            self.failures -= 1
            raise NotifyFailed("the channel is closed")
        self.told.append(notice)
        return Delivered("#alerts", f"message {len(self.told)}")


class Memory:
    def __init__(self) -> None:
        self.known: set[str] = set()

    def untold(self, keys: Iterable[str]) -> tuple[str, ...]:
        return tuple(key for key in keys if key not in self.known)

    def remember(self, keys: Iterable[str]) -> None:
        self.known.update(keys)


class World:
    def __init__(self, failures: int = 0) -> None:
        self.channel = Channel(failures)
        self.memory = Memory()
        self.noted: list[Mutation] = []

    @property
    def made(self) -> AlertWorld:
        return AlertWorld(
            files=settings_here(),
            notifier=lambda _name: self.channel,
            told=lambda: self.memory,
            is_trusted=lambda: True,
            variable=lambda _name: "",
            note=self._note,
        )

    def _note(self, mutation: Mutation) -> bool:
        self.noted.append(mutation)
        return True


def escalation(path: str, principal: str = "ci") -> Escalation:
    return Escalation(
        principal=principal, path=path, severity=3, certainty="certain", actions=("x:Y",), resources=("x:Y on *",), name="x:Y"
    )


def judged(*paths: str, principal: str = "ci") -> Judged:
    new = tuple(escalation(path, principal) for path in paths)
    return Judged(principal=Principal(name=principal), escalations=new, new=new, accepted=())


def ready(*, is_on: bool = True) -> Ready:
    return Ready(PowerSettings(path=RelPath(".kiro/settings.json"), alert_channel="#alerts", alerts_on_escalation=is_on))


# req: iam-autopilot/5.6
def test_the_same_path_is_told_once_and_a_new_one_alone() -> None:
    world = World()
    first = alert(world.made, ready(), [judged("a-1", "a-2"), judged("a-1", principal="other")])
    assert [subject for subject, _ in first.delivered] == ["ci", "other"]
    assert [mutation.detail for mutation in world.noted] == ["2 paths told: #alerts, message 1", "1 path told: #alerts, message 2"]
    second = alert(world.made, ready(), [judged("a-1", "a-2", "a-3")])
    assert (second.known, world.channel.told[-1].title) == (2, "New escalation path: ci (a-3)")


# req: iam-autopilot/5.6
def test_what_was_not_delivered_is_told_next_time() -> None:
    world = World(failures=1)
    first = alert(world.made, ready(), [judged("a-1"), judged("a-1", principal="other")])
    assert (first.failed, [subject for subject, _ in first.delivered]) == (("the channel is closed",), ["other"])
    again = alert(world.made, ready(), [judged("a-1"), judged("a-1", principal="other")])
    assert ([subject for subject, _ in again.delivered], again.known) == (["ci"], 1)


def test_switched_off_alerts_tell_nobody() -> None:
    world = World()
    done = alert(world.made, ready(is_on=False), [judged("a-1")])
    assert (done.silenced, world.channel.told, world.memory.known) == ("alertOnEscalation is false", [], set())


@pytest.mark.parametrize("count", [1, 100])
def test_a_notice_says_how_many_it_leaves_out(count: int) -> None:
    notice = notice_of("ci", tuple(escalation(f"p-{number}") for number in range(count)))
    assert len(notice.lines) == min(count, 31)
    assert (notice.lines[-1] == "and 70 more; see `setsquare iam escalations`") is (count == 100)
