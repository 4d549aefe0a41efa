"""The only composition root: a folder and an environment in, adapters chosen, one frozen `App` out."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from setsquare.adapters.files import DiskFiles
from setsquare.errors import Usage
from setsquare.wire.planning import archive_place, planning_app
from setsquare.wire.unfinished import end_plans, tell_ended

if TYPE_CHECKING:
    from setsquare.journeys.app import App, Reading
    from setsquare.journeys.case import Case
    from setsquare.journeys.stopping import World
    from setsquare.ports.approver import Approver
    from setsquare.ports.audit import Audit
    from setsquare.ports.cache import Cache
    from setsquare.ports.clock import Clock
    from setsquare.ports.consents import Consents
    from setsquare.ports.git_hooks import GitHooks, Staging
    from setsquare.ports.history import History
    from setsquare.ports.language_model import LanguageModel
    from setsquare.ports.links import Links
    from setsquare.ports.machine import Machine
    from setsquare.ports.permissions import Permissions
    from setsquare.ports.sandbox import Sandbox
    from setsquare.ports.solver import Solver
    from setsquare.ports.source_places import SourcePlaces
    from setsquare.workspace.model import Workspace
    from setsquare.workspace.settings import ModelProfile

__all__ = ["archive_place", "planning_app"]  # what the parts offer; everything else is defined here

WORKSPACE_MARKS = (".kiro", ".setsquare", "openspec", ".specify")


def load_workspace(path: str | os.PathLike[str]) -> Workspace:
    """Load the workspace of a folder on this machine's disk.

    Raises:
        setsquare.errors.Unreadable: `path` is missing, not a folder, or not permitted.
    """
    from setsquare.workspace.load import load  # noqa: PLC0415  (start-up: a recalled check loads nothing)

    snapshot = DiskFiles(path).whole()
    return load(snapshot.files, snapshot.skipped, snapshot.inside)


def app_for(
    folder: str | os.PathLike[str],
    *,
    is_sandboxed: bool = False,
    approver: Approver | None = None,
    model: LanguageModel | None = None,
    environment: Mapping[str, str] = os.environ,
) -> App:
    """Build the app of one workspace folder on this machine.

    The sandbox is looked for only when `is_sandboxed`. `approver` answers in place of a person at the terminal, `model` in place of a provider.

    Raises:
        setsquare.errors.Unreadable: `folder` is missing, not a folder, or not permitted.
    """
    from setsquare.adapters.checkpoints import ShadowCheckpoints  # noqa: PLC0415  (start-up: `check` needs none of these)
    from setsquare.adapters.clock import SystemClock  # noqa: PLC0415
    from setsquare.adapters.delegation_file import FileDelegations  # noqa: PLC0415
    from setsquare.adapters.git import GitCommand  # noqa: PLC0415
    from setsquare.adapters.git_past import GitPast  # noqa: PLC0415
    from setsquare.adapters.journal import FileJournals  # noqa: PLC0415
    from setsquare.adapters.ledger_file import FileLedger  # noqa: PLC0415
    from setsquare.adapters.provider_files import FileProviders  # noqa: PLC0415
    from setsquare.adapters.results_file import FileResults  # noqa: PLC0415
    from setsquare.adapters.source_symbols import SourceSymbols  # noqa: PLC0415
    from setsquare.adapters.stop_files import FileStops  # noqa: PLC0415
    from setsquare.adapters.trust_file import FileTrust  # noqa: PLC0415
    from setsquare.journeys.app import App  # noqa: PLC0415

    clock = SystemClock()
    place, state = _cleared(folder, environment)
    git = GitCommand(place)
    return App(
        folder=place,
        files=DiskFiles(folder, tell_ended),
        git=git,
        history=history_at(place),
        past=GitPast(place),
        checkpoints=ShadowCheckpoints(place, state),
        sandbox=find_sandbox(place) if is_sandboxed else None,
        approver=approver or _approver(),
        trust=FileTrust(state),
        journals=FileJournals(state, clock),
        clock=clock,
        model=(lambda _profile: model) if model else _model,
        progress=_progress(),
        symbols=SourceSymbols(),
        results=FileResults(state),
        secrets=_secrets_of_person(),
        delegations=FileDelegations(state),
        stops=FileStops(place, state),
        ledger=FileLedger(state, clock),
        providers=FileProviders(str(Path(state).parent), clock),
        permissions=_permissions(folder, state),
        audit=_audit(state, clock, git.user),
        running=lambda: _running(str(Path(state).parent)),
    )


def _cleared(folder: str | os.PathLike[str], environment: Mapping[str, str]) -> tuple[str, str]:
    """Give the folder's whole path and its state folder; what a killed process left is ended and removed first."""
    from setsquare.adapters.leftovers import clear_leftovers  # noqa: PLC0415  (start-up, as above)
    from setsquare.adapters.state import state_folder  # noqa: PLC0415

    place = str(Path(folder).resolve())
    state = state_folder(place, environment)
    clear_leftovers(place)
    end_plans(place)
    return place, state


def app_here(*, is_sandboxed: bool = False) -> App:
    """Build the app of the workspace that the current folder lies in."""
    return app_for(workspace_folder(), is_sandboxed=is_sandboxed)


# req: agent-runtime/6.5
def case_app(place: Path, case: Case) -> App:
    """Lay a case out below an empty folder and build its app: its own state, its recorded model, its recorded answers.

    Raises:
        setsquare.errors.Refused: a path of the case leads out of its folder.
        setsquare.errors.GitFailed: git is missing.
    """
    from setsquare.adapters.approver_replayed import ReplayedApprover  # noqa: PLC0415  (start-up)
    from setsquare.adapters.case_folder import lay_out  # noqa: PLC0415
    from setsquare.adapters.closed_sandbox import ClosedSandbox  # noqa: PLC0415
    from setsquare.adapters.replayed_model import ReplayedModel  # noqa: PLC0415
    from setsquare.text.paths import RelPath  # noqa: PLC0415

    folder = place / "workspace"
    lay_out(folder, tuple((RelPath(file.place), file.raw) for file in case.files))
    model = ReplayedModel(tuple(turn.reply or turn.fails for turn in case.said))
    approver = ReplayedApprover(case.answers)
    app = app_for(
        folder, is_sandboxed=True, approver=approver, model=model, environment={**os.environ, "SETSQUARE_STATE": str(place / "state")}
    )
    # The case's own settings may name hosts, and they are as strange as its commands.
    return replace(app, sandbox=ClosedSandbox(app.sandbox)) if app.sandbox is not None else app


# req: tour/2.4
def tour_world(into: str | None) -> tuple[App, Path]:
    """Copy the sample project to a new folder and build its app with the recorded model and the recorded person.

    This is the one place where recorded answers come in.

    Raises:
        setsquare.errors.Refused: the folder exists already.
        setsquare.errors.GitFailed: git is missing.
    """
    from setsquare.adapters.approver_recorded import RecordedApprover  # noqa: PLC0415  (start-up)
    from setsquare.adapters.sample import Sample, new_folder  # noqa: PLC0415
    from setsquare.adapters.scripted import Scripted  # noqa: PLC0415

    folder = Path(into).absolute() if into else new_folder(Path.cwd(), "setsquare-tour")
    sample = Sample()
    sample.copy_to(folder)
    app = app_for(folder, is_sandboxed=True, approver=RecordedApprover(sample.answers), model=Scripted(sample.turns))
    return app, folder


def reading_at(folder: str | os.PathLike[str]) -> Reading:
    """Give what is needed to look at a workspace; without recorded results where the state folder lies in it, as in a person's home."""
    from setsquare.adapters.clock import SystemClock  # noqa: PLC0415  (start-up)
    from setsquare.adapters.results_file import FileResults  # noqa: PLC0415
    from setsquare.adapters.state import state_folder  # noqa: PLC0415
    from setsquare.journeys.app import Reading  # noqa: PLC0415

    place = str(Path(folder).resolve())
    try:
        state = state_folder(place, os.environ)
    except Usage:
        state = ""
    results = FileResults(state) if state else None
    permissions = _permissions(folder, state)
    return Reading(files=files_at(place), history=history_at(place), clock=SystemClock(), results=results, permissions=permissions)


class Place(Struct, frozen=True, kw_only=True):
    """A folder that a person named: the workspace that holds it, and what of it was named (empty for all)."""

    folder: str
    workspace: Workspace
    below: tuple[str, ...] = ()

    def holds(self, path: str) -> bool:
        """Tell whether a workspace path was named."""
        return not self.below or any(path == name or path.startswith(f"{name}/") for name in self.below)


def places_of(paths: tuple[str, ...]) -> tuple[Place, ...]:
    """Load the folders and files that a person named, else the workspace that the current folder lies in; each workspace once.

    A folder within a root, such as `.kiro/specs/login`, is loaded with all of its workspace, so that references to other specs resolve.

    Raises:
        setsquare.errors.Unreadable: one is missing or not permitted.
    """
    from setsquare.adapters.surrounding import surrounding  # noqa: PLC0415  (start-up)

    named: dict[str, list[str]] = {}
    for path in paths or (workspace_folder(),):
        if not os.path.lexists(path):
            load_workspace(path)  # says what is missing
        folder = os.path.abspath(os.path.dirname(path) or "." if os.path.isfile(path) else path)  # noqa: PTH100, PTH113, PTH120  (a link's own name says where in a root it lies)
        inside = surrounding(folder)
        if inside and not folder.endswith(f"/{inside}"):
            folder = os.path.realpath(folder)
        named.setdefault(folder.removesuffix(f"/{inside}") if inside else folder, []).append(inside)
    kept = {
        top: below
        for top, below in named.items()
        if not any(top != other and Path(other) in Path(top).parents and "" in named[other] for other in named)
    }
    for top in kept:
        end_plans(top)
    return tuple(
        Place(folder=top, workspace=load_workspace(top), below=() if "" in below else tuple(dict.fromkeys(below)))
        for top, below in kept.items()
    )


def files_at(folder: str | os.PathLike[str]) -> DiskFiles:
    """Give the files of a folder alone, for journeys that need nothing else of the world; what a killed process left is ended and removed first."""
    from setsquare.adapters.leftovers import clear_leftovers  # noqa: PLC0415  (`setsquare --version` needs none of it)

    clear_leftovers(os.fspath(folder))
    end_plans(folder)
    return DiskFiles(folder, tell_ended)


def links_at(folder: str | os.PathLike[str]) -> Links:
    """Give the symbolic links of a folder."""
    from setsquare.adapters.links import DiskLinks  # noqa: PLC0415  (start-up)

    return DiskLinks(folder)


def history_at(folder: str | os.PathLike[str]) -> History:
    """Give the history of the repository that holds a folder, for journeys that need nothing else of the world."""
    from setsquare.adapters.git_history import GitHistory  # noqa: PLC0415  (start-up)

    return GitHistory(os.fspath(folder))


def sources_at(folder: str | os.PathLike[str]) -> SourcePlaces:
    """Give what finds the other checkouts that a workspace names."""
    from setsquare.adapters.source_places import DiskSources  # noqa: PLC0415  (only where sources are asked for)

    return DiskSources(folder)


def hooks_at(folder: str | os.PathLike[str]) -> GitHooks:
    """Give the scripts that git starts in the repository that holds a folder."""
    from setsquare.adapters.hook_files import HookFiles  # noqa: PLC0415  (start-up)

    return HookFiles(os.fspath(folder))


def staging_at(folder: str | os.PathLike[str]) -> Staging:
    """Give the index of the repository that holds a folder; in a hook, the one that git names."""
    from setsquare.adapters.git_staging import GitStaging  # noqa: PLC0415  (start-up)

    return GitStaging(os.fspath(folder), os.environ.get("GIT_INDEX_FILE", ""))


def cache_at(folder: str | os.PathLike[str]) -> Cache:
    """Give what keeps results of a folder: the user's cache folder, or nothing where caching is off."""
    from setsquare._version import __version__  # noqa: PLC0415  (start-up)
    from setsquare.adapters.disk_cache import DiskCache, cache_folder, program_identity  # noqa: PLC0415
    from setsquare.ports.cache import NoCache  # noqa: PLC0415

    place = cache_folder(os.fspath(folder), os.environ)
    return DiskCache(place, program_identity(str(Path(__file__).parent), __version__)) if place else NoCache()


def stopping_here() -> World:
    """Give what stopping needs of the world: no file of the workspace is read, and nothing of the run's own machinery loaded."""
    from setsquare.adapters.clock import SystemClock  # noqa: PLC0415  (start-up)
    from setsquare.adapters.run_mailboxes import ProcessRunners  # noqa: PLC0415
    from setsquare.adapters.state import state_root, workspace_id  # noqa: PLC0415
    from setsquare.adapters.stop_files import FileStops, person  # noqa: PLC0415
    from setsquare.journeys.stopping import World  # noqa: PLC0415

    place, root, clock = str(Path(workspace_folder()).resolve()), state_root(os.environ), SystemClock()
    # A home folder holds its own state, and cannot hold runs; stopping everything works there too.
    state = str(Path(root) / workspace_id(place))
    stops, audit = FileStops(place, state), _audit(state, clock, person_here)
    return World(folder=place, person=person(), stops=stops, runners=ProcessRunners(root), clock=clock, app_of=app_for, audit=audit)


def _permissions(folder: str | os.PathLike[str], state: str) -> Permissions:
    """Find the permission files that hold for a workspace."""
    from setsquare.adapters.permission_files import PermissionFiles  # noqa: PLC0415  (start-up)

    return PermissionFiles(str(folder), state, os.environ.get("HOME", ""))


def _secrets_of_person() -> tuple[str, ...]:
    """List the values of the person's own variables that are secrets by their name."""
    from setsquare.guard.secrets import values_of_environment  # noqa: PLC0415  (start-up)

    return values_of_environment(os.environ.items())


def _running(root: str) -> tuple[str, ...]:
    """Name the runs whose state lies below a folder and that are going on."""
    from setsquare.adapters.run_mailboxes import ProcessRunners  # noqa: PLC0415  (only where a run is not finished)

    return tuple(runner.run for runner in ProcessRunners(root).running())


def audit_here() -> Audit:
    """Give the audit log of the workspace that the current folder lies in; one that forgets where no state can be kept, as in a person's home."""
    from setsquare.adapters.clock import SystemClock  # noqa: PLC0415  (start-up)
    from setsquare.adapters.state import state_folder  # noqa: PLC0415
    from setsquare.ports.audit import NoAudit  # noqa: PLC0415

    try:
        state = state_folder(str(Path(workspace_folder()).resolve()), os.environ)
    except Usage:
        return NoAudit()
    return _audit(state, SystemClock(), person_here)


def _audit(state: str, clock: Clock, person: Callable[[], str]) -> Audit:
    """Give the audit log of a state folder; no secret of the environment or of a known shape goes into it."""
    from setsquare.adapters.audit_file import FileAudit  # noqa: PLC0415  (start-up)

    def without_secrets(text: str) -> str:
        from setsquare.guard.secrets import redacted, values_of_environment  # noqa: PLC0415  (only where something is recorded)

        return redacted(text, values_of_environment(os.environ.items()))

    return FileAudit(state, clock, person, without_secrets)


def workspace_folder() -> str:
    """Find the nearest folder upwards that holds a spec tree or a repository, else the current folder.

    The search ends below the home folder, where every tool keeps its own settings under the same names.
    """
    try:
        here = Path.cwd()
    except FileNotFoundError:
        raise Usage("The current folder does not exist any more.", "Change to a folder that exists.") from None
    for folder in (here, *here.parents):
        if folder == Path.home() and folder != here:
            break
        if any((folder / mark).is_dir() for mark in WORKSPACE_MARKS) or (folder / ".git").exists():
            return str(folder)
    return str(here)


class Here(Struct, frozen=True, kw_only=True):
    """What `doctor` looks at: the machine and the time, and the workspace that the folder lies in, when there is one."""

    machine: Machine
    now: str
    app: App | None = None
    workspace: Workspace | None = None


def machine_here(path: str | None = None) -> Here:
    """Give the machine, seen from a folder that may be no workspace; `app` is `None` where no state can be kept.

    Raises:
        setsquare.errors.Usage: the current folder does not exist any more.
    """
    from setsquare.adapters.clock import SystemClock  # noqa: PLC0415  (start-up)
    from setsquare.adapters.machine import ThisMachine  # noqa: PLC0415

    folder = str(Path(path or workspace_folder()).resolve())
    end_plans(folder)
    machine, now = ThisMachine(folder, os.environ), SystemClock().now()
    if not any((Path(folder) / mark).is_dir() for mark in WORKSPACE_MARKS):
        return Here(machine=machine, now=now)
    try:
        app = app_for(folder)
    except Usage:
        app = None
    return Here(machine=machine, now=now, app=app, workspace=load_workspace(folder))


def solver_here() -> Solver:
    """Give the decision procedure; it is looked for when it is first asked."""
    from setsquare.adapters.z3_solver import Z3Solver  # noqa: PLC0415  (an extra)

    return Z3Solver()


def find_sandbox(folder: str) -> Sandbox | None:
    """Choose the strongest sandbox that works on this machine, `None` when there is none."""
    from setsquare.adapters.sandboxes import find  # noqa: PLC0415  (start-up)

    return find(folder)


def mailbox_at(folder: str | os.PathLike[str], *, limit_s: float = 3600.0) -> Approver:
    """Give the approver that puts its questions into the workspace's box, for `setsquare consents` in another terminal."""
    from setsquare.adapters.approver_mailbox import MailboxApprover  # noqa: PLC0415  (start-up)
    from setsquare.adapters.state import state_folder  # noqa: PLC0415

    def notify(line: str) -> None:
        sys.stderr.write(f"{line}\n")
        sys.stderr.flush()

    return MailboxApprover(state_folder(str(Path(folder).resolve()), os.environ), limit_s=limit_s, notify=notify)


def consents_here() -> Consents:
    """Give the questions that wait in the workspace that the current folder lies in."""
    from setsquare.adapters.approver_mailbox import FileConsents  # noqa: PLC0415  (start-up)
    from setsquare.adapters.state import state_folder  # noqa: PLC0415

    return FileConsents(state_folder(str(Path(workspace_folder()).resolve()), os.environ))


def person_here() -> str:
    """Name the person at this terminal, as git knows them."""
    from setsquare.adapters.git import GitCommand  # noqa: PLC0415  (start-up)

    return GitCommand(str(Path(workspace_folder()).resolve())).user()


def _approver() -> Approver:
    """Choose who is asked: the person at the terminal, else nobody."""
    if sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty():
        from setsquare.adapters.approver_terminal import TerminalApprover  # noqa: PLC0415  (start-up)

        return TerminalApprover()
    from setsquare.adapters.approver_absent import AbsentApprover  # noqa: PLC0415  (start-up)

    return AbsentApprover()


def _model(profile: ModelProfile) -> LanguageModel:
    """Build the adapter that a profile names."""
    from setsquare.adapters.models import build  # noqa: PLC0415  (start-up: httpx comes with it)

    return build(profile, os.environ)


def _progress() -> Callable[[str], None]:
    """Show progress on a terminal only."""
    if not sys.stderr.isatty():
        return lambda _line: None

    def show(line: str) -> None:
        sys.stderr.write(f"  {line}\n")
        sys.stderr.flush()

    return show
