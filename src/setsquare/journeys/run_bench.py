"""Compiles what one task may do and gathers what its tools work with."""

from __future__ import annotations

from pathlib import Path

from msgspec.structs import replace

from setsquare.agent.tools.wording import secrets_of
from setsquare.agent.tools.workbench import Workbench
from setsquare.errors import Refused, StorageFailed
from setsquare.guard.compile import compile_capability
from setsquare.guard.confine import is_tool_folder, protected_prefixes
from setsquare.guard.protected import is_secret
from setsquare.journeys.app import App
from setsquare.journeys.run_live import LiveRun, TaskBench, Terms
from setsquare.journeys.run_selection import named_tasks
from setsquare.ports.sandbox import Confinement
from setsquare.text.paths import RelPath, base_name
from setsquare.workspace.spec import Task, Tasks

_LIMIT_FILES = 50_000
_ENVIRONMENT = (("CI", "true"), ("NO_COLOR", "1"), ("PYTHONDONTWRITEBYTECODE", "1"))


def bench_of(run: LiveRun) -> TaskBench:
    """Give what the current task works with, compiled again after a resume."""
    if run.bench is None or run.bench.name != run.state.task:
        run.bench = task_bench(run.app, run.terms, run.state.task)
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
    around = tuple(line for parent in _above(tasks, task) for line in (parent.title, *parent.details))
    capability = compile_capability(task, terms.settings, terms.mode, verify=terms.verify, root=app.folder, more=around)
    present = _present(app)
    command = _confinement(present)
    bench = Workbench(
        folder=app.folder,
        files=app.files,
        clock=app.clock,
        sandbox=app.sandbox,
        confinement=command,
        real_path=lambda path: real_path(app.folder, path),
        is_hidden=is_secret,
        secrets=_secrets(app, present),
    )
    verification = replace(command, limit_s=float(terms.settings.verify.limit_s))
    uncommitted = frozenset(app.git.uncommitted(app.checkpoints.files(app.checkpoints.take())))
    return TaskBench(name=name, task=task, capability=capability, bench=bench, verification=verification, uncommitted=uncommitted)


def _above(tasks: Tasks, task: Task) -> tuple[Task, ...]:
    """List the tasks that a task is part of, the nearest first."""
    if task.parent is None:
        return ()
    parent = next(other for other in tasks.tasks if other.index == task.parent)
    return (parent, *_above(tasks, parent))


def _confinement(present: tuple[RelPath, ...]) -> Confinement:
    """Let commands write in the workspace, except what is protected, and see no secret."""
    masks = protected_prefixes(present)
    return Confinement(writable=("",), read_only=masks.read_only, hidden=masks.hidden, environment=_ENVIRONMENT)


def _present(app: App) -> tuple[RelPath, ...]:
    """List what stands in the workspace, and what git ignores of secrets, repositories and tools' folders."""
    listed = app.files.listing(RelPath(""), _LIMIT_FILES)
    unlisted = app.files.guarded(lambda path: is_secret(path) or is_tool_folder(path) or path.rpartition("/")[2] == ".git")
    return tuple(dict.fromkeys((*listed, *unlisted)))


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


def _secrets(app: App, present: tuple[RelPath, ...]) -> tuple[str, ...]:
    """Collect the secret values of environment files, so that no output carries them to a model."""
    found: list[str] = []
    for path in present:
        if is_secret(path) and base_name(path).startswith(".env"):
            try:
                raw = app.files.read(path)
            except StorageFailed:
                continue
            found += secrets_of(raw) if raw else ()
    return tuple(dict.fromkeys(found))
