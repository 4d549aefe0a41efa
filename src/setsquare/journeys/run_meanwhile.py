"""Tells the model, when a run goes on, which files others changed while it rested.

Source: requirements F6 (work of many days goes on with what was decided, on files as they are now).
"""

from __future__ import annotations

from setsquare.agent.state import Phase
from setsquare.errors import WorldFailed
from setsquare.events.facts import RunParked
from setsquare.journeys.run_live import LiveRun

_MOST_NAMED = 30


def meanwhile(run: LiveRun) -> str:
    """Say what differs from how the run left the files; empty where nothing does, or where the model is not asked next.

    A task whose context is limited is told of no files: their names may lie beyond it.
    """
    state = run.state
    if state.phase is not Phase.RESTING or state.resume_to is not Phase.THINKING or state.pending:
        return ""
    parked, at = None, ""
    for entry in run.journal.entries():
        if isinstance(entry.event, RunParked):
            parked, at = entry.event, entry.at
    started = run.latest.started
    if parked is None or not parked.tree or started is None or started.context:
        return ""
    try:
        changes = run.app.checkpoints.changes(parked.tree, run.app.checkpoints.take())
    except WorldFailed:
        return ""
    own = (f"{run.terms.spec.path}/", ".setsquare/")
    paths = [change.path for change in changes if not change.path.startswith(own)]
    if not paths:
        return ""
    more = f" and {len(paths) - _MOST_NAMED} more" if len(paths) > _MOST_NAMED else ""
    named = ", ".join(" ".join(path.split()) for path in paths[:_MOST_NAMED])
    return f"The work rested since {at}. Meanwhile others changed: {named}{more}. Read them again before you rely on what you saw of them."
