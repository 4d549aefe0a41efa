"""Gathers what an agent is told before it writes an artifact, applies a change or archives it.

Source: `openspec instructions` 1.13.2, observed from outside.
"""

from __future__ import annotations

from msgspec import Struct

from setsquare.journeys.openspec_items import spec_ids
from setsquare.journeys.openspec_references import Reference, config_of, related
from setsquare.journeys.openspec_schemas import leads_out, read_place, schema_places, template_of
from setsquare.journeys.openspec_workflow import WorkflowOf
from setsquare.journeys.planning_app import PlanningApp
from setsquare.spec.openspec.applying import Applying, applying, tracked_files
from setsquare.spec.openspec.artifact_graph import ArtifactState
from setsquare.text.paths import RelPath, joined
from setsquare.workspace.openspec.main_spec import read_main_spec
from setsquare.workspace.openspec.model import ChangeTask, WorkflowSchema
from setsquare.workspace.openspec.tasks import read_task_list
from setsquare.workspace.openspec.text import normalised, task_text


class ReferencedSpec(Struct, frozen=True):
    """A spec of another root and the first line of its purpose."""

    id: str
    summary: str


class Referenced(Struct, frozen=True, kw_only=True):
    """A store that is only read, with its specs."""

    reference: Reference
    specs: tuple[ReferencedSpec, ...] = ()


class Background(Struct, frozen=True, kw_only=True):
    """What a project says to everyone who works on it; `warnings` are about its configuration."""

    context: str = ""
    rules: tuple[str, ...] = ()
    guidance: tuple[str, ...] = ()
    references: tuple[Referenced, ...] = ()
    warnings: tuple[str, ...] = ()


class NoTemplate(Struct, frozen=True):
    """Why the template of an artifact cannot be read."""

    message: str


class ApplyInputs(Struct, frozen=True, kw_only=True):
    """What applying a change needs."""

    judged: Applying
    tasks: tuple[ChangeTask, ...]
    is_tracking: bool


def background(app: PlanningApp, root: str, *, artifact: str = "", operation: str = "", has_references: bool = True) -> Background:
    """Read what the configuration says for one artifact or operation."""
    config = config_of(app, root)
    if config is None:
        return Background()
    warnings = tuple(f"{root}/{config.path}: {warning}" for warning in config.warnings)
    if artifact and config.rules:
        warnings += _unknown_rules(app, root, tuple(name for name, _ in config.rules))
    references = related(app, root).references if has_references and config.references else ()
    return Background(
        context=config.context,
        rules=dict(config.rules).get(artifact, ()),
        guidance=dict(config.guidance).get(operation, ()),
        references=tuple(_referenced(app, reference) for reference in references),
        warnings=warnings,
    )


def template_for(app: PlanningApp, found: WorkflowOf, state: ArtifactState) -> str | NoTemplate:
    """Read the template of an artifact."""
    path = f"{found.place.path}/templates/{state.artifact.template}"
    if leads_out(app, found.place, state.artifact):
        return NoTemplate(f"Path is outside the allowed directory: {path}")
    text = template_of(app, found.place, state.artifact)
    return NoTemplate(f"Template not found: {path}") if text is None else text


def apply_inputs(app: PlanningApp, found: WorkflowOf) -> ApplyInputs:
    """Count the tasks of a change and say whether the work can begin."""
    tracked = tracked_files(found.schema, found.files)
    raws = app.planning.read_all(found.folder, tracked)
    tasks = tuple(
        task
        for file, raw in zip(tracked, raws, strict=True)
        if isinstance(raw, bytes)
        for task in read_task_list(file, task_text(raw)).tasks
    )
    counted = (sum(task.is_done for task in tasks), len(tasks))
    judged = applying(found.schema, found.states, found.change, has_tracked=bool(tracked), counted=counted)
    return ApplyInputs(judged=judged, tasks=tasks, is_tracking=bool(found.schema.tracks))


def _unknown_rules(app: PlanningApp, root: str, named: tuple[str, ...]) -> tuple[str, ...]:
    """Warn of rules for artifacts that no schema has."""
    read = (read_place(app, place, has_texts=False) for place in schema_places(app, root))
    known = {artifact.id for schema in read if isinstance(schema, WorkflowSchema) for artifact in schema.artifacts}
    listed = ", ".join(sorted(known))
    told = 'Unknown artifact ID in rules: "{}". It matches no artifact in any available schema. Known artifact IDs: {}'
    return tuple(told.format(name, listed) for name in named if name not in known)


def _referenced(app: PlanningApp, reference: Reference) -> Referenced:
    if reference.problem is not None:
        return Referenced(reference=reference)
    return Referenced(reference=reference, specs=tuple(_summed_up(app, reference.path, name) for name in spec_ids(app, reference.path)))


def _summed_up(app: PlanningApp, root: str, name: str) -> ReferencedSpec:
    path = joined(RelPath("openspec/specs"), name, "spec.md")
    raw = app.planning.read(root, path)
    purpose = read_main_spec(name, path, normalised(raw)).purpose if isinstance(raw, bytes) else None
    lines = (line.strip() for line in (purpose or "").splitlines())
    return ReferencedSpec(name, next((line for line in lines if line), ""))
