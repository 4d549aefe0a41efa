"""Reads the other checkouts that a person asked for, for commands that look beyond the workspace."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from setsquare.journeys.app import App
from setsquare.journeys.beyond import Beyond
from setsquare.surfaces.cli.report.sources import SourceResult

if TYPE_CHECKING:
    from setsquare.journeys.sourcing import Sources


class Read(Struct, frozen=True, kw_only=True):
    """What was read: nothing unless it was asked for. `unread` are lines for sources that could not be read."""

    beyond: Beyond | None = None
    results: tuple[SourceResult, ...] = ()
    unread: tuple[str, ...] = ()


def read_beyond(app: App, *, asks: bool, given: tuple[str, ...]) -> Read:
    """Read the declared sources and those given as ID=PATH.

    Raises:
        Usage: a source was given in a form that is none.
    """
    if not (asks or given):
        return Read()
    from setsquare.journeys.sources_tracing import beyond  # noqa: PLC0415  (only where sources are asked for)

    sources = sources_read(app, given)
    results, unread = told(sources)
    return Read(beyond=beyond(sources), results=results, unread=unread)


def sources_read(app: App, given: tuple[str, ...]) -> Sources:
    """Resolve the sources of the app's workspace.

    Raises:
        Usage: a source was given in a form that is none.
    """
    from setsquare.journeys.opening import opened  # noqa: PLC0415  (only where sources are asked for)
    from setsquare.surfaces.cli.sources_options import sources_of  # noqa: PLC0415

    return sources_of(app.folder, opened(app), given)


def told(sources: Sources) -> tuple[tuple[SourceResult, ...], tuple[str, ...]]:
    """Shape what became of each source, and name those that were not read."""
    from setsquare.surfaces.cli.sources_options import source_result, unread_lines  # noqa: PLC0415  (only where sources are asked for)

    return tuple(source_result(item) for item in sources.items), tuple(unread_lines(sources))
