"""Looks again and again until a person ends it: what fails is said and tried again, later each time, and is never the end of a watch."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeAlias

from msgspec import Struct

from setsquare.errors import Refused, SetsquareError
from setsquare.journeys.iam_looking import Looked, Standing
from setsquare.journeys.iam_readiness import NotReady
from setsquare.journeys.run_interrupts import Interruptions

SHORTEST_S = 1
"""The shortest time between two looks, in seconds."""
LONGEST_S = 86_400
"""The longest, in seconds."""
_FIRST_RETRY_S = 30.0
_LAST_RETRY_S = 900.0
_UNITS = {"": 1, "s": 1, "m": 60, "h": 3_600}


Look: TypeAlias = Callable[[Standing | None], Looked | NotReady]
"""Looks once, going on from what the look before left."""


class Beat(Struct, frozen=True, kw_only=True):
    """One look of a watch: its number, from 1, when it ended, what came of it, and the seconds until the next one, 0 where there is none.

    `failure` is why nothing came of it, or what went wrong in a part of it; `failures` counts the looks so far that failed.
    """

    number: int
    at: str
    found: Looked | NotReady | None
    failure: SetsquareError | None = None
    wait_s: float = 0.0
    failures: int = 0


class Ended(Struct, frozen=True, kw_only=True):
    """How a watch ended: after how many looks, how many of them failed, and whether the settings refused the first, or the Power was switched off in the last."""

    looks: int
    failures: int
    is_refused: bool = False


class Pace(Struct, frozen=True, kw_only=True):
    """When a watch looks: every so many seconds; the time in UTC, and what waits."""

    every_s: float
    now: Callable[[], str]
    sleep: Callable[[float], None]


def seconds_of(written: str) -> int | None:
    """Read a time between looks, such as `30s`, `5m`, `1h` or bare seconds; `None` where it is none, too short or too long.

    >>> seconds_of("5m"), seconds_of("90"), seconds_of("0"), seconds_of("5 min"), seconds_of("2d")
    (300, 90, None, None, None)
    """
    digits = written.rstrip("smh")
    unit = written[len(digits) :]
    if not digits.isascii() or not digits.isdecimal() or len(digits) > len(str(LONGEST_S)) or unit not in _UNITS:
        return None
    seconds = int(digits) * _UNITS[unit]
    return seconds if SHORTEST_S <= seconds <= LONGEST_S else None


def pause_s(every_s: float, failures: int) -> float:
    """Give the seconds to wait after so many failures in a row: soon at first, then twice as long each time, at last as long as between looks, or 15 minutes.

    >>> [pause_s(300, failures) for failures in (0, 1, 2, 6)], pause_s(3600, 20), pause_s(5, 1)
    ([300.0, 30.0, 60.0, 900.0], 3600.0, 30.0)
    """
    if not failures:
        return float(every_s)
    return min(max(float(every_s), _LAST_RETRY_S), _FIRST_RETRY_S * float(1 << min(failures - 1, 20)))


def repeated(look: Look, pace: Pace, tell: Callable[[Beat], None], signals: Interruptions) -> Ended:
    """Look until a person ends it (Ctrl-C, a signal to end), or the Power is switched off; `tell` hears of each look.

    Settings that refuse, and what fails so that trying again cannot help, end it at the first look; later they may be mended, so they are waited for.

    Raises:
        SetsquareError: the first look failed for good.
        Refused: the Power was switched off elsewhere meanwhile.
    """
    beats: list[Beat] = []
    try:
        with signals.watched(lambda: None):
            signals.release()
            for beat in _beats(look, pace):
                beats[:] = (beat,)
                tell(beat)
                if not beat.wait_s:
                    break
                pace.sleep(beat.wait_s)
    except KeyboardInterrupt:
        pass
    if not beats:
        return Ended(looks=0, failures=0)
    return Ended(looks=beats[0].number, failures=beats[0].failures, is_refused=not beats[0].wait_s)


def _beats(look: Look, pace: Pace) -> Iterator[Beat]:
    """Look for as long as somebody asks; the beat after which there is none has no time to wait."""
    number = failures = in_a_row = 0
    standing: Standing | None = None
    while True:
        number += 1
        found, failure = _one(look, standing)
        if failure is not None and (failure.code == Refused.code or (standing is None and not failure.retryable)):
            raise failure
        is_over = standing is None and isinstance(found, NotReady)
        is_failed = failure is not None or isinstance(found, NotReady)
        if isinstance(found, Looked):
            standing, failure = found.standing, found.look.failure
            is_over = found.look.is_disabled
            is_failed = failure is not None or found.look.refused is not None
        failures += is_failed
        in_a_row = in_a_row + 1 if is_failed else 0
        wait_s = 0.0 if is_over else pause_s(pace.every_s, in_a_row)
        yield Beat(number=number, at=pace.now(), found=found, failure=failure, wait_s=wait_s, failures=failures)


def _one(look: Look, standing: Standing | None) -> tuple[Looked | NotReady | None, SetsquareError | None]:
    try:
        return look(standing), None
    except SetsquareError as failure:
        return None, failure


@contextmanager
def held(signals: Interruptions) -> Iterator[None]:
    """Hold signals back: what is within comes to its end."""
    signals.hold()
    try:
        yield
    finally:
        signals.release()
