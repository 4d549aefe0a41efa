"""`setsquare trace orphans`, `untested` and `uncovered`: what is linked to nothing, or to what is gone."""

from __future__ import annotations

from collections.abc import Callable

import click
from msgspec import Struct
from msgspec.structs import replace

from setsquare.journeys.app import App
from setsquare.journeys.opening import named_as, named_spec, opened
from setsquare.journeys.tracing import WorkspaceTrace, gone
from setsquare.spec.link import CriterionState, Resolution
from setsquare.spec.link_state import LinkState
from setsquare.spec.matrix import MatrixRow
from setsquare.spec.states import OverlayKind
from setsquare.surfaces.cli.options import Output
from setsquare.surfaces.cli.options import command as made
from setsquare.surfaces.cli.places import shown
from setsquare.surfaces.cli.report.label import cut
from setsquare.surfaces.cli.report.sources import ElsewhereResult, SourceResult
from setsquare.surfaces.cli.source_params import SOURCE_PARAMS
from setsquare.surfaces.cli.streams import columns
from setsquare.surfaces.cli.style import listing, safe
from setsquare.surfaces.cli.trace_sources import Asked, traced_across
from setsquare.wire import app_here
from setsquare.workspace.model import Workspace
from setsquare.workspace.sources import mount_of, unmounted
from setsquare.workspace.spec import Spec, SpecForm

_TEXT = 70


class GapOptions(Struct, frozen=True):
    """Which specs; all that are not archived when none is named."""

    specs: tuple[str, ...]
    with_sources: bool = False
    given: tuple[str, ...] = ()


class Orphan(Struct, frozen=True, kw_only=True):
    """A link whose target does not exist: `kind` is `code` or the document's (`implements`, `validates`, `realizes`)."""

    kind: str
    spec: str
    path: str
    line: int
    symbol: str
    written: str
    reason: str


class OrphansResult(Struct, frozen=True, kw_only=True):
    """Every orphan, by path and line; `sources` are the other checkouts that were asked for."""

    schema: str = "setsquare/trace-orphans/1"
    orphans: tuple[Orphan, ...]
    sources: tuple[SourceResult, ...] = ()


class Gap(Struct, frozen=True, kw_only=True):
    """A criterion that lacks a link."""

    spec: str
    criterion: str
    text: str
    state: str
    path: str
    line: int
    waived: str


class GapsResult(Struct, frozen=True, kw_only=True):
    """Criteria that lack a link, in the specs' order; `total` counts all that were looked at. A waived one is listed with its reason.

    `sources` are the other checkouts that were asked for, `elsewhere` the criteria that one names of another.
    """

    schema: str = "setsquare/trace-gaps/1"
    lacking: str
    total: int
    gaps: tuple[Gap, ...]
    sources: tuple[SourceResult, ...] = ()
    elsewhere: tuple[ElsewhereResult, ...] = ()


_SPECS = (click.argument("specs", nargs=-1, metavar="[SPEC]..."), *SOURCE_PARAMS)


@made("orphans", GapOptions, _SPECS)
def orphans(options: GapOptions) -> Output:
    """List links whose target is gone: references in documents, and code and tests that name no criterion.

    Ends with 1 when there is one.
    """
    app = app_here()
    across = traced_across(app, app.folder, opened(app), _asked(options))
    found, specs = across.found, _chosen(across.workspace, options)
    known = (*_in_documents(found, specs), *_in_code(found, specs, is_all=not options.specs))
    listed = tuple(sorted((*known, *_of_removed(found, specs, known)), key=_place))
    rows = [("PLACE", "NAMES", "WHY"), *(_orphan_row(app, item) for item in listed)]
    text = listing(rows, columns()) if listed else "No orphan: every link leads to something that exists."
    result = OrphansResult(orphans=tuple(replace(item, path=unmounted(item.path)) for item in listed), sources=across.sources)
    return Output(result=result, text="\n".join([text, *across.unread]), exit_code=1 if listed else 0)


@made("untested", GapOptions, _SPECS)
def untested(options: GapOptions) -> Output:
    """List the criteria that no test names. Ends with 1 when there is one that is not waived."""
    return _gaps(options, "test", lambda row: not row.tests)


@made("uncovered", GapOptions, _SPECS)
def uncovered(options: GapOptions) -> Output:
    """List the criteria that no task names. Ends with 1 when there is one that is not waived."""
    return _gaps(options, "task", lambda row: row.state is CriterionState.UNCOVERED)


def _asked(options: GapOptions) -> Asked:
    return Asked(with_sources=options.with_sources, given=options.given)


def _place(item: Orphan) -> tuple[str, int]:
    return item.path, item.line


def _orphan_row(app: App, item: Orphan) -> tuple[str, str, str]:
    path = unmounted(item.path) if mount_of(item.path) else shown(app.folder, item.path)
    place = f"{path}:{item.line}" + (f" {item.symbol}" if item.symbol else "")
    return safe(place), safe(item.written), safe(item.reason)


def _chosen(workspace: Workspace, options: GapOptions) -> tuple[Spec, ...]:
    """Find the specs that were named, else all that are not archived."""
    if options.specs:
        return tuple(dict.fromkeys(named_spec(workspace, name) for name in options.specs))
    return tuple(spec for spec in workspace.specs if not spec.is_archived)


def _owing(specs: tuple[Spec, ...], lacking: str, *, is_asked: bool) -> tuple[Spec, ...]:
    """Leave out, unless they were asked for, the specs that owe nothing of the kind.

    No task names OpenSpec's scenarios, and what an open change proposes is not in force yet.
    """
    if is_asked:
        return specs
    return tuple(spec for spec in specs if spec.is_kiro or (lacking == "test" and spec.form is not SpecForm.CHANGE))


def _in_documents(found: WorkspaceTrace, specs: tuple[Spec, ...]) -> list[Orphan]:
    """List the references of the specs' own documents that dangle."""
    return [
        Orphan(
            kind=citation.kind.value,
            spec=citation.spec,
            path=citation.reference.path,
            line=citation.reference.line,
            symbol=citation.source,
            written=citation.reference.written,
            reason=f"There is no {citation.missing or citation.reference.written}.",
        )
        for spec in specs
        if (traced := found.graph.spec(spec))
        for citation in traced.citations
        if citation.resolution is Resolution.DANGLING
    ]


def _in_code(found: WorkspaceTrace, specs: tuple[Spec, ...], *, is_all: bool) -> list[Orphan]:
    """List what code names in vain; what a lock knows of it is said."""
    names = {spec.name.casefold() for spec in specs}
    return [
        Orphan(
            kind="code",
            spec=stray.spec,
            path=stray.path,
            line=stray.line,
            symbol=stray.symbol,
            written=stray.written,
            reason=" ".join(filter(None, (stray.reason, gone(stray, found.identity)))),
        )
        for stray in found.code.strays
        if is_all or stray.spec.casefold() in names
    ]


def _of_removed(found: WorkspaceTrace, specs: tuple[Spec, ...], known: tuple[Orphan, ...]) -> list[Orphan]:
    """List the links whose criterion left its document, as the lock remembers them, where nothing else told of the same place."""
    homes, places = {spec.path: spec.name for spec in specs}, {_place(item) for item in known}
    return [
        Orphan(
            kind=stated.link.kind.value,
            spec=homes[stated.home],
            path=stated.link.path,
            line=stated.link.line,
            symbol=stated.link.symbol or stated.link.source,
            written=stated.written,
            reason=f"Its criterion was removed: {stated.was}",
        )
        for stated in found.stated
        if stated.state is LinkState.ORPHANED and stated.home in homes and (stated.link.path, stated.link.line) not in places
    ]


def _gaps(options: GapOptions, lacking: str, is_gap: Callable[[MatrixRow], bool]) -> Output:
    """List the criteria of the chosen specs that lack something."""
    app = app_here()
    across = traced_across(app, app.folder, opened(app), _asked(options))
    found, workspace = across.found, across.workspace
    gaps: list[Gap] = []
    total = 0
    for spec in _owing(_chosen(workspace, options), lacking, is_asked=bool(options.specs)):
        name = named_as(workspace, spec)
        places = {item.id: item for item in (spec.requirements.criteria if spec.requirements else ())}
        rows = found.rows(spec)
        total += len(rows)
        gaps += [_gap(name, row, places[row.criterion].path, places[row.criterion].line) for row in rows if is_gap(row)]
    result = GapsResult(lacking=lacking, total=total, gaps=tuple(gaps), sources=across.sources, elsewhere=across.elsewhere)
    open_gaps = [gap for gap in gaps if not gap.waived]
    rows_shown = [("CRITERION", "TEXT", "STATE"), *(_gap_row(gap) for gap in gaps)]
    closing = f"{len(gaps)} of {total} criteria have no {lacking}" + (
        f", {len(gaps) - len(open_gaps)} of them waived." if len(gaps) > len(open_gaps) else "."
    )
    text = f"{listing(rows_shown, columns())}\n{closing}" if gaps else f"Every one of {total} criteria has a {lacking}."
    return Output(result=result, text="\n".join([text, *across.notes]), exit_code=1 if open_gaps else 0)


def _gap(spec: str, row: MatrixRow, path: str, line: int) -> Gap:
    waiver = next((item for item in row.overlays if item.kind is OverlayKind.WAIVED), None)
    waived = (waiver.reason or "waived") if waiver else ""
    return Gap(spec=spec, criterion=row.criterion, text=row.text, state=row.state.value, path=unmounted(path), line=line, waived=waived)


def _gap_row(gap: Gap) -> tuple[str, str, str]:
    state = f"waived: {cut(safe(gap.waived), 40)}" if gap.waived else gap.state
    return f"{safe(gap.spec)}/{gap.criterion}", cut(safe(gap.text), _TEXT), state
