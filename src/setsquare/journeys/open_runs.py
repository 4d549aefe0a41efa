"""Finds the runs of a workspace that rest with work that is neither committed nor taken back."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from setsquare.errors import GitFailed, JournalDamaged, StorageFailed, Unreadable
from setsquare.events.facts import Event, RunFinished, RunReverted, RunStarted
from setsquare.journeys.app import App
from setsquare.text.paths import RelPath


class OpenRuns(Struct, frozen=True):
    """`open` names for each spec its last run if that can go on; `damaged` are runs whose journals cannot be read."""

    open: Mapping[str, str]
    damaged: tuple[str, ...]


def open_runs(app: App) -> OpenRuns:
    """Read how every run ended.

    Raises:
        StorageFailed: the runs cannot be listed.
    """
    last: dict[str, str] = {}
    damaged: list[str] = []
    for run in app.journals.runs():
        try:
            events = [entry.event for entry in app.journals.open(run).entries()]
        except (JournalDamaged, StorageFailed, Unreadable):
            damaged.append(run)
            continue
        started = next((event for event in events if isinstance(event, RunStarted)), None)
        if started is not None:
            is_over = any(ends(event) for event in events) or not _is_of_this_repository(app, started)
            last[started.spec] = "" if is_over else run
    return OpenRuns({spec: run for spec, run in last.items() if run}, tuple(damaged))


def ends(event: Event) -> bool:
    """Tell whether a run is over with a fact: it finished, or a person took all of it back.

    >>> ends(RunFinished(step=1, outcome="done")), ends(RunReverted(restored=(), kept=(), is_partial=True))
    (True, False)
    """
    return isinstance(event, RunFinished) or (isinstance(event, RunReverted) and not event.is_partial)


def _is_of_this_repository(app: App, started: RunStarted) -> bool:
    """Tell whether a run stood on a commit of the repository that is here now: another one may have stood at the same place before."""
    if not started.base:
        return True
    try:
        app.git.show(started.base, RelPath(".gitignore"))
    except GitFailed:
        return False
    return True
