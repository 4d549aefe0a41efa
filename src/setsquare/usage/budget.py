"""Decides whether a call to a model may be made under the budgets, and which events of them are to be told.

Source: the settings page of the tutorial's dialect, sections 2.5 (fraction, threshold event, limit event, the three actions).
"""

from __future__ import annotations

from setsquare.events.conversation import Usage
from setsquare.events.spending import Amount, BudgetReached, Budgets, Granted, Paused, Restricted, Verdict
from setsquare.usage.tally import DAILY, MONTHLY, Tally, tallied
from setsquare.workspace.settings import BudgetAction, BudgetWindow

THRESHOLD, LIMIT = "threshold", "limit"
_BYTES_PER_TOKEN = 4
_ABSURD_FACTOR = 16
_ABSURD_LEAST = 100_000


def window_of(budgets: Budgets, name: str) -> BudgetWindow:
    """Give the limits of a window."""
    return budgets.daily if name == DAILY else budgets.monthly


def fraction(used: Amount, limits: BudgetWindow) -> float:
    """Give the part of a budget that is used: the larger of both sides; a limit of 0 is always used up, no limit never.

    >>> fraction(Amount(182_341, 48_902), BudgetWindow(input_tokens=500_000, output_tokens=200_000))
    0.364682
    >>> fraction(Amount(), BudgetWindow(output_tokens=0)), fraction(Amount(9, 9), BudgetWindow())
    (1.0, 0.0)
    """
    return max(_side(used.input_tokens, limits.input_tokens), _side(used.output_tokens, limits.output_tokens))


def _side(used: int, limit: int | None) -> float:
    if limit is None:
        return 0.0
    return used / limit if limit else 1.0


def events_due(tally: Tally, budgets: Budgets, at: str = "") -> tuple[BudgetReached, ...]:
    """List the events that were reached and not told in this window, each once.

    >>> from setsquare.events.spending import WindowTally
    >>> tally = Tally(daily=WindowTally(period="2026-11-25", used=Amount(90, 0)))
    >>> [(event.event, event.fraction) for event in events_due(tally, Budgets(daily=BudgetWindow(input_tokens=100)))]
    [('threshold', 0.9)]
    """
    found: list[BudgetReached] = []
    for name in (DAILY, MONTHLY):
        limits, window = window_of(budgets, name), tally.window(name)
        part = fraction(window.used, limits)
        for event, least in ((THRESHOLD, limits.alert_threshold), (LIMIT, 1.0)):
            if part >= least and event not in window.told:
                found.append(
                    BudgetReached(window=name, period=window.period, event=event, fraction=part, action=limits.action.value, at=at)
                )
    return tuple(found)


def action_now(tally: Tally, budgets: Budgets) -> tuple[BudgetAction | None, str]:
    """Give the strictest action that is in force, `None` when there is none, and the window that wants it.

    >>> from setsquare.events.spending import WindowTally
    >>> paused = Tally(daily=WindowTally(is_paused=True))
    >>> action_now(paused, Budgets()), action_now(Tally(), Budgets())
    ((<BudgetAction.PAUSE: 'pause'>, 'daily'), (None, ''))
    """
    for name in (DAILY, MONTHLY):
        limits, window = window_of(budgets, name), tally.window(name)
        if window.is_paused or (limits.action is BudgetAction.PAUSE and fraction(window.used, limits) >= 1):
            return BudgetAction.PAUSE, name
    for name in (DAILY, MONTHLY):
        limits = window_of(budgets, name)
        if limits.action is BudgetAction.RESTRICT and fraction(tally.window(name).used, limits) >= limits.alert_threshold:
            return BudgetAction.RESTRICT, name
    return None, ""


def admitted(tally: Tally, budgets: Budgets, amount: Amount, *, is_fast: bool, at: str = "") -> tuple[Verdict, tuple[BudgetReached, ...]]:
    """Decide about a call that may use `amount`, in windows that are up to date, and give the events that are to be told.

    With the action `pause`, what is used, what is set aside for calls in flight and the new call never pass the limit together. Where the
    call would not even fit alone, the limit counts as reached.

    >>> from setsquare.events.spending import WindowTally
    >>> budgets = Budgets(daily=BudgetWindow(input_tokens=100, action=BudgetAction.PAUSE))
    >>> tally = Tally(daily=WindowTally(period="2026-11-25", used=Amount(60, 0)))
    >>> admitted(tally, budgets, Amount(40, 9), is_fast=False)[0]
    Granted()
    >>> verdict, told = admitted(tally, budgets, Amount(41, 9), is_fast=False)
    >>> verdict.is_passing, [event.event for event in told]
    (False, ['limit'])
    """
    told = events_due(tally, budgets, at)
    after = tallied(tally, told)
    action, name = action_now(after, budgets)
    if action is BudgetAction.PAUSE:
        return Paused(_paused(name)), told
    for name in (DAILY, MONTHLY):
        limits, window = window_of(budgets, name), after.window(name)
        if limits.action is not BudgetAction.PAUSE:
            continue
        if not _fits(window.used.plus(amount), limits):
            reached = BudgetReached(
                window=name, period=window.period, event=LIMIT, fraction=fraction(window.used, limits), action=limits.action.value, at=at
            )
            return Paused(f"What is left of the {name} budget is less than the next call may use."), (*told, reached)
        if not _fits(window.used.plus(amount).plus(after.set_aside(name)), limits):
            return Paused(f"Calls in flight hold what is left of the {name} budget.", is_passing=True), told
    if action is BudgetAction.RESTRICT and not is_fast:
        return Restricted(f"the {name_of(after, budgets)} budget has reached its threshold"), told
    return Granted(), told


def name_of(tally: Tally, budgets: Budgets) -> str:
    """Name the window whose action is in force."""
    return action_now(tally, budgets)[1]


def _paused(name: str) -> str:
    return f"The {name} budget is used up and pauses all work with models until a person resets it."


def _fits(used: Amount, limits: BudgetWindow) -> bool:
    """Tell whether an amount does not pass the limits."""
    pairs = ((used.input_tokens, limits.input_tokens), (used.output_tokens, limits.output_tokens))
    return all(limit is None or (limit > 0 and count <= limit) for count, limit in pairs)


def estimate(size_bytes: int, limit_tokens: int) -> Amount:
    """Estimate what a request may use: a token for every four bytes, and the whole answer that it permits.

    >>> estimate(4_001, 8192)
    Amount(input_tokens=1001, output_tokens=8192)
    """
    return Amount(-(-size_bytes // _BYTES_PER_TOKEN), limit_tokens)


def sane(usage: Usage, reserved: Amount, *, has_answer: bool = True) -> tuple[Usage, str]:
    """Take what a provider counted, without what cannot be; a count that cannot be is unknown, and the note says what it was.

    >>> sane(Usage(input_tokens=-5, output_tokens=7), Amount(100, 50))
    (Usage(input_tokens=None, output_tokens=7, cache_read_tokens=0, cache_write_tokens=0), 'the provider counted -5 input tokens')
    """
    told, taken = usage.input_tokens, usage.output_tokens
    notes = []
    given = _count(told, reserved.input_tokens, least=1 if reserved.input_tokens else 0)
    made = _count(taken, reserved.output_tokens, least=1 if has_answer else 0)
    if told is not None and given is None:
        notes.append(f"the provider counted {told!r:.40} input tokens")
    if taken is not None and made is None:
        notes.append(f"the provider counted {taken!r:.40} output tokens")
    read, written = _count(usage.cache_read_tokens, given or 0, least=0), _count(usage.cache_write_tokens, given or 0, least=0)
    most = given or 0
    kept = Usage(
        input_tokens=given,
        output_tokens=made,
        cache_read_tokens=min(read or 0, most),
        cache_write_tokens=min(written or 0, max(0, most - (read or 0))),
    )
    return kept, "; ".join(notes)


def _count(told: int | None, reserved: int, least: int) -> int | None:
    """Give a count that can be, else `None`: what providers send is not always the number that its type promises."""
    if not isinstance(told, int) or isinstance(told, bool):
        return None
    return told if least <= told <= _ABSURD_FACTOR * reserved + _ABSURD_LEAST else None


def booked(usage: Usage, reserved: Amount) -> Amount:
    """Give what is booked for a call: what was counted, and for a side that was not, what was set aside.

    >>> booked(Usage(output_tokens=7), Amount(100, 50))
    Amount(input_tokens=100, output_tokens=7)
    """
    return Amount(
        reserved.input_tokens if usage.input_tokens is None else usage.input_tokens,
        reserved.output_tokens if usage.output_tokens is None else usage.output_tokens,
    )
