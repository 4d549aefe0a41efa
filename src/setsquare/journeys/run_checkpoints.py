"""Lists the checkpoints of a run: the trees to which files can be put back."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

from msgspec import Struct

from setsquare.errors import Usage
from setsquare.events.entry import Entry
from setsquare.events.facts import CheckpointTaken, RunFinished, RunParked, RunReverted
from setsquare.journeys.app import App
from setsquare.journeys.run_resume import started
from setsquare.ports.trees import Difference, Recorded
from setsquare.text.paths import RelPath


class Point(Struct, frozen=True, kw_only=True):
    """One checkpoint: the files before step `step` (0: before the run), `at` in UTC.

    `kind` is `step`, `rest` (as the run left its files when it rested or ended) or `before` (before a person took files back). `entry` is the
    number of its fact in the journal.
    """

    entry: int
    step: int
    at: str
    tree: str
    kind: str = "step"


class Listed(Struct, frozen=True, kw_only=True):
    """A checkpoint with what changed since the one before: paths, and by how many bytes the whole grew. `size_bytes` is that of all files."""

    point: Point
    changed: tuple[tuple[str, RelPath], ...] = ()
    files: int = 0
    size_bytes: int = 0


def checkpoints(app: App, run: str) -> tuple[Listed, ...]:
    """List a run's checkpoints in the order of time, a tree that was recorded twice in a row once.

    Raises:
        Unreadable: there is no such run.
        JournalDamaged: its journal cannot be read.
        GitFailed: a checkpoint is gone.
    """
    journal = app.journals.open(run)
    started(journal, run)
    found = points(tuple(journal.entries()))
    if not found:
        return ()
    trees = app.checkpoints.trees
    first = trees.entries(found[0].tree)
    steps = trees.compared(tuple((one.tree, other.tree) for one, other in pairwise(found)))
    names = {record.name for record in first.values()}
    names |= {record.name for changes in steps for change in changes for record in (change.old, change.new) if record is not None}
    sizes = trees.sizes(names)
    size, count = sum(sizes[record.name] for record in first.values()), len(first)
    listed = [Listed(point=found[0], files=count, size_bytes=size)]
    for point, changes in zip(found[1:], steps, strict=True):
        size += sum(_size(change.new, sizes) - _size(change.old, sizes) for change in changes)
        count += sum(change.old is None for change in changes) - sum(change.new is None for change in changes)
        named = tuple((_status(change), change.path) for change in changes)
        listed.append(Listed(point=point, changed=named, files=count, size_bytes=size))
    return tuple(listed)


def points(entries: tuple[Entry, ...]) -> tuple[Point, ...]:
    """Read the checkpoints from a journal.

    >>> points((Entry(seq=2, at="t", actor="platform", event=CheckpointTaken(step=0, tree="a")),))[0].step
    0
    """
    found: list[Point] = []
    step = 0
    for entry in entries:
        event = entry.event
        step = getattr(event, "step", 0) or step
        match event:
            case CheckpointTaken():
                made = Point(entry=entry.seq, step=event.step, at=entry.at, tree=event.tree)
            case RunParked() | RunFinished() if event.tree:
                made = Point(entry=entry.seq, step=step, at=entry.at, tree=event.tree, kind="rest")
            case RunReverted() if event.found:
                made = Point(entry=entry.seq, step=step, at=entry.at, tree=event.found, kind="before")
            case _:
                continue
        is_same = found and made.kind == "step" and (found[-1].kind, found[-1].step, found[-1].tree) == (made.kind, made.step, made.tree)
        if not is_same:
            found.append(made)
    return tuple(found)


def point_before(run: str, entries: tuple[Entry, ...], step: int) -> Point:
    """Find the checkpoint that shows the files before a step: its own, else the next one, for nothing changed without one.

    Raises:
        Usage: the run has no checkpoint at or after that step.
    """
    steps = [point for point in points(entries) if point.kind != "before"]
    own = [point for point in steps if point.kind == "step" and point.step == step]
    if own:
        return own[-1]
    later = next((point for point in steps if point.step > step or (point.kind == "rest" and point.step >= step)), None)
    if later is None or step < 0:
        last = max((point.step for point in steps), default=0)
        raise Usage(f"Run `{run}` has no checkpoint for step {step}; the last is {last}.", f"`setsquare checkpoints {run}` lists them.")
    return later


def _size(record: Recorded | None, sizes: Mapping[str, int]) -> int:
    return 0 if record is None else sizes[record.name]


def _status(change: Difference) -> str:
    return "added" if change.old is None else "deleted" if change.new is None else "modified"
