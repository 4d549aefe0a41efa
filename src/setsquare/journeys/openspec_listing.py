"""Lists the changes or specs of a root with what can be counted quickly: only task files and times are read for changes.

Source: `openspec list` 1.13.2, observed.
"""

from __future__ import annotations

from msgspec import Struct

from setsquare.journeys.openspec_items import CHANGES, SPECS, change_folders, nested_changes, spec_ids
from setsquare.journeys.openspec_tracking import Tracking
from setsquare.journeys.planning_app import PlanningApp
from setsquare.ports.planning import EntryKind, Standing
from setsquare.text.collation import collation_key
from setsquare.text.paths import RelPath, joined
from setsquare.workspace.openspec.task_counts import TaskCount, added, counted
from setsquare.workspace.openspec.text import normalised

_FOLDER = EntryKind.FOLDER


class ListedChange(Struct, frozen=True, kw_only=True):
    """A change; `modified_ms` is milliseconds since 1970 of its newest file, `nested` the changes that a folder wraps instead of being one."""

    name: str
    tasks: TaskCount
    modified_ms: int
    nested: tuple[str, ...] = ()


class ListedSpec(Struct, frozen=True):
    """A capability and how many requirements it has, 0 where it cannot be read."""

    id: str
    requirements: int


def listed_changes(app: PlanningApp, root: str, *, is_by_name: bool = False) -> tuple[ListedChange, ...]:
    """List the changes, the newest first or by name."""
    top = {entry.path.rpartition("/")[2]: entry for entry in app.planning.walk(root, CHANGES, depth=1)}
    tracking = Tracking(app, root)
    outputs = tracking.default_outputs()
    found = [_listed(app, root, top[name], tracking, outputs) for name in change_folders(app, root)]
    if is_by_name:
        return tuple(sorted(found, key=lambda change: collation_key(change.name)))
    return tuple(sorted(found, key=lambda change: -change.modified_ms))


def listed_specs(app: PlanningApp, root: str) -> tuple[ListedSpec, ...]:
    """List the capabilities by id."""
    from setsquare.spec.openspec.showing import requirement_count  # noqa: PLC0415  (start-up: changes need none)

    ids = spec_ids(app, root)
    raws = app.planning.read_all(root, tuple(joined(SPECS, name, "spec.md") for name in ids))
    counts = (requirement_count(normalised(raw)) if isinstance(raw, bytes) else 0 for raw in raws)
    return tuple(ListedSpec(name, count) for name, count in zip(ids, counts, strict=True))


def tasks_of(app: PlanningApp, root: str, name: str) -> TaskCount:
    """Count the tasks of one change."""
    raws = app.planning.read_all(root, Tracking(app, root).files(name, app.planning.walk(root, joined(CHANGES, name))))
    return added(tuple(counted(normalised(raw)) for raw in raws if isinstance(raw, bytes)))


def _listed(app: PlanningApp, root: str, folder: Standing, tracking: Tracking, outputs: tuple[str, ...]) -> ListedChange:
    """Look at one change."""
    name = folder.path.rpartition("/")[2]
    entries = app.planning.walk(root, RelPath(folder.path))
    times = [entry.modified_s for entry in entries if entry.kind is not _FOLDER]
    raws = app.planning.read_all(root, tracking.files(name, entries))
    return ListedChange(
        name=name,
        tasks=added(tuple(counted(normalised(raw)) for raw in raws if isinstance(raw, bytes))),
        modified_ms=int(max(times, default=folder.modified_s) * 1000 + 0.5),
        nested=nested_changes(name, entries, outputs),
    )
