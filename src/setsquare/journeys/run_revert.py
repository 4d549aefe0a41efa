"""Takes a run's changes back without touching what a person changed since."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import Struct

from setsquare.agent.machine import replay
from setsquare.agent.state import RunState
from setsquare.agent.tools import calls
from setsquare.errors import StorageFailed
from setsquare.events.facts import (
    ActionObserved,
    CheckpointTaken,
    Committed,
    Event,
    RunReverted,
    RunStarted,
    TaskDone,
    VerificationFinished,
)
from setsquare.guard.action import EditText, Shell, Write
from setsquare.journeys.app import App
from setsquare.journeys.run_bench import real_path
from setsquare.journeys.run_resume import started
from setsquare.journeys.run_settle import is_in_flight, left_behind
from setsquare.ports.git import CommitRequest
from setsquare.ports.journal import Journal
from setsquare.text.paths import RelPath
from setsquare.text.plan import digest


class Reverted(Struct, frozen=True, kw_only=True):
    """What a revert did: `restored` files are as they were before the run, `kept` ones a person had changed since.

    `commits` are the run's commits, which remain in the history; `commit` is the one that takes them back, if it was asked for.
    """

    run: str
    restored: tuple[RelPath, ...]
    kept: tuple[RelPath, ...]
    commits: tuple[str, ...] = ()
    commit: str = ""


# req: guarded-run/4.4
def revert(app: App, run: str, *, commit: bool = False) -> Reverted:
    """Restore the files that a run changed, untracked ones included; with `commit` the restored files are committed.

    A file whose bytes are none that the run left there is a person's by now: it is kept and listed. Done again, it completes what is missing.

    Raises:
        Unreadable: there is no such run.
        Refused: another process runs tasks in this workspace.
    """
    journal = app.journals.open(run)
    begun = started(journal, run)
    journal.claim()
    try:
        return _reverted(app, journal, begun, is_committed=commit)
    finally:
        journal.close()


def _reverted(app: App, journal: Journal, begun: RunStarted, *, is_committed: bool) -> Reverted:
    """Take back what the claimed run left."""
    run = begun.run
    events = tuple(entry.event for entry in journal.entries())
    state = replay(events)
    commits = tuple(event.commit for event in events if isinstance(event, Committed))
    left = _merged((*_left(events), *_left_in_flight(app, state)))
    # The tree as it is found stays among the checkpoints, whatever is put back.
    app.checkpoints.take()
    origins = dict.fromkeys(left, state.tree) | _origins(events)
    restored, kept = _sorted(app, origins, left)
    journal.append("platform", RunReverted(restored=restored, kept=kept))
    for tree in dict.fromkeys(origins[path] for path in restored):
        app.checkpoints.restore(tree, tuple(path for path in restored if origins[path] == tree))
    made = ""
    if is_committed and commits and (dirty := app.git.dirty(tuple(path for path in left if path not in kept))):
        made = app.git.commit(CommitRequest(paths=dirty, message=f"Revert run {run}\n\nSpec: {begun.spec}\nReverts-Run: {run}\n"))
    return Reverted(run=run, restored=restored, kept=kept, commits=commits, commit=made)


def bytes_named(app: App, path: RelPath) -> str:
    """Name a file's bytes; empty when there are none or they cannot be read (a link)."""
    try:
        raw = app.files.read(path)
    except StorageFailed:
        return ""
    return "" if raw is None else digest(raw)


def _left(events: Iterable[Event]) -> list[tuple[str, str]]:
    """List each path with each digest that its bytes had by the run's own hand."""
    left: list[tuple[str, str]] = []
    for event in events:
        if isinstance(event, ActionObserved | VerificationFinished):
            left += zip(event.changed, event.after, strict=False)
        elif isinstance(event, TaskDone):
            left += zip(event.own, event.after, strict=False)
    return left


def _left_in_flight(app: App, state: RunState) -> list[tuple[str, str]]:
    """List what an action may have left that was begun when the run was killed."""
    if not is_in_flight(state):
        return []
    action = calls.parsed(state.pending[0])
    if isinstance(action, Shell):
        return [(path, bytes_named(app, path)) for path in left_behind(app, state.tree)[1]]
    path = real_path(app.folder, action.path) if isinstance(action, Write | EditText) else None
    if path is None or not isinstance(action, Write | EditText):
        return []
    result = calls.result_of(app.checkpoints.read(state.tree, RelPath(path)), action)
    return [(path, "" if result is None else digest(result))]


def _origins(events: Iterable[Event]) -> dict[str, str]:
    """Name for each path the checkpoint before its first change: what it does not hold did not exist.

    An ignored file is in no earlier checkpoint than the one taken right before the run wrote over it.
    """
    origins: dict[str, str] = {}
    tree = ""
    for event in events:
        match event:
            case CheckpointTaken():
                tree = event.tree
            case ActionObserved() | VerificationFinished():
                origins = dict.fromkeys(event.changed, tree) | origins
            case TaskDone():
                origins = dict.fromkeys(event.own, tree) | origins
            case _:
                pass
    return origins


def _merged(left: Iterable[tuple[str, str]]) -> Mapping[RelPath, set[str]]:
    """Group digests by path."""
    grouped: dict[RelPath, set[str]] = {}
    for path, after in left:
        grouped.setdefault(RelPath(path), set()).add(after)
    return grouped


def _sorted(app: App, origins: Mapping[str, str], left: Mapping[RelPath, set[str]]) -> tuple[tuple[RelPath, ...], tuple[RelPath, ...]]:
    """Sort the paths that differ from the start into those to restore and those that a person has changed since."""
    restored: list[RelPath] = []
    kept: list[RelPath] = []
    for path in sorted(left):
        now, old = bytes_named(app, path), app.checkpoints.read(origins[path], path)
        if now != ("" if old is None else digest(old)):
            (restored if now in left[path] else kept).append(path)
    return tuple(restored), tuple(kept)
