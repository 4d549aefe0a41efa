"""Checks what the chosen tasks themselves demand before a model works on them: agents, contexts, the order of a bug fix."""

from __future__ import annotations

from setsquare.journeys.agent_profiles import employed
from setsquare.journeys.app import App
from setsquare.journeys.bugfix_order import require_red
from setsquare.journeys.errand import line_of
from setsquare.journeys.run_live import Terms
from setsquare.journeys.task_context import require_context, require_paths
from setsquare.workspace.spec import Task


def require_workable(app: App, terms: Terms, chosen: tuple[Task, ...]) -> None:
    """Stop where a chosen task names what does not exist, or is the fix of a bug that nobody saw.

    Raises:
        Refused: one of these.
        Usage: the run is limited to a path that is not there.
    """
    require_paths(app, terms.context)
    tasks = terms.spec.tasks
    for line in (line_of(tasks, task) for task in chosen) if tasks else ():
        require_context(terms.workspace, terms.spec.root, line)
        employed(app, terms.spec, line)
    require_red(app, terms.spec, chosen)
