"""Finds where the open changes of a root meet."""

from __future__ import annotations

from msgspec import Struct

from setsquare.journeys.openspec_expanding import expanded
from setsquare.journeys.openspec_items import CHANGES, change_ids, nested_changes
from setsquare.journeys.openspec_reading import Reading
from setsquare.journeys.planning_app import PlanningApp
from setsquare.spec.openspec.clashing import Meeting, meetings, order_of
from setsquare.text.paths import joined
from setsquare.workspace.openspec.model import Change, MainSpec


class Overlapping(Struct, frozen=True):
    """Where changes meet, and an order in which those can be archived; the order is empty where there is none."""

    meetings: tuple[Meeting, ...]
    order: tuple[str, ...]


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
    return Overlapping(found, order_of(found))


def open_changes(app: PlanningApp, root: str, reading: Reading) -> tuple[Change, ...]:
    """Read every open change; a folder that only wraps changes is none."""
    found: list[Change] = []
    for name in change_ids(app, root):
        entries = app.planning.walk(root, joined(CHANGES, name))
        if not nested_changes(name, entries):
            found.append(expanded(app, root, reading, reading.change(joined(CHANGES, name), entries)).change)
    return tuple(found)
