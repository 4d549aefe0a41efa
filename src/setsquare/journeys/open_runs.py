"""Finds the runs of a workspace that rest with work that is neither committed nor taken back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

from setsquare.errors import GitFailed, JournalDamaged, StorageFailed, Unreadable
from setsquare.events.facts import CheckpointTaken, Event, RunFinished, RunParked, RunReverted, RunStarted
from setsquare.journeys.app import App
from setsquare.text.paths import RelPath


class OpenRun(Struct, frozen=True, kw_only=True):
    """A run that is not over: its mode, and the code of why it was parked, empty where it was killed or goes on."""

    mode: str = ""
    code: str = ""


class Broken(Struct, frozen=True):
    """A run whose journal is damaged and that may have left work behind: `problem` names the file and what is wrong with it."""

    run: str
    problem: str


class OpenRuns(Struct, frozen=True):
    """`open` names for each spec its last run if that can go on; `damaged` are runs whose journals cannot be read. `about` describes the open ones.

    `broken` names for each spec its last run where that is a damaged one which may not be over. `nameless` are such runs of which not even the spec
    can be read; of them, the first `passed[spec]` are older than the last run of a spec.
    """

    open: Mapping[str, str]
    damaged: tuple[str, ...]
    about: Mapping[str, OpenRun] = {}
    broken: Mapping[str, Broken] = {}
    nameless: tuple[Broken, ...] = ()
    passed: Mapping[str, int] = {}

    def in_the_way(self, spec: str) -> Broken | None:
        """Give the damaged run that may have left work on a spec.

        >>> one, other = Broken("r1", "line 1"), Broken("r4", "line 1")
        >>> found = OpenRuns({}, (), nameless=(one, other), passed={"login": 1, "sum": 2})
        >>> [each and each.run for each in map(found.in_the_way, ("login", "sum", "new"))]
        ['r4', None, 'r1']
        """
        return self.broken.get(spec) or next(iter(self.nameless[self.passed.get(spec, 0) :]), None)


def open_runs(app: App) -> OpenRuns:
    """Read how every run ended.

    Raises:
        StorageFailed: the runs cannot be listed.
    """
    last: dict[str, str] = {}
    about: dict[str, OpenRun] = {}
    damaged: dict[str, Broken] = {}
    nameless: list[Broken] = []
    passed: dict[str, int] = {}
    for run in app.journals.runs():
        try:
            events: Sequence[Event] = [entry.event for entry in app.journals.open(run).entries()]
        except (JournalDamaged, StorageFailed, Unreadable) as failure:
            damaged[run] = Broken(run, failure.message)
            events = app.journals.salvaged(run)
        started = next((event for event in events if isinstance(event, RunStarted)), None)
        if started is not None:
            is_over = any(ends(event) for event in events) or not _is_of_this_repository(app, started)
            is_idle = run in damaged and left_nothing(events)
            last[started.spec] = "" if is_over or is_idle else run
            code = events[-1].code if isinstance(events[-1], RunParked) else ""
            about[run] = OpenRun(mode=started.mode, code=code)
            passed[started.spec] = len(nameless)
        elif run in damaged and not any(map(ends, events)) and not left_nothing(events):
            nameless.append(damaged[run])
    going = {spec: run for spec, run in last.items() if run and run not in damaged}
    broken = {spec: damaged[run] for spec, run in last.items() if run in damaged}
    return OpenRuns(going, tuple(damaged), {run: about[run] for run in going.values()}, broken, tuple(nameless), passed)


def left_nothing(events: Sequence[Event]) -> bool:
    """Tell whether a run rests with the files as it found them, by its first checkpoint and its last word, whatever stood between.

    >>> from setsquare.events.facts import CheckpointTaken, RunParked
    >>> first, last = CheckpointTaken(step=0, tree="t0"), RunParked(step=2, code="denied", reason="", hint="", tree="t0")
    >>> left_nothing((first, last)), left_nothing((first, last, CheckpointTaken(step=2, tree="t0"))), left_nothing((last,))
    (True, False, False)
    """
    first = next((event for event in events if isinstance(event, CheckpointTaken)), None)
    last = events[-1] if events else None
    return first is not None and first.step == 0 and isinstance(last, RunParked) and bool(last.tree) and last.tree == first.tree


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
