"""Tells where code, tests and designs have gone apart from their specs since somebody last looked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct

from setsquare.errors import GitFailed, StorageFailed
from setsquare.journeys.app import App
from setsquare.journeys.code_reading import code_file, code_files, code_of
from setsquare.journeys.drifting_design import Designs, base_of, checked_at, days_between
from setsquare.journeys.opening import named_spec, opened
from setsquare.journeys.scanning import is_source
from setsquare.journeys.tracing import WorkspaceTrace, followed
from setsquare.spec.drift import Drift, Lost, lost_drift, lost_of, moved_drift, moved_to, pin_drift, result_drift
from setsquare.spec.drift_design import aged, design_edited, scope_drift, scope_of, unbuilt, vanished
from setsquare.spec.drift_parts import BYTES, WHOLE, CodeFile, Remembered, read_remembered
from setsquare.spec.link_state import LinkState, LinkStates
from setsquare.spec.lock import lock_path
from setsquare.spec.results import TestResult
from setsquare.text.document import encode
from setsquare.text.paths import RelPath
from setsquare.workspace.model import Workspace
from setsquare.workspace.spec import Spec

AGE_LIMIT_DAYS = 90
_LIMIT_FILES = 60_000
_LIMIT_SEARCHED = 4_000
_WORD = re.compile(rb"[A-Za-z_$][\w$]*")


class DriftWish(Struct, frozen=True, kw_only=True):
    """What to look at: all specs that are not archived when none is named; `since` is the commit that files are compared with.

    `reports` are test results that somebody vouches to be of the files as they are.
    """

    specs: tuple[str, ...] = ()
    since: str = ""
    age_limit_days: int = AGE_LIMIT_DAYS
    reports: tuple[TestResult, ...] = ()


class Drifts(Struct, frozen=True, kw_only=True):
    """What was found, the weightiest first. `unlocked` are specs with criteria and no lock, whose links nobody has pinned yet.

    `unrecorded` counts pins that remember no code yet; `missing` says which extras would read how many links; `moved` counts code that only moved.
    """

    workspace: Workspace
    specs: tuple[Spec, ...]
    found: tuple[Drift, ...]
    unlocked: tuple[Spec, ...] = ()
    unrecorded: int = 0
    missing: Mapping[str, int] = {}
    moved: int = 0


def drifts(app: App, wish: DriftWish) -> Drifts:
    """Look at links, results, scopes, designs and ages.

    Raises:
        Usage: a named spec does not exist.
        Usage: `since` names no commit.
        GitFailed: there is no repository or no commit, or nothing in common with `since`.
    """
    workspace = opened(app)
    chosen = tuple(dict.fromkeys(named_spec(workspace, name) for name in wish.specs)) or tuple(
        spec for spec in workspace.specs if not spec.is_archived
    )
    trace = followed(app, workspace, wish.reports)
    files = code_files(app, LinkStates(links=trace.stated))
    pins = pin_drift(trace.identity, trace.stated, files)
    lost, moved = _lost(app, trace, files)
    statuses = ((item.spec.path, trace.statuses(item)) for item in trace.graph.specs if item.spec in chosen)
    found = [*pins.found, *lost, *(drift for home, status in statuses for drift in result_drift(home, status))]
    found += _Repository(app, workspace, trace, wish).of(chosen)
    homes = {spec.path for spec in chosen}
    locked = {item.spec.path for item in trace.identity.specs if item.lock is not None}
    kept = [drift for drift in dict.fromkeys(found) if drift.home in homes]
    order = {spec.path: at for at, spec in enumerate(workspace.specs)}
    kept.sort(key=lambda drift: (drift.severity.rank, drift.level.value, order[drift.home], drift.criterion, drift.path, drift.line))
    return Drifts(
        workspace=workspace,
        specs=chosen,
        found=tuple(kept),
        unlocked=tuple(spec for spec in chosen if spec.path not in locked and spec.requirements and spec.requirements.criteria),
        unrecorded=pins.unrecorded,
        missing=pins.missing,
        moved=moved,
    )


def _lost(app: App, trace: WorkspaceTrace, files: Mapping[RelPath, CodeFile]) -> tuple[list[Drift], int]:
    """Judge the pins whose code is not linked any more; count those whose code is linked elsewhere word for word."""
    found: list[Drift] = []
    moved = 0
    fresh = {(link.uid, link.link.kind) for link in trace.stated if link.state is LinkState.UNPINNED}
    for lost in lost_of(trace.identity, trace.stated):
        link = moved_to(lost, trace.stated, files)
        if link is not None:
            moved += 1
            behind = moved_drift(lost, link)
            found += [behind] if behind else []
            continue
        file = code_file(app, RelPath(lost.pin.source))
        is_replaced = (lost.criterion.uid, lost.pin.kind) in fresh
        found.append(lost_drift(lost, file, _elsewhere(app, lost, file), is_replaced=is_replaced))
    return found, moved


def _elsewhere(app: App, lost: Lost, file: CodeFile | None) -> str:
    """Say where the words of a lost part stand now; empty where they are nowhere, or still where they were."""
    parts = read_remembered(lost.pin.source_digest)
    here = {file.whole, file.bytes_digest, *(part.digest for part in file.parts or ())} if file else set()
    if not parts or any(part.digest in here for part in parts):
        return ""
    for path in _alike(app, RelPath(lost.pin.source)):
        if hint := _holding(app, path, parts):
            return hint
    return ""


def _alike(app: App, path: RelPath) -> Iterator[RelPath]:
    """List other source files of the same kind, those of the same name first."""
    ending = path.rpartition(".")[2]
    name = path.rpartition("/")[2]
    listed = [
        other
        for other in app.files.listing(RelPath(""), _LIMIT_FILES)
        if other != path and other.endswith(f".{ending}") and is_source(other)
    ]
    yield from sorted(listed, key=lambda other: (not other.endswith(f"/{name}"), other))[:_LIMIT_SEARCHED]


def _holding(app: App, path: RelPath, parts: tuple[Remembered, ...]) -> str:
    """Say that a file holds one of these parts; a file without its name is not parsed."""
    try:
        raw = app.files.read(path) or b""
    except StorageFailed:
        return ""
    wanted = [part for part in parts if part.name in (WHOLE, BYTES) or encode(re.split(r"[.#]", part.name)[-1]) in raw or "#" in part.name]
    if not wanted:
        return ""
    file = code_of(app, path, raw)
    digests = {part.digest: part for part in file.parts or ()}
    for part in wanted:
        if part.digest in digests:
            return f"the same code stands in {path} now, line {digests[part.digest].line}"
        if part.digest in (file.whole, file.bytes_digest):
            return f"the same file is {path} now"
    return ""


class _Repository:
    """What the repository's files and history say of specs, read when first asked for."""

    def __init__(self, app: App, workspace: Workspace, trace: WorkspaceTrace, wish: DriftWish) -> None:
        """Take what is known already."""
        self._app, self._workspace, self._trace, self._wish = app, workspace, trace, wish
        self._since = app.history.base(wish.since) if wish.since else ""
        self._changed: dict[str, tuple[RelPath, ...]] = {}
        self._paths: tuple[RelPath, ...] | None = None
        self._words: frozenset[bytes] | None = None

    def of(self, specs: Iterable[Spec]) -> Iterator[Drift]:
        """Look at the scope, the design and the age of specs."""
        listed = tuple(specs)
        designs = Designs(self._app, self._workspace, listed)
        now = self._app.clock.now()
        for spec in listed:
            design = designs.now(spec)
            yield from self._scope(spec, design)
            if design and spec.tasks is not None:
                written = designs.when_tasks_were_written(spec)
                edited = design_edited(spec, written.raw, designs.raw(spec), what=written.what) if written else None
                if edited:
                    yield edited
                yield from vanished(spec, designs.approved(spec) or (written.text if written else ""), design)
                yield from unbuilt(spec, design, self._listing(), self._is_word)
            since = checked_at(self._workspace, spec)
            old = aged(spec, since, days_between(since, now), self._wish.age_limit_days)
            if old:
                yield old

    def _scope(self, spec: Spec, design: str) -> tuple[Drift, ...]:
        """Look at the files of a spec's scope; those that are linked are judged by their links."""
        base = self._since or base_of(self._app, self._workspace, spec)
        changed = self._changed_since(base) if base else ()
        if not changed or any(path.startswith(f"{spec.path}/") or path == lock_path(spec) for path in changed):
            return ()
        linked = {link.link.path for link in self._trace.stated if link.home == spec.path and link.pin}
        return scope_drift(spec, scope_of(spec, design), (path for path in changed if path not in linked and is_source(path)), base)

    def _changed_since(self, base: str) -> tuple[RelPath, ...]:
        if base not in self._changed:
            try:
                self._changed[base] = tuple(change.path for change in self._app.history.changed(base))
            except GitFailed:
                self._changed[base] = ()
        return self._changed[base]

    def _listing(self) -> tuple[RelPath, ...]:
        if self._paths is None:
            self._paths = self._app.files.listing(RelPath(""), _LIMIT_FILES)
        return self._paths

    def _is_word(self, word: str) -> bool:
        """Tell whether a source file has a name."""
        if self._words is None:
            found: set[bytes] = set()
            for path in self._listing():
                if is_source(path):
                    found.update(_WORD.findall(self._read(path)))
            self._words = frozenset(found)
        return word.encode("utf-8", "surrogateescape") in self._words

    def _read(self, path: RelPath) -> bytes:
        try:
            return self._app.files.read(path) or b""
        except StorageFailed:
            return b""
