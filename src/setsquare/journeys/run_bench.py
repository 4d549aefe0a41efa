"""Compiles what one task may do and gathers what its tools work with."""

from __future__ import annotations

from pathlib import Path

from setsquare.agent.tools.wording import secrets_of
from setsquare.agent.tools.workbench import Workbench
from setsquare.errors import StorageFailed
from setsquare.guard.compile import compile_capability
from setsquare.guard.confine import confinement
from setsquare.guard.protected import is_secret
from setsquare.journeys.app import App
from setsquare.journeys.run_live import LiveRun, TaskBench, Terms
from setsquare.journeys.run_selection import named_tasks
from setsquare.text.paths import RelPath, joined

_ENVIRONMENT_FILES = (".env", ".env.local", ".env.development", ".env.production", ".env.staging", ".env.test", ".envrc")
_LIMIT_FOLDERS = 200


def bench_of(run: LiveRun) -> TaskBench:
    """Give what the current task works with, compiled again after a resume."""
    if run.bench is None or run.bench.name != run.state.task:
        run.bench = task_bench(run.app, run.terms, run.state.task)
    return run.bench


def task_bench(app: App, terms: Terms, name: str) -> TaskBench:
    """Compile the capability of a task from the approved spec and the settings, and gather what its tools need."""
    raise NotImplementedError


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
    if not target.is_relative_to(root):
        return None
    inner = target.relative_to(root).as_posix()
    return "" if inner == "." else inner


def _secrets(app: App) -> tuple[str, ...]:
    """Collect the secret values of the usual environment files, at the top and in each folder below it."""
    folders = dict.fromkeys(path.partition("/")[0] for path in app.files.listing(RelPath(""), 5_000) if "/" in path)
    found: list[str] = []
    for folder in ("", *list(folders)[:_LIMIT_FOLDERS]):
        for file in _ENVIRONMENT_FILES:
            try:
                raw = app.files.read(joined(folder, file))
            except StorageFailed:
                continue
            found += secrets_of(raw) if raw else ()
    return tuple(dict.fromkeys(found))
