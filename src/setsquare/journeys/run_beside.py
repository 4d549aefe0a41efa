"""Gathers what a task's brief says beside the task itself: the agent's prompt, named steering, the past, and why it is done again."""

from __future__ import annotations

from setsquare.agent.brief import Beside
from setsquare.journeys.agent_profiles import employed
from setsquare.journeys.errand import line_of
from setsquare.journeys.run_again import reasons_again
from setsquare.journeys.run_live import LiveRun, TaskBench
from setsquare.journeys.run_past import past
from setsquare.journeys.task_context import steering_named


def beside_of(run: LiveRun, at: TaskBench) -> Beside:
    """Gather it for the task that is begun.

    Raises:
        Refused: the agent profile is not there any more.
    """
    workspace, spec = run.terms.workspace, run.terms.spec
    line = line_of(spec.tasks, at.task) if spec.tasks else (at.task,)
    agent = employed(run.app, spec, line)
    for note in agent.notes if agent else ():
        run.app.progress(note)
    return Beside(
        agent=agent.name if agent else "",
        agent_path=agent.path if agent else "",
        prompt=agent.prompt if agent else "",
        steering=steering_named(workspace, spec.root, line),
        past=past(run.app, workspace, spec),
        again=reasons_again(workspace, spec, at.task),
    )
