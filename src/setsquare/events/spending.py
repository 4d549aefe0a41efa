"""Lists the facts of a workspace's spending on models, one Struct each; a line of the ledger is one of them with its number."""

from __future__ import annotations

from msgspec import Struct

from setsquare.workspace.settings import BudgetWindow


class Budgets(Struct, frozen=True, kw_only=True):
    """What a workspace may spend in a calendar day and a calendar month of the time zone `zone`."""

    daily: BudgetWindow = BudgetWindow()
    monthly: BudgetWindow = BudgetWindow()
    zone: str = "UTC"

    @property
    def has_limits(self) -> bool:
        """Tell whether anything is limited.

        >>> Budgets().has_limits, Budgets(daily=BudgetWindow(input_tokens=0)).has_limits
        (False, True)
        """
        sides = (self.daily.input_tokens, self.daily.output_tokens, self.monthly.input_tokens, self.monthly.output_tokens)
        return any(side is not None for side in sides)


class Amount(Struct, frozen=True):
    """Tokens, input and output, each 0 or more."""

    input_tokens: int = 0
    output_tokens: int = 0

    def plus(self, other: Amount) -> Amount:
        """Add.

        >>> Amount(1, 2).plus(Amount(10, 20))
        Amount(input_tokens=11, output_tokens=22)
        """
        return Amount(self.input_tokens + other.input_tokens, self.output_tokens + other.output_tokens)


class Account(Struct, frozen=True, kw_only=True):
    """What a call is for and who answers it: `purpose` is a key of `models.routing`, `profile` a name in `models`, `model` is `provider:name`.

    `session` is one process of the program; `run` is empty for a draft.
    """

    purpose: str = ""
    profile: str = ""
    model: str = ""
    run: str = ""
    spec: str = ""
    session: str = ""


class Holder(Struct, frozen=True):
    """The process that makes a call; `started_ticks` tells it from a later one with the same number, 0 where the system does not say."""

    pid: int = 0
    started_ticks: int = 0


class CallReserved(Struct, frozen=True, kw_only=True, tag="reserved"):
    """A call is about to be made and `amount` is set aside for it; `day` (`2026-11-25`) is the day that it is booked in, wherever it ends."""

    id: str
    at: str
    day: str
    account: Account
    amount: Amount
    holder: Holder = Holder()


class CallSettled(Struct, frozen=True, kw_only=True, tag="settled"):
    """A call ended: `amount` is booked for it. `note` says why that is not what the provider counted, and is empty where it is.

    `is_counted` when the provider told the tokens; `is_failed` when there was no answer. The cache tokens are part of the input.
    """

    id: str
    amount: Amount
    is_counted: bool = True
    is_failed: bool = False
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0
    note: str = ""


class BudgetReached(Struct, frozen=True, kw_only=True, tag="reached"):
    """A budget's threshold or limit was reached: `window` is `daily` or `monthly`, `period` its day or month, `event` `threshold` or `limit`.

    `fraction` is the part that was used then.
    """

    window: str
    period: str
    event: str
    fraction: float
    action: str
    at: str = ""


class BudgetReset(Struct, frozen=True, kw_only=True, tag="reset"):
    """A person lifted what a budget had stopped or rerouted; what is used counts from here. `day` is that of the reset."""

    window: str
    day: str
    at: str
    by: str
    reason: str


class Totalled(Struct, frozen=True, kw_only=True, tag="totalled"):
    """Calls of one day and account that ended, added up; `uncounted` of them were booked by estimate, `failed` had no answer."""

    day: str
    account: Account
    calls: int = 0
    amount: Amount = Amount()
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0
    uncounted: int = 0
    failed: int = 0


class WindowTally(Struct, frozen=True, kw_only=True):
    """Where a budget stands: `used` in `period`, the events that were told, whether it paused everything until a person resets it."""

    period: str = ""
    used: Amount = Amount()
    told: tuple[str, ...] = ()
    is_paused: bool = False


class Carried(Struct, frozen=True, kw_only=True, tag="carried"):
    """Where both budgets stood when the ledger was written anew; only the calls and events after it count on top."""

    daily: WindowTally
    monthly: WindowTally


SpendingFact = CallReserved | CallSettled | BudgetReached | BudgetReset | Totalled | Carried


class Granted(Struct, frozen=True):
    """The call may be made."""


class Restricted(Struct, frozen=True):
    """The call may only be made with the profile `fast`; `text` says which budget wants that."""

    text: str


class Paused(Struct, frozen=True):
    """No call may be made; `is_passing` when only calls in flight hold what is left, so that it may fit when they have ended."""

    text: str
    is_passing: bool = False


Verdict = Granted | Restricted | Paused
