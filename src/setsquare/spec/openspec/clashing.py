"""Judges what open changes do to the same requirement: whether they get in each other's way, and in which order they go together."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from itertools import combinations

from msgspec import Struct

from setsquare.spec.openspec.merging import folded, header
from setsquare.text.paths import RelPath
from setsquare.workspace.openspec.model import Change, MainSpec, RequirementBlock


class Effect(enum.Enum):
    """What a change does to a name."""

    ADDS = "adds"
    MODIFIES = "modifies"
    REMOVES = "removes"
    RENAMES = "renames"
    TAKES_NAME = "takes the name"


class ClashKind(enum.Enum):
    """How two changes meet at one name."""

    SAME_NAME = "same-name"
    BOTH_MODIFY = "both-modify"
    MODIFY_REMOVE = "modify-remove"
    MODIFY_RENAME = "modify-rename"
    BOTH_RENAME = "both-rename"
    RENAME_REMOVE = "rename-remove"
    BOTH_REMOVE = "both-remove"
    BUILDS_ON = "builds-on"
    NAME_FREED = "name-freed"


class Act(Struct, frozen=True, kw_only=True):
    """What one change does to one requirement, and where its delta says so; `name` is spelled as there."""

    change: str
    capability: str
    name: str
    effect: Effect
    path: RelPath
    line: int
    block: RequirementBlock | None = None


class Meeting(Struct, frozen=True, kw_only=True):
    """Two changes that meet at one name. `first` is the change to archive first, where that helps; `is_blocking` when one of them must be rewritten.

    `lines` are those of the main spec's requirement, from its header, that both change in different ways.
    """

    kind: ClashKind
    capability: str
    name: str
    acts: tuple[Act, Act]
    is_blocking: bool
    advice: str
    first: str = ""
    lines: tuple[int, ...] = ()


def acts_of(change: Change) -> list[Act]:
    """List all that a change does, delta by delta; a requirement that is renamed and modified is listed for both, under its name before.

    >>> acts_of(Change(id="c", path=RelPath("openspec/changes/c")))
    []
    """
    found: list[Act] = []
    for delta in change.deltas:
        before = {one.target.name: one.source.name for one in delta.renamed if one.source and one.target}

        def act(
            name: str,
            effect: Effect,
            line: int,
            block: RequirementBlock | None = None,
            capability: str = delta.capability,
            path: RelPath = delta.path,
        ) -> Act:
            return Act(change=change.id, capability=capability, name=name, effect=effect, path=path, line=line, block=block)

        for rename in delta.renamed:
            if rename.source and rename.target:
                found.append(act(rename.source.name, Effect.RENAMES, rename.source.line))
                found.append(act(rename.target.name, Effect.TAKES_NAME, rename.target.line))
        found += (act(named.name, Effect.REMOVES, named.line) for named in delta.removed)
        found += (act(before.get(block.name, block.name), Effect.MODIFIES, block.line, block) for block in delta.modified)
        found += (act(block.name, Effect.ADDS, block.line, block) for block in delta.added)
    return found


# req: openspec-interop/3.5
def meetings(changes: Iterable[Change], mains: Mapping[str, MainSpec]) -> tuple[Meeting, ...]:
    """Find where two changes meet, by capability and name; names that differ only in case or spacing are one, for a spec cannot hold both.

    >>> meetings((), {})
    ()
    """
    known: dict[tuple[str, str], list[Act]] = {}
    for change in changes:
        for act in acts_of(change):
            known.setdefault((act.capability, folded(act.name)), []).append(act)
    found: list[Meeting] = []
    for (capability, _), acts in sorted(known.items()):
        found += (
            meeting
            for one, other in combinations(_by_weight(acts), 2)
            if one.change != other.change and (meeting := _meeting(one, other, mains.get(capability))) is not None
        )
    unique = {(one.capability, folded(one.name), *sorted(act.change for act in one.acts)): one for one in reversed(found)}
    return tuple(unique[key] for key in sorted(unique))


def order_of(found: Iterable[Meeting]) -> tuple[str, ...]:
    """Give an order in which changes that meet can be archived: those that must be first are; empty where they want each other to be first.

    >>> order_of(())
    ()
    """
    meetings_found = tuple(found)
    left = sorted({act.change for one in meetings_found for act in one.acts})
    after = {
        (one.first, act.change)
        for one in meetings_found
        if one.first and not one.is_blocking
        for act in one.acts
        if act.change != one.first
    }
    order: list[str] = []
    while left:
        ready = next((name for name in left if not any(late == name and early in left for early, late in after)), None)
        if ready is None:
            return ()
        order.append(ready)
        left.remove(ready)
    return tuple(order)


_NEW = (Effect.ADDS, Effect.TAKES_NAME)
_FREES = (Effect.REMOVES, Effect.RENAMES)


def _by_weight(acts: list[Act]) -> list[Act]:
    """Sort so that of several things that one change does to a name, the one that decides how it meets others comes first."""
    weight = {Effect.REMOVES: 0, Effect.RENAMES: 1, Effect.ADDS: 2, Effect.TAKES_NAME: 3, Effect.MODIFIES: 4}
    return sorted(acts, key=lambda act: (weight[act.effect], act.change))


def _meeting(one: Act, other: Act, main: MainSpec | None) -> Meeting | None:
    """Judge two acts; the first is the weightier one."""
    name = other.name if one.effect in _FREES else one.name

    def met(kind: ClashKind, advice: str, *, is_blocking: bool = False, first: str = "", lines: tuple[int, ...] = ()) -> Meeting:
        return Meeting(
            kind=kind,
            capability=one.capability,
            name=name,
            acts=(one, other),
            is_blocking=is_blocking,
            advice=advice,
            first=first,
            lines=lines,
        )

    a, b = one.change, other.change
    match one.effect, other.effect:
        case Effect.REMOVES, Effect.REMOVES:
            return met(ClashKind.BOTH_REMOVE, "either order works: the second finds it gone, with a warning")
        case Effect.REMOVES, Effect.RENAMES:
            return met(ClashKind.RENAME_REMOVE, f"decide which holds, then take it out of {a} or {b}", is_blocking=True)
        case Effect.REMOVES, Effect.MODIFIES:
            return met(ClashKind.MODIFY_REMOVE, f"decide which holds, then take it out of {a} or {b}", is_blocking=True)
        case Effect.RENAMES, Effect.RENAMES:
            return met(ClashKind.BOTH_RENAME, f"agree on one name, then take the rename out of {a} or {b}", is_blocking=True)
        case Effect.RENAMES, Effect.MODIFIES:
            return met(ClashKind.MODIFY_RENAME, f"archive {b} first: after {a} the name that it modifies is gone", first=b)
        case ((Effect.REMOVES | Effect.RENAMES), (Effect.ADDS | Effect.TAKES_NAME)):
            return met(ClashKind.NAME_FREED, f"archive {a} first: it frees the name that {b} takes", first=a)
        case ((Effect.ADDS | Effect.TAKES_NAME), (Effect.ADDS | Effect.TAKES_NAME)):
            same = one.block is not None and other.block is not None and one.block.raw == other.block.raw
            advice = "both add the same text: either order works" if same else f'give "{header(other.name)}" another name in {a} or {b}'
            return met(ClashKind.SAME_NAME, advice, is_blocking=not same)
        case ((Effect.ADDS | Effect.TAKES_NAME), Effect.MODIFIES):
            return met(ClashKind.BUILDS_ON, f"archive {a} first: {b} modifies what it brings", first=a)
        case Effect.MODIFIES, Effect.MODIFIES:
            lines = _clashing_lines(one, other, main)
            if lines:
                advice = f"decide what the lines shall say; after one is archived, write it into the other and record its base: setsquare openspec base {b} --record"
                return met(ClashKind.BOTH_MODIFY, advice, is_blocking=True, lines=lines)
            return met(ClashKind.BOTH_MODIFY, "either order works: the archive merges both")
        case _:
            return None


def _clashing_lines(one: Act, other: Act, main: MainSpec | None) -> tuple[int, ...]:
    """Name the lines of the requirement that both change in different ways; all of it where the main spec has none to compare with."""
    from setsquare.spec.openspec.three_way import three_way  # noqa: PLC0415  (start-up: few changes meet)

    base = next((block.raw for block in main.requirements if block.name == one.name), None) if main is not None else None
    if base is None or one.block is None or other.block is None:
        return (1,)
    found = three_way(one.name, base, one.block.raw, other.block.raw)
    return () if isinstance(found, str) else tuple(clash.base_line for clash in found)
