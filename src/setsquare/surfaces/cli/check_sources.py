"""Adds the judgement of other checkouts to a check; imported only where they are asked for."""

from __future__ import annotations

from msgspec import Struct

from setsquare.journeys.check import CheckOutcome, CheckRequest, World
from setsquare.journeys.sources_check import check_together
from setsquare.surfaces.cli.report.sources import SourceResult
from setsquare.surfaces.cli.sources_options import source_result, sources_of, unread_lines
from setsquare.wire import load_workspace


class Together(Struct, frozen=True, kw_only=True):
    """A combined outcome, what became of each source, and a line for each that was not read."""

    outcome: CheckOutcome
    sources: tuple[SourceResult, ...]
    unread: tuple[str, ...]


def together(base: str, world: World, request: CheckRequest, own: CheckOutcome, given: tuple[str, ...]) -> Together:
    """Judge the sources of the workspace at a folder besides the workspace.

    Raises:
        Usage: a source was given in a form that is none.
    """
    sources = sources_of(base, load_workspace(base), given)
    return Together(
        outcome=check_together(world, request, own, sources),
        sources=tuple(source_result(item) for item in sources.items),
        unread=tuple(unread_lines(sources)),
    )
