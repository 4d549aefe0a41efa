"""The ledger's file: it stays small, keeps its sums, and does not mind who else writes it."""

from __future__ import annotations

import itertools
from pathlib import Path

from setsquare.adapters.ledger_file import FileLedger
from setsquare.events.spending import Account, Amount, BudgetReset, Budgets, CallSettled
from setsquare.ports.ledger import NoLedger
from setsquare.workspace.settings import BudgetAction, BudgetWindow

BUDGETS = Budgets(daily=BudgetWindow(input_tokens=10**9), monthly=BudgetWindow(input_tokens=10**9, action=BudgetAction.PAUSE))


class Clock:
    def __init__(self) -> None:
        self.at = "2026-11-25T10:00:00Z"
        self._ids = itertools.count()

    def now(self) -> str:
        return self.at

    def monotonic_s(self) -> float:
        return 0.0

    def sleep(self, wait_s: float) -> None:
        pass

    def new_id(self) -> str:
        return f"session{next(self._ids)}"


def call(ledger: FileLedger, run: str = "r1") -> None:
    admission = ledger.admit(Account(model="m", run=run), Amount(100, 50), BUDGETS)
    ledger.settle(CallSettled(id=admission.id, amount=Amount(70, 30)), BUDGETS)


def test_a_day_that_is_over_is_added_up_and_what_is_open_stays(tmp_path: Path) -> None:
    clock = Clock()
    ledger, other = FileLedger(str(tmp_path), clock), FileLedger(str(tmp_path), clock)
    for number in range(300):
        call((ledger, other)[number % 2], f"r{number % 3}")
    open_one = other.admit(Account(model="m", run="open"), Amount(11, 22), BUDGETS)
    ledger.reset(BudgetReset(window="daily", day="2026-11-25", at=clock.at, by="Ada", reason="r"))
    before = {(total.day, total.account.run): total for total in ledger.totals()}
    path = tmp_path / "ledger" / "calls.jsonl"
    size = path.stat().st_size
    clock.at = "2026-11-26T10:00:00Z"
    call(ledger, "r9")
    assert path.stat().st_size < size / 10
    standing = other.standing(BUDGETS)
    assert standing.monthly.used == Amount(301 * 70, 301 * 30)
    assert (standing.daily.period, standing.daily.used) == ("2026-11-26", Amount(70, 30))
    assert standing.in_flight == Amount(11, 22)
    assert [reset.by for reset in standing.resets] == ["Ada"]
    after = {(total.day, total.account.run): total for total in ledger.totals()}
    assert {key: after[key].amount for key in before} == {key: total.amount for key, total in before.items()}
    other.settle(CallSettled(id=open_one.id, amount=Amount(1, 2)), BUDGETS)
    call(other)
    assert ledger.standing(BUDGETS).monthly.used == Amount(302 * 70 + 1, 302 * 30 + 2)


def test_old_days_keep_their_sums_without_their_runs(tmp_path: Path) -> None:
    clock = Clock()
    ledger = FileLedger(str(tmp_path), clock)
    for number in range(300):
        call(ledger, f"r{number}")
    clock.at = "2027-03-01T10:00:00Z"
    call(ledger, "new")
    totals = ledger.totals()
    assert [(total.day, total.account.run, total.calls) for total in totals] == [("2026-11-25", "", 300), ("2027-03-01", "new", 1)]
    assert totals[0].amount == Amount(300 * 70, 300 * 30)


def test_what_nobody_set_aside_is_not_booked(tmp_path: Path) -> None:
    clock = Clock()
    ledger = FileLedger(str(tmp_path), clock)
    call(ledger)
    assert ledger.settle(CallSettled(id="nobody", amount=Amount(9, 9)), BUDGETS) == ()
    assert ledger.standing(BUDGETS).daily.used == Amount(70, 30)


def test_a_ledger_that_meters_nothing_permits_everything() -> None:
    ledger = NoLedger()
    admission = ledger.admit(Account(), Amount(1, 1), Budgets(daily=BudgetWindow(input_tokens=0, action=BudgetAction.PAUSE)))
    assert admission.id == ""
    assert ledger.totals() == ()
