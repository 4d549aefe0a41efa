"""The JSON of instructions: for an artifact, for applying a change, for archiving it."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import UNSET, Struct, UnsetType

from setsquare.journeys.openspec_instructing import Referenced
from setsquare.spec.openspec.diagnostic import Diagnostic
from setsquare.surfaces.cli.openspec.rooted import RootShape
from setsquare.surfaces.cli.openspec.status import HomeShape


class SummaryShape(Struct, frozen=True):
    """A spec of a store."""

    id: str
    summary: str


class ReferenceShape(Struct, frozen=True, kw_only=True):
    """A store that is only read; one that cannot be read has a status and no specs."""

    store_id: str
    root: str | UnsetType = UNSET
    specs: tuple[SummaryShape, ...] | UnsetType = UNSET
    fetch: str | UnsetType = UNSET
    status: tuple[Diagnostic, ...] = ()


class DependencyShape(Struct, frozen=True, kw_only=True):
    """An artifact that another one builds on."""

    id: str
    done: bool
    path: str
    description: str
    skipped: bool | UnsetType = UNSET


class ArtifactInstructionShape(Struct, frozen=True, kw_only=True, rename="camel"):
    """What is needed to write an artifact."""

    change_name: str
    artifact_id: str
    schema_name: str
    change_dir: str
    planning_home: HomeShape
    output_path: str
    resolved_output_path: str
    existing_output_paths: tuple[str, ...]
    description: str
    instruction: str | UnsetType = UNSET
    context: str | UnsetType = UNSET
    rules: tuple[str, ...] | UnsetType = UNSET
    references: tuple[ReferenceShape, ...] | UnsetType = UNSET
    skipped: bool | UnsetType = UNSET
    warning: str | UnsetType = UNSET
    template: str
    dependencies: tuple[DependencyShape, ...]
    unlocks: tuple[str, ...]
    root: RootShape


class ProgressShape(Struct, frozen=True):
    """How many tasks there are."""

    total: int
    complete: int
    remaining: int


class TaskShape(Struct, frozen=True):
    """A task; `id` counts over all task files, from 1."""

    id: str
    description: str
    done: bool


class ApplyShape(Struct, frozen=True, kw_only=True, rename="camel"):
    """What is needed to apply a change."""

    change_name: str
    change_dir: str
    schema_name: str
    context_files: Mapping[str, tuple[str, ...]]
    progress: ProgressShape
    tasks: tuple[TaskShape, ...]
    task_tracking_configured: bool
    state: str
    missing_artifacts: tuple[str, ...] | UnsetType = UNSET
    missing_prerequisites: tuple[str, ...] | UnsetType = UNSET
    instruction: str
    references: tuple[ReferenceShape, ...] | UnsetType = UNSET
    context: str | UnsetType = UNSET
    operation_guidance: tuple[str, ...] | UnsetType = UNSET
    root: RootShape


class ArchiveInputsShape(Struct, frozen=True, kw_only=True, rename="camel"):
    """What is to be known before a change is archived."""

    change_name: str
    context: str | UnsetType = UNSET
    operation_guidance: tuple[str, ...] | UnsetType = UNSET
    root: RootShape


def reference_shape(found: Referenced) -> ReferenceShape:
    """Write a store for JSON."""
    reference = found.reference
    if reference.problem is not None:
        return ReferenceShape(store_id=reference.store_id, status=(reference.problem,))
    return ReferenceShape(
        store_id=reference.store_id,
        root=reference.path,
        specs=tuple(SummaryShape(spec.id, spec.summary) for spec in found.specs),
        fetch=fetch_of(reference.store_id),
    )


def fetch_of(store_id: str) -> str:
    """Give the command that prints a spec of a store.

    >>> fetch_of("docs")
    'openspec show <spec-id> --type spec --store docs'
    """
    return f"openspec show <spec-id> --type spec --store {store_id}"
