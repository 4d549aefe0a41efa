"""Follows requirements to design, tasks, code, tests and results as the files are now."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property

from msgspec import Struct

from setsquare.errors import GitFailed
from setsquare.journeys.app import App, Reading
from setsquare.journeys.approving import state_of
from setsquare.journeys.scanning import is_source, scanned, written_in_code
from setsquare.spec.approval import ApprovalState, Standing
from setsquare.spec.code_links import CodeTrace, Stray, code_trace
from setsquare.spec.code_notes import CodeNote
from setsquare.spec.commit_links import commit_links
from setsquare.spec.coverage import Coverage, coverage
from setsquare.spec.identity import Identity, identify
from setsquare.spec.link import Citation, TraceLink
from setsquare.spec.link_state import LinkState, StatedLink, needs_revision, states
from setsquare.spec.matrix import MatrixRow, matrix
from setsquare.spec.result_log import read_runs
from setsquare.spec.results import ResultBook, Sources, TestResult, TestRun
from setsquare.spec.settling import moves, settled, settled_code
from setsquare.spec.stage import Stage
from setsquare.spec.states import CriterionStatus, Evidence, Overlay, OverlayKind, statuses, suspect_overlay, waiver_overlay
from setsquare.spec.trace import SpecTrace, TraceGraph, demanding, trace
from setsquare.workspace.model import Workspace
from setsquare.workspace.sources import mount_of
from setsquare.workspace.spec import Spec

_MOST_COMMITS = 1000


class Traced(Struct, frozen=True, kw_only=True):
    """A spec's matrix and the workspace's graph that it was read from."""

    spec: Spec
    graph: TraceGraph
    rows: tuple[MatrixRow, ...]


class WorkspaceTrace(Struct, frozen=True, kw_only=True, dict=True):
    """Everything that is linked in a workspace: the graph of the specs, what code names, commits' links, results, and what locks say of links.

    `overlays` are by the spec's folder and the criterion's id.
    """

    workspace: Workspace
    graph: TraceGraph
    code: CodeTrace
    commits: tuple[TraceLink, ...] = ()
    book: ResultBook | None = None
    overlays: Mapping[str, Mapping[str, tuple[Overlay, ...]]] = {}
    identity: Identity
    stated: tuple[StatedLink, ...] = ()

    @cached_property
    def _by_spec(self) -> Mapping[str, tuple[TraceLink, ...]]:
        """Sort the links from code and commits by the spec that they lead to."""
        found: dict[str, list[TraceLink]] = {}
        for link in (*self.code.links, *self.commits):
            found.setdefault(link.target_spec, []).append(link)
        return {name: tuple(links) for name, links in found.items()}

    def evidence(self, spec: Spec) -> Evidence:
        """Give what is known of a spec besides its own files."""
        return Evidence(links=self._by_spec.get(spec.name, ()), book=self.book, overlays=self.overlays.get(spec.path, {}))

    def statuses(self, traced: SpecTrace) -> tuple[CriterionStatus, ...]:
        """Judge a spec's criteria."""
        return statuses(traced, self.evidence(traced.spec))

    def coverage(self, traced: SpecTrace) -> Coverage:
        """Measure a spec."""
        return self.measured(traced, self.statuses(traced))

    def measured(self, traced: SpecTrace, found: tuple[CriterionStatus, ...]) -> Coverage:
        """Measure a spec whose criteria were judged already."""
        return coverage(traced, found, (item.number for item in self.code.properties if item.spec == traced.spec.name))

    def rows(self, spec: Spec) -> tuple[MatrixRow, ...]:
        """Lay a spec out as a matrix."""
        return matrix(self.graph, spec, (), self.evidence(spec))

    def strays(self, spec: str = "") -> tuple[Stray, ...]:
        """List what code names in vain: all, or what means one spec."""
        return tuple(stray for stray in self.code.strays if not spec or stray.spec.casefold() == spec.casefold())


class Gathered(Struct, frozen=True, kw_only=True):
    """What is known besides a workspace's own files: notes in code, links from commits, results, and the time in ISO 8601."""

    notes: tuple[CodeNote, ...] = ()
    commits: tuple[TraceLink, ...] = ()
    book: ResultBook | None = None
    now: str = ""


# req: check/2.4
def traced(app: App, workspace: Workspace, spec: Spec) -> Traced:
    """Build the matrix of one spec, with the links that code, tests and commits hold."""
    found = followed(app, workspace)
    return Traced(spec=spec, graph=found.graph, rows=found.rows(spec))


def followed(
    app: App | Reading, workspace: Workspace, reports: tuple[TestResult, ...] = (), beyond: tuple[CodeNote, ...] = ()
) -> WorkspaceTrace:
    """Follow all links of a workspace; `reports` are results that somebody vouches to be of the files as they are.

    `beyond` are notes in the code of other checkouts, whose specs are part of the workspace then.
    """
    runs = read_runs(app.results.read()) if app.results else ()
    scan = scanned(app, is_digested=bool(runs or reports))
    sources = Sources(whole=scan.whole, files=scan.digests)
    if reports:
        runs = (TestRun(at=app.clock.now(), commit="", sources=sources.whole, files={}, results=reports), *runs)
    known = Gathered(
        notes=(*(note for note in scan.notes if mount_of(note.path) not in workspace.declared.ids), *beyond),
        commits=commit_links_of(app, workspace),
        book=ResultBook(runs, sources) if runs else None,
        now=app.clock.now(),
    )
    return joined(workspace, trace(workspace), known, lambda links, identity: written_in_code(app, links, identity))


def joined(
    workspace: Workspace,
    graph: TraceGraph,
    known: Gathered,
    written: Callable[[tuple[TraceLink, ...], Identity], tuple[Citation, ...]],
) -> WorkspaceTrace:
    """Join a workspace's own links with what is known besides; `written` finds the references behind links from code, where a lock asks."""
    code, identity = code_trace(known.notes, workspace), identify(workspace)
    stated: tuple[StatedLink, ...] = ()
    if not identity.is_empty:
        stated = states(identity, graph, written(code.links, identity)).links
        moved = moves(stated)
        graph = TraceGraph(tuple(settled(item, moved) for item in graph.specs))
        code = settled_code(code, moved)
    return WorkspaceTrace(
        workspace=workspace,
        graph=graph,
        code=code,
        commits=known.commits,
        book=known.book,
        overlays={item.spec.path: _overlays(known.now, workspace, item, identity, stated) for item in graph.specs},
        identity=identity,
        stated=stated,
    )


def _overlays(
    now: str, workspace: Workspace, traced: SpecTrace, identity: Identity, stated: tuple[StatedLink, ...]
) -> dict[str, tuple[Overlay, ...]]:
    """Gather what stands on each criterion of a spec: its approval, what its links say since they were pinned, its waiver."""
    spec = traced.spec
    approval = state_of(workspace, spec, Stage.REQUIREMENTS)
    found = {criterion.id: [_approval(approval, criterion.id)] for criterion in demanding(spec)}
    own = tuple(link for link in stated if link.home == spec.path)
    suspect: dict[str, list[str]] = {}
    for link in own:
        if link.state is LinkState.SUSPECT:
            suspect.setdefault(link.id, []).append(link.link.source)
    for name, sources in suspect.items():
        found.setdefault(name, []).append(suspect_overlay(tuple(dict.fromkeys(sources))))
    for revision in needs_revision(spec, own, traced.keys):
        for name in revision.criteria:
            found.setdefault(name, []).append(Overlay(OverlayKind.NEEDS_REVISION, f"task {revision.task} was done for an older meaning"))
    pairings = identity.by_path[spec.path].pairings if spec.path in identity.by_path else ()
    for pairing in pairings:
        if pairing.new is None or pairing.old is None or pairing.old.waiver is None:
            continue
        if waived := waiver_overlay(pairing.old.waiver, now[:10]):
            found.setdefault(pairing.new.id, []).append(waived)
    return {name: tuple(items) for name, items in found.items()}


def _approval(state: ApprovalState, criterion: str) -> Overlay:
    """Say what the approval of the requirements is worth for one criterion."""
    if state.standing is Standing.NONE:
        return Overlay(OverlayKind.DRAFT)
    is_stale = not state.is_valid and (state.standing is not Standing.VOID or criterion in state.changed)
    return Overlay(OverlayKind.APPROVAL_STALE, state.reason) if is_stale else Overlay(OverlayKind.APPROVED)


def commit_links_of(app: App | Reading, workspace: Workspace) -> tuple[TraceLink, ...]:
    """Read the trailers of commits; files that are gone, and the specs themselves, are no code."""
    try:
        commits = app.history.commits(limit=_MOST_COMMITS)
    except GitFailed:
        return ()
    links: dict[TraceLink, None] = {}
    for commit in commits:
        if commit.trailers:
            paths = tuple(path for path in commit.paths if is_source(path) and app.files.exists(path))
            links |= dict.fromkeys(commit_links(commit.trailers, paths, workspace))
    return tuple(links)


def gone(stray: Stray, identity: Identity) -> str:
    """Say what became of the criterion that a stray names, as far as its spec's lock knows; empty when it knows nothing."""
    wanted = stray.written.rpartition("/")[2]
    for item in identity.specs:
        if item.spec.name.casefold() != stray.spec.casefold():
            continue
        for pairing in item.pairings:
            if pairing.old is not None and wanted in (pairing.old.id, *pairing.old.previously):
                return f"It is {pairing.new.id} now." if pairing.new else "It was removed."
    return ""
