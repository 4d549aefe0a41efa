"""Compiles what a task may do from the approved plan, the settings, the rules of all scopes, the environment and a freeze."""

from __future__ import annotations

from msgspec import Struct

from setsquare.guard.capability import Capability, Mode
from setsquare.guard.compile import Bounds, bounded, compile_capability
from setsquare.journeys.agent_profiles import employed
from setsquare.journeys.app import App, Reading
from setsquare.journeys.freezing import freeze_of
from setsquare.journeys.permitted import Permitted
from setsquare.journeys.task_context import context_groups
from setsquare.workspace.settings import Settings
from setsquare.workspace.spec import Spec, Task, Tasks


class Errand(Struct, frozen=True, kw_only=True):
    """One task and what it is done under; without `task` it stands for work that no plan bounds. `folder` is the workspace's.

    `context` is what the person who starts the run limits its reading to, as written.
    """

    folder: str
    settings: Settings
    mode: Mode
    spec: Spec | None = None
    task: Task | None = None
    verify: str = ""
    environment: str = ""
    context: tuple[str, ...] = ()


def errand_capability(world: App | Reading, errand: Errand, found: Permitted) -> Capability:
    """Compile the capability of an errand under the rules that were found.

    Raises:
        StorageFailed: the record of a freeze exists and cannot be read.
        Refused: the task names an agent profile that does not exist or cannot be used.
    """
    tasks = errand.spec.tasks if errand.spec else None
    verify = errand.verify or errand.settings.verify.command
    if errand.task is None or tasks is None:
        settings = errand.settings.agent
        plain = Capability(
            task="",
            mode=errand.mode,
            agent=settings,
            verify=verify,
            root=errand.folder,
            hosts=settings.allowed_hosts,
            limit_minutes=settings.limit_minutes_per_task,
        )
    else:
        around = tuple(line for parent in line_of(tasks, errand.task)[1:] for line in (parent.title, *parent.details))
        plain = compile_capability(errand.task, errand.settings, errand.mode, verify=verify, root=errand.folder, more=around)
    freeze = freeze_of(world)
    frozen = () if freeze is None else ("**",) if freeze.is_whole else freeze.paths
    line = line_of(tasks, errand.task) if tasks and errand.task else ()
    agent = employed(world, errand.spec, line) if errand.spec and line else None
    bounds = Bounds(
        permissions=(*found.rules, *(agent.rules if agent else ())),
        environment=errand.environment,
        frozen=frozen,
        tools=agent.tools if agent else (),
        context=context_groups(line, errand.context),
    )
    return bounded(plain, bounds)


def line_of(tasks: Tasks, task: Task) -> tuple[Task, ...]:
    """List a task and those that it is part of, the nearest first."""
    if task.parent is None:
        return (task,)
    parent = next(other for other in tasks.tasks if other.index == task.parent)
    return (task, *line_of(tasks, parent))
