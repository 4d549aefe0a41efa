"""Finds where the open changes of a root meet."""

from __future__ import annotations

from msgspec import Struct

from setsquare.journeys.openspec_expanding import expanded
from setsquare.journeys.openspec_items import CHANGES, change_ids, nested_changes
from setsquare.journeys.openspec_reading import Reading
from setsquare.journeys.planning_app import PlanningApp
from setsquare.ports.planning import Unreadable
from setsquare.spec.openspec.clashing import Meeting, meetings, order_of
from setsquare.text.paths import RelPath, joined
from setsquare.workspace.openspec.model import Change, MainSpec


class Overlapping(Struct, frozen=True):
    """Where changes meet, and an order in which those can be archived; the order is empty where there is none. `unread` are deltas that nobody can read."""

    meetings: tuple[Meeting, ...]
    order: tuple[str, ...]
    unread: tuple[RelPath, ...] = ()


# req: openspec-interop/3.5
def overlapping(app: PlanningApp, root: str) -> Overlapping:
    """Compare all open changes of a root."""
    reading = Reading(app, root)
    changes = open_changes(app, root, reading)
    mains = {
        delta.capability: main
        for change in changes
        for delta in change.deltas
        if isinstance(main := reading.main(delta.capability), MainSpec)
    }
    found = meetings(changes, mains)
    return Overlapping(found, order_of(found), _unread(reading, changes))


def _unread(reading: Reading, changes: tuple[Change, ...]) -> tuple[RelPath, ...]:
    """Name the deltas whose file is there and gave no delta, because it cannot be read."""
    known = {delta.path for change in changes for delta in change.deltas}
    missing = (path for change in changes for path in change.files if path.endswith("/spec.md") and path not in known)
    return tuple(path for path in missing if isinstance(reading.text(path), Unreadable))


def open_changes(app: PlanningApp, root: str, reading: Reading) -> tuple[Change, ...]:
    """Read every open change; a folder that only wraps changes is none."""
    found: list[Change] = []
    for name in change_ids(app, root):
        entries = app.planning.walk(root, joined(CHANGES, name))
        if not nested_changes(name, entries):
            found.append(expanded(app, root, reading, reading.change(joined(CHANGES, name), entries)).change)
    return tuple(found)
