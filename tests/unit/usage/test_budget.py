from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from setsquare.events.conversation import Usage
from setsquare.events.spending import (
    Account,
    Amount,
    BudgetReached,
    BudgetReset,
    Budgets,
    CallReserved,
    CallSettled,
    Granted,
    Paused,
    Restricted,
    SpendingFact,
    WindowTally,
)
from setsquare.usage.budget import action_now, admitted, booked, events_due, sane
from setsquare.usage.tally import Tally, booking_day, day_at, rolled, tallied
from setsquare.workspace.settings import BudgetAction, BudgetWindow

DAY = "2026-11-25"


def window(limit: int | None, action: str, threshold: float = 0.8) -> BudgetWindow:
    return BudgetWindow(input_tokens=limit, action=BudgetAction(action), alert_threshold=threshold)


def used(daily: int, monthly: int = 0) -> Tally:
    return Tally(
        daily=WindowTally(period=DAY, used=Amount(daily, 0)), monthly=WindowTally(period=DAY[:7], used=Amount(max(daily, monthly), 0))
    )


@pytest.mark.parametrize(
    ("daily", "monthly", "expected"),
    [
        (("notify", 100), ("notify", 100), None),
        (("restrict", 100), ("notify", 100), BudgetAction.RESTRICT),
        (("restrict", 100), ("pause", 90), BudgetAction.PAUSE),
        (("pause", 90), ("restrict", 100), BudgetAction.PAUSE),
        (("pause", 100), ("restrict", 1000), None),
        (("pause", 0), ("notify", None), BudgetAction.PAUSE),
        (("pause", None), ("pause", None), None),
    ],
)
def test_the_strictest_action_that_is_reached_is_in_force(daily, monthly, expected):
    budgets = Budgets(daily=window(daily[1], daily[0]), monthly=window(monthly[1], monthly[0]))
    assert action_now(used(90), budgets)[0] is expected


def test_each_event_is_told_once_in_its_window():
    budgets = Budgets(daily=window(100, "notify"), monthly=window(1_000, "notify", 0.09))
    first = events_due(used(79), budgets)
    assert [(event.window, event.event) for event in first] == []
    told = events_due(used(100), budgets)
    assert [(event.window, event.event) for event in told] == [("daily", "threshold"), ("daily", "limit"), ("monthly", "threshold")]
    after = tallied(used(100), told)
    assert events_due(after, budgets) == ()
    assert events_due(rolled(after, "2026-11-26"), budgets) == ()
    assert isinstance(admitted(after, budgets, Amount(5, 5), is_fast=False)[0], Granted)


def test_restricting_lets_the_fast_profile_through():
    budgets = Budgets(daily=window(100, "restrict"))
    assert isinstance(admitted(used(80), budgets, Amount(1, 1), is_fast=False)[0], Restricted)
    assert isinstance(admitted(used(500), budgets, Amount(1, 1), is_fast=True)[0], Granted)


def test_what_is_in_flight_counts_and_passes():
    budgets = Budgets(daily=window(100, "pause"))
    flying = tallied(used(20), [CallReserved(id="a", at="", day=DAY, account=Account(), amount=Amount(50, 0))])
    verdict, told = admitted(flying, budgets, Amount(40, 0), is_fast=False)
    assert isinstance(verdict, Paused)
    assert (verdict.is_passing, told) == (True, ())
    landed = tallied(flying, [CallSettled(id="a", amount=Amount(10, 0))])
    assert isinstance(admitted(landed, budgets, Amount(40, 0), is_fast=False)[0], Granted)


def test_a_settled_call_is_booked_once():
    facts: list[SpendingFact] = [
        CallReserved(id="a", at="", day=DAY, account=Account(), amount=Amount(50, 0)),
        *[CallSettled(id="a", amount=Amount(10, 0))] * 3,
    ]
    assert tallied(Tally(), facts).daily.used == Amount(10, 0)


def test_a_reset_counts_from_here_and_leaves_the_other_window():
    paused = tallied(used(100), [BudgetReached(window="daily", period=DAY, event="limit", fraction=1, action="pause")])
    after = tallied(paused, [BudgetReset(window="daily", day=DAY, at="", by="Ada", reason="r")])
    assert after.daily == WindowTally(period=DAY)
    assert after.monthly.used == Amount(100, 0)


def test_days_are_those_of_the_zone():
    assert day_at("2026-11-25T23:30:00Z", "Europe/Berlin") == "2026-11-26"
    assert day_at("2026-11-26T03:30:00Z", "America/New_York") == DAY


def test_a_count_beyond_all_measure_is_none():
    usage, note = sane(Usage(input_tokens=10**12, output_tokens=5, cache_read_tokens=-4), Amount(100, 10))
    assert (usage.input_tokens, usage.output_tokens, usage.cache_read_tokens) == (None, 5, 0)
    assert "1000000000000" in note
    assert booked(usage, Amount(100, 10)) == Amount(100, 5)


CALLS = st.tuples(st.integers(1, 40), st.integers(0, 60), st.sampled_from(["2026-11-24", DAY, "2026-11-26"]), st.booleans())


@given(st.lists(CALLS, max_size=40), st.integers(1, 200))
def test_no_order_of_calls_passes_a_pausing_limit(calls: list[tuple[int, int, str, bool]], limit: int) -> None:
    """Calls whose real use is at most what was set aside, on days in any order, some of them still in flight when the next begins."""
    budgets = Budgets(daily=window(limit, "pause"), monthly=window(2 * limit, "pause"))
    tally, spent = Tally(), dict[str, int]()
    waiting: list[SpendingFact] = []
    for number, (amount, real, today, is_slow) in enumerate(calls):
        day = booking_day(tally, today)
        verdict, told = admitted(rolled(tally, day), budgets, Amount(amount, 0), is_fast=False)
        tally = tallied(rolled(tally, day), told)
        if not isinstance(verdict, Granted):
            continue
        tally = tallied(tally, [CallReserved(id=str(number), at="", day=day, account=Account(), amount=Amount(amount, 0))])
        spent[day] = spent.get(day, 0) + min(real, amount)
        settled = CallSettled(id=str(number), amount=Amount(min(real, amount), 0))
        if is_slow:
            waiting.append(settled)
        else:
            tally = tallied(tally, [settled, *waiting])
            waiting = []
    assert all(part <= limit for part in spent.values())
    assert sum(spent.values()) <= 2 * limit
