"""Finds what runs of a spec did outside its scope, in the journals of this machine, so that the team's history can tell of it."""

from __future__ import annotations

from setsquare.errors import JournalDamaged, StorageFailed, Unreadable
from setsquare.events.entry import Entry
from setsquare.events.facts import RunStarted, ScopeEnforced
from setsquare.journeys.app import App
from setsquare.spec.spec_history import Happening, Kind, Lifecycle
from setsquare.workspace.spec import Spec

_MOST_NAMED = 10


def incidents(app: App, spec: Spec, record: Lifecycle) -> tuple[Happening, ...]:
    """List the incidents that a spec's history does not tell of yet; a journal that cannot be read is left out (`setsquare status` names it)."""
    known = {(item.at, item.by) for item in record.happenings if item.kind is Kind.OUT_OF_SCOPE}
    found: list[Happening] = []
    for run in app.journals.runs():
        try:
            entries = tuple(app.journals.open(run).entries())
        except (JournalDamaged, StorageFailed, Unreadable):
            continue
        if any(isinstance(entry.event, RunStarted) and entry.event.spec == spec.name for entry in entries):
            found += [item for entry in entries if (item := _incident(run, entry)) is not None and (item.at, item.by) not in known]
    return tuple(found)


def _incident(run: str, entry: Entry) -> Happening | None:
    """Describe what was put back; `None` where an entry is about something else."""
    event = entry.event
    if not isinstance(event, ScopeEnforced) or not event.reverted:
        return None
    more = f" and {len(event.reverted) - _MOST_NAMED} more" if len(event.reverted) > _MOST_NAMED else ""
    return Happening(
        at=entry.at, by=f"run {run}", kind=Kind.OUT_OF_SCOPE, detail=f"put back {', '.join(event.reverted[:_MOST_NAMED])}{more}"
    )
