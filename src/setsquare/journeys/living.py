"""Keeps a workspace judged and traced while its files change, as an editor needs it.

Findings follow a change at once. Links are worked out when they are first asked for after it, spec by spec: what a change cannot have
touched is kept. Source files are scanned once, then followed file by file.
"""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct

from setsquare.errors import StorageFailed
from setsquare.journeys.app import Reading
from setsquare.journeys.rechecking import Session, Unit, opened
from setsquare.journeys.scanning import is_source, scanned
from setsquare.journeys.tracing import Gathered, WorkspaceTrace, commit_links_of, joined
from setsquare.rules.finding import Finding
from setsquare.spec.code_citations import code_citations
from setsquare.spec.code_notes import CodeNote, code_notes, may_hold_notes
from setsquare.spec.identity import Identity
from setsquare.spec.link import Citation, TraceLink
from setsquare.spec.result_log import read_runs
from setsquare.spec.results import ResultBook, Sources, TestRun
from setsquare.spec.trace import SpecTrace, TraceGraph, trace
from setsquare.text.document import decode
from setsquare.text.paths import RelPath
from setsquare.workspace.model import Workspace
from setsquare.workspace.spec import Spec

_LIMIT_BYTES = 400_000


class FoundCode(Struct, frozen=True, kw_only=True):
    """What one scan of all source files found: notes in path order, the texts of the files that hold some, digests where results need them."""

    notes: tuple[CodeNote, ...] = ()
    texts: Mapping[RelPath, str] = {}
    digests: Mapping[RelPath, str] = {}
    commits: tuple[TraceLink, ...] = ()
    runs: tuple[TestRun, ...] = ()


def found_code(reading: Reading, workspace: Workspace) -> FoundCode:
    """Scan all source files, recorded results and commits once; a large repository takes seconds."""
    runs = read_runs(reading.results.read()) if reading.results else ()
    scan = scanned(reading, is_digested=bool(runs))
    texts: dict[RelPath, str] = {}
    for path in dict.fromkeys(note.path for note in scan.notes):
        try:
            raw = reading.files.read(path)
        except StorageFailed:
            continue
        if raw is not None:
            texts[path] = decode(raw)
    return FoundCode(notes=scan.notes, texts=texts, digests=scan.digests, commits=commit_links_of(reading, workspace), runs=runs)


class Living:
    """One workspace in work: the session of its findings, its links as of now, and its source files' notes."""

    def __init__(self, files: Mapping[RelPath, bytes], now: str) -> None:
        """Judge all files; `now` is the time in ISO 8601, against which waivers are held."""
        self.session: Session = opened(files)
        self.version = 0
        self.has_code = False
        self._now = now
        self._notes: dict[RelPath, tuple[CodeNote, ...]] = {}
        self._texts: dict[RelPath, str] = {}
        self._digests: dict[RelPath, str] = {}
        self._commits: tuple[TraceLink, ...] = ()
        self._runs: tuple[TestRun, ...] = ()
        self._graphs: dict[str, tuple[tuple[Unit, ...], tuple[SpecTrace, ...]]] = {}
        self._kept: _Kept | None = None

    @property
    def workspace(self) -> Workspace:
        """Give the workspace as it is now."""
        return self.session.workspace

    def change(self, changed: Mapping[RelPath, bytes | None]) -> Mapping[RelPath, tuple[Finding, ...]]:
        """Take files of the workspace that have other bytes or are gone; give all findings of each file where they are others than before."""
        found = self.session.recheck(changed)
        self.session = found.session
        self.version += 1
        return found.findings

    def adopt(self, code: FoundCode) -> None:
        """Take what a scan found."""
        notes: dict[RelPath, list[CodeNote]] = {}
        for note in code.notes:
            notes.setdefault(note.path, []).append(note)
        self._notes = {path: tuple(found) for path, found in notes.items()}
        self._texts, self._digests = dict(code.texts), dict(code.digests)
        self._commits, self._runs = code.commits, code.runs
        self.has_code = True
        self.version += 1

    def source(self, path: RelPath, raw: bytes | None) -> bool:
        """Take a source file that has other bytes or is gone; tell whether it says, or said, anything of criteria."""
        had = path in self._notes
        self._notes.pop(path, None)
        self._texts.pop(path, None)
        self._digests.pop(path, None)
        if raw is not None and is_source(path) and len(raw) <= _LIMIT_BYTES:
            if self._runs:
                self._digests[path] = hashlib.sha256(raw).hexdigest()
            if may_hold_notes(raw) and (notes := code_notes(path, decode(raw))):
                self._notes[path], self._texts[path] = notes, decode(raw)
        self.version += 1
        return had or path in self._notes

    def source_text(self, path: str) -> str:
        """Give the text of a source file that names criteria, else nothing."""
        return self._texts.get(RelPath(path), "")

    @property
    def graph(self) -> TraceGraph:
        """Give the links of the documents; only what a change touched is traced again."""
        units = self.session.units
        found: dict[str, SpecTrace] = {}
        for key, unit in units.items():
            if unit.evidence.workspace.specs:
                found |= {item.spec.path: item for item in self._traced_unit(key, unit, units)}
        self._graphs = {key: known for key, known in self._graphs.items() if key in units}
        return TraceGraph(tuple(found[spec.path] for spec in self.workspace.specs if spec.path in found))

    def _traced_unit(self, key: str, unit: Unit, units: Mapping[str, Unit]) -> tuple[SpecTrace, ...]:
        """Trace one unit together with the units that its references name; a trace of the very same ones is kept."""
        near = tuple(other for name, other in units.items() if name == key or _names(unit, other))
        known = self._graphs.get(key)
        if known and len(known[0]) == len(near) and all(one.files is two.files for one, two in zip(known[0], near, strict=True)):
            return known[1]
        own = {spec.path for spec in unit.evidence.workspace.specs}
        specs = sorted(
            _as_named(self.workspace, (spec for other in near for spec in other.evidence.workspace.specs)), key=lambda spec: spec.path
        )
        found = tuple(item for item in trace(Workspace(specs=tuple(specs))).specs if item.spec.path in own)
        self._graphs[key] = near, found
        return found

    @property
    def traced(self) -> WorkspaceTrace:
        """Give all links, code's, commits' and results' included, as of now."""
        if self._kept is None or self._kept.version != self.version:
            notes = tuple(note for path in sorted(self._notes) for note in self._notes[path])
            known = Gathered(notes=notes, commits=self._commits, book=_book(self._runs, self._digests), now=self._now)
            self._kept = _Kept(self.version, joined(self.workspace, self.graph, known, self._written))
        return self._kept.traced

    def _written(self, links: Iterable[TraceLink], identity: Identity) -> tuple[Citation, ...]:
        return code_citations(self._texts, links, identity)

    def imagined(self, files: Mapping[RelPath, bytes], sources: Mapping[RelPath, bytes]) -> Living:
        """Give the workspace as it would be with other bytes of some files; this one stays as it is."""
        other = copy.copy(self)
        other._notes, other._texts, other._digests = dict(self._notes), dict(self._texts), dict(self._digests)  # noqa: SLF001  (its own copy)
        other._graphs = dict(self._graphs)  # noqa: SLF001  (the same)
        other.change(files)
        for path, raw in sources.items():
            other.source(path, raw)
        return other

    def code_citations(self, path: str = "") -> tuple[Citation, ...]:
        """List the references that code writes, with their bytes: of one file, or of all."""
        texts = self._texts if not path else {name: text for name, text in self._texts.items() if name == path}
        links = (link for link in self.traced.code.links if not path or link.path == path)
        return code_citations(texts, links, self.traced.identity)


class _Kept(Struct, frozen=True):
    """Links with the version that they are of."""

    version: int
    traced: WorkspaceTrace


def _book(runs: tuple[TestRun, ...], digests: Mapping[RelPath, str]) -> ResultBook | None:
    """Hold recorded results against the source files as they are."""
    if not runs:
        return None
    whole = hashlib.sha256()
    for path in sorted(digests):
        whole.update(path.encode("utf-8", "surrogateescape") + b"\0" + digests[path].encode() + b"\n")
    return ResultBook(runs, Sources(whole=whole.hexdigest(), files=digests))


def _names(unit: Unit, other: Unit) -> bool:
    """Tell whether a unit's references may name a spec of another one."""
    return bool(unit.mentions) and any(name in mention for name in other.names for mention in unit.mentions)


def _as_named(workspace: Workspace, specs: Iterable[Spec]) -> Iterator[Spec]:
    """Give specs by the names that they have in the whole workspace: OpenSpec's may have Kiro's beside them there."""
    known = {spec.path: spec for spec in workspace.specs if not spec.is_kiro}
    return (known.get(spec.path, spec) for spec in specs)


def spec_at(workspace: Workspace, path: str) -> Spec | None:
    """Find the spec that holds a file: the innermost one.

    >>> spec_at(Workspace(), ".kiro/specs/login/tasks.md") is None
    True
    """
    holding = [spec for spec in workspace.specs if path.startswith(f"{spec.path}/")]
    return max(holding, key=lambda spec: len(spec.path), default=None)
