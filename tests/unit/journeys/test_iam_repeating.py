"""A watch that goes on: what fails is tried again, what is over ends it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

import pytest

from setsquare.errors import CloudBusy, NotTrusted, Refused, SetsquareError, Usage
from setsquare.journeys.iam_looking import Look, Looked, Standing
from setsquare.journeys.iam_proposing import Proposed
from setsquare.journeys.iam_readiness import SETTINGS, NotReady, Ready, readiness
from setsquare.journeys.iam_repeating import Beat, Ended, Pace, held, repeated, seconds_of
from setsquare.journeys.run_interrupts import Interruptions
from setsquare.powers.iam.settings_judging import absent

Step: TypeAlias = Looked | NotReady | SetsquareError
GOOD = Looked(Look(), Standing(reported=frozenset({"seen"})))


def refusal() -> NotReady:
    found = readiness(absent(SETTINGS))
    assert not isinstance(found, Ready)
    return found


class Hand:
    """Waits by writing the time down, and presses Ctrl-C when the steps are over."""

    def __init__(self, *steps: Step, every_s: float = 300.0) -> None:
        self.steps = steps
        self.every_s = every_s
        self.slept: list[float] = []
        self.beats: list[Beat] = []
        self.before: list[Standing | None] = []

    def look(self, before: Standing | None) -> Looked | NotReady:
        self.before.append(before)
        step = self.steps[len(self.before) - 1]
        if isinstance(step, SetsquareError):
            raise step
        return step

    def sleep(self, wait_s: float) -> None:
        self.slept.append(wait_s)
        if len(self.slept) == len(self.steps):
            raise KeyboardInterrupt

    def watch(self) -> Ended:
        pace = Pace(every_s=self.every_s, now=lambda: "2026-11-26T10:00:00Z", sleep=self.sleep)
        return repeated(self.look, pace, self.beats.append, Interruptions())


def test_failures_are_waited_out_longer_each_time_and_a_good_look_ends_that() -> None:
    busy = CloudBusy("throttled")
    hand = Hand(busy, busy, GOOD, busy, GOOD)
    assert hand.watch() == Ended(looks=5, failures=3)
    assert hand.slept == [30.0, 60.0, 300.0, 30.0, 300.0]
    assert [beat.failure for beat in hand.beats] == [busy, busy, None, busy, None]
    # What was known goes on, over the failure too.
    assert hand.before == [None, None, None, GOOD.standing, GOOD.standing]


def test_what_trying_again_cannot_help_ends_the_first_look_and_no_later_one() -> None:
    for failure in (Usage("x"), NotTrusted("x")):
        with pytest.raises(type(failure)):
            Hand(failure).watch()
        later = Hand(GOOD, failure, GOOD)
        assert later.watch() == Ended(looks=3, failures=1)


def test_settings_that_refuse_end_the_first_look_and_are_waited_for_later() -> None:
    first = Hand(refusal())
    assert (first.watch(), first.slept) == (Ended(looks=1, failures=1, is_refused=True), [])
    later = Hand(GOOD, refusal(), GOOD)
    assert (later.watch(), later.slept) == (Ended(looks=3, failures=1), [300.0, 30.0, 300.0])


def test_a_power_that_is_switched_off_ends_it() -> None:
    off = Looked(Look(swept=Proposed(status="nothing", role="", is_disabled=True)), Standing())
    hand = Hand(GOOD, off, GOOD)
    assert (hand.watch(), hand.slept) == (Ended(looks=2, failures=0, is_refused=True), [300.0])
    with pytest.raises(Refused, match="switched off elsewhere"):
        Hand(GOOD, Refused("switched off elsewhere")).watch()


def test_a_part_that_fails_is_a_look_that_failed() -> None:
    half = Looked(Look(failure=CloudBusy("throttled")), Standing())
    hand = Hand(half, GOOD)
    assert (hand.watch(), hand.slept) == (Ended(looks=2, failures=1), [30.0, 300.0])


def test_a_signal_waits_for_what_is_held() -> None:
    signals = Interruptions()
    done: list[str] = []

    def steps() -> Iterator[str]:
        with signals.watched(lambda: None):
            signals.release()
            with held(signals):
                import signal

                signal.raise_signal(signal.SIGINT)
                done.append("sent and remembered")
            done.append("never reached")
        yield "end"

    with pytest.raises(KeyboardInterrupt):
        list(steps())
    assert done == ["sent and remembered"]


@pytest.mark.parametrize("written", ["", "s", "1d", "-5", "1.5m", "٣m", "99999h", "86401", "1ss", "1 m", "m5"])
def test_what_is_no_time(written: str) -> None:
    assert seconds_of(written) is None


@pytest.mark.parametrize(("written", "seconds"), [("1", 1), ("90s", 90), ("24h", 86_400), ("1440m", 86_400)])
def test_times_as_people_write_them(written: str, seconds: int) -> None:
    assert seconds_of(written) == seconds
