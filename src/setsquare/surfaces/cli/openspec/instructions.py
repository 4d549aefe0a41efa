"""`setsquare openspec instructions`: what an agent is told before it writes an artifact, applies a change or archives it."""

from __future__ import annotations

import click
from msgspec import UNSET, Struct

from setsquare.journeys.openspec_instructing import Background, NoTemplate, Referenced, apply_inputs, background, template_for
from setsquare.journeys.openspec_rooting import PlanningRoot, RootRefused, chosen_root
from setsquare.journeys.openspec_workflow import WorkflowOf, WorkflowRefused, change_place, missing_change, workflow_of
from setsquare.journeys.planning_app import PlanningApp
from setsquare.spec.openspec.artifact_graph import ArtifactState, ArtifactStatus, unlocked_by
from setsquare.surfaces.cli.openspec.answer import Answer, Failed, made
from setsquare.surfaces.cli.openspec.instruction_shapes import (
    ApplyShape,
    ArchiveInputsShape,
    ArtifactInstructionShape,
    DependencyShape,
    ProgressShape,
    ReferenceShape,
    TaskShape,
    reference_shape,
)
from setsquare.surfaces.cli.openspec.instruction_text import apply_text, archive_text, artifact_text
from setsquare.surfaces.cli.openspec.rooted import STORE, notes_on, refused, root_shape
from setsquare.surfaces.cli.openspec.status import failed, home_shape, paths_shape
from setsquare.wire import planning_app

_SKIPPED = (
    "The change says skip_specs: true in its .openspec.yaml, because no requirement changes; so this artifact is not written.\n"
    "Write no spec files: they would contradict that line. If requirements do change, take skip_specs out of .openspec.yaml and ask again."
)


class Options(Struct, frozen=True, kw_only=True):
    """Which instructions, for which change."""

    artifact: str | None
    change: str | None
    schema: str | None
    is_json: bool
    store: str | None
    store_path: str | None


PARAMS = (
    click.argument("artifact", metavar="[artifact]", required=False),
    click.option("--change", metavar="<id>", default=None, help="For which change."),
    click.option("--schema", metavar="<name>", default=None, help="By another schema than the change's own."),
    click.option("--json", "is_json", is_flag=True, help="Print JSON."),
    *STORE,
)


@made("instructions", Options, PARAMS)
def command(options: Options) -> Answer:
    """Print what is needed to write an artifact of a change; `apply` and `archive` print what those steps need."""
    app = planning_app()
    root = chosen_root(app, options.store, store_path=options.store_path)
    if isinstance(root, RootRefused):
        return refused(root, Failed(status=(root.finding,)) if options.is_json else None)
    notes = notes_on(root, is_json=options.is_json)
    if not options.change:
        return failed(missing_change(app, root.path).message, notes, is_json=options.is_json)
    if options.artifact == "archive":
        return _archive(app, root, options.change, options, notes)
    found = workflow_of(app, root.path, options.change, schema=options.schema, has_texts=True)
    if isinstance(found, WorkflowRefused):
        return failed(found.message, notes, is_json=options.is_json)
    if options.artifact == "apply":
        return _apply(app, root, found, options, notes)
    state = next((state for state in found.states if state.artifact.id == options.artifact), None)
    if state is None:
        valid = "\n  ".join(("Valid artifacts:", *(artifact.id for artifact in found.schema.artifacts)))
        told = f"Artifact '{options.artifact}' not found in schema '{found.place.name}'." if options.artifact else ""
        return failed(f"{told or 'Missing required argument <artifact>.'} {valid}", notes, is_json=options.is_json)
    return _artifact(app, root, found, state, options, notes)


def _artifact(app: PlanningApp, root: PlanningRoot, found: WorkflowOf, state: ArtifactState, options: Options, notes: str) -> Answer:
    template = template_for(app, found, state)
    if isinstance(template, NoTemplate):
        return failed(template.message, notes, is_json=options.is_json)
    said = background(app, root.path, artifact=state.artifact.id)
    shape = _artifact_shape(root, found, state, template, said)
    notes += _warnings(said)
    if options.is_json:
        return Answer(document=shape, notes=notes)
    missing = tuple(item.id for item in shape.dependencies if not item.done)
    return Answer(text=artifact_text(shape, missing), notes=notes)


def _artifact_shape(
    root: PlanningRoot, found: WorkflowOf, state: ArtifactState, template: str, said: Background
) -> ArtifactInstructionShape:
    paths = paths_shape(found, state)
    is_skipped = state.status is ArtifactStatus.SKIPPED
    by_id = {other.artifact.id: other for other in found.states}
    return ArtifactInstructionShape(
        change_name=found.change,
        artifact_id=state.artifact.id,
        schema_name=found.place.name,
        change_dir=found.folder,
        planning_home=home_shape(root),
        output_path=paths.output_path,
        resolved_output_path=paths.resolved_output_path,
        existing_output_paths=paths.existing_output_paths,
        description=state.artifact.description,
        instruction=state.artifact.instruction or UNSET,
        context=said.context.strip() or UNSET,
        rules=said.rules or UNSET,
        references=_references(said.references) or UNSET,
        skipped=True if is_skipped else UNSET,
        warning=_SKIPPED if is_skipped else UNSET,
        template=template,
        dependencies=tuple(_dependency(by_id[name]) for name in state.artifact.requires),
        unlocks=unlocked_by(found.schema, state.artifact.id),
        root=root_shape(root),
    )


def _apply(app: PlanningApp, root: PlanningRoot, found: WorkflowOf, options: Options, notes: str) -> Answer:
    inputs = apply_inputs(app, found)
    said = background(app, root.path, operation="apply")
    done = sum(task.is_done for task in inputs.tasks)
    by_id = {state.artifact.id: state for state in found.states}
    files = {artifact.id: by_id[artifact.id].outputs for artifact in found.schema.artifacts}
    shape = ApplyShape(
        change_name=found.change,
        change_dir=found.folder,
        schema_name=found.place.name,
        context_files={name: tuple(f"{found.folder}/{path}" for path in paths) for name, paths in files.items() if paths},
        progress=ProgressShape(len(inputs.tasks), done, len(inputs.tasks) - done),
        tasks=tuple(TaskShape(str(at), task.text, task.is_done) for at, task in enumerate(inputs.tasks, 1)),
        task_tracking_configured=inputs.is_tracking,
        state=inputs.judged.state.value,
        missing_artifacts=inputs.judged.missing or UNSET,
        missing_prerequisites=inputs.judged.prerequisites or UNSET,
        instruction=inputs.judged.instruction,
        references=_references(said.references) or UNSET,
        context=said.context or UNSET,
        operation_guidance=said.guidance or UNSET,
        root=root_shape(root),
    )
    return Answer(document=shape if options.is_json else None, text=apply_text(shape), notes=notes + _warnings(said))


def _archive(app: PlanningApp, root: PlanningRoot, change: str, options: Options, notes: str) -> Answer:
    place = change_place(app, root.path, change)
    if isinstance(place, WorkflowRefused):
        return failed(place.message, notes, is_json=options.is_json)
    said = background(app, root.path, operation="archive", has_references=False)
    shape = ArchiveInputsShape(
        change_name=change, context=said.context or UNSET, operation_guidance=said.guidance or UNSET, root=root_shape(root)
    )
    return Answer(document=shape if options.is_json else None, text=archive_text(shape), notes=notes + _warnings(said))


def _references(found: tuple[Referenced, ...]) -> tuple[ReferenceShape, ...]:
    return tuple(reference_shape(item) for item in found)


def _dependency(state: ArtifactState) -> DependencyShape:
    return DependencyShape(
        id=state.artifact.id,
        done=state.is_settled,
        path=state.artifact.generates,
        description=state.artifact.description,
        skipped=True if state.status is ArtifactStatus.SKIPPED else UNSET,
    )


def _warnings(said: Background) -> str:
    return "".join(f"{warning}\n" for warning in said.warnings)
