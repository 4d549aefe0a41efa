"""Notices that a run goes in circles or does not get on: pure, from the last steps alone, with a memory of fixed size.

What is noticed is told to the model once, in place of its next call. When it is noticed a second time the run is parked.
"""

from __future__ import annotations

import hashlib
import re

from msgspec import Struct
from msgspec.structs import replace

from setsquare.agent.state import RunState, Trail
from setsquare.events.conversation import ToolCall
from setsquare.events.facts import ActionObserved

LOOPING, STALLED = "looping", "stalled"
"""The codes of a run that goes in circles and of one that does not get on; also the rules by which the one call is not performed."""

LIMIT_ERRORS = 3
LIMIT_BARREN = 29
"""So many steps in a row may neither change a file nor show anything new, before and again after the model is told."""

LIMIT_RETURNS = 2
LIMIT_UNVERIFIED = 40
"""So many changes may be made without a command; half of the steps where a person granted `MANY_STEPS` or more."""

MANY_STEPS = 1_000
PERIODS = (2, 3, 4)
ROUNDS = 3

_KEPT_CALLS = ROUNDS * PERIODS[-1]
_KEPT_SEEN = 64
_KEPT_CONTENTS = 24
_TAKEN_TIME = re.compile(r"\d+\.\d+\s*(?:s|ms|sec|seconds)\b")
_EXIT_CODE = re.compile(r"\[exit code -?\d+\]")
_ERROR_CHARS = 2_000


class Circle(Struct, frozen=True, kw_only=True):
    """What was noticed: `kind` names it, `code` is what a run is parked with, `text` one sentence, `advice` what the model had better do."""

    kind: str
    code: str
    text: str
    advice: str

    @property
    def said(self) -> str:
        """Tell the model."""
        return f"Not performed: {self.text} {self.advice} If this call is right all the same, make it again."


# req: guarded-run/4.5
# req: agent-runtime/6.3
def circle(state: RunState) -> Circle | None:
    """Say what is noticed now.

    >>> circle(RunState()) is None
    True
    """
    trail = state.trail
    limit_unverified = LIMIT_UNVERIFIED if state.rules.limit_steps < MANY_STEPS else state.rules.limit_steps // 2
    period = _period(trail.calls)
    if period:
        text = f"the last {period * ROUNDS} calls are the same {period} calls {ROUNDS} times over."
        return Circle(kind="round", code=LOOPING, text=text, advice="It will not give anything else: think about what they told you.")
    if trail.errors >= LIMIT_ERRORS:
        text = f"the last {trail.errors} tries failed with the same error."
        return Circle(kind="errors", code=LOOPING, text=text, advice="Find its cause, or another way, before you try again.")
    if trail.returns >= LIMIT_RETURNS:
        text = "files go back and forth between the same contents: an edit was undone and made again."
        return Circle(kind="returns", code=LOOPING, text=text, advice="Decide which of the two is right, and why.")
    if trail.barren >= LIMIT_BARREN:
        text = f"the last {trail.barren} steps neither changed anything nor showed anything new."
        return Circle(
            kind="barren", code=STALLED, text=text, advice="Make the next change, or say that the task is done or cannot be done."
        )
    if trail.unverified >= limit_unverified:
        text = f"{trail.unverified} changes were made without running anything."
        return Circle(kind="unverified", code=STALLED, text=text, advice="Run the tests, or say that you are done: then they are run.")
    return None


def is_told(state: RunState, found: Circle) -> bool:
    """Tell whether the model was told of this kind before."""
    return found.kind in state.trail.told


def after_telling(state: RunState) -> Trail:
    """Note that the model is told, and begin to look for that kind anew.

    >>> after_telling(RunState(trail=Trail(errors=3, last_error="e"))).told
    ('errors',)
    """
    found = circle(state)
    if found is None:
        return state.trail
    told = replace(state.trail, told=(*state.trail.told, found.kind))
    match found.kind:
        case "round":
            return replace(told, calls=())
        case "errors":
            return replace(told, errors=0, last_error="")
        case "returns":
            return replace(told, returns=0)
        case "barren":
            return replace(told, barren=0)
        case _:
            return replace(told, unverified=0)


def after_step(trail: Trail, call: ToolCall, event: ActionObserved, *, is_performed: bool) -> Trail:
    """Take in what a call gave.

    >>> after_step(
    ...     Trail(), ToolCall("1", "read", "{}"), ActionObserved(step=1, call_id="1", is_ok=True, text="a"), is_performed=True
    ... ).barren
    0
    """
    name = _short(f"{call.tool} {call.arguments}")
    what = _short(f"{name} {event.text}")
    contents = tuple(_short(f"{path} {after}") for path, after in zip(event.changed, event.after, strict=False))
    returned = sum(1 for content in contents if content in trail.contents)
    is_change = len(event.changed) > returned
    is_new = is_change or (is_performed and what not in trail.seen)
    moved = replace(
        trail,
        calls=(*trail.calls, name)[-_KEPT_CALLS:],
        seen=trail.seen if what in trail.seen else (*trail.seen, what)[-_KEPT_SEEN:],
        contents=_latest(trail.contents, contents),
        barren=0 if is_new else trail.barren + 1,
        returns=trail.returns + (1 if returned else 0),
        unverified=0 if call.tool == "shell" and is_performed else trail.unverified + (1 if event.changed else 0),
    )
    return _after_error(moved, call, event) if is_performed else moved


def after_verification(trail: Trail) -> Trail:
    """Begin anew to count what is done without a verification.

    >>> after_verification(Trail(unverified=7, barren=3)).unverified
    0
    """
    return replace(trail, unverified=0, barren=0)


def _after_error(trail: Trail, call: ToolCall, event: ActionObserved) -> Trail:
    """Count the same error; another one, or a success of the same tool, ends the row. That a command only ended with a code is no error yet."""
    if event.is_ok:
        return replace(trail, errors=0, last_error="") if trail.last_error.startswith(f"{call.tool} ") else trail
    said = _TAKEN_TIME.sub("", _EXIT_CODE.sub("", event.text[-_ERROR_CHARS:])).strip()
    if not said:
        return trail
    error = f"{call.tool} {_short(said)}"
    return replace(trail, errors=trail.errors + 1 if error == trail.last_error else 1, last_error=error)


def _latest(known: tuple[str, ...], new: tuple[str, ...]) -> tuple[str, ...]:
    """Move contents to the end of those that are known, which holds the last ones only."""
    if not new:
        return known
    return (*(content for content in known if content not in new), *new)[-_KEPT_CONTENTS:]


def _period(calls: tuple[str, ...]) -> int:
    """Give the length of the round that the last calls repeat, or 0; one call again and again is looked at elsewhere.

    >>> _period(("x", "a", "b", "a", "b", "a", "b")), _period(("a", "a", "a", "a", "a", "a"))
    (2, 0)
    """
    for period in PERIODS:
        last = calls[-period:]
        if len(calls) >= period * ROUNDS and calls[-period * ROUNDS :] == last * ROUNDS and len(set(last)) > 1:
            return period
    return 0


def _short(text: str) -> str:
    """Name a text by 16 hexadecimal digits."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
