"""Records the workspace's files for a run: before an effect, so that it can be put back, and when the run rests."""

from __future__ import annotations

from msgspec import Struct

from setsquare.agent.effects import TakeCheckpoint
from setsquare.agent.tools import calls
from setsquare.errors import StorageFailed, WorldFailed
from setsquare.events.facts import CheckpointTaken
from setsquare.guard.action import EditText, Write
from setsquare.journeys.run_bench import real_path
from setsquare.journeys.run_live import LiveRun
from setsquare.text.paths import RelPath


class Left(Struct, frozen=True):
    """The files as a run leaves them: the recorded tree, and the folders with nothing in them; both empty where they could not be recorded."""

    tree: str = ""
    empty: tuple[str, ...] = ()


def checkpoint(run: LiveRun, effect: TakeCheckpoint) -> CheckpointTaken:
    """Record the files before a step; with them an ignored one that the next action would write over.

    Before a write the last checkpoint does as well when nothing was done since and it holds the very bytes that are written over: a person
    may have saved that file meanwhile, and what they wrote must not go when the run is taken back.
    """
    path = _target(run)
    held, now = (None, None) if path is None else (_held(run, path), _bytes(run, path))
    if path is not None and held is None and run.app.files.exists(path):
        run.app.checkpoints.include(path)
    elif effect.is_reusable and run.state.tree and held == now:
        return CheckpointTaken(step=effect.step, tree=run.state.tree)
    tree = run.app.checkpoints.take()
    is_first = not run.state.start_tree
    return CheckpointTaken(step=effect.step, tree=tree, empty=run.app.checkpoints.folders.empty() if is_first else ())


def rest(run: LiveRun) -> Left:
    """Record the files as the run leaves them; where that fails the run rests all the same."""
    try:
        return Left(run.app.checkpoints.take(), run.app.checkpoints.folders.empty())
    except WorldFailed:
        return Left()


def _target(run: LiveRun) -> RelPath | None:
    """Name the file that the pending action writes."""
    action = calls.parsed(run.state.pending[0]) if run.state.pending else None
    path = real_path(run.app.folder, action.path) if isinstance(action, Write | EditText) else None
    return RelPath(path) if path else None


def _held(run: LiveRun, path: RelPath) -> bytes | None:
    """Read a file from the last checkpoint."""
    return run.app.checkpoints.read(run.state.tree, path) if run.state.tree else None


def _bytes(run: LiveRun, path: RelPath) -> bytes | None:
    """Read a file; one that cannot be read, such as a link, is like none that is recorded."""
    try:
        return run.app.files.read(path)
    except StorageFailed:
        return b"\0unreadable"
