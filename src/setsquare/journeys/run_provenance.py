"""Tells from a run's journal what the run wrote: every file that a step changed, as it stood before and after."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from itertools import pairwise

from msgspec import Struct
from msgspec.structs import replace

from setsquare.agent.tools import calls
from setsquare.events.conversation import ToolCall
from setsquare.events.entry import Entry
from setsquare.events.facts import (
    ActionDecided,
    ActionObserved,
    CheckpointTaken,
    RunFinished,
    RunParked,
    RunReverted,
    ScopeEnforced,
    TaskDone,
    TaskStarted,
    VerificationFinished,
)
from setsquare.guard.action import EditText, Write
from setsquare.ports.trees import Held, Recorded, Trees
from setsquare.text.paths import RelPath
from setsquare.text.plan import digest

FILE = "100644"
LINK = "120000"


class Mark(Struct, frozen=True):
    """A tree that the journal names: `entry` is the number of that fact; of files in `barred` it holds what was put back at once.

    `is_persons` where it was taken before a person put files back.
    """

    entry: int
    tree: str
    step: int = 0
    barred: frozenset[str] = frozenset()
    is_persons: bool = False


class Touch(Struct, frozen=True, kw_only=True):
    """One file that one step changed.

    `after` is the digest that the journal has for its new bytes, empty for a deletion and for a link. `old` is the file before, `seen` are records
    of it from afterwards, the surest first, `is_own` when that is how the step itself left it; of a `write` or `edit`, `call` tells what the
    new bytes were made of.
    """

    entry: int
    step: int
    task: str
    path: RelPath
    after: str
    old: Recorded | None = None
    seen: tuple[Recorded | None, ...] = ()
    is_own: bool = False
    call: ToolCall | None = None


class Change(Struct, frozen=True, kw_only=True):
    """A touch with its bytes; `is_known` is false where what the step left was not recorded, and `new` says nothing then."""

    touch: Touch
    old: Held | None
    new: Held | None
    is_known: bool = True


class Provenance(Struct, frozen=True, kw_only=True):
    """What a run wrote, in the order of time, and the trees that its journal names."""

    touches: tuple[Touch, ...] = ()
    marks: tuple[Mark, ...] = ()

    @property
    def by_path(self) -> Mapping[RelPath, tuple[Touch, ...]]:
        """Group the touches by path, sorted by path."""
        grouped: dict[RelPath, list[Touch]] = {}
        for touch in self.touches:
            grouped.setdefault(touch.path, []).append(touch)
        return {path: tuple(grouped[path]) for path in sorted(grouped)}


def provenance(trees: Trees, entries: Iterable[Entry]) -> Provenance:
    """Read what a run wrote from its journal and the trees that this names.

    Raises:
        GitFailed: a tree is gone from the record.
    """
    collected = _Collected()
    for entry in entries:
        collected.add(entry)
    marks = tuple(collected.marks)
    paths = frozenset(touch.path for touch, _, _ in collected.writes)
    lines = _timelines(trees, marks, paths)
    touches = []
    for touch, before, own in collected.writes:
        line = lines[touch.path]
        after = (own,) if own is not None else ()
        later = before + 1 if before + 1 < len(marks) and own is None else None
        seen = tuple(line.at(mark) for mark in (*after, *((later,) if later is not None else ())))
        touches.append(
            Touch(
                entry=touch.entry,
                step=touch.step,
                task=touch.task,
                path=touch.path,
                after=touch.after,
                old=line.at(before) if before >= 0 else None,
                seen=seen,
                is_own=own is not None,
                call=touch.call,
            )
        )
    return Provenance(touches=tuple(touches), marks=marks)


def resolved(trees: Trees, touches: tuple[Touch, ...]) -> tuple[Change, ...]:
    """Read the bytes of some touches with one process; an `after` that no record and no call explains stays unknown.

    Raises:
        GitFailed: recorded bytes are gone.
    """
    wanted = [record.name for touch in touches for record in (touch.old, *touch.seen) if record is not None]
    contents = trees.contents(wanted)
    return tuple(_resolved(touch, contents) for touch in touches)


def _resolved(touch: Touch, contents: Mapping[str, bytes]) -> Change:
    """Find the bytes that a step left."""
    old = None if touch.old is None else Held(touch.old.mode, contents[touch.old.name])
    if not touch.after:
        # The journal names no bytes for a link and for a file that is too long to read at once; where nothing tells, the file was deleted.
        left = next((record for record in touch.seen[:1] if record is not None and (touch.is_own or record.mode == LINK)), None)
        if left is None:
            return Change(touch=touch, old=old, new=None)
        raw = contents[left.name]
        return Change(touch=touch if left.mode == LINK else replace(touch, after=digest(raw)), old=old, new=Held(left.mode, raw))
    for record in touch.seen:
        if record is not None and digest(contents[record.name]) == touch.after:
            return Change(touch=touch, old=old, new=Held(record.mode, contents[record.name]))
    made = _made(old, touch)
    if made is not None:
        return Change(touch=touch, old=old, new=Held(old.mode if old and old.mode != LINK else FILE, made))
    if old is not None and digest(old.raw) == touch.after:
        return Change(touch=touch, old=old, new=old)
    return Change(touch=touch, old=old, new=None, is_known=False)


def _made(old: Held | None, touch: Touch) -> bytes | None:
    """Work out the bytes that a `write` or `edit` makes; `None` unless they are those of the journal."""
    action = calls.parsed(touch.call) if touch.call else None
    if not isinstance(action, Write | EditText):
        return None
    made = calls.result_of(None if old is None else old.raw, action)
    return made if made is not None and digest(made) == touch.after else None


class _Line:
    """How one file stood in each of a row of trees."""

    def __init__(self, first: Recorded | None) -> None:
        self._marks = [0]
        self._records = [first]

    def add(self, mark: int, record: Recorded | None) -> None:
        """Note that it differs from a tree on."""
        self._marks.append(mark)
        self._records.append(record)

    def at(self, mark: int) -> Recorded | None:
        """Give it in one of the trees."""
        return self._records[bisect_right(self._marks, mark) - 1]


def _timelines(trees: Trees, marks: tuple[Mark, ...], paths: frozenset[RelPath]) -> Mapping[RelPath, _Line]:
    """Follow some files through all trees, with two processes."""
    if not paths:
        return {}
    first = trees.entries(marks[0].tree) if marks else {}
    lines = {path: _Line(first.get(path)) for path in paths}
    pairs = tuple((one.tree, other.tree) for one, other in pairwise(marks))
    for number, differences in enumerate(trees.compared(pairs), 1):
        barred = marks[number].barred
        for difference in differences:
            line = lines.get(difference.path)
            if line is None:
                continue
            if difference.path in barred:
                # It was put back before anything else happened.
                continue
            line.add(number, difference.new)
    return lines


class _Collected:
    """Collects the trees and the writes of a journal as it is read."""

    def __init__(self) -> None:
        self.marks: list[Mark] = []
        self.writes: list[tuple[Touch, int, int | None]] = []
        self._task = ""
        self._step = 0
        self._calls: dict[str, ToolCall] = {}
        self._barred: set[str] = set()

    def add(self, entry: Entry) -> None:
        """Take in one fact."""
        event = entry.event
        self._step = getattr(event, "step", 0) or self._step
        match event:
            case TaskStarted():
                self._task = event.task
            case ActionDecided():
                self._calls = {event.call_id: ToolCall(event.call_id, event.tool, event.arguments)}
                self._barred = set()
            case ScopeEnforced():
                self._barred.update(event.reverted)
            case CheckpointTaken():
                self.marks.append(Mark(entry.seq, event.tree, event.step))
                self._barred = set()
            case ActionObserved() | VerificationFinished():
                call = self._calls.get(event.call_id) if isinstance(event, ActionObserved) else None
                self._write(entry.seq, tuple(zip(event.changed, event.after, strict=False)), event.tree, call)
            case TaskDone():
                self._write(entry.seq, tuple(zip(event.own, event.after, strict=False)), "", None)
            case RunParked() | RunFinished() if event.tree:
                self.marks.append(Mark(entry.seq, event.tree, event.step))
            case RunReverted():
                self._revert(entry.seq, event)
            case _:
                pass

    def _write(self, number: int, changed: tuple[tuple[str, str], ...], tree: str, call: ToolCall | None) -> None:
        """Note the files that a step changed, and the tree that holds them, if any."""
        before = len(self.marks) - 1
        own = None
        if tree:
            own = len(self.marks)
            self.marks.append(Mark(number, tree, self._step, frozenset(self._barred)))
        for path, after in changed:
            touch = Touch(entry=number, step=self._step, task=self._task, path=RelPath(path), after=after, call=call)
            self.writes.append((touch, before, own))

    def _revert(self, number: int, event: RunReverted) -> None:
        """Note the tree that a person's revert or restore found."""
        if event.found:
            self.marks.append(Mark(number, event.found, self._step, is_persons=True))


def standing(entries: Iterable[Entry], path: RelPath, touches: tuple[Touch, ...]) -> int:
    """Count the touches of a file that stand: a restore to a checkpoint takes later ones away, its undoing brings them back.

    The answer is a length of `touches`.
    """
    history: list[tuple[int, int]] = [(0, 0)]
    writes = {touch.entry for touch in touches}
    count = 0
    for entry in entries:
        if entry.seq in writes:
            count = sum(touch.entry <= entry.seq for touch in touches)
            history.append((entry.seq, count))
        elif isinstance(entry.event, RunReverted) and path in {*entry.event.restored, *entry.event.merged}:
            count = _after_revert(entry.event, path, history, count)
            history.append((entry.seq, count))
    return count


def _after_revert(event: RunReverted, path: RelPath, history: list[tuple[int, int]], count: int) -> int:
    """Say how many touches stand after a revert or restore."""
    if event.entry:
        return next(number for at, number in reversed(history) if at < event.entry)
    has_conflict = any(place.rpartition(":")[0] == path for place in event.conflicts)
    return count if event.task or has_conflict else 0
