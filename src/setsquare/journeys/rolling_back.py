"""Takes a spec's documents back to a commit, edits that people have not committed kept; and proves in a copy that this works."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from setsquare.errors import GitFailed, Refused, Usage
from setsquare.events.audit import AuditAction, Mutation
from setsquare.journeys.app import App
from setsquare.journeys.approving import state_of
from setsquare.journeys.keeping import record
from setsquare.journeys.on_record import applied
from setsquare.journeys.open_runs import open_runs
from setsquare.journeys.opening import kiro_spec, opened
from setsquare.journeys.previewing import Change, preview
from setsquare.journeys.recording import happened, record_change
from setsquare.spec.approval import Approval, approval_digest, stage_path
from setsquare.spec.spec_history import Kind
from setsquare.spec.stage import APPROVED_STAGES, Stage
from setsquare.text.markdown import scan
from setsquare.text.merging import Conflict, merge
from setsquare.text.paths import RelPath, quoted
from setsquare.text.plan import FileChange, Plan, creation, digest, removal, replacement
from setsquare.text.span import apply_edits
from setsquare.workspace.edits import tick
from setsquare.workspace.load import load
from setsquare.workspace.model import Workspace
from setsquare.workspace.spec import Spec, Task, TaskState
from setsquare.workspace.tasks import read_tasks

LAST_APPROVED = "last-approved"
_DAMAGE = b"\n\nA drill wrote this line; a rollback takes it away.\n"


class RolledBack(Struct, frozen=True, kw_only=True):
    """A rollback, made or only shown. `documents` go back, each to the commit beside it; `conflicts` are places where uncommitted edits stand in the way.

    `kept` are documents that differ from that commit afterwards, because edits that are not committed stay.
    """

    spec: str
    documents: tuple[tuple[RelPath, str], ...]
    shown: str
    conflicts: tuple[tuple[RelPath, Conflict], ...] = ()
    kept: tuple[RelPath, ...] = ()
    is_written: bool = False


class Drilled(Struct, frozen=True, kw_only=True):
    """A drill that passed: the documents that came back, each with its commit; `commit` holds the record, empty outside a repository."""

    spec: str
    documents: tuple[tuple[RelPath, str], ...]
    at: str
    commit: str = ""


class _Target(Struct, frozen=True, kw_only=True):
    """What one document goes back to: its bytes in a commit, `None` where it did not exist."""

    stage: Stage
    path: RelPath
    commit: str
    raw: bytes | None


class Back(Struct, frozen=True, kw_only=True):
    """Where to go back to: a commit or `last-approved`; `only` these documents (empty: all). With `discards` edits that are not committed go too."""

    to: str = LAST_APPROVED
    only: tuple[Stage, ...] = ()
    discards: bool = False


def rollback(app: App, name: str, back: Back, *, is_written: bool) -> RolledBack:
    """Take a spec's documents back to a commit, or each to its last approved version; without `is_written` the change is only shown.

    What is committed since is undone; what people have not committed is merged in, or goes where that is wished. Done tasks stay ticked.

    Raises:
        Refused: nothing was approved, the approved bytes are gone, a run rests on the spec, or uncommitted edits stand in the way.
    """
    workspace = opened(app)
    spec = kiro_spec(workspace, name, "rolled back")
    run = open_runs(app).open.get(spec.name)
    if run:
        raise Refused(f"`{spec.name}` is not rolled back: run {run} rests on it.", f"Finish it first: `setsquare run --resume {run}`.")
    targets = _targets(app, workspace, spec, back.to, back.only)
    current = {target.path: workspace.render(target.path) for target in targets if target.path in workspace.by_path}
    heads = current if back.discards else {target.path: raw for target in targets if (raw := _head(app, target.path)) is not None}
    changes, conflicts = _planned(targets, current, heads)
    documents = tuple((target.path, target.commit) for target in targets if target.path in {change.target for change in changes})
    if is_written and not conflicts and changes:
        said = ", ".join(f"{path.rpartition('/')[2]} to {commit[:10]}" for path, commit in documents)
        line = record_change(workspace, spec, happened(app, Kind.ROLLED_BACK, said))
        plan = Plan(f"Roll {spec.name} back", (*(_file_change(change) for change in changes), line))
        applied(app, plan, Mutation(action=AuditAction.SPEC_ROLLED_BACK, subject=spec.name, detail=said))
    return RolledBack(
        spec=spec.name,
        documents=documents,
        shown=preview(changes),
        conflicts=conflicts,
        kept=_kept(targets, current, changes),
        is_written=is_written and not conflicts and bool(changes),
    )


# req: spec-engine/6.4
def drill(app: App, name: str) -> Drilled:
    """Prove in a copy that a rollback brings the approved documents back, and record that it did.

    The copy is damaged as a bad commit would, rolled back with the approved bytes from git, and read again: every approval must hold.

    Raises:
        Refused: nothing was approved, or an approved document did not come back.
    """
    workspace = opened(app)
    spec = kiro_spec(workspace, name, "rolled back")
    targets = _targets(app, workspace, spec, LAST_APPROVED, ())
    copy = {path: workspace.render(path) for path in workspace.paths}
    for target in targets:
        copy[target.path] = copy.get(target.path, b"") + _DAMAGE
    damaged = {target.path: copy[target.path] for target in targets}
    changes, _ = _planned(targets, damaged, damaged)
    for change in changes:
        made = _file_change(change)
        if made.expects != digest(copy[made.path]):
            raise Refused(f"The drill of `{spec.name}` failed: {made.path} was not as planned.", "Run it again.")
        copy[made.path] = made.applied(copy[made.path])
    again = load(copy)
    failed = [target.path for target in targets if not _is_back(again, spec, target)]
    if failed:
        raise Refused(
            f"The drill of `{spec.name}` failed: {', '.join(failed)} did not come back as approved.",
            f"See what was approved: `setsquare approve {quoted(spec.name)} --verify`.",
        )
    documents = tuple((target.path, target.commit) for target in targets)
    passed = happened(app, Kind.DRILL, f"passed: {', '.join(target.stage.value for target in targets)}")
    commit = record(app, workspace, spec, passed)
    return Drilled(spec=spec.name, documents=documents, at=passed.at, commit=commit)


def _is_back(workspace: Workspace, spec: Spec, target: _Target) -> bool:
    """Tell whether a document has the bytes of its last approval again."""
    artefact = workspace.by_path.get(target.path)
    approval = state_of(workspace, spec, target.stage).approval
    return artefact is not None and approval is not None and approval_digest(target.stage, artefact.document) == approval.digest


def _targets(app: App, workspace: Workspace, spec: Spec, to: str, only: tuple[Stage, ...]) -> tuple[_Target, ...]:
    """Read what each document goes back to."""
    if not app.git.is_repository():
        raise Refused(f"`{spec.name}` cannot be rolled back: there is no git repository.", "Run `git init` and approve again.")
    stages = only or APPROVED_STAGES
    if to == LAST_APPROVED:
        states = [state_of(workspace, spec, stage) for stage in stages]
        found = tuple(_approved(app, spec, state.stage, state.approval) for state in states if state.approval is not None)
        if not found:
            raise Refused(f"Nothing of `{spec.name}` was approved.", "Name a commit: `--to COMMIT`.")
        return found
    commit = app.history.resolve(to)
    paths = [(stage, stage_path(spec, stage)) for stage in stages]
    named = tuple(_Target(stage=stage, path=path, commit=commit, raw=app.git.show(commit, path)) for stage, path in paths)
    if all(target.raw is None for target in named):
        raise Usage(f"{spec.path} did not exist in {to}.", f"See its commits: `git log -- {quoted(spec.path)}`.")
    return tuple(target for target in named if target.raw is not None or target.path in workspace.by_path)


def _approved(app: App, spec: Spec, stage: Stage, approval: Approval) -> _Target:
    """Read the approved bytes of a document.

    Raises:
        Refused: they are not in git any more, or are others than those that were approved.
    """
    path = stage_path(spec, stage)
    try:
        raw = app.git.show(approval.commit, RelPath(approval.path)) if approval.commit else None
    except GitFailed:
        raw = None
    if raw is None:
        raise Refused(f"{path} cannot go back: its approved version is not in git.", "Name a commit that has it: `--to COMMIT`.")
    if approval_digest(stage, scan(path, raw)) != approval.digest:
        raise Refused(
            f"{path} cannot go back: commit {approval.commit[:10]} does not hold what was approved.",
            f"See which approvals hold: `setsquare approve {quoted(spec.name)} --verify`.",
        )
    return _Target(stage=stage, path=path, commit=approval.commit, raw=raw)


def _head(app: App, path: RelPath) -> bytes | None:
    return app.git.show("HEAD", path) if app.git.head() else None


def _planned(
    targets: tuple[_Target, ...], current: Mapping[RelPath, bytes], heads: Mapping[RelPath, bytes]
) -> tuple[tuple[Change, ...], tuple[tuple[RelPath, Conflict], ...]]:
    """Work out each document's new bytes: what was committed since goes, what was not is merged in."""
    changes: list[Change] = []
    conflicts: list[tuple[RelPath, Conflict]] = []
    for target in targets:
        now = current.get(target.path)
        wanted = target.raw
        if wanted is not None and now is not None:
            wanted = _ticked(wanted, now, target.path) if target.stage is Stage.TASKS else wanted
            merged = merge(heads.get(target.path, now), now, wanted)
            conflicts += [(target.path, conflict) for conflict in merged.conflicts]
            wanted = merged.raw
        if wanted != now:
            changes.append(Change(source=target.path, target=target.path, old=now, new=wanted))
    return tuple(changes), tuple(conflicts)


def _kept(targets: tuple[_Target, ...], current: Mapping[RelPath, bytes], changes: tuple[Change, ...]) -> tuple[RelPath, ...]:
    """List the documents that will still differ from what was asked for."""
    after = {**current, **{change.target: change.new or b"" for change in changes}}
    return tuple(
        target.path
        for target in targets
        if target.raw is not None
        and approval_digest(target.stage, scan(target.path, after.get(target.path, b"")))
        != approval_digest(target.stage, scan(target.path, target.raw))
    )


def _ticked(target: bytes, now: bytes, path: RelPath) -> bytes:
    """Keep the boxes of tasks that are still the same: work that was done stays done."""
    document = scan(path, target)
    states = {(task.id, task.title): task for task in read_tasks(scan(path, now)).tasks}
    tasks = [task for task in read_tasks(document).tasks if task.box is not None]
    return apply_edits(target, [tick(task, b"x") for task in tasks if _is_done(states.get((task.id, task.title))) and not _is_done(task)])


def _is_done(task: Task | None) -> bool:
    return task is not None and task.state is TaskState.DONE


def _file_change(change: Change) -> FileChange:
    if change.old is None:
        return creation(change.target, change.new or b"")
    return removal(change.target, change.old) if change.new is None else replacement(change.target, change.old, change.new)
