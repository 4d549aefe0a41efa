"""Follows the links of a workspace and of its sources together, across the checkouts."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from setsquare.journeys.app import App, Reading
from setsquare.journeys.beyond import Beyond
from setsquare.journeys.scanning import scan_of
from setsquare.journeys.sourcing import Sources, combined
from setsquare.journeys.tracing import WorkspaceTrace, followed
from setsquare.spec.code_notes import CodeNote
from setsquare.spec.elsewhere import Elsewhere, named_elsewhere
from setsquare.spec.results import TestResult
from setsquare.spec.trace import with_elsewhere
from setsquare.workspace.model import Workspace
from setsquare.workspace.sources import mounted


# req: openspec-interop/7.2
def followed_together(app: App | Reading, workspace: Workspace, sources: Sources, reports: tuple[TestResult, ...] = ()) -> WorkspaceTrace:
    """Follow all links of a combined workspace; what only another checkout names counts, and is told apart.

    Results count for the workspace's own tests: those of another checkout are bound to files that only it knows.
    """
    found = followed(app, workspace, reports, tuple(_notes(sources)))
    homes = {spec.name: spec.path for spec in reversed(workspace.specs)}
    told: dict[str, list[Elsewhere]] = {}
    for link in found.code.links:
        home = homes.get(link.target_spec, "")
        one = named_elsewhere(link, home) if home else None
        if one is not None:
            told.setdefault(home, []).append(one)
    return replace(found, graph=with_elsewhere(found.graph, told))


def beyond(sources: Sources) -> Beyond:
    """Give what the sources add to any state of the workspace: they stand as they are now."""
    declared = sources.own.declared
    return Beyond(
        joined=lambda workspace: combined(replace(sources, own=replace(workspace, declared=declared))), notes=tuple(_notes(sources))
    )


def _notes(sources: Sources) -> Iterator[CodeNote]:
    """List what the code of each source names, under its mount."""
    for item in sources.items:
        if item.is_read and item.place is not None:
            for note in scan_of(sources.places.files(item.place)).notes:
                yield replace(note, path=mounted(item.id, note.path))
