"""Reads and writes the lines of a ledger: a fact and its number each, so that a line that is missing is missed."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from setsquare.errors import LedgerDamaged
from setsquare.events.spending import (
    Account,
    BudgetReached,
    BudgetReset,
    CallReserved,
    CallSettled,
    Carried,
    SpendingFact,
    Totalled,
)
from setsquare.usage.tally import Tally

_KEPT_EVENTS = 100
"""So many of the latest alerts and resets are kept when a ledger is written anew."""


class _Line(Struct, frozen=True):
    n: int
    fact: SpendingFact


def encoded(facts: Iterable[SpendingFact], first: int) -> bytes:
    """Write facts as lines that are numbered from `first`."""
    return b"".join(msgspec.json.encode(_Line(number, fact)) + b"\n" for number, fact in enumerate(facts, first))


def decoded(raw: bytes, first: int, path: str) -> tuple[SpendingFact, ...]:
    """Read whole lines that are numbered from `first`.

    Raises:
        LedgerDamaged: a line is no fact, or not the next one.
    """
    decoder = msgspec.json.Decoder(_Line)
    found: list[SpendingFact] = []
    for number, line in enumerate(raw.splitlines(), first):
        try:
            read = decoder.decode(line)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise damaged(path, number, "is not what was written") from error
        if read.n != number:
            raise damaged(path, number, f"has the number {read.n}")
        found.append(read.fact)
    return tuple(found)


def readable(raw: bytes) -> tuple[tuple[SpendingFact, ...], int]:
    """Read the lines that can be, whatever their numbers, and count the others."""
    decoder = msgspec.json.Decoder(_Line)
    found: list[SpendingFact] = []
    lost = 0
    for line in raw.splitlines():
        try:
            found.append(decoder.decode(line).fact)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            lost += 1
    return tuple(found), lost


def damaged(path: str, number: int, why: str) -> LedgerDamaged:
    """Say what is wrong with a ledger."""
    return LedgerDamaged(
        f"The ledger {path} is damaged: line {number} {why}.", "A person mends it: `setsquare budget repair`; the damaged file is kept."
    )


def totals_of(facts: Iterable[SpendingFact]) -> tuple[Totalled, ...]:
    """Add calls up by day and account; a call in flight counts by what is set aside for it.

    >>> from setsquare.events.spending import Amount
    >>> call = CallReserved(id="a", at="", day="2026-11-25", account=Account(model="m"), amount=Amount(8, 9))
    >>> [(total.calls, total.amount.input_tokens, total.uncounted) for total in totals_of((call, CallSettled(id="a", amount=Amount(5, 1))))]
    [(1, 5, 0)]
    """
    found: dict[tuple[str, Account], Totalled] = {}
    pending: dict[str, CallReserved] = {}
    for fact in facts:
        match fact:
            case Totalled():
                _add(found, fact)
            case CallReserved():
                pending[fact.id] = fact
            case CallSettled():
                call = pending.pop(fact.id, None)
                if call is not None:
                    _add(found, _total(call, fact))
            case BudgetReached() | BudgetReset() | Carried():
                pass
    for call in pending.values():
        _add(found, Totalled(day=call.day, account=call.account, calls=1, amount=call.amount, uncounted=1))
    return tuple(found.values())


def _total(call: CallReserved, settled: CallSettled) -> Totalled:
    """Make one call a total."""
    return Totalled(
        day=call.day,
        account=call.account,
        calls=1,
        amount=settled.amount,
        cache_read_tokens=settled.cache_read_tokens,
        cache_write_tokens=settled.cache_write_tokens,
        uncounted=int(not settled.is_counted),
        failed=int(settled.is_failed),
    )


def _add(found: dict[tuple[str, Account], Totalled], more: Totalled) -> None:
    """Add a total to that of the same day and account."""
    key = (more.day, more.account)
    old = found.get(key)
    if old is None:
        found[key] = more
        return
    found[key] = Totalled(
        day=old.day,
        account=old.account,
        calls=old.calls + more.calls,
        amount=old.amount.plus(more.amount),
        cache_read_tokens=old.cache_read_tokens + more.cache_read_tokens,
        cache_write_tokens=old.cache_write_tokens + more.cache_write_tokens,
        uncounted=old.uncounted + more.uncounted,
        failed=old.failed + more.failed,
    )


def condensed(facts: tuple[SpendingFact, ...], tally: Tally, today: str) -> tuple[SpendingFact, ...]:
    """Write the same account in fewer facts: where the budgets stand, the ended calls added up, the open ones as they are, the latest events.

    Days before this and the last month keep their sums by model, and no runs.
    """
    still = {call.id for call in tally.open}
    ended = tuple(fact for fact in facts if not (isinstance(fact, CallReserved) and fact.id in still))
    events = tuple(fact for fact in facts if isinstance(fact, BudgetReached | BudgetReset))[-_KEPT_EVENTS:]
    since = _last_month(today)
    totals = tuple(total if total.day >= since else _without_run(total) for total in totals_of(ended))
    # Events come before the balance: what they changed is in it already.
    return (*events, Carried(daily=tally.daily, monthly=tally.monthly), *totals_of(totals), *tally.open)


def _without_run(total: Totalled) -> Totalled:
    """Keep what a total is for, without the run."""
    old = total.account
    return replace(total, account=Account(purpose=old.purpose, profile=old.profile, model=old.model))


def _last_month(today: str) -> str:
    """Name the month before that of a day."""
    year, month = int(today[:4]), int(today[5:7])
    return f"{year - 1}-12" if month == 1 else f"{year}-{month - 1:02d}"
