"""Alerts: once each, again where one was not delivered, none where they are switched off."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import pytest
from msgspec.structs import replace

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
        self.kills_after: int | None = None
        self.told: list[Notice] = []

    def tell(self, notice: Notice) -> Delivered:
        if self.failures:
            self.failures -= 1
            raise NotifyFailed("the channel is closed")
        self.told.append(notice)
        if len(self.told) == self.kills_after:
            raise Killed
        return Delivered("#alerts", f"message {len(self.told)}")


class Killed(BaseException):
    """Stands for the end of the process."""


class Memory:
    """What stays when a process ends."""

    def __init__(self) -> None:
        self.known: set[str] = set()
        self.begun: set[str] = set()
        self.alone_now = 0

    @contextmanager
    def alone(self) -> Iterator[None]:
        self.alone_now += 1
        try:
            yield
        finally:
            self.alone_now -= 1

    def untold(self, keys: Iterable[str]) -> tuple[str, ...]:
        assert self.alone_now == 1
        return tuple(key for key in keys if key not in self.known)

    def cut_off(self, keys: Iterable[str]) -> tuple[str, ...]:
        return tuple(key for key in keys if key in self.begun)

    def begin(self, keys: Iterable[str]) -> None:
        self.begun.update(keys)

    def remember(self, keys: Iterable[str]) -> None:
        self.known.update(keys)
        self.begun.difference_update(keys)

    def give_up(self, keys: Iterable[str]) -> None:
        self.begun.difference_update(keys)


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


# req: iam-autopilot/5.6
def test_an_alert_that_was_cut_off_says_so_when_it_is_sent_again() -> None:
    world = World()
    world.channel.kills_after = 2
    found = [judged("a-1", principal="first"), judged("a-1", principal="second"), judged("a-1", principal="third")]
    with pytest.raises(Killed):
        alert(world.made, ready(), found)
    world.channel.kills_after = None
    done = alert(world.made, ready(), found)
    titles = [notice.title for notice in world.channel.told]
    # The first was told and remembered, the second was on its way, the third had not begun.
    assert titles[2:] == ["Perhaps told before: New escalation path: second (a-1)", "New escalation path: third (a-1)"]
    assert (done.known, done.again) == (1, ("second",))
    assert world.channel.told[1].key == world.channel.told[2].key
    assert alert(world.made, ready(), found).delivered == ()


# req: iam-autopilot/5.6
def test_a_refused_alert_is_no_doubtful_one() -> None:
    world = World(failures=1)
    assert alert(world.made, ready(), [judged("a-1")]).failed
    assert alert(world.made, ready(), [judged("a-1")]).again == ()
    assert world.channel.told[0].title == "New escalation path: ci (a-1)"


def test_from_looking_to_remembering_nothing_interrupts() -> None:
    world = World()
    order: list[str] = []

    @contextmanager
    def held() -> Iterator[None]:
        order.append("held")
        yield
        order.append(f"released, {len(world.memory.known)} known")

    alert(replace(world.made, uninterrupted=held), ready(), [judged("a-1"), judged("a-2", principal="other")])
    assert order == ["held", "released, 1 known", "held", "released, 2 known"]


def test_switched_off_alerts_tell_nobody() -> None:
    world = World()
    done = alert(world.made, ready(is_on=False), [judged("a-1")])
    assert (done.silenced, world.channel.told, world.memory.known) == ("alertOnEscalation is false", [], set())


@pytest.mark.parametrize("count", [1, 100])
def test_a_notice_says_how_many_it_leaves_out(count: int) -> None:
    notice = notice_of("ci", tuple(escalation(f"p-{number}") for number in range(count)))
    assert len(notice.lines) == min(count, 31)
    assert (notice.lines[-1] == "and 70 more; see `setsquare iam escalations`") is (count == 100)
