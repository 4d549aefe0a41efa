"""Takes a run's changes back: the run's lines go, what people wrote since stays."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from setsquare.agent.machine import replay
from setsquare.agent.state import RunState
from setsquare.agent.tools import calls
from setsquare.errors import Unreadable
from setsquare.events.audit import AuditAction, Mutation
from setsquare.events.entry import Entry
from setsquare.events.facts import CheckpointTaken, Event, RunFinished, RunParked, RunReverted, RunStarted, TaskStarted
from setsquare.guard.action import EditText, Shell, Write
from setsquare.journeys.app import App
from setsquare.journeys.run_bench import real_path
from setsquare.journeys.run_beyond import Beyond, beyond
from setsquare.journeys.run_commits import commit_back, commits_of
from setsquare.journeys.run_patch import Pair, patches, redactor
from setsquare.journeys.run_provenance import LINK, Mark, Touch, provenance, resolved, standing
from setsquare.journeys.run_putting import held_now, is_barred, put, require_fresh
from setsquare.journeys.run_resume import started
from setsquare.journeys.run_settle import is_in_flight, left_behind
from setsquare.journeys.run_undo import EDITED, Stretch, Undone, stretches, undone
from setsquare.ports.journal import Journal
from setsquare.ports.trees import Held, Recorded
from setsquare.text.paths import RelPath
from setsquare.text.plan import digest

BEYOND_LINK = "a symbolic link stands on the way to it"


class RevertRequest(Struct, frozen=True, kw_only=True):
    """How to take a run back: only one `task` of it, with a `commit`, without touching files that people edited (`keeps_edited`), or only shown."""

    commit: bool = False
    task: str = ""
    keeps_edited: bool = False
    is_dry: bool = False


class Conflict(Struct, frozen=True, kw_only=True):
    """A place where a person changed the run's lines too: they stand as they were, lines `first` to `last` of the file from 1."""

    path: RelPath
    first: int
    last: int


class Kept(Struct, frozen=True, kw_only=True):
    """A file that was left alone, and why."""

    path: RelPath
    reason: str


class Reverted(Struct, frozen=True, kw_only=True):
    """What a revert did, or would do: `restored` files are as they were before the run, `merged` ones lost the run's lines and kept those of people.

    `kept` ones were left alone; `conflicts` are places that were. `commits` are the run's commits, which remain in the history; `commit` is
    the one that takes them back, if it was asked for; `away` says why there is none on this branch. `beyond` is what no revert takes back.
    `diff` shows the change. With `is_written` it was made; what stood there before is brought back by `setsquare restore RUN --undo`.
    """

    run: str
    restored: tuple[RelPath, ...] = ()
    merged: tuple[RelPath, ...] = ()
    kept_files: tuple[Kept, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    commits: tuple[str, ...] = ()
    commit: str = ""
    away: str = ""
    beyond: tuple[Beyond, ...] = ()
    diff: str = ""
    followed: tuple[tuple[RelPath, RelPath], ...] = ()
    is_written: bool = True

    @property
    def kept(self) -> tuple[RelPath, ...]:
        """Name the files that were left alone."""
        return tuple(item.path for item in self.kept_files)


# req: guarded-run/4.4
def revert(app: App, run: str, request: RevertRequest | None = None, *, commit: bool = False) -> Reverted:
    """Take back what a run wrote, untracked files included.

    A file that a person edited since loses the run's lines and keeps theirs; where both changed the same lines these stand as they are and
    are listed. Done again, it completes what is missing.

    Raises:
        Unreadable: there is no such run, or no such task in it.
        Refused: another process runs tasks in this workspace.
        StalePlan: a file changed between looking and writing; nothing was written.
    """
    wanted = request or RevertRequest(commit=commit)
    journal = app.journals.open(run)
    begun = started(journal, run)
    if wanted.is_dry:
        return _reverted(app, journal, begun, wanted)
    journal.claim()
    try:
        return _reverted(app, journal, begun, wanted)
    finally:
        journal.close()


class _Found(Struct, frozen=True, kw_only=True):
    """How the files stand: the tree of all, the bytes of the touched ones, and where renamed ones stand now."""

    tree: str
    now: Mapping[RelPath, Held]
    renames: Mapping[RelPath, RelPath]
    barred: frozenset[RelPath]

    def place(self, path: RelPath) -> RelPath:
        """Say where a file of the run stands."""
        return self.renames.get(path, path)


class _Taking(Struct, frozen=True, kw_only=True):
    """What is about to be taken back, file by file, with what it rests on."""

    plan: tuple[Undone, ...]
    chains: Mapping[RelPath, tuple[Stretch, ...]]
    found: _Found


def _reverted(app: App, journal: Journal, begun: RunStarted, wanted: RevertRequest) -> Reverted:
    """Take back what the claimed run left."""
    entries = tuple(journal.entries())
    events = tuple(entry.event for entry in entries)
    _require_task(begun, events, wanted.task)
    taking = _taking(app, entries, wanted)
    commits = commits_of(app, begun.run, events, wanted.task)
    done = _described(app, begun.run, taking)
    done = replace(done, commits=commits.names, away=commits.away, beyond=beyond(events), is_written=not wanted.is_dry)
    if wanted.is_dry:
        return done
    changed = tuple(item for item in taking.plan if item.is_changed)
    require_fresh(app, {item.path: item.now for item in changed})
    made = commit_back(app, begun, commits, taking.chains, taking.found.renames) if wanted.commit else ""
    fact = RunReverted(
        restored=done.restored,
        kept=done.kept,
        merged=done.merged,
        conflicts=tuple(f"{item.path}:{item.first}" for item in done.conflicts),
        found=taking.found.tree,
        task=wanted.task,
        is_partial=bool(wanted.task),
    )
    put(app, journal, {item.path: item.target for item in changed}, fact)
    if not wanted.task:
        _put_folders(app, events)
    # Taking back is never held up by its record.
    files = f"{len(done.restored)} restored, {len(done.merged)} merged, {len(done.kept)} kept"
    detail = f"task {wanted.task}: {files}" if wanted.task else files
    app.audit.note(Mutation(action=AuditAction.RUN_REVERTED, subject=begun.run, detail=detail, before=f"tree:{taking.found.tree}"))
    return replace(done, commit=made)


def _require_task(begun: RunStarted, events: tuple[Event, ...], task: str) -> None:
    """Refuse a task that the run did not begin."""
    names = tuple(dict.fromkeys(event.task for event in events if isinstance(event, TaskStarted)))
    if task and task not in names:
        raise Unreadable(f"Run `{begun.run}` did not begin task `{task}`.", f"It began: {', '.join(names) or 'none'}.")


def _taking(app: App, entries: tuple[Entry, ...], wanted: RevertRequest) -> _Taking:
    """Work out what every file becomes."""
    trees = app.checkpoints.trees
    wrote = provenance(trees, entries)
    touches = (*wrote.touches, *_in_flight(app, entries))
    # The tree as it is found stays among the checkpoints, whatever is put back.
    found = _found(app, tuple(dict.fromkeys(touch.path for touch in touches)), wrote.marks)
    chains: dict[RelPath, tuple[Stretch, ...]] = {}
    for path in sorted({touch.path for touch in touches}):
        own = tuple(touch for touch in touches if touch.path == path)
        own = _standing(entries, own, found.now.get(found.place(path)))
        chains[path] = stretches(resolved(trees, tuple(touch for touch in own if wanted.task in {"", touch.task})))
    plan = tuple(_undone(path, groups, found, keeps=wanted.keeps_edited) for path, groups in chains.items())
    return _Taking(plan=plan, chains=chains, found=found)


def _standing(entries: tuple[Entry, ...], own: tuple[Touch, ...], now: Held | None) -> tuple[Touch, ...]:
    """Leave out what a restore took back already, unless the file is just as such a later step left it."""
    count = standing(entries, own[0].path, own)
    name = digest(now.raw) if now else ""
    later = [number for number, touch in enumerate(own) if number >= count and touch.after == name]
    return own[: later[-1] + 1] if later else own[:count]


def _undone(path: RelPath, groups: tuple[Stretch, ...], found: _Found, *, keeps: bool) -> Undone:
    """Work out what one file becomes."""
    at = found.place(path)
    now = found.now.get(at)
    if path in found.barred:
        return Undone(path=at, origin=path, now=now, target=now, reason=BEYOND_LINK)
    return undone(at, path, now, groups, keeps=keeps)


def _found(app: App, paths: tuple[RelPath, ...], marks: tuple[Mark, ...]) -> _Found:
    """Record the files as they stand, and look for renamed ones."""
    tree = app.checkpoints.take()
    barred = frozenset(path for path in paths if is_barred(app, path))
    left = next((mark.tree for mark in reversed(marks) if not mark.is_persons), "")
    missing = {path for path in paths if path not in barred and not app.files.exists(path)}
    renames = app.checkpoints.trees.renames(left, tree) if left and missing else {}
    renames = {path: to for path, to in renames.items() if path in missing and to not in paths}
    return _Found(tree=tree, now=held_now(app, (*paths, *renames.values())), renames=renames, barred=barred)


def _in_flight(app: App, entries: tuple[Entry, ...]) -> tuple[Touch, ...]:
    """List what an action may have left that was begun when the run was killed."""
    state = replay(entry.event for entry in entries)
    if not is_in_flight(state):
        return ()
    last = entries[-1].seq + 1
    action = calls.parsed(state.pending[0])
    if isinstance(action, Shell):
        found, paths = left_behind(app, state.tree)
    else:
        path = real_path(app.folder, action.path) if isinstance(action, Write | EditText) else None
        found, paths = "", (RelPath(path),) if path else ()
    before = app.checkpoints.trees.entries(state.tree) if paths else {}
    after = app.checkpoints.trees.entries(found) if found else {}
    made = (_in_flight_touch(app, state, path, before.get(path), after.get(path) if found else None, last) for path in paths)
    return tuple(touch for touch in made if touch is not None)


def _in_flight_touch(app: App, state: RunState, path: RelPath, old: Recorded | None, new: Recorded | None, entry: int) -> Touch | None:
    """Describe what an unfinished action may have made of a file."""
    call = state.pending[0]
    action = calls.parsed(call)
    if isinstance(action, Write | EditText):
        before = None if old is None else app.checkpoints.trees.contents((old.name,))[old.name]
        result = calls.result_of(before, action)
        return (
            None
            if result is None
            else Touch(entry=entry, step=state.step, task=state.task, path=path, after=digest(result), old=old, call=call)
        )
    after = "" if new is None or new.mode == LINK else digest(app.checkpoints.trees.contents((new.name,))[new.name])
    return Touch(entry=entry, step=state.step, task=state.task, path=path, after=after, old=old, seen=(new,))


def _described(app: App, run: str, taking: _Taking) -> Reverted:
    """Sort the files by what becomes of them, and show it."""
    plan = taking.plan
    clear = redactor(app)
    shown = patches((Pair(path=item.path, old=item.now, new=item.target) for item in plan if item.is_changed), clear)
    return Reverted(
        run=run,
        restored=tuple(item.path for item in plan if item.is_changed and item.is_whole),
        merged=tuple(item.path for item in plan if item.is_changed and not item.is_whole),
        kept_files=tuple(Kept(path=item.path, reason=item.reason or EDITED) for item in plan if _is_kept(item)),
        conflicts=tuple(Conflict(path=item.path, first=at.first, last=at.last) for item in plan for at in item.conflicts),
        diff="".join(made.text for made in shown),
        followed=tuple((item.origin, item.path) for item in plan if item.origin != item.path and item.is_changed),
    )


def _is_kept(item: Undone) -> bool:
    """Tell whether a file stays as it is although lines of the run stand in it."""
    return bool(item.reason) or (bool(item.conflicts) and not item.is_changed)


def _put_folders(app: App, events: tuple[Event, ...]) -> None:
    """Make empty folders that stood there before the run, and remove those that it left."""
    before = next((event.empty for event in events if isinstance(event, CheckpointTaken)), ())
    after = next((event.empty for event in reversed(events) if isinstance(event, RunFinished | RunParked)), ())
    made = tuple(RelPath(path) for path in before if not app.files.exists(RelPath(path)))
    removed = tuple(RelPath(path) for path in after if path not in before)
    if made or removed:
        app.checkpoints.folders.put(made, removed)
