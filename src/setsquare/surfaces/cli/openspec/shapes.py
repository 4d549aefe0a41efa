"""The JSON of a shown change and a shown spec, with or without a root."""

from __future__ import annotations

from msgspec import UNSET, Struct, UnsetType

from setsquare.journeys.openspec_showing import ShownChange
from setsquare.spec.openspec.diffing import DeltaDiff
from setsquare.spec.openspec.showing import ShownDelta, ShownRequirement, ShownSpec
from setsquare.surfaces.cli.openspec.rooted import RootShape
from setsquare.workspace.openspec.model import Operation


class ScenarioShape(Struct, frozen=True, rename="camel"):
    """A scenario's body."""

    raw_text: str


class RequirementShape(Struct, frozen=True):
    """A requirement's text and scenarios."""

    text: str
    scenarios: tuple[ScenarioShape, ...]


class RenameShape(Struct, frozen=True, rename={"source": "from", "target": "to"}):
    """The names of a renaming."""

    source: str
    target: str


class DeltaShape(Struct, frozen=True, kw_only=True):
    """One thing that a change does; `diff` and `warning` compare a modified requirement with the main spec."""

    spec: str
    operation: str
    description: str
    requirement: RequirementShape | UnsetType = UNSET
    requirements: tuple[RequirementShape, ...] | UnsetType = UNSET
    rename: RenameShape | UnsetType = UNSET
    diff: str | UnsetType = UNSET
    warning: str | UnsetType = UNSET


class ChangeShape(Struct, frozen=True, kw_only=True, rename="camel"):
    """A change."""

    id: str
    title: str
    delta_count: int
    deltas: tuple[DeltaShape, ...]
    root: RootShape | UnsetType = UNSET


class MetadataShape(Struct, frozen=True):
    """What OpenSpec says about its format."""

    version: str = "1.0.0"
    format: str = "openspec"


class SpecShape(Struct, frozen=True, kw_only=True, rename="camel"):
    """A spec."""

    id: str
    title: str
    overview: str
    requirement_count: int
    requirements: tuple[RequirementShape, ...]
    metadata: MetadataShape = MetadataShape()
    root: RootShape | UnsetType = UNSET


def change_shape(name: str, change: ShownChange, diffs: tuple[DeltaDiff, ...] = (), root: RootShape | None = None) -> ChangeShape:
    """Write a change for JSON."""
    compared = iter([block for diff in diffs for block in diff.modified])
    shapes: list[DeltaShape] = []
    for delta in change.deltas:
        block = next(compared, None) if delta.operation is Operation.MODIFIED and delta.requirement is not None else None
        shapes.append(_delta_shape(delta, None if block is None else block.text, "" if block is None else block.warning))
    return ChangeShape(id=name, title=change.title, delta_count=len(shapes), deltas=tuple(shapes), root=root or UNSET)


def spec_shape(name: str, spec: ShownSpec, *, has_scenarios: bool, number: int | None = None, root: RootShape | None = None) -> SpecShape:
    """Write a spec for JSON; with `number` only that requirement, counted from 1."""
    wanted = spec.requirements if number is None else spec.requirements[number - 1 : number]
    shapes = tuple(_requirement_shape(requirement, has_scenarios=has_scenarios) for requirement in wanted)
    return SpecShape(id=name, title=name, overview=spec.overview, requirement_count=len(shapes), requirements=shapes, root=root or UNSET)


def _delta_shape(delta: ShownDelta, diff: str | None, warning: str) -> DeltaShape:
    requirement = UNSET if delta.requirement is None else _requirement_shape(delta.requirement, has_scenarios=True)
    return DeltaShape(
        spec=delta.spec,
        operation=delta.operation.value,
        description=delta.description,
        requirement=requirement,
        requirements=UNSET if requirement is UNSET else (requirement,),
        rename=RenameShape(delta.source, delta.target) if delta.source else UNSET,
        diff=UNSET if diff is None else diff,
        warning=warning or UNSET,
    )


def _requirement_shape(requirement: ShownRequirement, *, has_scenarios: bool) -> RequirementShape:
    return RequirementShape(requirement.text, tuple(map(ScenarioShape, requirement.scenarios)) if has_scenarios else ())
