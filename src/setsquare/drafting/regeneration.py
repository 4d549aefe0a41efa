"""Brings a task list up to changed requirements without a model: only what the change reaches is written anew.

Three versions of a task are merged: the outline of the requirements as they were, the file, the outline of the requirements of now.

Source: section-level regeneration in the EARS engine's reference, section 5.3.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from setsquare.drafting.assembling import (
    Action,
    Proposal,
    Regenerated,
    TaskWork,
    UnitChange,
    assembled_tasks,
    is_fixed,
    mark_value,
)
from setsquare.drafting.comparison import Comparison
from setsquare.drafting.outline_again import Pair, new_steps, outlines, task_pairs, unit_text
from setsquare.drafting.outline_reading import NothingToDraft
from setsquare.drafting.units import Shape, derives, joined_versions, listed_ids, shaped, task_raw, with_ids, within, written
from setsquare.spec.affected import Effect
from setsquare.spec.fingerprint import canonical
from setsquare.spec.link import LinkKind
from setsquare.text.document import decode
from setsquare.workspace.spec import Task

REWRITTEN = frozenset({Effect.NEEDS_REVISION, Effect.RELINK, Effect.OBSOLETE})
"""What a change must mean for a task that nobody began, so that it is written anew."""
MARKED = frozenset({Effect.DONE_NEEDS_REVISION, Effect.PAUSED})
"""What a change must mean for a task that was begun, so that it gets a mark."""


class Outcome(Struct, frozen=True, kw_only=True):
    """What becomes of one task: new bytes, or a mark, or a proposal beside it."""

    action: Action
    raw: bytes | None = None
    mark: str = ""
    proposal: bytes = b""


# req: spec-engine/4.5
def regenerated_tasks(compared: Comparison, *, drops_obsolete: bool = False) -> Regenerated | NothingToDraft:
    """Bring the task list of a spec up to its requirements."""
    found = outlines(compared)
    if isinstance(found, NothingToDraft):
        return found
    pairs = task_pairs(compared, found)
    homes = matched(compared, pairs)
    outcomes = {key: _outcome(compared, key, homes.get(key), drops_obsolete=drops_obsolete) for key in reached_tasks(compared)}
    replaced = {key: item.raw for key, item in outcomes.items() if item.raw is not None}
    covered = covered_ids(compared, {key: shape.text for key, raw in replaced.items() if (shape := shaped(raw, compared.tasks[key].id))})
    missing = tuple(name for name in compared.new_ids if name not in covered)
    numbers = {pair.number: compared.tasks[key].id for key, pair in homes.items() if compared.tasks[key].id}
    steps = new_steps(compared, found, missing, numbers)
    work = TaskWork(
        replaced=replaced,
        marks={key: item.mark for key, item in outcomes.items() if item.mark},
        dropped=tuple(key for key, item in outcomes.items() if item.action is Action.REMOVED),
        appended=tuple(tuple(decode(unit_text(step)).splitlines()) for step in steps),
    )
    return concluded(compared, work, outcomes, tuple(step.title for step in steps), notes=_notes(outcomes, homes))


def _notes(outcomes: Mapping[str, Outcome], homes: Mapping[str, Pair]) -> tuple[str, ...]:
    """Say why tasks were not rewritten."""
    foreign = [key for key, item in outcomes.items() if item.action is Action.MARKED and key not in homes]
    if not foreign:
        return ()
    return (f"not written by the outline, so not rewritten: task {', '.join(foreign)}; revise by hand, or with a model",)


def reached_tasks(compared: Comparison) -> tuple[str, ...]:
    """List the tasks, by key, that the changes reach, in file order."""
    wanted = REWRITTEN | MARKED
    return tuple(key for key in compared.keys if key in compared.effects and compared.effects[key][0] in wanted)


def matched(compared: Comparison, pairs: tuple[Pair, ...]) -> dict[str, Pair]:
    """Find the outline's task that each task of the file was made from: by title, else by the criteria; never by number."""
    left = list(pairs)
    found: dict[str, Pair] = {}
    for key, task in compared.tasks.items():
        same = [pair for pair in left if canonical(pair.title) == canonical(task.title)]
        own = compared.implemented(key)
        best = max(same, key=lambda pair: _likeness(compared, pair, own), default=None)
        if best is not None:
            found[key] = best
            left.remove(best)
    for key in compared.tasks:
        own = compared.implemented(key)
        best = max(left, key=lambda pair: _likeness(compared, pair, own), default=None)
        if key not in found and best is not None and _likeness(compared, best, own) >= 1 / 2:
            found[key] = best
            left.remove(best)
    return {key: pair for key, pair in found.items() if _derives(compared, key, pair)}


def _likeness(compared: Comparison, pair: Pair, own: frozenset[str]) -> float:
    """Say how much the criteria of two tasks have in common, from 0 to 1."""
    uids = {pairing.uid for pairing in compared.item.pairings if pairing.old and not pairing.old.is_removed and pairing.old.id in pair.ids}
    return len(uids & own) / len(uids | own) if uids | own else 0.0


def _derives(compared: Comparison, key: str, pair: Pair) -> bool:
    ours = shape_of(compared, key)
    return ours is not None and derives(ours, (pair.base, *((pair.theirs,) if pair.theirs else ())))


def shape_of(compared: Comparison, key: str) -> Shape | None:
    """Read a task in the form of a unit, its shifted references renumbered."""
    task = compared.tasks[key]
    return shaped(task_raw(compared.document.render(), task, compared.renumbered), task.id)


def _outcome(compared: Comparison, key: str, pair: Pair | None, *, drops_obsolete: bool) -> Outcome:
    """Decide on one task."""
    task = compared.tasks[key]
    effect, ids = compared.effects[key]
    mark = mark_value(compared, ids)
    if is_fixed(task) or effect in MARKED:
        return Outcome(action=Action.MARKED, mark=mark)
    if effect is Effect.OBSOLETE:
        is_dropped = drops_obsolete and is_droppable(compared, key)
        return Outcome(action=Action.REMOVED) if is_dropped else Outcome(action=Action.KEPT, mark=mark)
    ours = shape_of(compared, key)
    if pair is None or pair.theirs is None or ours is None:
        return Outcome(action=Action.MARKED, mark=mark)
    plain = shaped(task_raw(compared.document.render(), task), task.id)
    if plain is not None and plain.text == pair.then:
        return Outcome(action=Action.REPLACED, raw=written(plain, pair.theirs, task.indent + 2))
    return merged(_cleaned(compared, key, ours), pair.base, pair.theirs, task, mark)


def _cleaned(compared: Comparison, key: str, ours: Shape) -> Shape:
    """Take from a task's list what leads nowhere any more, or by accident to another criterion."""
    written_ids, meant_ids = listed_ids(ours.text), compared.named(key)
    if not written_ids or not meant_ids or sorted(written_ids) == sorted(meant_ids):
        return ours
    old = set(compared.heirs) | set(meant_ids)
    kept = [name for name in written_ids if name not in old]
    return replace(ours, text=with_ids(ours.text, (*meant_ids, *kept)))


def merged(ours: Shape, base: bytes, theirs: bytes, task: Task, mark: str) -> Outcome:
    """Merge three versions of a task; where people and the change met on one line, the task stays as it is."""
    result = joined_versions(base, ours.text, theirs)
    if result.conflicts:
        return Outcome(action=Action.CONFLICT, mark=mark, proposal=written(ours, theirs, task.indent + 2))
    return Outcome(action=Action.REPLACED, raw=written(ours, result.raw, task.indent + 2))


def is_droppable(compared: Comparison, key: str) -> bool:
    """Tell whether a task can go: it has no sub-tasks and no other task builds on it."""
    task = compared.tasks[key]
    others = [other for other in compared.tasks.values() if other is not task]
    return not any(other.parent == task.index or (task.id and task.id in other.depends) for other in others)


def covered_ids(compared: Comparison, texts: Mapping[str, bytes]) -> frozenset[str]:
    """Name the criteria that a task implements, by their ids now, with what rewritten tasks (their text by key) name."""
    places = {pairing.uid: pairing.new.id for pairing in compared.item.pairings if pairing.new}
    named = {places[link.uid] for link in compared.links if link.link.kind is LinkKind.IMPLEMENTS and link.uid in places}
    for text in texts.values():
        lines = [line for line in decode(text).splitlines() if "equirements" in line]
        named |= {name for line in lines for name in compared.new_ids if name in _ids(line)}
    return frozenset(named)


def _ids(line: str) -> set[str]:
    return {part.strip(" _*") for part in line.partition(":")[2].split(",")}


def concluded(
    compared: Comparison, work: TaskWork, outcomes: Mapping[str, Outcome], titles: tuple[str, ...], notes: tuple[str, ...] = ()
) -> Regenerated:
    """Write the file, and say what became of each unit; a unit that is as it should be already is not named."""
    raw = assembled_tasks(compared, work)
    before = compared.document.render()
    units: list[UnitChange] = []
    for key, task in compared.tasks.items():
        outcome = outcomes.get(key)
        is_shifted = any(within(edit, task.span) for edit in compared.renumbered)
        if outcome is None or (outcome.raw is not None and outcome.raw == before[task.span.start : task.span.end]):
            action = Action.RENUMBERED if is_shifted else None
        else:
            action = outcome.action
        if action is not None:
            units.append(UnitChange(key, task.title, action))
    units += [UnitChange(f"new {number}", title, Action.APPENDED) for number, title in enumerate(titles, 1)]
    proposals = tuple(Proposal(key, compared.tasks[key].title, item.proposal) for key, item in outcomes.items() if item.proposal)
    obsolete = [key for key, item in outcomes.items() if item.action is Action.KEPT]
    more = (
        (f"obsolete, nothing that it implements is left: task {', '.join(obsolete)} (`--drop-obsolete` takes it away)",) if obsolete else ()
    )
    return Regenerated(raw=raw, units=tuple(units), notes=(*notes, *more), proposals=proposals)
