"""Finds what a spec's design was when its tasks were written or when it was approved, and when somebody last checked a spec."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from msgspec import Struct

from setsquare.errors import GitFailed
from setsquare.journeys.app import App
from setsquare.journeys.approving import state_of
from setsquare.journeys.recording import lifecycle
from setsquare.ports.history import Commit
from setsquare.spec.approval import approval_digest, approvals_path, read_approvals, stage_path
from setsquare.spec.stage import Stage
from setsquare.text.document import decode
from setsquare.text.markdown import scan
from setsquare.text.paths import RelPath
from setsquare.workspace.model import Workspace
from setsquare.workspace.spec import Spec

_LIMIT_COMMITS = 2_000
_LIMIT_TICKS = 12


class Earlier(Struct, frozen=True):
    """A design as it was, and the moment in words: `they were approved on 2026-01-31`."""

    raw: bytes
    what: str

    @property
    def text(self) -> str:
        """Give it as text."""
        return decode(self.raw)


class Designs:
    """The designs of some specs, now and earlier; the history is walked once."""

    def __init__(self, app: App, workspace: Workspace, specs: tuple[Spec, ...]) -> None:
        """Take what to look at."""
        self._app, self._workspace, self._specs = app, workspace, specs
        self._walked: tuple[Commit, ...] | None = None
        self._edited: frozenset[RelPath] | None = None

    def raw(self, spec: Spec) -> bytes:
        """Give a design's bytes as they are; none where there is no design."""
        artefact = self._workspace.by_path.get(stage_path(spec, Stage.DESIGN))
        return artefact.document.render() if artefact else b""

    def now(self, spec: Spec) -> str:
        """Give a design's text as it is."""
        return decode(self.raw(spec))

    def approved(self, spec: Spec) -> str:
        """Give the design as it was last approved; empty where it never was, or its commit is not here."""
        approval = state_of(self._workspace, spec, Stage.DESIGN).approval
        raw = self._shown(approval.commit, stage_path(spec, Stage.DESIGN)) if approval else None
        return decode(raw or b"")

    def when_tasks_were_written(self, spec: Spec) -> Earlier | None:
        """Give the design as it was when the task list got the words that it has: approved, or committed.

        `None` where nobody knows, or the task list was edited and not committed. A ticked box is no edit.
        """
        state = state_of(self._workspace, spec, Stage.TASKS)
        design = stage_path(spec, Stage.DESIGN)
        if state.is_valid and state.approval and (raw := self._shown(state.approval.commit, design)):
            return Earlier(raw, f"they were approved on {state.approval.at[:10]}")
        commit = self._writing(spec)
        raw = self._shown(commit.name, design) if commit else None
        return Earlier(raw, f"they were committed on {commit.at[:10]}") if raw and commit else None

    def _writing(self, spec: Spec) -> Commit | None:
        """Find the commit since which the task list says what it says."""
        tasks, design = stage_path(spec, Stage.TASKS), stage_path(spec, Stage.DESIGN)
        artefact = self._workspace.by_path.get(tasks)
        commits = [commit for commit in self._commits() if tasks in commit.paths][:_LIMIT_TICKS]
        if artefact is None or not commits:
            return None
        newest = next((commit for commit in self._commits() if design in commit.paths), None)
        if newest == commits[0] and design not in self._dirty():
            return None
        wanted = approval_digest(Stage.TASKS, artefact.document)
        found = None
        for commit in commits:
            raw = self._shown(commit.name, tasks)
            if raw is None or approval_digest(Stage.TASKS, scan(tasks, raw)) != wanted:
                break
            found = commit
        return found

    def _commits(self) -> tuple[Commit, ...]:
        if self._walked is None:
            paths = tuple(stage_path(spec, stage) for spec in self._specs for stage in (Stage.TASKS, Stage.DESIGN))
            self._walked = self._app.history.commits(paths=paths, limit=_LIMIT_COMMITS) if paths else ()
        return self._walked

    def _dirty(self) -> frozenset[RelPath]:
        """Name the designs that are not as they are in HEAD."""
        if self._edited is None:
            self._edited = frozenset(self._app.git.dirty(tuple(stage_path(spec, Stage.DESIGN) for spec in self._specs)))
        return self._edited

    def _shown(self, commit: str, path: RelPath) -> bytes | None:
        """Read a file of a commit; `None` where either is not here, as in a shallow clone."""
        if not commit:
            return None
        try:
            return self._app.git.show(commit, path)
        except GitFailed:
            return None


def base_of(app: App, workspace: Workspace, spec: Spec) -> str:
    """Name the commit of a spec's last approval; empty where there is none that is here."""
    log = workspace.by_path.get(approvals_path(spec))
    approvals, _ = read_approvals(log.document.render() if log else b"")
    for approval in reversed(approvals):
        if approval.commit:
            try:
                return app.history.resolve(approval.commit)
            except GitFailed:
                continue
    return ""


def checked_at(workspace: Workspace, spec: Spec) -> str:
    """Say when somebody last verified or approved a spec, in ISO 8601; empty where nobody has."""
    log = workspace.by_path.get(approvals_path(spec))
    approvals, _ = read_approvals(log.document.render() if log else b"")
    times = (lifecycle(workspace, spec).verified_at, *(approval.at for approval in approvals))
    return max((at for at in times if at), key=_moment, default="")


def days_between(since: str, now: str) -> int | None:
    """Count whole days; `None` where `since` is empty.

    >>> days_between("2026-01-01T00:00:00Z", "2026-01-31T12:00:00Z"), days_between("", "2026-01-31T12:00:00Z")
    (30, None)
    """
    return max(0, (_moment(now) - _moment(since)) // timedelta(days=1)) if since else None


def _moment(at: str) -> datetime:
    """Read a time; one that cannot be read is the oldest."""
    try:
        found = datetime.fromisoformat(at)
    except ValueError:
        return datetime(1970, 1, 1, tzinfo=UTC)
    return found if found.tzinfo else found.replace(tzinfo=UTC)
