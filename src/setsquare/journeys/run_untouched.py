"""Says whether a run changed a shared or protected file, computed from the recorded trees and not from what anybody claims.

Source: requirements F12 (after a remediation a task is run again, and it is recorded that no shared file changed).
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from setsquare.errors import WorldFailed
from setsquare.events.entry import Entry
from setsquare.events.facts import CheckpointTaken, RunFinished, RunParked, RunStarted, TaskDone
from setsquare.guard.protected import Protection, is_migration, listed, protection_by
from setsquare.journeys.app import App
from setsquare.journeys.opening import opened
from setsquare.journeys.run_task import settings_of

_WHY = {
    Protection.DENIED: "belongs to the platform",
    Protection.SECRET: "holds secrets",
    Protection.PROTECTED: "is protected",
    Protection.RUNS_LATER: "is run by people or CI later",
}


class Untouched(Struct, frozen=True, kw_only=True):
    """How many files differ between the beginning and the end of a run, and those among them that are shared or protected, each with the reason."""

    compared: int
    guarded: tuple[tuple[str, str], ...] = ()

    @property
    def told(self) -> str:
        """Say it in one sentence.

        >>> Untouched(compared=2).told, Untouched(compared=1, guarded=(("db/migrations/1.sql", "others share it"),)).told
        ('No shared or protected file changed (2 changed files compared).', 'Shared or protected files changed: db/migrations/1.sql (others share it).')
        """
        if not self.guarded:
            return f"No shared or protected file changed ({self.compared} changed file{'' if self.compared == 1 else 's'} compared)."
        return f"Shared or protected files changed: {', '.join(f'{path} ({why})' for path, why in self.guarded)}."


def untouched(app: App, entries: Iterable[Entry]) -> Untouched | None:
    """Compare the tree that a run began with and the one that it left; what the platform itself writes of a task's end does not count.

    `None` where a tree is missing: the run was killed, or its checkpoints are gone.
    """
    start, end, spec = "", "", ""
    own: set[str] = set()
    for entry in entries:
        match entry.event:
            case RunStarted() as event:
                spec = event.spec
            case CheckpointTaken() as event:
                start = start or event.tree
            case TaskDone() as event:
                own.update(event.own)
            case RunFinished() | RunParked() as event:
                end = event.tree
            case _:
                pass
    if not start or not end:
        return None
    try:
        paths = [change.path for change in app.checkpoints.changes(start, end) if change.path not in own]
    except WorldFailed:
        return None
    protected = listed(_protected_paths(app, spec))
    found: list[tuple[str, str]] = []
    for path in paths:
        kind = protection_by(path, protected)
        if kind is not Protection.NONE:
            found.append((path, _WHY[kind]))
        elif is_migration(path):
            found.append((path, "is a migration, which others may share"))
    return Untouched(compared=len(paths), guarded=tuple(found))


def _protected_paths(app: App, name: str) -> tuple[str, ...]:
    """Read which paths the settings of the spec protect; a spec that is gone has none of its own."""
    workspace = opened(app)
    spec = workspace.spec(name)
    return settings_of(workspace, spec).agent.protected_paths if spec else ()
