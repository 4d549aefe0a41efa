"""Keeps the ledger of a workspace as one file in its state folder: facts are only ever appended, under a lock that is held for a moment.

A caller decides on what the file holds at that moment and appends what it decided before it lets the lock go, so that two processes cannot
pass a limit together. What is set aside for a call is booked as used once the process that made the call is gone.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

from msgspec.structs import replace

from setsquare.adapters.ledger_book import LOCK_S, LedgerBook
from setsquare.adapters.ledger_lines import totals_of
from setsquare.adapters.processes import is_alive, this_process
from setsquare.errors import LedgerUnavailable
from setsquare.events.spending import (
    Account,
    Amount,
    BudgetReached,
    BudgetReset,
    Budgets,
    CallReserved,
    CallSettled,
    Granted,
    Holder,
    SpendingFact,
    Totalled,
)
from setsquare.ports.clock import Clock
from setsquare.ports.ledger import Admission, Repaired, Standing
from setsquare.usage.budget import action_now, admitted, events_due
from setsquare.usage.tally import MONTHLY, Tally, booking_day, day_at, rolled, tallied

SETTLE_S = 0.5
"""A call that ended waits no longer than this for the lock, in seconds: what is set aside for it counts as well, and a stop must not wait."""


class FileLedger:
    """The account of a workspace, in its state folder, which lies outside of it."""

    def __init__(self, state_folder: str, clock: Clock, lock_s: float = LOCK_S) -> None:
        """Keep it in a state folder; `lock_s` bounds the waiting for the lock, in seconds."""
        self._book = LedgerBook(state_folder, lock_s)
        self._clock = clock
        self._holder = this_process()
        self._session = ""

    # req: agent-runtime/6.4
    def admit(self, account: Account, amount: Amount, budgets: Budgets, *, is_fast: bool = False) -> Admission:
        """Decide about a call, and set `amount` aside where it may be made.

        Raises:
            LedgerUnavailable: it cannot be decided or recorded.
        """
        with self._book.opened():
            now = self._clock.now()
            self._book.condense(day_at(now, budgets.zone))
            facts: list[SpendingFact] = [*self._abandoned()]
            tally = tallied(self._book.tally, facts)
            today = booking_day(tally, day_at(now, budgets.zone))
            verdict, told = admitted(rolled(tally, today), budgets, amount, is_fast=is_fast, at=now)
            facts += told
            reserved = ""
            if isinstance(verdict, Granted):
                self._session = self._session or self._clock.new_id()
                reserved = f"{self._session}-{self._book.number}"
                named = replace(account, session=account.session or self._session)
                facts.append(CallReserved(id=reserved, at=now, day=today, account=named, amount=amount, holder=self._own()))
            self._book.append(facts)
            return Admission(verdict=verdict, id=reserved, told=told)

    def settle(self, settled: CallSettled, budgets: Budgets) -> tuple[BudgetReached, ...]:
        """Book a call that ended; what cannot be recorded stays set aside."""
        if not settled.id:
            return ()
        try:
            with self._book.opened(SETTLE_S):
                told = events_due(tallied(self._book.tally, (settled,)), budgets, self._clock.now())
                self._book.append([settled, *told])
                return told
        except LedgerUnavailable:
            return ()

    def standing(self, budgets: Budgets) -> Standing:
        """Say where the budgets stand now; this takes no lock, so that nothing can keep a person from reading.

        Raises:
            LedgerUnavailable: the ledger cannot be read.
        """
        facts = self._book.facts()
        tally = tallied(Tally(), facts)
        tally = rolled(tally, booking_day(tally, day_at(self._clock.now(), budgets.zone)))
        action, name = action_now(tally, budgets)
        return Standing(
            daily=tally.daily,
            monthly=tally.monthly,
            action=action.value if action else "",
            by=name,
            in_flight=tally.set_aside(MONTHLY),
            resets=tuple(fact for fact in facts if isinstance(fact, BudgetReset)),
            alerts=tuple(fact for fact in facts if isinstance(fact, BudgetReached)),
        )

    def reset(self, reset: BudgetReset) -> None:
        """Record a person's reset.

        Raises:
            LedgerUnavailable: it cannot be recorded.
        """
        with self._book.opened():
            self._book.append([reset])

    def totals(self) -> tuple[Totalled, ...]:
        """Add up all calls by day and account.

        Raises:
            LedgerUnavailable: the ledger cannot be read.
        """
        return totals_of(self._book.facts())

    def repair(self) -> Repaired:
        """Put a damaged ledger aside and go on with the lines that can be read.

        Raises:
            LedgerUnavailable: it cannot be written.
        """
        return self._book.mend(self._clock.new_id())

    def _own(self) -> Holder:
        """Name this process, which may be a copy of the one that made the ledger."""
        if self._holder.pid != os.getpid():
            self._holder = this_process()
        return self._holder

    def _abandoned(self) -> Iterator[CallSettled]:
        """Book the calls whose processes are gone."""
        own = self._own()
        for call in self._book.tally.open:
            if call.holder != own and not is_alive(call.holder):
                yield CallSettled(id=call.id, amount=call.amount, is_counted=False, is_failed=True, note="its process ended")
