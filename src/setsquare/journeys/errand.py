"""Compiles what a task may do from the approved plan, the settings, the rules of all scopes, the environment and a freeze."""

from __future__ import annotations

from msgspec import Struct

from setsquare.guard.capability import Capability, Mode
from setsquare.guard.compile import Bounds, bounded, compile_capability
from setsquare.journeys.app import App, Reading
from setsquare.journeys.freezing import freeze_of
from setsquare.journeys.permitted import Permitted
from setsquare.workspace.settings import Settings
from setsquare.workspace.spec import Spec, Task, Tasks


class Errand(Struct, frozen=True, kw_only=True):
    """One task and what it is done under; without `task` it stands for work that no plan bounds. `folder` is the workspace's."""

    folder: str
    settings: Settings
    mode: Mode
    spec: Spec | None = None
    task: Task | None = None
    verify: str = ""
    environment: str = ""


def errand_capability(world: App | Reading, errand: Errand, found: Permitted) -> Capability:
    """Compile the capability of an errand under the rules that were found.

    Raises:
        StorageFailed: the record of a freeze exists and cannot be read.
    """
    tasks = errand.spec.tasks if errand.spec else None
    verify = errand.verify or errand.settings.verify.command
    if errand.task is None or tasks is None:
        agent = errand.settings.agent
        plain = Capability(
            task="",
            mode=errand.mode,
            agent=agent,
            verify=verify,
            root=errand.folder,
            hosts=agent.allowed_hosts,
            limit_minutes=agent.limit_minutes_per_task,
        )
    else:
        around = tuple(line for parent in _above(tasks, errand.task) for line in (parent.title, *parent.details))
        plain = compile_capability(errand.task, errand.settings, errand.mode, verify=verify, root=errand.folder, more=around)
    freeze = freeze_of(world)
    frozen = () if freeze is None else ("**",) if freeze.is_whole else freeze.paths
    return bounded(plain, Bounds(permissions=found.rules, environment=errand.environment, frozen=frozen))


def _above(tasks: Tasks, task: Task) -> tuple[Task, ...]:
    """List the tasks that a task is part of, the nearest first."""
    if task.parent is None:
        return ()
    parent = next(other for other in tasks.tasks if other.index == task.parent)
    return (parent, *_above(tasks, parent))
