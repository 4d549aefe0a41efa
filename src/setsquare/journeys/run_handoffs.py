"""Tells a run as its handoffs: setup, execution, validation, done, each passed on by a condition that held or did not.

Source: requirements F18 (handoffs are explicit states with pass and fail conditions).
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from setsquare.events.entry import Entry
from setsquare.events.facts import (
    ActionObserved,
    RunParked,
    RunResumed,
    RunStarted,
    TaskStarted,
    VerificationFinished,
    VerificationStarted,
)
from setsquare.text.counted import counted

SETUP, EXECUTION, VALIDATION, DONE = "setup", "execution", "validation", "done"
_NEXT = {SETUP: EXECUTION, EXECUTION: VALIDATION, VALIDATION: DONE}


class Handoff(Struct, frozen=True, kw_only=True):
    """One step from a state of a task to the next, `from_state` to `to_state`, that was taken or refused; `condition` is what it hung on."""

    task: str
    from_state: str
    to_state: str
    is_passed: bool
    condition: str
    at: str = ""


def handoffs(entries: Iterable[Entry]) -> tuple[Handoff, ...]:
    """List the handoffs of a run's tasks in order; what was refused before a run has no journal, the command said why.

    >>> from setsquare.events.facts import TaskStarted
    >>> told = handoffs([Entry(seq=1, at="t", actor="platform", event=TaskStarted(task="1", title="Add", system="", brief=""))])
    >>> [(each.from_state, each.to_state, each.is_passed) for each in told]
    [('setup', 'execution', True)]
    """
    teller = _Teller()
    for entry in entries:
        teller.take_in(entry)
    return tuple(teller.found)


class _Teller:
    """Follows the state of the task at hand."""

    def __init__(self) -> None:
        self.found: list[Handoff] = []
        self._task = ""
        self._state = SETUP
        self._setup = ""
        self._changed: set[str] = set()

    def take_in(self, entry: Entry) -> None:
        """Add what a fact says of a handoff."""
        match entry.event:
            case RunStarted() as event:
                self._setup = (
                    f"tasks approved as {event.approved[:19]}, base {event.base[:10] or 'none'}, sandbox {event.sandbox or 'none'}"
                )
            case TaskStarted() as event:
                self._task, self._state, self._changed = event.task, SETUP, set()
                self._pass(entry, f"{self._setup}; verified by `{event.verify or 'nothing'}`".removeprefix("; "))
            case ActionObserved() as event:
                self._changed.update(event.changed)
            case VerificationStarted() if self._state == EXECUTION:
                self._pass(entry, f"the agent says that it is done; {counted(len(self._changed), 'file')} changed within the scope")
            case VerificationFinished() as event:
                self._validated(entry, event)
            case RunParked() as event if self._state in _NEXT and self._task and event.code != "group-done":
                self._add(entry, _NEXT[self._state], f"{event.code}: {event.reason}", is_passed=False)
            case RunResumed() if self._state == VALIDATION:
                self._state = EXECUTION
            case _:
                pass

    def _validated(self, entry: Entry, event: VerificationFinished) -> None:
        """Accept the work, or hand it back."""
        verdict = f" ({event.verdict})" if event.verdict else ""
        self._state = VALIDATION
        condition = f"`{event.command}` ended with {event.exit_code}{verdict}"
        if event.is_accepted:
            self._pass(entry, condition)
        else:
            self._add(entry, DONE, condition, is_passed=False)
            self._state = EXECUTION

    def _pass(self, entry: Entry, condition: str) -> None:
        """Go on to the next state."""
        self._add(entry, _NEXT[self._state], condition, is_passed=True)
        self._state = _NEXT[self._state]

    def _add(self, entry: Entry, to_state: str, condition: str, *, is_passed: bool) -> None:
        self.found.append(
            Handoff(
                task=self._task,
                from_state=self._state,
                to_state=to_state,
                is_passed=is_passed,
                condition=" ".join(condition.split()),
                at=entry.at,
            )
        )
