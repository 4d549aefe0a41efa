"""Says where every spec of a workspace stands and what to type next, like `git status`."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from setsquare.journeys.app import App
from setsquare.journeys.approving import facts_of, has_design, states_of
from setsquare.journeys.delegating import Delegation, delegations
from setsquare.journeys.freezing import Freeze, freeze_of
from setsquare.journeys.next_run import Work, next_of_approved, next_of_open_run
from setsquare.journeys.open_runs import OpenRun, open_runs
from setsquare.journeys.opening import named_as
from setsquare.journeys.recording import lifecycle
from setsquare.journeys.signing import unsigned_steering
from setsquare.journeys.spec_commits import documents_of, uncommitted_documents
from setsquare.journeys.trusting import Trusted, view
from setsquare.spec.approval import ApprovalState, Standing
from setsquare.spec.lifecycle import SpecState, state_of_facts
from setsquare.spec.spec_history import Lifecycle
from setsquare.spec.stage import Progress, Stage, progress
from setsquare.spec.steering_signoff import Unsigned
from setsquare.spec.trace import SpecTrace, trace
from setsquare.text.paths import RelPath, base_name, quoted
from setsquare.workspace.model import Workspace
from setsquare.workspace.spec import Spec, SpecForm

EDIT = "$EDITOR"
"""The next command where words are missing: the surface adds the requirements' path as it is from the current folder."""


class SpecStanding(Struct, frozen=True, kw_only=True):
    """Where one spec stands: `state` is computed, `record` is what people said about it and what happened to it. `stale` are sentences about what does not fit any more; `next_command` is what to type, or empty. With `may_start` all is approved and no run is open."""

    spec: Spec
    stage: Stage
    approvals: tuple[ApprovalState, ...]
    progress: Progress
    criteria: int
    covered: int
    dangling: int
    stale: tuple[str, ...]
    next_command: str
    next_reason: str
    state: SpecState = SpecState.EMPTY
    record: Lifecycle = Lifecycle()
    open_run: str = ""
    may_start: bool = False
    delegation: Delegation | None = None


class WorkspaceStanding(Struct, frozen=True, kw_only=True):
    """Where a workspace stands. `skipped` are files and folders that were left out, with the reason; `damaged_runs` have unreadable journals.

    `unsigned` are sign-offs of steering files that the team demands and nobody gave. `freeze` is the one that stands.
    """

    trusted: Trusted
    specs: tuple[SpecStanding, ...]
    malformed: int
    next_command: str
    skipped: tuple[tuple[RelPath, str], ...] = ()
    damaged_runs: tuple[str, ...] = ()
    unsigned: tuple[Unsigned, ...] = ()
    freeze: Freeze | None = None


def standing(app: App, workspace: Workspace) -> WorkspaceStanding:
    """Say where every spec stands; archived ones are left out."""
    trusted = view(app, workspace).standing
    graph = trace(workspace)
    runs = open_runs(app)
    alive = tuple(traced for traced in graph.specs if not traced.spec.is_archived)
    delegated = delegations(app, (traced.spec.name for traced in alive))
    going = app.running() if runs.open else ()

    def work(spec: Spec, changed: frozenset[RelPath] = frozenset()) -> Work:
        run = runs.open.get(spec.name, "")
        return Work(
            run=run,
            about=runs.about.get(run, OpenRun()),
            is_going=run in going,
            is_manual=spec.name in delegated and delegated[spec.name].is_manual,
            uncommitted=tuple(path for path in documents_of(spec) if path in changed),
        )

    found = [
        replace(_standing(workspace, traced, trusted, work(traced.spec)), delegation=delegated.get(traced.spec.name)) for traced in alive
    ]
    # HEAD is looked at once, and only where a run may start.
    changed = uncommitted_documents(app, (item.spec for item in found if item.may_start))
    specs = tuple(_from_commit(workspace, item, work(item.spec, changed)) if item.may_start else item for item in found)
    unfinished = [item for item in specs if item.next_command]
    is_openspec = bool(workspace.openspec) and not any(spec.is_kiro for spec in workspace.specs)
    anew = "setsquare openspec new change NAME" if is_openspec else "setsquare spec new NAME"
    first = unfinished[0].next_command if unfinished else anew
    if not workspace.roots:
        first = "setsquare init"
    return WorkspaceStanding(
        trusted=trusted,
        specs=specs,
        malformed=len(workspace.malformed),
        next_command=first,
        skipped=workspace.skipped,
        damaged_runs=runs.damaged,
        unsigned=unsigned_steering(workspace),
        freeze=freeze_of(app),
    )


def _from_commit(workspace: Workspace, item: SpecStanding, work: Work) -> SpecStanding:
    """Name what comes before a run where the spec is not committed."""
    command, reason = next_of_approved(quoted(named_as(workspace, item.spec)), work)
    return replace(item, next_command=command, next_reason=reason)


def _standing(workspace: Workspace, traced: SpecTrace, trusted: Trusted, work: Work) -> SpecStanding:
    """Describe one spec."""
    spec = traced.spec
    approvals = states_of(workspace, spec)
    done = progress(spec)
    stage = _stage(workspace, spec, approvals, done)
    command, reason = _next(workspace, spec, stage, approvals, trusted, work)
    return SpecStanding(
        spec=spec,
        stage=stage,
        approvals=approvals,
        progress=done,
        criteria=len(traced.states),
        covered=traced.covered,
        dangling=len(traced.dangling),
        stale=_stale(approvals),
        next_command=command,
        next_reason=reason,
        state=state_of_facts(facts_of(workspace, spec)),
        record=lifecycle(workspace, spec),
        open_run=work.run,
        may_start=command.startswith("setsquare run ") and not work.run,
    )


def _stage(workspace: Workspace, spec: Spec, approvals: tuple[ApprovalState, ...], done: Progress) -> Stage:
    """Name the stage that a spec is in: the first one that is not finished."""
    if done.total and done.done == done.total:
        return Stage.DONE
    if not (spec.requirements and spec.requirements.criteria) or not approvals[0].is_valid:
        return Stage.BUILD if done.done else Stage.REQUIREMENTS
    if not has_design(workspace, spec) or not approvals[1].is_valid:
        return Stage.BUILD if done.done else Stage.DESIGN
    return Stage.BUILD if approvals[2].is_valid or done.done else Stage.TASKS


def _stale(approvals: tuple[ApprovalState, ...]) -> tuple[str, ...]:
    """Say which approvals do not hold any more, and which later stage was approved on top of them."""
    said = []
    for index, state in enumerate(approvals):
        if state.standing not in (Standing.VALID, Standing.NONE):
            is_counted = not state.changed or state.difference.summary
            parts = "" if is_counted else f": {', '.join(state.changed[:4])}"
            later = [other.stage.value for other in approvals[index + 1 :] if other.is_valid]
            said.append(f"{state.stage.value} {state.reason}{parts}" + (f"; {' and '.join(later)} rest on them" if later else ""))
    return tuple(said)


def _next(
    workspace: Workspace, spec: Spec, stage: Stage, approvals: tuple[ApprovalState, ...], trusted: Trusted, work: Work
) -> tuple[str, str]:
    """Name the next command for a spec and why."""
    if not spec.is_kiro:
        return _next_of_other(workspace, spec, approvals[0])
    name = quoted(named_as(workspace, spec))
    if stage is Stage.DONE:
        return "", "all tasks are done"
    if work.run:
        return next_of_open_run(work)
    if not (spec.requirements and spec.requirements.criteria):
        return EDIT, "write its criteria first"
    for state, has_content in zip(approvals, (True, has_design(workspace, spec), bool(spec.tasks and spec.tasks.tasks)), strict=True):
        if not has_content:
            return f"setsquare draft {state.stage.value} {name}", f"no {state.stage.value} yet"
        if not state.is_valid:
            return f"setsquare approve {name} {state.stage.value}", f"{state.stage.value}: {state.reason}"
    if trusted is not Trusted.YES:
        return "setsquare trust", "the workspace is not trusted"
    return next_of_approved(name, work)


def _next_of_other(workspace: Workspace, spec: Spec, approval: ApprovalState) -> tuple[str, str]:
    """Name what comes next in another tool's own order: a capability is altered by changes, a change is worked off and archived, a feature converted.

    Nobody must approve either; what was approved and changed since is to be looked at first.
    """
    if approval.standing is Standing.VOID:
        return f"setsquare approve {quoted(named_as(workspace, spec))} requirements", f"requirements: {approval.reason}"
    if spec.form is SpecForm.FEATURE:
        done = progress(spec)
        if done.total and done.done == done.total:
            return "", "all tasks are done"
        return f"setsquare convert {quoted(spec.path)} --from speckit --to kiro", "agents run the tasks of Kiro's form alone"
    if spec.form is SpecForm.CAPABILITY:
        return "", "changes alter it: setsquare openspec new change NAME"
    change, done = quoted(base_name(spec.path)), progress(spec)
    if not done.total:
        return f"setsquare openspec status --change {change}", "no tasks yet"
    if done.done < done.total:
        return f"setsquare openspec instructions apply --change {change}", f"{done.total - done.done} of {done.total} tasks are open"
    return f"setsquare openspec archive {change}", "all tasks are done"
