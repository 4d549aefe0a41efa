"""Names where a spec stands on its way from words to code."""

from __future__ import annotations

import enum

from msgspec import Struct

from setsquare.workspace.spec import Spec, TaskState


class Stage(enum.Enum):
    """A stage of a spec; the first three are documents that a person approves."""

    REQUIREMENTS = "requirements"
    DESIGN = "design"
    TASKS = "tasks"
    BUILD = "build"
    DONE = "done"


APPROVED_STAGES = (Stage.REQUIREMENTS, Stage.DESIGN, Stage.TASKS)


class Progress(Struct, frozen=True, kw_only=True):
    """How many of a spec's tasks are done; only leaves count, optional ones apart."""

    done: int = 0
    total: int = 0
    optional_open: int = 0


def previous(stage: Stage) -> Stage | None:
    """Name the document stage that must be approved before work on `stage`; `None` for the first.

    >>> previous(Stage.DESIGN), previous(Stage.BUILD)
    (<Stage.REQUIREMENTS: 'requirements'>, <Stage.TASKS: 'tasks'>)
    """
    order = list(Stage)
    index = order.index(stage)
    return order[min(index, 3) - 1] if index else None


def progress(spec: Spec) -> Progress:
    """Count a spec's tasks.

    >>> progress(Spec(name="a", path="a", root=".kiro"))
    Progress(done=0, total=0, optional_open=0)
    """
    if spec.tasks is None:
        return Progress()
    parents = {task.parent for task in spec.tasks.tasks}
    leaves = [task for task in spec.tasks.tasks if task.index not in parents and task.state is not TaskState.NONE]
    needed = [task for task in leaves if not task.is_optional]
    return Progress(
        done=sum(task.state is TaskState.DONE for task in needed),
        total=len(needed),
        optional_open=sum(task.is_optional and task.state is not TaskState.DONE for task in leaves),
    )
