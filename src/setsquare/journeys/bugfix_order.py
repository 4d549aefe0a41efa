"""Keeps the order of a bug fix: no model works on the fix before a test was seen to fail because of the bug.

Source: the bugfix workflow of Kiro (the exploration test must fail on unfixed code before anything is fixed).
"""

from __future__ import annotations

from setsquare.errors import Refused
from setsquare.journeys.app import App
from setsquare.journeys.run_selection import task_name
from setsquare.spec.approval import spec_key
from setsquare.spec.bugfix_roles import Role, bugfix_roles
from setsquare.spec.evidence import evidence_path, read_evidence, red_tests
from setsquare.text.paths import quoted
from setsquare.workspace.spec import Spec, Task, TaskState


# req: guarded-run/3.1
def require_red(app: App, spec: Spec, chosen: tuple[Task, ...]) -> None:
    """Stop before a fix whose bug was not seen: there is no evidence of a failing test, and no task that makes one comes first.

    Raises:
        Refused: a chosen task is the fix, and nothing showed the bug; the hint names the task to run first.
    """
    if not spec.is_bugfix or spec.tasks is None:
        return
    roles = bugfix_roles(spec.tasks)
    exploring = tuple(task for task in spec.tasks.tasks if roles.get(task.index) is Role.EXPLORATION)
    fixing = next((at for at, task in enumerate(chosen) if roles.get(task.index) is Role.FIXED), None)
    if fixing is None or not exploring or any(task in exploring for task in chosen[:fixing]):
        return
    raw = app.files.read(evidence_path(spec))
    found = read_evidence(raw, spec_key(spec)) if raw is not None else None
    if found is not None and not found.is_whole:
        first = found.problems[0]
        raise Refused(
            f"{evidence_path(spec)}:{first.line}: {first.reason}, so it cannot be told which tests showed the bug.",
            f"{first.mend.capitalize()}, then run the task again.",
        )
    if found is not None and red_tests(found):
        return
    first_task = exploring[0]
    again = " --again" if first_task.state is TaskState.DONE else ""
    name = task_name(spec.tasks, first_task)
    raise Refused(
        f"Task `{task_name(spec.tasks, chosen[fixing])}` of `{spec.name}` belongs to the fix, and no test was seen to fail because of the bug.",
        f"Run the task that shows it first: `setsquare run {quoted(spec.name)} --task {quoted(name)}{again}`.",
    )
