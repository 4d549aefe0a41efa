"""Follows the changes of one spec's criteria to everything that they reach, each with the reason."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from setsquare.spec.affected import Affected, AffectedKind, CriterionChange, Effect, Known, SpecImpact
from setsquare.spec.change_class import HARMLESS, ChangeClass
from setsquare.spec.identity import SpecIdentity
from setsquare.spec.link import LinkKind, TraceLink
from setsquare.spec.link_state import StatedLink
from setsquare.spec.trace import TraceGraph
from setsquare.text.paths import RelPath
from setsquare.workspace.spec import Task, TaskState


class Reach(Struct, frozen=True, kw_only=True):
    """Everything through which a change of one spec reaches other things."""

    graph: TraceGraph
    item: SpecIdentity
    links: Sequence[StatedLink]
    code: Mapping[str, tuple[TraceLink, ...]]
    known: Known
    is_new: bool


def reached(reach: Reach, changes: tuple[CriterionChange, ...]) -> SpecImpact:
    """Follow the changes of one spec to everything that they reach."""
    found: dict[tuple[AffectedKind, str], Affected] = {}
    removed = frozenset(change.uid for change in changes if change.kind is ChangeClass.REMOVED)
    for change in changes:
        if change.kind not in HARMLESS:
            for affected in _direct(reach, change, removed):
                _add(found, affected)
    for affected in [item for item in found.values() if item.kind is AffectedKind.TASK and item.effect is not Effect.MISSING]:
        for further in (*_touched(reach, affected), *_depending(reach, affected)):
            _add(found, further)
    spec = reach.item.spec
    tasks = spec.tasks.tasks if spec.tasks else ()
    parents = {task.parent for task in tasks}
    leaves = [task for task in tasks if task.index not in parents and task.state is TaskState.DONE]
    keys = _keys(reach)
    revised = {item.name for item in found.values() if item.effect is Effect.DONE_NEEDS_REVISION}
    return SpecImpact(
        spec=spec,
        changes=changes,
        affected=tuple(sorted(found.values(), key=_place)),
        done=len(leaves),
        revised=sum(keys[task.index] in revised for task in leaves),
    )


_ORDER: Final = list(AffectedKind)
_EFFECTS: Final = list(Effect)


def _place(item: Affected) -> tuple[int, str, int, str]:
    return _ORDER.index(item.kind), item.path, item.line, item.name


def _add(found: dict[tuple[AffectedKind, str], Affected], item: Affected) -> None:
    """Keep the weightiest effect on a thing, with all criteria that reach it."""
    key = (item.kind, item.name)
    old = found.get(key)
    if old is None:
        found[key] = item
        return
    stronger = item if _EFFECTS.index(item.effect) < _EFFECTS.index(old.effect) else old
    found[key] = replace(stronger, criteria=tuple(dict.fromkeys((*old.criteria, *item.criteria))))


def _direct(reach: Reach, change: CriterionChange, removed: frozenset[str]) -> Iterator[Affected]:
    """List what names a criterion: tasks, properties, sections, code and tests; for an added one what it asks for."""
    own = [link for link in reach.links if link.uid == change.uid]
    if change.kind is ChangeClass.ADDED:
        yield from _new(reach, change, own)
        return
    tasks = dict(zip(_keys(reach), reach.item.spec.tasks.tasks, strict=True)) if reach.item.spec.tasks else {}
    for stated in own:
        link = stated.link
        if link.kind is not LinkKind.IMPLEMENTS:
            yield _in_design(link, change)
        elif link.source in tasks:
            task = tasks[link.source]
            effect = _task_effect(change, task, is_last=_uids(reach, link.source) <= removed)
            yield _affected(AffectedKind.TASK, link.source, effect, change, (task.path, task.line), task.title)
    # A test of what was demanded proves what is now allowed as well.
    is_weaker = change.kind is ChangeClass.MODAL and change.difference.is_weaker
    yield from (_in_code(link, change) for link in reach.code.get(change.uid, ()) if not (is_weaker and link.kind is LinkKind.VERIFIES))


def _new(reach: Reach, change: CriterionChange, own: Sequence[StatedLink]) -> Iterator[Affected]:
    """Say what an added criterion asks for: a task, or a look at a done one that names its whole requirement."""
    tasks = dict(zip(_keys(reach), reach.item.spec.tasks.tasks, strict=True)) if reach.item.spec.tasks else {}
    naming = [link.link.source for link in own if link.link.kind is LinkKind.IMPLEMENTS and link.link.source in tasks]
    if reach.is_new:
        return
    for name in naming:
        if tasks[name].state is TaskState.DONE:
            yield _affected(AffectedKind.TASK, name, Effect.CHECK, change, (tasks[name].path, tasks[name].line), tasks[name].title)
    if not naming:
        spec = reach.item.spec
        path = spec.tasks.path if spec.tasks else spec.path
        yield _affected(AffectedKind.TASK, f"for {change.id}", Effect.MISSING, change, (path, 0), change.after)


def _uids(reach: Reach, task: str) -> set[str]:
    """List the criteria that a task implements."""
    return {link.uid for link in reach.links if link.link.kind is LinkKind.IMPLEMENTS and link.link.source == task}


def _in_design(link: TraceLink, change: CriterionChange) -> Affected:
    kind = AffectedKind.PROPERTY if link.kind is LinkKind.VALIDATES else AffectedKind.SECTION
    effect = Effect.OBSOLETE if change.kind is ChangeClass.REMOVED else Effect.SUSPECT
    return _affected(kind, link.source, effect, change, (link.path, link.line))


def _in_code(link: TraceLink, change: CriterionChange) -> Affected:
    is_test = link.kind is LinkKind.VERIFIES
    is_gone = change.kind is ChangeClass.REMOVED
    effect = Effect.SUSPECT if not is_gone else Effect.OBSOLETE if is_test else Effect.UNNEEDED
    name = f"{link.path}::{link.symbol}" if link.symbol else link.path
    return _affected(AffectedKind.TEST if is_test else AffectedKind.CODE, name, effect, change, (link.path, link.line))


def _affected(kind: AffectedKind, name: str, effect: Effect, change: CriterionChange, at: tuple[RelPath, int], title: str = "") -> Affected:
    label = {AffectedKind.TASK: f"task {name}", AffectedKind.SECTION: f"section {name}"}.get(kind, name)
    if effect is Effect.DONE_NEEDS_REVISION:
        label += " (done)"
    return Affected(
        kind=kind, name=name, title=title, effect=effect, reason=(change.shown, label), path=at[0], line=at[1], criteria=(change.id,)
    )


# req: spec-engine/4.3
def _task_effect(change: CriterionChange, task: Task, *, is_last: bool) -> Effect:
    """Say what a change of a criterion means for a task that implements it."""
    if change.kind is ChangeClass.REMOVED:
        if task.state is TaskState.DONE:
            return Effect.KEPT
        if task.state in (TaskState.RUNNING, TaskState.QUEUED):
            return Effect.PAUSED
        return Effect.OBSOLETE if is_last else Effect.NEEDS_REVISION
    if change.kind is ChangeClass.MODAL and change.difference.is_weaker:
        return Effect.KEPT if task.state is TaskState.DONE else Effect.REVIEW
    if task.state is TaskState.DONE:
        return Effect.DONE_NEEDS_REVISION
    if task.state in (TaskState.RUNNING, TaskState.QUEUED):
        return Effect.PAUSED
    return Effect.RELINK if change.kind is ChangeClass.SPLIT else Effect.NEEDS_REVISION


def _touched(reach: Reach, affected: Affected) -> Iterator[Affected]:
    """List the files that commits changed for a task."""
    for link in reach.known.touches:
        if link.kind is LinkKind.TOUCHES and link.spec == reach.item.spec.name and link.source == affected.name:
            yield Affected(
                kind=AffectedKind.CODE,
                name=link.target,
                title="",
                effect=Effect.UNNEEDED if affected.effect in (Effect.KEPT, Effect.OBSOLETE) else Effect.SUSPECT,
                reason=(*affected.reason, link.target),
                path=RelPath(link.target),
                line=0,
                criteria=affected.criteria,
            )


def _depending(reach: Reach, affected: Affected) -> Iterator[Affected]:
    """List the tasks that build on an affected one, level by level."""
    spec = reach.item.spec
    tasks = spec.tasks.tasks if spec.tasks else ()
    keys = _keys(reach)
    met = {affected.name}
    level = [(affected.name, affected.reason)]
    while level:
        following = []
        for name, reason in level:
            for task in tasks:
                key = keys[task.index]
                if name in task.depends and key not in met:
                    met.add(key)
                    path = (*reason, f"task {key} builds on it")
                    following.append((key, path))
                    yield Affected(
                        kind=AffectedKind.TASK,
                        name=key,
                        title=task.title,
                        effect=Effect.CHECK,
                        reason=path,
                        path=task.path,
                        line=task.line,
                        criteria=affected.criteria,
                    )
        level = following


def _keys(reach: Reach) -> tuple[str, ...]:
    traced = reach.graph.spec(reach.item.spec)
    return traced.keys if traced else ()
