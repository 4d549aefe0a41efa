"""Runs tasks of an approved spec: refuses what may not start, opens a journal, and drives the run."""

from __future__ import annotations

import random

from msgspec import Struct
from msgspec.structs import replace

from setsquare.errors import NoSandbox, Refused, Usage
from setsquare.events.audit import AuditAction
from setsquare.events.facts import RunStarted
from setsquare.guard.capability import Mode
from setsquare.journeys.app import App
from setsquare.journeys.approving import require_approval
from setsquare.journeys.delegating import Wish, require_delegation
from setsquare.journeys.freezing import require_thaw
from setsquare.journeys.on_record import run_mutation
from setsquare.journeys.open_runs import open_runs
from setsquare.journeys.opening import kiro_spec, opened
from setsquare.journeys.run_claiming import require_as_read, run_name
from setsquare.journeys.run_driver import drive
from setsquare.journeys.run_live import LiveRun, Terms
from setsquare.journeys.run_report import RunReport
from setsquare.journeys.run_selection import selected, task_name
from setsquare.journeys.session_granting import granted_for_run, require_no_secret
from setsquare.journeys.spec_commits import documents_of
from setsquare.journeys.stop_orders import require_not_stopped
from setsquare.journeys.task_terms import require_workable
from setsquare.journeys.trusting import require_trust
from setsquare.spec.stage import Stage
from setsquare.text.paths import joined, quoted
from setsquare.workspace.model import Workspace
from setsquare.workspace.settings import Autonomy, ModelProfile, Settings
from setsquare.workspace.spec import Spec, Task, Tasks


class RunRequest(Struct, frozen=True, kw_only=True):
    """What a person asks for.

    `tasks` is `3`, `1-5`, `all` or empty for the next open task; `model` names a profile of the settings instead of the routed one; `verify` is the
    command to use where the settings name none. `autonomy` lowers the level of the settings for this run, and never raises it. `environment`
    says where the work has its effects: `test`, `development`, `staging`, `production`, `shared`, or empty when nobody said. `context` limits
    what is read, as written. `session` are rules for this run alone, such as `allow npm *` or `deny shell`. With `is_again` tasks that are done count as open, where they are named.
    """

    spec: str
    tasks: str = ""
    mode: Mode = Mode.SUPERVISED
    model: str = ""
    verify: str = ""
    limit_steps: int = 200
    stops_after_group: bool = False
    autonomy: Autonomy | None = None
    environment: str = ""
    context: tuple[str, ...] = ()
    session: tuple[str, ...] = ()
    is_again: bool = False


class Prepared(Struct, frozen=True, kw_only=True):
    """A run that may begin as far as the spec, the settings and the repository go: the tasks by name, what it works under, what was approved."""

    terms: Terms
    tasks: tuple[str, ...]
    approved: str


def start(app: App, request: RunRequest) -> RunReport:
    """Run tasks until they are done or the run must stop.

    Raises:
        Refused: one of its kinds; nothing was started.
        Usage: the spec does not exist.
        StorageFailed: the journal cannot be written.
    """
    workspace = opened(app)
    spec = kiro_spec(workspace, request.spec, "run by an agent")
    require_not_stopped(app, spec.name)
    found = prepared(app, workspace, spec, request)
    require_thaw(app)
    level = found.terms.settings.agent.autonomy
    require_delegation(app, spec.name, Wish(mode=request.mode, autonomy=level, environment=request.environment, count=len(found.tasks)))
    _require_no_open_run(app, spec)
    return begun(app, found, request)


def prepared(app: App, workspace: Workspace, spec: Spec, request: RunRequest) -> Prepared:
    """Check what a run needs of the workspace, and settle what it works under.

    Raises:
        Refused: one of its kinds.
        Usage: a task does not exist.
    """
    terms = terms_of(app, workspace, spec, request)
    tasks, chosen = _chosen(spec, request)
    approval = require_approval(workspace, spec, Stage.TASKS)
    _require_committed(app, spec)
    require_workable(app, terms, chosen)
    return Prepared(terms=terms, tasks=tuple(task_name(tasks, task) for task in chosen), approved=approval.digest)


def begun(app: App, found: Prepared, request: RunRequest) -> RunReport:
    """Open a journal and drive a run that is permitted.

    Raises:
        Refused: another process runs tasks in this workspace.
        StorageFailed: the journal cannot be written.
    """
    terms = found.terms
    model = app.model(terms.profile)
    run = run_name(app)
    journal = app.journals.create(run)
    try:
        require_as_read(app, terms)
        live = LiveRun(app, journal, terms, model)
        fact = RunStarted(
            run=run,
            workspace=app.folder,
            spec=terms.spec.name,
            tasks=found.tasks,
            mode=request.mode.value,
            autonomy=terms.settings.agent.autonomy.value,
            model=model.id,
            sandbox=app.sandbox.name if app.sandbox else "",
            approved=found.approved,
            base=app.git.head(),
            limit_steps=request.limit_steps,
            limit_corrections=terms.settings.agent.max_self_corrections,
            stops_after_group=request.stops_after_group,
            environment=request.environment,
            context=request.context,
            session=request.session,
        )
        app.audit.record(run_mutation(AuditAction.RUN_STARTED, fact))
        live.record(fact)
        app.progress(f"Run {run}")
        return drive(live)
    finally:
        journal.close()


# req: guarded-run/2.3
def terms_of(app: App, workspace: Workspace, spec: Spec, request: RunRequest) -> Terms:
    """Check that work may be done here at all, and settle what it is done under.

    Raises:
        NotTrusted: nobody trusts the workspace as it is.
        NoSandbox: autonomous work needs a sandbox.
        Refused: the settings cannot be read, name no verification command or no model, or let nobody allow anything for one run.
        Usage: a rule for this run is not understood.
    """
    require_trust(app, workspace)
    if request.mode is Mode.AUTONOMOUS and app.sandbox is None:
        raise NoSandbox(
            "Autonomous mode needs a sandbox and this machine has none.", "Install bubblewrap, or run with `--mode supervised`."
        )
    require_no_secret(app, request.session)
    settings = _lowered(settings_of(workspace, spec), request.autonomy)
    if settings.agent.broken:
        raise Refused(
            f"{settings.agent.broken}, so every command and every change is denied.",
            "Mend it, commit it, then again; `setsquare check` shows the place.",
        )
    verify = settings.verify.command or request.verify
    if not verify.strip():
        raise Refused(
            "There is no verification command, so nothing could tell whether a task is done.",
            f'Set `"verify": {{"command": "…"}}` in {settings.path}.',
        )
    return Terms(
        workspace=workspace,
        spec=spec,
        settings=settings,
        mode=request.mode,
        verify=verify,
        profile=_profile(settings, request.model),
        jitter=random.random,
        environment=request.environment,
        context=request.context,
        session=granted_for_run(request.session, settings, request.mode, app.permissions.home),
    )


def _lowered(settings: Settings, wanted: Autonomy | None) -> Settings:
    """Take the more careful of two levels."""
    levels = tuple(Autonomy)
    if wanted is None or levels.index(wanted) >= levels.index(settings.agent.autonomy):
        return settings
    return replace(settings, agent=replace(settings.agent, autonomy=wanted))


def settings_of(workspace: Workspace, spec: Spec) -> Settings:
    """Find the settings of a spec's root; where it has none, every value is that of an absent key."""
    path = joined(spec.root, "settings.json")
    return next((settings for settings in workspace.settings if settings.path == path), Settings(path=path))


def _profile(settings: Settings, name: str) -> ModelProfile:
    """Find the model to use.

    Raises:
        Refused: none is named.
    """
    found = next((profile for profile in settings.models if profile.name == name), None) if name else settings.profile("taskExecution")
    if found is None:
        what = f"There is no model profile `{name}` in {settings.path}." if name else f"No model is named in {settings.path}."
        raise Refused(what, 'Name one there: `"models": {"primary": {"provider": "ollama", "model": "…"}, …}`; see docs/guides/models.md.')
    return found


def _chosen(spec: Spec, request: RunRequest) -> tuple[Tasks, tuple[Task, ...]]:
    """Choose the tasks.

    Raises:
        Refused: there are none to run.
        Usage: a name is wrong, or nothing is named that is to be done again.
    """
    if request.is_again and request.tasks in {"", "all"}:
        raise Usage("--again needs the tasks that are to be done again.", "Name them: `--task 3 --again`.")
    if spec.tasks is None or not spec.tasks.tasks:
        raise Refused(f"The spec `{spec.name}` has no tasks yet.", f"Draft them: `setsquare draft tasks {quoted(spec.name)}`.")
    selection = selected(spec.tasks, request.tasks, is_again=request.is_again)
    if selection.problem:
        raise (Usage if selection.is_unknown else Refused)(selection.problem, selection.hint)
    return spec.tasks, selection.tasks


# req: agent-runtime/6.8
def _require_no_open_run(app: App, spec: Spec) -> None:
    """Stop where an earlier run of the spec rests with work that is neither committed nor taken back.

    Raises:
        Refused: there is one, or one may be there whose journal is damaged; the hint names the ways out.
    """
    runs = open_runs(app)
    broken = runs.in_the_way(spec.name)
    if broken is not None:
        of_spec = f" of `{spec.name}`" if spec.name in runs.broken else ""
        raise Refused(
            f"Run {broken.run}{of_spec} may not be finished, and its journal is damaged: {broken.problem}. A second run would work on top of what it left.",
            f"Restore that file from a backup; or look at `git status`, put right what the run left, and take its journal out of the way: "
            f"`setsquare revert {broken.run} --set-aside`.",
        )
    found = runs.open.get(spec.name, "")
    if found:
        journal = app.journals.open(found)
        # A run that is going on refuses the claim, and says so.
        journal.claim()
        journal.close()
        raise Refused(
            f"Run {found} of `{spec.name}` is not finished, and a second one would work on top of what it left.",
            f"Go on with it: `setsquare run --resume {found}`; or take it back: `setsquare revert {found}`.",
        )


def _require_committed(app: App, spec: Spec) -> None:
    """Stop where a task's work could not be committed by itself.

    Raises:
        Refused: no repository, or spec files that differ from HEAD.
    """
    if not app.git.is_repository():
        raise Refused(
            "The workspace is in no git repository, so a task's work cannot be committed.", "Run `git init` and commit, then again."
        )
    dirty = app.git.dirty(documents_of(spec))
    if dirty:
        raise Refused(f"Spec files are not committed: {', '.join(dirty)}.", f"Commit them first: `git commit {' '.join(dirty)}`.")
