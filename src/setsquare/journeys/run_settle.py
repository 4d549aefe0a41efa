"""Puts back what an action that was begun and not ended had changed, so that a run rests at its checkpoint."""

from __future__ import annotations

from setsquare.agent.state import Phase, RunState
from setsquare.agent.tools import calls
from setsquare.events.facts import ActionObserved, ScopeEnforced
from setsquare.guard.action import EditText, Shell, Write
from setsquare.guard.protected import Protection, protection
from setsquare.journeys.app import App
from setsquare.journeys.run_bench import bench_of
from setsquare.journeys.run_live import LiveRun
from setsquare.journeys.run_trial import put_back_aside
from setsquare.text.paths import RelPath


def is_in_flight(state: RunState) -> bool:
    """Tell whether an action was begun whose end is not known.

    >>> is_in_flight(RunState())
    False
    """
    return state.phase is Phase.ACTING and state.is_started and bool(state.pending)


def settle(live: LiveRun) -> int:
    """Put back what an interrupted action had changed; give the step that is done again, or 0.

    A person may have worked on meanwhile. A file that a `write` or `edit` was to change goes back only when it holds exactly what the action
    makes of it. After a command, which may have stopped half-way, everything goes back that the command could have changed; the tree as it was
    found stays among the checkpoints.

    Raises:
        WorldFailed: something could not be put back; the run stays as it is and can be resumed.
    """
    state = live.state
    put_back_aside(live)
    if not is_in_flight(state):
        return 0
    action = calls.parsed(state.pending[0])
    if isinstance(action, Shell):
        _restore_tree(live, state.tree)
    elif isinstance(action, Write | EditText):
        _restore_file(live, action)
    return state.step if is_in_flight(live.state) else 0


def _restore_tree(live: LiveRun, tree: str) -> None:
    """Put back all that differs from a checkpoint, except what no command can write; what was found is recorded first."""
    found, differing = left_behind(live.app, tree)
    if differing:
        live.app.progress(f"Putting back what the interrupted command changed: {', '.join(differing[:10])}")
        live.record(ScopeEnforced(step=live.state.step, reverted=differing, found=found))
        live.app.checkpoints.restore(tree, differing)


def _restore_file(live: LiveRun, action: Write | EditText) -> None:
    """Put one file back if the interrupted action had been performed on it; what somebody else wrote there stays and ends the action."""
    facts = calls.facts_of(bench_of(live).bench, action, ())
    if facts.real_path is None:
        return
    path = RelPath(facts.real_path)
    old, now = live.app.checkpoints.read(live.state.tree, path), live.app.files.read(path)
    if now == old:
        return
    if now == calls.result_of(old, action):
        live.app.checkpoints.restore(live.state.tree, (path,))
        return
    call = live.state.pending[0]
    text = f"`{path}` was changed by somebody else before this action was performed; nothing was written. Read it again."
    summary = f"{call.tool} {path}: changed meanwhile"
    live.record(ActionObserved(step=live.state.step, call_id=call.id, is_ok=False, text=text, summary=summary))


def left_behind(app: App, tree: str) -> tuple[str, tuple[RelPath, ...]]:
    """Record the files as they are and list what differs from a checkpoint, except what no command can write."""
    found = app.checkpoints.take()
    changes = app.checkpoints.changes(tree, found)
    return found, tuple(change.path for change in changes if protection(change.path) is not Protection.DENIED)
