"""Counts what happened in a workspace's runs, from their journals: nothing here is typed by anybody.

Source: requirements U3 (no violations is a computed metric).
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from msgspec import Struct

from setsquare.agent.attempts import attempts
from setsquare.errors import JournalDamaged, StorageFailed, Unreadable
from setsquare.events.entry import Entry
from setsquare.events.facts import ActionDecided, HumanAnswered, RunFinished, RunReverted, RunStarted, SpecDowngraded
from setsquare.guard.secrets import REDACTED
from setsquare.journeys.app import App


class Summary(Struct, frozen=True, kw_only=True):
    """Counts of a period: `secrets` are facts out of which a secret was taken, `unread` runs whose journal cannot be read, so that more may be.

    `attempts` are steps that went, or would have gone, beyond their task; `changes` those of them that would have changed something.
    """

    runs: int = 0
    finished: int = 0
    reverted: int = 0
    attempts: int = 0
    changes: int = 0
    downgrades: int = 0
    denied: int = 0
    consents: int = 0
    refusals: int = 0
    secrets: int = 0
    unread: int = 0

    @property
    def has_violations(self) -> bool:
        """Tell whether anything left its scope, or cannot be known."""
        return bool(self.attempts or self.downgrades or self.unread)


def summary(app: App, since: str = "") -> Summary:
    """Count over the runs that began since a day or time (UTC).

    Raises:
        StorageFailed: the runs cannot be listed.
    """
    total = Summary()
    for run in app.journals.runs():
        try:
            found = tuple(app.journals.open(run).entries())
        except (JournalDamaged, StorageFailed, Unreadable):
            total = _plus(total, Summary(unread=1))
            continue
        if found and found[0].at >= since and isinstance(found[0].event, RunStarted):
            total = _plus(total, counted(found))
    return total


def counted(entries: Iterable[Entry]) -> Summary:
    """Count over one run.

    >>> counted(()).runs
    1
    """
    found = tuple(entries)
    events = [entry.event for entry in found]
    tried = attempts(events)
    answers = [event.answer for event in events if isinstance(event, HumanAnswered)]
    mark = REDACTED.encode()
    return Summary(
        runs=1,
        finished=int(any(isinstance(event, RunFinished) for event in events)),
        reverted=int(any(isinstance(event, RunReverted) and not event.is_partial for event in events)),
        attempts=len(tried),
        changes=sum(attempt.is_change for attempt in tried),
        downgrades=sum(isinstance(event, SpecDowngraded) for event in events),
        denied=sum(isinstance(event, ActionDecided) and event.permission == "deny" for event in events),
        consents=answers.count("yes"),
        refusals=len(answers) - answers.count("yes"),
        secrets=sum(mark in msgspec.json.encode(event) for event in events),
    )


def _plus(one: Summary, other: Summary) -> Summary:
    """Add up."""
    return Summary(
        runs=one.runs + other.runs,
        finished=one.finished + other.finished,
        reverted=one.reverted + other.reverted,
        attempts=one.attempts + other.attempts,
        changes=one.changes + other.changes,
        downgrades=one.downgrades + other.downgrades,
        denied=one.denied + other.denied,
        consents=one.consents + other.consents,
        refusals=one.refusals + other.refusals,
        secrets=one.secrets + other.secrets,
        unread=one.unread + other.unread,
    )
