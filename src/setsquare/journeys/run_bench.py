"""Compiles what one task may do and gathers what its tools work with."""

from __future__ import annotations

from pathlib import Path

from msgspec.structs import replace

from setsquare.agent.tools.workbench import Workbench
from setsquare.errors import Refused
from setsquare.guard.capability import Capability
from setsquare.guard.confine import is_tool_folder, is_unread, protected_prefixes, task_masks
from setsquare.guard.context_scope import is_readable
from setsquare.guard.protected import is_secret
from setsquare.journeys.app import App
from setsquare.journeys.errand import Errand, errand_capability
from setsquare.journeys.known_secrets import known_secrets
from setsquare.journeys.permitted import permitted
from setsquare.journeys.run_live import LiveRun, TaskBench, Terms
from setsquare.journeys.run_selection import named_tasks
from setsquare.journeys.run_watching import watch
from setsquare.journeys.session_granting import with_session
from setsquare.ports.sandbox import Confinement
from setsquare.text.paths import RelPath

_LIMIT_FILES = 50_000
_ENVIRONMENT = (
    ("CI", "true"),
    ("NO_COLOR", "1"),
    ("PYTHONDONTWRITEBYTECODE", "1"),
    # A repository that a command made or found below the workspace starts nothing by being looked at.
    ("GIT_CONFIG_COUNT", "2"),
    ("GIT_CONFIG_KEY_0", "core.fsmonitor"),
    ("GIT_CONFIG_VALUE_0", "false"),
    ("GIT_CONFIG_KEY_1", "safe.bareRepository"),
    ("GIT_CONFIG_VALUE_1", "explicit"),
)


def bench_of(run: LiveRun) -> TaskBench:
    """Give what the current task works with, compiled again after a resume."""
    if run.bench is None or run.bench.name != run.state.task:
        made = task_bench(run.app, run.terms, run.state.task)
        run.bench = replace(made, bench=replace(made.bench, is_halted=run.interruptions.is_ordered))
    return run.bench


def task_bench(app: App, terms: Terms, name: str) -> TaskBench:
    """Compile the capability of a task from the approved spec and the settings, and gather what its tools need.

    Raises:
        Refused: the task is not in the spec any more.
    """
    tasks = terms.spec.tasks
    task = named_tasks(tasks).get(name) if tasks else None
    if tasks is None or task is None:
        raise Refused(f"Task `{name}` is not in the spec `{terms.spec.name}` any more.", "Start a new run: `setsquare run SPEC`.")
    found = with_session(permitted(app, terms.spec.root), terms.session)
    for problem in found.problems:
        app.progress(problem.shown)
    errand = Errand(
        folder=app.folder,
        settings=terms.settings,
        mode=terms.mode,
        spec=terms.spec,
        task=task,
        verify=terms.verify,
        environment=terms.environment,
        context=terms.context,
    )
    capability = errand_capability(app, errand, found)
    present = _present(app, capability)
    known, command = known_secrets(app, present), _confinement(present, capability)
    bench = Workbench(
        folder=app.folder,
        files=app.files,
        clock=app.clock,
        sandbox=app.sandbox,
        confinement=command,
        real_path=lambda path: real_path(app.folder, path),
        is_hidden=lambda path: is_secret(path) or is_unread(path, capability) or not is_readable(capability, path),
        is_beyond=(lambda path: not is_readable(capability, path)) if capability.context else None,
        secrets=known.values,
        redact=app.redact,
    )
    # The platform verifies with everything in view: what limits the agent's context says nothing about what a test may open.
    whole = _confinement(present, replace(capability, context=())) if capability.context else command
    verification = replace(whole, limit_s=float(terms.settings.verify.limit_s))
    uncommitted = frozenset(app.git.uncommitted(app.checkpoints.files(app.checkpoints.take()))) - app.checkpoints.watched()
    watch(app, capability)
    return TaskBench(
        name=name,
        task=task,
        capability=capability,
        bench=bench,
        verification=verification,
        uncommitted=uncommitted,
        unhidden=known.missed,
    )


def _confinement(present: tuple[RelPath, ...], capability: Capability) -> Confinement:
    """Let commands write in the workspace, except what is protected or denied to the task, and see no secret; let them reach the task's hosts."""
    masks, own = protected_prefixes(present), task_masks(present, capability)
    return Confinement(
        writable=("",),
        read_only=tuple(dict.fromkeys((*masks.read_only, *own.read_only))),
        hidden=tuple(dict.fromkeys((*masks.hidden, *own.hidden))),
        environment=_ENVIRONMENT,
        hosts=capability.hosts,
    )


def _present(app: App, capability: Capability) -> tuple[RelPath, ...]:
    """List what stands in the workspace, and what git ignores of secrets, of what may not be read, of repositories and tools' folders."""
    listed = app.files.listing(RelPath(""), _LIMIT_FILES)

    def is_wanted(path: str) -> bool:
        return is_secret(path) or is_tool_folder(path) or path.rpartition("/")[2] == ".git" or is_unread(path, capability)

    return tuple(dict.fromkeys((*listed, *app.files.guarded(is_wanted))))


def real_path(folder: str, path: str) -> str | None:
    """Resolve symbolic links below the workspace's folder; `None` when the target lies outside of it.

    >>> real_path("/nowhere/w", "src/a.py"), real_path("/nowhere/w", "../b")
    ('src/a.py', None)
    """
    root = Path(folder).resolve()
    try:
        target = (root / path).resolve()
    except (OSError, RuntimeError):
        return None
    inner = f"{target}/".removeprefix(f"{root}/".replace("//", "/"))
    return inner.rstrip("/") if not inner.startswith("/") else None
