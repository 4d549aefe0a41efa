"""Finds what a command changed beyond the scope of its task."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct

from setsquare.errors import StorageFailed
from setsquare.events.facts import ScopeEnforced
from setsquare.guard.confine import exceeds_limit, violations
from setsquare.guard.file_access import UNCOMMITTED
from setsquare.journeys.app import App
from setsquare.journeys.run_dependencies import ADDED, unapproved_additions
from setsquare.journeys.run_granted import kept_by_yes
from setsquare.journeys.run_ignores import Before, mend, touched_by
from setsquare.journeys.run_live import LiveRun, TaskBench
from setsquare.journeys.run_weakening import weakened_now
from setsquare.ports.git import TreeChange
from setsquare.text.paths import RelPath
from setsquare.text.plan import digest


class Overstep(Struct, frozen=True, kw_only=True):
    """What to put back, ignore files that were put back already (`mended`), and what may stay with the digest of each file's bytes (empty for a deletion).

    `found` is the tree as the command left it, the ignore files aside; `note` is for the model. `adding` are those of `reverted` that named
    dependencies nobody had permitted and that nothing else speaks against.
    """

    mended: tuple[RelPath, ...] = ()
    reverted: tuple[RelPath, ...] = ()
    kept: tuple[RelPath, ...] = ()
    after: tuple[str, ...] = ()
    found: str = ""
    note: str = ""
    adding: tuple[RelPath, ...] = ()


# req: guarded-run/1.6
def overstepping(
    run: LiveRun, at: TaskBench, before: Before, changed: tuple[str, ...], *, may_delete: bool, places: tuple[RelPath, ...] = ()
) -> Overstep:
    """Sort what differs from before a command into what is within the task's scope and what to put back.

    `places` are those outside of the scope that a person was shown and said yes to; what the command changed there stays.
    A change of a file with somebody's uncommitted changes stays only when a person was asked about that. A deletion, and a test file that proves less than the committed one, stays only when a person has approved the command, a symbolic link that leads out of the workspace never does. When the task would change more files than it may
    and nobody has raised the limit, nothing stays.
    """
    rules = _mended(run, before)
    found = run.app.checkpoints.take()
    changes = run.app.checkpoints.changes(before.tree, found)
    ignored = run.app.checkpoints.watched() if changes else frozenset()
    capability = at.capability
    approved = (*run.latest.approved, *kept_by_yes((change.path for change in changes), places, capability))
    beyond = set(violations((change.path for change in changes), capability, approved))
    beyond |= {change.path for change in changes if at.bench.real_path(change.path) is None}
    # Whoever said yes to a command because of this rule was told; to any other command nobody said so.
    beyond |= set() if run.state.rule == UNCOMMITTED and may_delete else {change.path for change in changes} & run.foreign(at)
    beyond |= (
        set() if may_delete else {change.path for change in changes if change.status == "modified" and weakened_now(run.app, change.path)}
    )
    outside = tuple(
        change.path
        for change in changes
        if change.path in beyond or (change.status == "deleted" and not may_delete and change.path not in ignored)
    )
    outside = (*outside, *_entangled((change.path for change in changes), outside))
    adds = unapproved_additions(run, capability, before.tree, (change for change in changes if change.path not in outside))
    bad = (*outside, *adds)
    kept = tuple(change for change in changes if change.path not in bad)
    note = (
        f"[outside the task's scope, protected or with uncommitted changes of a person, put back: {', '.join((*rules, *outside)[:20])}]"
        if outside or rules
        else ""
    )
    note += _adding(adds)
    # What git ignores is made again by every build; it can be taken back, and does not count.
    paths = {change.path for change in kept} - ignored
    if not run.latest.is_limit_raised and paths - set(changed) and exceeds_limit({*changed, *paths} - ignored, capability):
        limit = capability.agent.max_file_edits_per_task
        note += f"[the task may change at most {limit} files, so nothing of what this command changed was kept]"
        bad, kept, adds = tuple(change.path for change in changes), (), {}
    after = tuple(_after(run.app, change) for change in kept)
    return Overstep(
        mended=rules, reverted=bad, kept=tuple(change.path for change in kept), after=after, found=found, note=note, adding=tuple(adds)
    )


def _entangled(changed: Iterable[RelPath], outside: tuple[RelPath, ...]) -> tuple[RelPath, ...]:
    """List the changed paths that cannot stay when others are put back: a file below one of them, or where a folder of theirs stood.

    >>> _entangled((RelPath("a"), RelPath("a/b"), RelPath("c")), (RelPath("a"),))
    ('a/b',)
    """
    barred, above = set(outside), {folder for path in outside for folder in _folders(path)}
    return tuple(path for path in changed if path not in barred and (path in above or not barred.isdisjoint(_folders(path))))


def _folders(path: str) -> Iterator[str]:
    """Name the folders above a path."""
    while path := path.rpartition("/")[0]:
        yield path


def _adding(adds: Mapping[RelPath, tuple[str, ...]]) -> str:
    """Tell the model which dependencies were taken out again, and what to do instead."""
    if not adds:
        return ""
    told = "; ".join(f"{path}: {', '.join(names[:8])}" for path, names in list(adds.items())[:8])
    return f"[{ADDED}: the command added dependencies that nobody approved, put back: {told}. Edit the manifest with a tool, so that a person is asked.]"


def _mended(run: LiveRun, before: Before) -> tuple[RelPath, ...]:
    """Put back the ignore files that a command touched, first the journal, then the files; list those."""
    touched = touched_by(run.app, before)
    if touched.paths:
        run.record(ScopeEnforced(step=run.state.step, reverted=touched.paths, found=touched.found))
        mend(run.app, before, touched.paths)
    return touched.paths


def put_back(run: LiveRun, before: Before, over: Overstep) -> None:
    """Put back what oversteps; first the journal, then the files.

    Raises:
        WorldFailed: a file could not be put back.
    """
    outside = tuple(path for path in over.reverted if path not in over.adding)
    if outside:
        run.record(ScopeEnforced(step=run.state.step, reverted=outside, found=over.found))
    if over.adding:
        run.record(ScopeEnforced(step=run.state.step, reverted=over.adding, found=over.found, rule=ADDED))
    if over.reverted:
        run.app.checkpoints.restore(before.tree, over.reverted)


def _after(app: App, change: TreeChange) -> str:
    """Name a changed file's bytes."""
    try:
        raw = app.files.read(change.path)
    except StorageFailed:
        return ""
    return "" if raw is None else digest(raw)
