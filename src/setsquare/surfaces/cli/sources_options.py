"""Reads the options that name other checkouts, and shapes what became of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from setsquare.errors import Usage
from setsquare.journeys.opening import opened
from setsquare.journeys.openspec_references import related
from setsquare.journeys.sourcing import Origin, Source, Sources, Wanted, resolved, wanted_sources
from setsquare.journeys.trusting import is_trusted
from setsquare.spec.trace import TraceGraph
from setsquare.surfaces.cli.report.sources import ElsewhereResult, SourceResult
from setsquare.surfaces.cli.style import paint, safe
from setsquare.wire import app_for, planning_app, sources_at
from setsquare.workspace.model import Workspace
from setsquare.workspace.sources import is_source_id, without_user


def sources_of(folder: str, own: Workspace, given: tuple[str, ...]) -> Sources:
    """Resolve the sources of a workspace.

    Raises:
        Usage: an option is not of the form ID=PATH.
    """
    wanted = wanted_sources(own.declared, tuple(_pair(option) for option in given), _stores(folder, own))
    return resolved(own, wanted, sources_at(folder), lambda: _is_trusted(folder))


def source_result(item: Source) -> SourceResult:
    """Shape a source."""
    return SourceResult(
        id=item.id,
        origin=item.wanted.origin.value,
        path=item.wanted.path,
        state=item.state.value,
        reason=item.reason,
        remote=without_user(item.wanted.remote),
        commit=item.commit,
        dirty=item.is_dirty,
        digest=item.digest,
        specs=len(item.workspace.specs),
        files=len(item.snapshot.files),
    )


def elsewhere_results(graph: TraceGraph) -> tuple[ElsewhereResult, ...]:
    """List the criteria that other checkouts name, in the specs' order."""
    return tuple(
        ElsewhereResult(spec=one.spec, criterion=one.criterion, source=one.source, kind=one.kind, place=one.place)
        for item in graph.specs
        for one in item.elsewhere
    )


def unread_lines(sources: Sources) -> list[str]:
    """Name the sources that were not read, one line each."""
    return [
        f"{paint('source not read', 'yellow')}  {safe(item.id)} ({safe(item.wanted.path)}): {item.state.value}: {safe(item.reason)}"
        for item in sources.unread
    ]


def _pair(option: str) -> tuple[str, str]:
    """Take an option apart.

    Raises:
        Usage: it has no `=`.
    """
    name, sign, path = option.partition("=")
    if not (sign and path):
        raise Usage(f"`--source {option}` names no path.", "Write it as --source ID=PATH, such as --source pay=../payments")
    return name, str(Path(path).expanduser())


def _is_trusted(folder: str) -> bool:
    """Tell whether the person trusts the workspace; where no trust can be kept, nothing is trusted."""
    try:
        app = app_for(folder)
    except Usage:
        return False
    return is_trusted(app, opened(app, is_overview=True))


def _stores(folder: str, own: Workspace) -> Iterator[Wanted]:
    """List the OpenSpec stores that the workspace's configuration refers to; where each is, the person's own registry says."""
    if not any(tree.root == "" and tree.config is not None and tree.config.references for tree in own.openspec):
        return
    for reference in related(planning_app(), str(Path(folder).resolve())).references:
        if not is_source_id(reference.store_id):
            told = "the store's id is none that a source can have"
            yield Wanted(id=reference.store_id, path=reference.path, origin=Origin.STORE, problem=told)
            continue
        told = f"{reference.problem.message} {reference.problem.fix}".strip() if reference.problem else ""
        yield Wanted(id=reference.store_id, path=reference.path, origin=Origin.STORE, problem=told)
