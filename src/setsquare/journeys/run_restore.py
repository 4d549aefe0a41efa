"""Puts files back to a checkpoint of a run, and undoes what was put back."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from setsquare.agent.machine import replay
from setsquare.errors import Refused, Usage
from setsquare.events.audit import AuditAction, Mutation
from setsquare.events.entry import Entry
from setsquare.events.facts import RunReverted
from setsquare.journeys.app import App
from setsquare.journeys.on_record import on_record
from setsquare.journeys.run_checkpoints import Point, point_before
from setsquare.journeys.run_diff import is_below
from setsquare.journeys.run_patch import FilePatch, Pair, patches, redactor
from setsquare.journeys.run_provenance import Touch, provenance, resolved
from setsquare.journeys.run_putting import held_in, held_now, is_barred, put, require_fresh
from setsquare.journeys.run_resume import started
from setsquare.journeys.run_settle import is_in_flight
from setsquare.journeys.run_undo import Stretch, stretches
from setsquare.ports.trees import Held
from setsquare.text.counted import counted
from setsquare.text.paths import RelPath


class RestoreRequest(Struct, frozen=True, kw_only=True):
    """Where to: the checkpoint before `step`, or with `is_undo` to before the last restore or revert.

    Files: those that the run changed, or those at and below `paths`, or with `whole_tree` all. `overwrites` lets edits go that people made since.
    With `is_dry` it is only shown.
    """

    step: int = 0
    is_undo: bool = False
    paths: tuple[RelPath, ...] = ()
    whole_tree: bool = False
    overwrites: bool = False
    is_dry: bool = False


class Restored(Struct, frozen=True, kw_only=True):
    """What a restore did, or would do. `edited` files hold edits of people that it wrote, or would write, over; `barred` ones lie behind a link."""

    run: str
    point: Point
    files: tuple[FilePatch, ...]
    edited: tuple[RelPath, ...] = ()
    barred: tuple[RelPath, ...] = ()
    is_written: bool = False

    @property
    def diff(self) -> str:
        """Give the change as one diff."""
        return "".join(item.text for item in self.files)


class _Plan(Struct, frozen=True, kw_only=True):
    """Files as they stand and as they would be, with those whose edits would go."""

    now: Mapping[RelPath, Held | None]
    target: Mapping[RelPath, Held | None]
    edited: tuple[RelPath, ...]
    barred: tuple[RelPath, ...]


# req: guarded-run/4.4
# req: agent-runtime/4.2
def restore(app: App, run: str, request: RestoreRequest) -> Restored:
    """Put files back; the tree as it was found is recorded first, so that this can be undone.

    Raises:
        Unreadable: there is no such run.
        Usage: it has no such checkpoint, or nothing can be undone.
        Refused: people edited files since, a run is going on, or the run was killed in the middle of an action.
        StalePlan: a file changed between looking and writing; nothing was written.
    """
    journal = app.journals.open(run)
    started(journal, run)
    if request.is_dry:
        entries = tuple(journal.entries())
        point, planned = _planned(app, run, entries, request)
        return _shown(app, run, point, planned)
    journal.claim()
    try:
        entries = tuple(journal.entries())
        _require_rest(run, entries)
        point, planned = _planned(app, run, entries, request)
        if planned.edited and not request.overwrites:
            raise Refused(
                f"{_named(planned.edited)} would lose what somebody wrote there since.",
                "Look with --dry-run; leave files out with --path, or let the edits go with --overwrite: they are recorded and --undo brings them back.",
            )
        done = _shown(app, run, point, planned)
        if not planned.target:
            return done
        fact = RunReverted(
            restored=tuple(planned.target), kept=planned.barred, found=app.checkpoints.take(), entry=point.entry, is_partial=True
        )
        require_fresh(app, planned.now)
        detail = f"{counted(len(planned.target), 'file')} to entry {point.entry}"
        mutation = Mutation(
            action=AuditAction.FILES_RESTORED, subject=run, detail=detail, before=f"tree:{fact.found}", after=f"tree:{point.tree}"
        )
        with on_record(app.audit, mutation):
            put(app, journal, planned.target, fact)
        return replace(done, is_written=True)
    finally:
        journal.close()


def _require_rest(run: str, entries: tuple[Entry, ...]) -> None:
    """Refuse a run that was killed in the middle of an action: what that left is put back first."""
    if is_in_flight(replay(entry.event for entry in entries)):
        raise Refused(
            f"Run `{run}` ended in the middle of an action.",
            f"Settle it first: `setsquare run --resume {run}`, or take it back whole: `setsquare revert {run}`.",
        )


def _planned(app: App, run: str, entries: tuple[Entry, ...], request: RestoreRequest) -> tuple[Point, _Plan]:
    """Work out what would change."""
    by_path = provenance(app.checkpoints.trees, entries).by_path
    fact = None
    if request.is_undo:
        point, fact = _last_revert(run, entries)
        chosen = tuple(RelPath(path) for path in (*fact.restored, *fact.merged))
    else:
        point = point_before(run, entries, request.step)
        chosen = _all(app, point) if request.whole_tree or request.paths else tuple(by_path)
    chosen = tuple(path for path in chosen if not request.paths or is_below(path, request.paths))
    held, was = held_now(app, chosen), held_in(app, point.tree, chosen)
    barred = tuple(path for path in chosen if is_barred(app, path))
    differing = tuple(path for path in chosen if path not in barred and held.get(path) != was.get(path))
    now: dict[RelPath, Held | None] = {path: held.get(path) for path in differing}
    target: dict[RelPath, Held | None] = {path: was.get(path) for path in differing}
    if fact is None:
        own = {path for path in differing if _is_own(app, by_path.get(path, ()), now[path], target[path])}
    else:
        left = held_in(app, fact.tree, differing)
        own = {path for path in differing if left.get(path) == now[path]}
    return point, _Plan(now=now, target=target, edited=tuple(path for path in differing if path not in own), barred=barred)


def _is_own(app: App, touches: tuple[Touch, ...], now: Held | None, target: Held | None) -> bool:
    """Tell whether a file can go from one state to another without losing anything that somebody else wrote."""
    groups = stretches(resolved(app.checkpoints.trees, touches))
    return any(_holds(group, now) and _holds(group, target) for group in groups)


def _holds(group: Stretch, held: Held | None) -> bool:
    """Tell whether a state of a file is one that the run left or found, with nothing of anybody else in between."""
    return held == group.first or group.left(held)


def _last_revert(run: str, entries: tuple[Entry, ...]) -> tuple[Point, RunReverted]:
    """Find what can be undone."""
    for entry in reversed(entries):
        event = entry.event
        if isinstance(event, RunReverted) and event.found and (event.restored or event.merged):
            return Point(entry=entry.seq, step=0, at=entry.at, tree=event.found, kind="before"), event
    raise Usage(f"Nothing of run `{run}` was restored or reverted, so there is nothing to undo.", f"See `setsquare checkpoints {run}`.")


def _all(app: App, point: Point) -> tuple[RelPath, ...]:
    """Name every file that differs from a checkpoint."""
    now = app.checkpoints.take()
    return tuple(change.path for change in app.checkpoints.changes(point.tree, now))


def _shown(app: App, run: str, point: Point, planned: _Plan) -> Restored:
    """Show what would change."""
    pairs = (Pair(path=path, old=planned.now[path], new=held) for path, held in sorted(planned.target.items()))
    return Restored(run=run, point=point, files=patches(pairs, redactor(app)), edited=planned.edited, barred=planned.barred)


def _named(paths: tuple[RelPath, ...]) -> str:
    """Name some files in one line."""
    return ", ".join(paths[:5]) + (f" and {len(paths) - 5} more" if len(paths) > 5 else "")
