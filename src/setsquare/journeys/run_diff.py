"""Shows what a run changed: all of it, one step, or what some steps did together."""

from __future__ import annotations

from itertools import pairwise

from msgspec import Struct

from setsquare.errors import Usage
from setsquare.events.entry import Entry
from setsquare.journeys.app import App
from setsquare.journeys.run_patch import FilePatch, Pair, patches, redactor
from setsquare.journeys.run_provenance import Change, Touch, provenance, resolved
from setsquare.journeys.run_resume import started
from setsquare.text.paths import RelPath

_MOST_TOUCHES = 2_000


class DiffRequest(Struct, frozen=True, kw_only=True):
    """Which steps, both ends included (`None`: from the first, to the last), and which files or folders (empty: all)."""

    first: int | None = None
    last: int | None = None
    paths: tuple[RelPath, ...] = ()


class RunDiff(Struct, frozen=True, kw_only=True):
    """What steps of a run changed, by path; `steps` are those that changed anything, `foreign` files that somebody else wrote in between."""

    run: str
    files: tuple[FilePatch, ...]
    steps: tuple[int, ...] = ()
    foreign: tuple[RelPath, ...] = ()

    @property
    def text(self) -> str:
        """Give the whole diff."""
        return "".join(item.text for item in self.files)


# req: guarded-run/4.4
# req: agent-runtime/4.1
def run_diff(app: App, run: str, request: DiffRequest | None = None) -> RunDiff:
    """Compare the files before the first and after the last of some steps, as far as the run changed them.

    Raises:
        Unreadable: there is no such run.
        JournalDamaged: its journal cannot be read.
        Usage: the run has no such step.
        GitFailed: a checkpoint is gone.
    """
    journal = app.journals.open(run)
    started(journal, run)
    return diff_of(app, run, tuple(journal.entries()), request)


def diff_of(app: App, run: str, entries: tuple[Entry, ...], request: DiffRequest | None = None) -> RunDiff:
    """Compare as `run_diff` does, for a journal that has been read.

    Raises:
        Usage: the run has no such step.
        GitFailed: a checkpoint is gone.
    """
    wanted = request or DiffRequest()
    _require_steps(run, entries, wanted)
    touches = [touch for touch in provenance(app.checkpoints.trees, entries).touches if _is_wanted(touch, wanted)]
    groups: dict[RelPath, list[Touch]] = {}
    for touch in touches:
        groups.setdefault(touch.path, []).append(touch)
    ends = [(path, own[0], own[-1]) for path, own in sorted(groups.items())]
    changes = resolved(app.checkpoints.trees, tuple(touch for _, one, other in ends for touch in (one, other)))
    pairs = [_pair(path, changes[2 * number], changes[2 * number + 1]) for number, (path, _, _) in enumerate(ends)]
    return RunDiff(
        run=run,
        files=patches(pairs, redactor(app)),
        steps=tuple(dict.fromkeys(touch.step for touch in touches)),
        foreign=_foreign(app, groups),
    )


def _pair(path: RelPath, one: Change, other: Change) -> Pair:
    """Join the first change and the last of a file."""
    return Pair(path=path, old=one.old, new=other.new, is_known=other.is_known)


def _is_wanted(touch: Touch, wanted: DiffRequest) -> bool:
    """Tell whether a change belongs to what is asked for."""
    if (wanted.first is not None and touch.step < wanted.first) or (wanted.last is not None and touch.step > wanted.last):
        return False
    return not wanted.paths or is_below(touch.path, wanted.paths)


def is_below(path: str, places: tuple[RelPath, ...]) -> bool:
    """Tell whether a path is one of some places, or lies below one.

    >>> is_below("src/a.py", (RelPath("src"),)), is_below("srcs", (RelPath("src"),)), is_below("a", (RelPath(""),))
    (True, False, True)
    """
    return any(place in {"", "."} or path == place or path.startswith(f"{place}/") for place in places)


def _foreign(app: App, groups: dict[RelPath, list[Touch]]) -> tuple[RelPath, ...]:
    """Name files that were not, before a later step, as an earlier one had left them."""
    many = {path: own for path, own in groups.items() if len(own) > 1}
    touches = tuple(touch for own in many.values() for touch in own)
    if not touches or len(touches) > _MOST_TOUCHES:
        return ()
    changes = iter(resolved(app.checkpoints.trees, touches))
    found = []
    for path, own in many.items():
        mine = [next(changes) for _ in own]
        if any(one.is_known and one.new != other.old for one, other in pairwise(mine)):
            found.append(path)
    return tuple(found)


def _require_steps(run: str, entries: tuple[Entry, ...], wanted: DiffRequest) -> None:
    """Refuse steps that the run does not have."""
    last = last_step(entries)
    for step in (wanted.first, wanted.last):
        if step is not None and not 0 <= step <= last:
            raise Usage(f"Run `{run}` has no step {step}: its steps are 1 to {last}.", f"`setsquare log {run}` lists them.")
    if wanted.first is not None and wanted.last is not None and wanted.first > wanted.last:
        raise Usage(f"Step {wanted.first} comes after step {wanted.last}.", "Give the earlier step first.")


def last_step(entries: tuple[Entry, ...]) -> int:
    """Name the last step of a run.

    >>> last_step(())
    0
    """
    return max((getattr(entry.event, "step", 0) for entry in entries), default=0)
