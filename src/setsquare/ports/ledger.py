"""What a workspace spends on models, shared by all of its processes: an amount is set aside before a call, and booked after it."""

from __future__ import annotations

from typing import Protocol

from msgspec import Struct

from setsquare.events.spending import (
    Account,
    Amount,
    BudgetReached,
    BudgetReset,
    Budgets,
    CallSettled,
    Granted,
    Totalled,
    Verdict,
    WindowTally,
)


class Admission(Struct, frozen=True, kw_only=True):
    """What was decided about a call; `id` names what was set aside for it, `told` are the budgets' events that it brought about."""

    verdict: Verdict
    id: str = ""
    told: tuple[BudgetReached, ...] = ()


class Standing(Struct, frozen=True, kw_only=True):
    """Where the budgets stand: `action` is the strictest that is in force (empty for none), `by` the window that wants it.

    `in_flight` is what is set aside for calls that have not ended, `resets` and `alerts` what happened as far back as the ledger tells.
    """

    daily: WindowTally = WindowTally()
    monthly: WindowTally = WindowTally()
    action: str = ""
    by: str = ""
    in_flight: Amount = Amount()
    resets: tuple[BudgetReset, ...] = ()
    alerts: tuple[BudgetReached, ...] = ()


class Repaired(Struct, frozen=True, kw_only=True):
    """What mending a ledger gave: the lines that could be read, those that could not, and where the damaged file is kept."""

    kept: int = 0
    lost: int = 0
    aside: str = ""


class Ledger(Protocol):
    """Keeps account. All of this user's processes that work on the workspace see the same one."""

    def admit(self, account: Account, amount: Amount, budgets: Budgets, *, is_fast: bool = False) -> Admission:
        """Decide about a call, and set `amount` aside where it may be made; no two callers pass a limit together.

        Raises:
            LedgerUnavailable: it cannot be decided or recorded; a caller under a limit makes no call then.
        """
        ...

    def settle(self, settled: CallSettled, budgets: Budgets) -> tuple[BudgetReached, ...]:
        """Book a call that ended, and give the events that it brought about; what cannot be recorded stays set aside. This never raises."""
        ...

    def standing(self, budgets: Budgets) -> Standing:
        """Say where the budgets stand now.

        Raises:
            LedgerUnavailable: the ledger cannot be read.
        """
        ...

    def reset(self, reset: BudgetReset) -> None:
        """Record a person's reset.

        Raises:
            LedgerUnavailable: it cannot be recorded, and so nothing was reset.
        """
        ...

    def totals(self) -> tuple[Totalled, ...]:
        """Add up all calls by day and account, the ones in flight by what is set aside for them.

        Raises:
            LedgerUnavailable: the ledger cannot be read.
        """
        ...

    def repair(self) -> Repaired:
        """Put a damaged ledger aside and go on with the lines that can be read; a sound one stays as it is.

        Raises:
            LedgerUnavailable: it cannot be written.
        """
        ...


class NoLedger:
    """Meters nothing and permits everything."""

    def admit(self, account: Account, amount: Amount, budgets: Budgets, *, is_fast: bool = False) -> Admission:
        """Permit it."""
        del account, amount, budgets, is_fast
        return Admission(verdict=Granted())

    def settle(self, settled: CallSettled, budgets: Budgets) -> tuple[BudgetReached, ...]:
        """Book nothing."""
        del settled, budgets
        return ()

    def standing(self, budgets: Budgets) -> Standing:
        """Know of nothing."""
        del budgets
        return Standing()

    def reset(self, reset: BudgetReset) -> None:
        """Have nothing to reset."""

    def totals(self) -> tuple[Totalled, ...]:
        """Have no calls."""
        return ()

    def repair(self) -> Repaired:
        """Have nothing to mend."""
        return Repaired()
