"""Writes operations on scenarios out before a change is judged or merged, and takes into account what other changes wrote since it was written."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from setsquare.journeys.openspec_reading import Reading
from setsquare.journeys.planning_app import PlanningApp
from setsquare.text.paths import RelPath
from setsquare.workspace.openspec.model import Change, Delta, MainSpec, RequirementBlock

_MARK = " Scenario:"


class Unexpanded(Struct, frozen=True):
    """An operation on a scenario that cannot be carried out, and where its delta says it."""

    path: RelPath
    capability: str
    message: str
    line: int


class Expanded(Struct, frozen=True):
    """A change with whole MODIFIED blocks, and what could not be written out."""

    change: Change
    problems: tuple[Unexpanded, ...] = ()


def expanded(app: PlanningApp, root: str, reading: Reading, change: Change) -> Expanded:
    """Write the operations of a change out, each on what its requirement said when the change was written, else on what it says now."""
    if not any(_is_marked(block) for delta in change.deltas for block in delta.modified):
        return Expanded(change)
    bases = _base_texts(app, root, change, change.deltas)
    deltas: list[Delta] = []
    problems: list[Unexpanded] = []
    for delta in change.deltas:
        blocks = []
        for block in delta.modified:
            found = _written_out(reading, delta, block, bases) if _is_marked(block) else block
            if isinstance(found, Unexpanded):
                problems.append(found)
            blocks.append(block if isinstance(found, Unexpanded) else found)
        deltas.append(replace(delta, modified=tuple(blocks)))
    return Expanded(replace(change, deltas=tuple(deltas)), tuple(problems))


def with_later_scenarios(app: PlanningApp, root: str, reading: Reading, change: Change) -> Change:
    """Merge what other changes wrote into those MODIFIED blocks that would lose a scenario, as an archive does; others stay as they are written.

    A scenario that came into the main spec after the change was written is not one that its author left out.
    """
    poor = tuple(delta for delta in change.deltas if any(_loses(reading, delta, block) for block in delta.modified))
    if not poor:
        return change
    bases = _base_texts(app, root, change, poor)
    if not bases:
        return change
    deltas = tuple(
        replace(delta, modified=tuple(_merged(reading, delta, block, bases) for block in delta.modified)) if delta in poor else delta
        for delta in change.deltas
    )
    return replace(change, deltas=deltas)


def _is_marked(block: RequirementBlock) -> bool:
    if not block.scenarios or _MARK not in block.scenarios[0].name:
        return False
    from setsquare.spec.openspec.scenario_operations import has_operations  # noqa: PLC0415  (start-up: few changes use them)

    return has_operations(block)


def _base_texts(app: PlanningApp, root: str, change: Change, deltas: Iterable[Delta]) -> dict[tuple[str, str], str]:
    from setsquare.journeys.openspec_bases import UnreadBases, bases_of  # noqa: PLC0415  (the same)

    found = bases_of(app, root, change.id, tuple(deltas))
    return {} if isinstance(found, UnreadBases) else {(base.capability, base.requirement): base.text for base in found}


def _former(delta: Delta, name: str) -> str:
    return next((one.source.name for one in delta.renamed if one.source and one.target and one.target.name == name), name)


def _target(reading: Reading, delta: Delta, name: str) -> RequirementBlock | None:
    main = reading.main(delta.capability)
    return next((block for block in main.requirements if block.name == name), None) if isinstance(main, MainSpec) else None


def _written_out(
    reading: Reading, delta: Delta, block: RequirementBlock, bases: dict[tuple[str, str], str]
) -> RequirementBlock | Unexpanded:
    from setsquare.spec.openspec.block_parts import block_of  # noqa: PLC0415  (the same)
    from setsquare.spec.openspec.scenario_operations import Misapplied, has_operations, written_out  # noqa: PLC0415

    former = _former(delta, block.name)
    main = _target(reading, delta, former)
    if not has_operations(block, main):
        return block
    base = bases.get((delta.capability, former))
    target = main if base is None else block_of(base)
    if main is None or target is None:
        told = f'operations on scenarios of "{block.name}", which the main spec does not have'
        return Unexpanded(delta.path, delta.capability, told, block.line)
    found = written_out(block, target)
    return Unexpanded(delta.path, delta.capability, found.message, found.line) if isinstance(found, Misapplied) else found


def _loses(reading: Reading, delta: Delta, block: RequirementBlock) -> bool:
    old = _target(reading, delta, _former(delta, block.name))
    if old is None:
        return False
    names = [*(scenario.name for scenario in block.scenarios), *block.dropped]
    return any(scenario.name not in names for scenario in old.scenarios)


def _merged(reading: Reading, delta: Delta, block: RequirementBlock, bases: dict[tuple[str, str], str]) -> RequirementBlock:
    from setsquare.spec.openspec.block_parts import block_of  # noqa: PLC0415  (the same)
    from setsquare.spec.openspec.three_way import three_way  # noqa: PLC0415

    former = _former(delta, block.name)
    base, main = bases.get((delta.capability, former)), _target(reading, delta, former)
    if base is None or main is None:
        return block
    found = three_way(block.name, base, main.raw, block.raw)
    new = block_of(found) if isinstance(found, str) else None
    return block if new is None else replace(new, line=block.line, dropped=block.dropped)
