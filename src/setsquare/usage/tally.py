"""Adds the ledger's facts up to where both budgets stand."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import assert_never

from msgspec import Struct
from msgspec.structs import replace

from setsquare.events.spending import (
    Amount,
    BudgetReached,
    BudgetReset,
    CallReserved,
    CallSettled,
    Carried,
    SpendingFact,
    Totalled,
    WindowTally,
)

DAILY, MONTHLY = "daily", "monthly"
_DAY, _MONTH = len("2026-11-25"), len("2026-11")


class Tally(Struct, frozen=True, kw_only=True):
    """Where both budgets stand; `open` are the calls in flight, whose amounts are set aside."""

    daily: WindowTally = WindowTally()
    monthly: WindowTally = WindowTally()
    open: tuple[CallReserved, ...] = ()

    def window(self, name: str) -> WindowTally:
        """Give one of the two."""
        return self.daily if name == DAILY else self.monthly

    def set_aside(self, name: str) -> Amount:
        """Add up what calls in flight may still use of a window."""
        period = self.window(name).period
        found = Amount()
        for call in self.open:
            if _period(name, call.day) == period:
                found = found.plus(call.amount)
        return found


def tallied(tally: Tally, facts: Iterable[SpendingFact]) -> Tally:
    """Take in facts, in their order.

    >>> from setsquare.events.spending import Account
    >>> reserved = CallReserved(id="a", at="", day="2026-11-25", account=Account(), amount=Amount(10, 5))
    >>> tally = tallied(Tally(), (reserved, CallSettled(id="a", amount=Amount(8, 2))))
    >>> tally.daily.used, tally.monthly.period, tally.open
    (Amount(input_tokens=8, output_tokens=2), '2026-11', ())
    """
    for fact in facts:
        tally = _after(tally, fact)
    return tally


def day_at(now: str, zone: str) -> str:
    """Name the calendar day of a time in UTC (`2026-11-25T23:30:00Z`) in a time zone; a zone that the machine does not know counts as UTC.

    >>> day_at("2026-11-25T23:30:00Z", "UTC"), day_at("2026-11-25T23:30:00Z", "No/Such")
    ('2026-11-25', '2026-11-25')
    """
    if zone in {"", "UTC"}:
        return now[:_DAY]
    from zoneinfo import ZoneInfo  # noqa: PLC0415  (start-up: only a workspace with a zone of its own needs it)

    try:
        return datetime.strptime(now, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d")
    except (ValueError, OSError, KeyError, OverflowError):
        return now[:_DAY]


def booking_day(tally: Tally, today: str) -> str:
    """Name the day that a call is booked in: never one before the latest, so that a clock that goes back opens no allowance again.

    >>> booking_day(Tally(daily=WindowTally(period="2026-11-25")), "2026-11-24")
    '2026-11-25'
    """
    return max(today, tally.daily.period)


def rolled(tally: Tally, day: str) -> Tally:
    """Go on to the windows of a day; what is paused stays so.

    >>> rolled(Tally(daily=WindowTally(period="2026-11-25", used=Amount(5, 5), is_paused=True)), "2026-11-26").daily
    WindowTally(period='2026-11-26', used=Amount(input_tokens=0, output_tokens=0), told=(), is_paused=True)
    """
    daily, monthly = tally.daily, tally.monthly
    if day > daily.period:
        daily = WindowTally(period=day, is_paused=daily.is_paused)
    if day[:_MONTH] > monthly.period:
        monthly = WindowTally(period=day[:_MONTH], is_paused=monthly.is_paused)
    return replace(tally, daily=daily, monthly=monthly)


def _after(tally: Tally, fact: SpendingFact) -> Tally:
    """Take in one fact."""
    match fact:
        case CallReserved():
            moved = rolled(tally, fact.day)
            return replace(moved, open=(*moved.open, fact))
        case CallSettled():
            return _settled(tally, fact)
        case BudgetReached():
            window = tally.window(fact.window)
            if fact.period > window.period:
                window = WindowTally(period=fact.period, is_paused=window.is_paused)
            return _with(tally, fact.window, _reached(window, fact))
        case BudgetReset():
            # A reset also brings a window back that a wrong clock had led into the future.
            return _with(tally, fact.window, WindowTally(period=_period(fact.window, fact.day)))
        case Totalled():
            return tally
        case Carried():
            return replace(tally, daily=fact.daily, monthly=fact.monthly)
        case _:
            assert_never(fact)


def _settled(tally: Tally, fact: CallSettled) -> Tally:
    """Book a call in the windows that it started in; one that is not open was settled before."""
    call = next((call for call in tally.open if call.id == fact.id), None)
    if call is None:
        return tally
    found = replace(tally, open=tuple(other for other in tally.open if other is not call))
    for name in (DAILY, MONTHLY):
        window = found.window(name)
        if _period(name, call.day) == window.period:
            found = _with(found, name, replace(window, used=window.used.plus(fact.amount)))
    return found


def _reached(window: WindowTally, fact: BudgetReached) -> WindowTally:
    """Note that an event was told."""
    is_paused = window.is_paused or (fact.event == "limit" and fact.action == "pause")
    return replace(window, told=(*window.told, fact.event), is_paused=is_paused)


def _with(tally: Tally, name: str, window: WindowTally) -> Tally:
    """Replace one window."""
    return replace(tally, daily=window) if name == DAILY else replace(tally, monthly=window)


def _period(name: str, day: str) -> str:
    """Name the window of a day."""
    return day if name == DAILY else day[:_MONTH]
