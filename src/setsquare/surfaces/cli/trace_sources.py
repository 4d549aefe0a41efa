"""Follows links across the workspace and the other checkouts that a person asked for."""

from __future__ import annotations

from msgspec import Struct

from setsquare.journeys.app import App, Reading
from setsquare.journeys.tracing import WorkspaceTrace, followed
from setsquare.spec.results import TestResult
from setsquare.surfaces.cli.report.sources import ElsewhereResult, SourceResult
from setsquare.surfaces.cli.style import safe
from setsquare.workspace.model import Workspace


class Across(Struct, frozen=True, kw_only=True):
    """A trace of a workspace, combined with its sources where those were asked for; `unread` are lines for those that could not be read."""

    found: WorkspaceTrace
    sources: tuple[SourceResult, ...] = ()
    elsewhere: tuple[ElsewhereResult, ...] = ()
    unread: tuple[str, ...] = ()

    @property
    def workspace(self) -> Workspace:
        """Give what was traced."""
        return self.found.workspace

    @property
    def notes(self) -> list[str]:
        """Name the criteria that other checkouts name, and the sources that could not be read."""
        told = [
            f"{safe(one.spec)}/{one.criterion} is named by {safe(one.source) or 'this workspace'}: {safe(one.place)}"
            for one in self.elsewhere
        ]
        return [*told, *self.unread]


class Asked(Struct, frozen=True, kw_only=True):
    """Which other checkouts a person wants to be read: the declared ones, those given as ID=PATH, and test results to believe."""

    with_sources: bool = False
    given: tuple[str, ...] = ()
    reports: tuple[TestResult, ...] = ()


def traced_across(app: App | Reading, folder: str, workspace: Workspace, asked: Asked) -> Across:
    """Follow all links.

    Raises:
        Usage: a source was given in a form that is none.
    """
    if not (asked.with_sources or asked.given):
        return Across(found=followed(app, workspace, asked.reports))
    from setsquare.journeys.sources_tracing import followed_together  # noqa: PLC0415  (only where sources are asked for)
    from setsquare.journeys.sourcing import combined  # noqa: PLC0415
    from setsquare.surfaces.cli.sources_options import elsewhere_results, source_result, sources_of, unread_lines  # noqa: PLC0415

    sources = sources_of(folder, workspace, asked.given)
    found = followed_together(app, combined(sources), sources, asked.reports)
    return Across(
        found=found,
        sources=tuple(source_result(item) for item in sources.items),
        elsewhere=elsewhere_results(found.graph),
        unread=tuple(unread_lines(sources)),
    )
