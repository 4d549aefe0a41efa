"""Gathers for a planning meeting where every spec stands, who owns it, and what has been lying around."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

from msgspec import Struct

from setsquare.journeys.app import App
from setsquare.journeys.approving import facts_of, states_of
from setsquare.journeys.moving import Moved, archive
from setsquare.journeys.open_runs import open_runs
from setsquare.journeys.opening import named_as, opened
from setsquare.journeys.recording import lifecycle
from setsquare.journeys.signing import governance_of
from setsquare.journeys.verifying_approvals import CheckedApproval, verify_approvals
from setsquare.ports.history import Commit
from setsquare.spec.approval import Standing, stage_path
from setsquare.spec.lifecycle import SpecState, state_of_facts, status_of
from setsquare.spec.spec_history import Kind, Status
from setsquare.spec.stage import Progress, Stage, progress
from setsquare.spec.trace import SpecTrace, trace
from setsquare.text.paths import RelPath, base_name
from setsquare.workspace.model import Workspace
from setsquare.workspace.spec import Spec

_LIMIT_COMMITS = 20_000


class Audited(Struct, frozen=True, kw_only=True):
    """One spec. Times are ISO 8601, empty where nothing is known; `age_days` and `idle_days` (since the last work on its tasks) are `None` then.

    `void` names the documents that changed since their approval; `is_old` when its age is over the limit and nobody worked on its tasks for as long.
    """

    spec: str
    path: RelPath
    state: SpecState
    status: Status
    is_status_said: bool
    owner: str
    labels: tuple[str, ...]
    progress: Progress
    criteria: int
    covered: int
    dangling: int
    void: tuple[str, ...]
    is_archived: bool
    created_at: str
    active_at: str
    worked_at: str
    verified_at: str
    age_days: int | None
    idle_days: int | None
    is_old: bool
    out_of_scope: int = 0
    open_run: str = ""
    broken: tuple[int, ...] = ()


class Audit(Struct, frozen=True, kw_only=True):
    """The report: every spec, and what stands out. `idle` are specs in work without task activity; there are too many from `sprawl_limit` on."""

    at: str
    specs: tuple[Audited, ...]
    idle: tuple[str, ...]
    sprawl_limit: int
    age_limit_days: int
    archived: tuple[Moved, ...] = ()
    approvals: tuple[CheckedApproval, ...] = ()

    @property
    def is_sprawling(self) -> bool:
        """Tell whether too many specs lie around without task activity."""
        return len(self.idle) >= self.sprawl_limit


class AuditWish(Struct, frozen=True, kw_only=True):
    """What an audit is to do besides looking; `age_limit_days` overrules the settings."""

    age_limit_days: int | None = None
    archives_old: bool = False
    verifies: bool = False


def audit(app: App, wish: AuditWish) -> Audit:
    """Look at every spec; with `archives_old` the old ones go to the archive, each recorded and reversible."""
    workspace = opened(app)
    found = _audited(app, workspace, wish)
    approvals = verify_approvals(app, workspace, workspace.specs) if wish.verifies else ()
    moved: list[Moved] = []
    if wish.archives_old:
        for item in found.specs:
            if item.is_old:
                app.progress(f"Archiving {item.spec}")
                moved.append(archive(app, item.path, is_searched=False))
    return Audit(
        at=found.at,
        specs=found.specs,
        idle=found.idle,
        sprawl_limit=found.sprawl_limit,
        age_limit_days=found.age_limit_days,
        archived=tuple(moved),
        approvals=approvals,
    )


def _audited(app: App, workspace: Workspace, wish: AuditWish) -> Audit:
    """Look at every spec."""
    governance = governance_of(workspace, RelPath(".kiro"))
    limit_days = wish.age_limit_days or governance.age_limit_days
    now = app.clock.now()
    runs = open_runs(app).open
    activity = _activity(app, workspace)
    traced = {item.spec.path: item for item in trace(workspace).specs}
    look = _Look(workspace=workspace, now=now, limit_days=limit_days, runs=runs)
    specs = tuple(_one(look, traced[spec.path], activity[spec.path]) for spec in workspace.specs)
    idle = tuple(item.spec for item in specs if _is_idle(item, limit_days))
    return Audit(at=now, specs=specs, idle=idle, sprawl_limit=governance.sprawl_limit, age_limit_days=limit_days)


def _is_idle(item: Audited, limit_days: int) -> bool:
    """Tell whether a spec lies around: in work, and nobody worked on its tasks."""
    is_in_work = (
        not item.is_archived
        and item.state is not SpecState.COMPLETE
        and item.status not in (Status.COMPLETE, Status.ABANDONED, Status.ON_HOLD)
    )
    return is_in_work and not item.open_run and (item.idle_days is None or item.idle_days > limit_days)


class _Look(Struct, frozen=True, kw_only=True):
    """What is the same for every spec of an audit."""

    workspace: Workspace
    now: str
    limit_days: int
    runs: Mapping[str, str]


class _Activity(Struct, frozen=True, kw_only=True):
    """When a spec's folder was first and last committed to, and when its tasks last were."""

    first_at: str = ""
    last_at: str = ""
    worked_at: str = ""


def _one(look: _Look, traced: SpecTrace, activity: _Activity) -> Audited:
    """Look at one spec."""
    spec = traced.spec
    record = lifecycle(look.workspace, spec)
    created = min((at for at in (record.created_at, activity.first_at) if at), default="", key=_moment)
    active = max((at for at in (record.last_at, activity.last_at) if at), default="", key=_moment)
    age, idle = _days(created, look.now), _days(activity.worked_at, look.now)
    state = state_of_facts(facts_of(look.workspace, spec))
    open_run = look.runs.get(spec.name, "")
    is_resting = spec.is_archived or state is SpecState.COMPLETE or record.status in (Status.ON_HOLD, Status.COMPLETE) or bool(open_run)
    is_unworked = idle is None or idle > look.limit_days
    return Audited(
        spec=named_as(look.workspace, spec),
        path=spec.path,
        state=state,
        status=status_of(state, record.status),
        is_status_said=record.status is not None,
        owner=record.owner,
        labels=record.labels,
        progress=progress(spec),
        criteria=len(traced.states),
        covered=traced.covered,
        dangling=len(traced.dangling),
        void=tuple(item.stage.value for item in states_of(look.workspace, spec) if item.standing not in (Standing.VALID, Standing.NONE)),
        is_archived=spec.is_archived,
        created_at=created,
        active_at=active,
        worked_at=activity.worked_at,
        verified_at=record.verified_at,
        age_days=age,
        idle_days=idle,
        is_old=not is_resting and age is not None and age > look.limit_days and is_unworked,
        out_of_scope=sum(item.kind is Kind.OUT_OF_SCOPE for item in record.happenings),
        open_run=open_run,
        broken=record.broken,
    )


def _activity(app: App, workspace: Workspace) -> dict[str, _Activity]:
    """Read from one walk through the history when each spec was touched."""
    roots = tuple(dict.fromkeys(spec.path[: len(spec.path) - len(spec.name)].rstrip("/") or spec.path for spec in workspace.specs))
    app.progress("Reading the history")
    commits = app.history.commits(paths=tuple(map(RelPath, roots)), limit=_LIMIT_COMMITS) if roots else ()
    by_folder: dict[str, list[Commit]] = {}
    by_task: dict[str, Commit] = {}
    by_spec: dict[str, Commit] = {}
    folders = {spec.path for spec in workspace.specs}
    for commit in commits:
        for path in commit.paths:
            folder = _folder(path, folders)
            if folder and commit not in by_folder.setdefault(folder, [])[-1:]:
                by_folder[folder].append(commit)
            if path.endswith("/tasks.md"):
                by_task.setdefault(path, commit)
        for key, value in commit.trailers:
            if key.lower() == "task":
                by_spec.setdefault(value.partition("#")[0].strip(), commit)
    return {spec.path: _active(spec, by_folder.get(spec.path, []), _worked(spec, by_task, by_spec)) for spec in workspace.specs}


def _folder(path: str, folders: set[RelPath]) -> str:
    """Find the spec folder nearest above a path."""
    while path and path not in folders:
        path = path.rpartition("/")[0]
    return path


def _worked(spec: Spec, by_task: Mapping[str, Commit], by_spec: Mapping[str, Commit]) -> Iterable[Commit]:
    """List the latest commits that worked on a spec's tasks: to tasks.md, or with its tasks in a trailer."""
    names = (by_spec.get(spec.name), by_spec.get(base_name(spec.name)), by_task.get(stage_path(spec, Stage.TASKS)))
    return (commit for commit in names if commit is not None)


def _active(spec: Spec, commits: list[Commit], worked: Iterable[Commit]) -> _Activity:
    """Reduce commits (newest first) to times; a task list without tasks is no work on tasks."""
    has_tasks = spec.tasks is not None and bool(spec.tasks.tasks)
    return _Activity(
        first_at=commits[-1].at if commits else "",
        last_at=commits[0].at if commits else "",
        worked_at=max((commit.at for commit in worked), default="", key=_moment) if has_tasks else "",
    )


def _moment(at: str) -> datetime:
    """Read a time; one that cannot be read is the oldest."""
    try:
        found = datetime.fromisoformat(at)
    except ValueError:
        return datetime(1970, 1, 1, tzinfo=UTC)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _days(since: str, now: str) -> int | None:
    """Count whole days between two times.

    >>> _days("2026-01-01T00:00:00Z", "2026-01-31T12:00:00Z"), _days("", "2026-01-31T12:00:00Z")
    (30, None)
    """
    return max(0, (_moment(now) - _moment(since)) // timedelta(days=1)) if since else None
