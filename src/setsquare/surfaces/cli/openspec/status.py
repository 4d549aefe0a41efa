"""`setsquare openspec status`: how far the artifacts of a change are."""

from __future__ import annotations

from collections.abc import Mapping

import click
from msgspec import UNSET, Struct, UnsetType

from setsquare.journeys.openspec_items import change_ids
from setsquare.journeys.openspec_rooting import PlanningRoot, RootRefused, Source, chosen_root
from setsquare.journeys.openspec_workflow import WorkflowOf, WorkflowRefused, missing_change, workflow_of
from setsquare.spec.openspec.artifact_graph import ArtifactState, ArtifactStatus
from setsquare.spec.openspec.diagnostic import Diagnostic, error
from setsquare.surfaces.cli.openspec.answer import Answer, Failed, made
from setsquare.surfaces.cli.openspec.rooted import STORE, RootShape, notes_on, refused, root_shape
from setsquare.text.collation import collation_key
from setsquare.wire import planning_app

ERROR = "change_error"
_SCOPED = "Repo-local change artifacts and implementation edits are scoped to this project."


class Options(Struct, frozen=True, kw_only=True):
    """Which change, by which schema."""

    change: str | None
    is_all: bool
    schema: str | None
    is_json: bool
    store: str | None
    store_path: str | None


class HomeShape(Struct, frozen=True, kw_only=True, rename="camel"):
    """Where planning files lie."""

    kind: str = "repo"
    root: str
    changes_dir: str
    default_schema: str = "spec-driven"


class PathsShape(Struct, frozen=True, kw_only=True, rename="camel"):
    """Where an artifact's files are or would be."""

    output_path: str
    resolved_output_path: str
    existing_output_paths: tuple[str, ...]


class ActionShape(Struct, frozen=True, kw_only=True, rename="camel"):
    """What may be edited."""

    mode: str = "repo-local"
    source_of_truth: str = "repo"
    planning_artifacts: tuple[str, ...]
    linked_context: tuple[str, ...] = ()
    allowed_edit_roots: tuple[str, ...]
    requires_affected_area_selection: bool = False
    constraints: tuple[str, ...] = (_SCOPED,)


class ArtifactShape(Struct, frozen=True, kw_only=True, rename="camel"):
    """How an artifact stands."""

    id: str
    output_path: str
    status: str
    requires: tuple[str, ...]
    missing_deps: tuple[str, ...] | UnsetType = UNSET


class StatusShape(Struct, frozen=True, kw_only=True, rename="camel"):
    """How a change stands."""

    change_name: str
    schema_name: str
    planning_home: HomeShape
    change_root: str
    artifact_paths: Mapping[str, PathsShape]
    is_planning_complete: bool
    is_complete: bool
    apply_requires: tuple[str, ...]
    next_steps: tuple[str, ...]
    action_context: ActionShape
    artifacts: tuple[ArtifactShape, ...]
    root: RootShape | UnsetType = UNSET


class UnreadShape(Struct, frozen=True, kw_only=True, rename="camel"):
    """A change that cannot be looked at."""

    change_name: str
    status: tuple[Diagnostic, ...]


class AllShape(Struct, frozen=True, kw_only=True):
    """All changes of a root."""

    changes: tuple[StatusShape | UnreadShape, ...]
    message: str | UnsetType = UNSET
    root: RootShape


PARAMS = (
    click.option("--change", metavar="<id>", default=None, help="Which change."),
    click.option("--all", "is_all", is_flag=True, help="All open changes."),
    click.option("--schema", metavar="<name>", default=None, help="Look at it by another schema than its own."),
    click.option("--json", "is_json", is_flag=True, help="Print JSON."),
    *STORE,
)


@made("status", Options, PARAMS)
def command(options: Options) -> Answer:
    """Say which artifacts of a change are done, which can be written now and what each waits for."""
    if options.is_all and options.change is not None:
        return failed("The --all and --change options are mutually exclusive.", is_json=options.is_json)
    app = planning_app()
    root = chosen_root(app, options.store, store_path=options.store_path)
    if isinstance(root, RootRefused):
        return refused(root, Failed(status=(root.finding,)) if options.is_json else None)
    notes = notes_on(root, is_json=options.is_json)
    changes = tuple(sorted(change_ids(app, root.path), key=collation_key))
    if not options.change and not changes:
        told = AllShape(changes=(), message="No active changes.", root=root_shape(root))
        text = "No active changes. Create one with: openspec new change <name>"
        return Answer(document=told if options.is_json else None, text=text, notes=notes)
    if options.is_all:
        return _all(root, tuple((change, workflow_of(app, root.path, change, schema=options.schema)) for change in changes), options, notes)
    if not options.change:
        return failed(missing_change(app, root.path, or_all=" (or --all for every active change)").message, notes, is_json=options.is_json)
    found = workflow_of(app, root.path, options.change, schema=options.schema)
    if isinstance(found, WorkflowRefused):
        return failed(found.message, notes, is_json=options.is_json)
    if options.is_json:
        return Answer(document=_shape(found, root, has_root=True), notes=notes)
    return Answer(text=_text(found, root), notes=notes)


def failed(message: str, notes: str = "", *, is_json: bool) -> Answer:
    """Answer that a command about a change cannot be followed."""
    if is_json:
        return Answer(document=Failed(status=(error(ERROR, message),)), notes=notes, exit_code=1)
    return Answer(notes=f"{notes}✖ Error: {message}", exit_code=1)


def home_shape(root: PlanningRoot) -> HomeShape:
    """Say where planning files lie."""
    return HomeShape(root=root.path, changes_dir=f"{root.path.rstrip('/')}/openspec/changes")


def paths_shape(found: WorkflowOf, state: ArtifactState) -> PathsShape:
    """Say where the files of an artifact are."""
    return PathsShape(
        output_path=state.artifact.generates,
        resolved_output_path=f"{found.folder}/{state.artifact.generates.removeprefix('./')}",
        existing_output_paths=tuple(f"{found.folder}/{output}" for output in state.outputs),
    )


def store_flag(root: PlanningRoot) -> str:
    """Give the option that a printed command needs to work on the same root."""
    return f" --store {root.store_id}" if root.source is Source.STORE else ""


def _all(root: PlanningRoot, changes: tuple[tuple[str, WorkflowOf | WorkflowRefused], ...], options: Options, notes: str) -> Answer:
    """Show every change; one that cannot be looked at fails the command and hides no other."""
    code = 1 if any(isinstance(found, WorkflowRefused) for _, found in changes) else 0
    if options.is_json:
        shapes = tuple(
            UnreadShape(change_name=name, status=(error(ERROR, found.message),))
            if isinstance(found, WorkflowRefused)
            else _shape(found, root, has_root=False)
            for name, found in changes
        )
        return Answer(document=AllShape(changes=shapes, root=root_shape(root)), notes=notes, exit_code=code)
    texts = [f"✗ {name}: {found.message}" if isinstance(found, WorkflowRefused) else _text(found, root) for name, found in changes]
    return Answer(text="\n\n".join(texts), notes=notes, exit_code=code)


def _shape(found: WorkflowOf, root: PlanningRoot, *, has_root: bool) -> StatusShape:
    """Write a change for JSON."""
    by_id = {state.artifact.id: state for state in found.states}
    return StatusShape(
        change_name=found.change,
        schema_name=found.place.name,
        planning_home=home_shape(root),
        change_root=found.folder,
        artifact_paths={artifact.id: paths_shape(found, by_id[artifact.id]) for artifact in found.schema.artifacts},
        is_planning_complete=found.is_planned,
        is_complete=found.is_planned,
        apply_requires=apply_requires(found),
        next_steps=(_next_step(found, root),),
        action_context=ActionShape(planning_artifacts=tuple(by_id), allowed_edit_roots=(root.path,)),
        artifacts=tuple(_artifact_shape(state) for state in found.states),
        root=root_shape(root) if has_root else UNSET,
    )


def apply_requires(found: WorkflowOf) -> tuple[str, ...]:
    """Name what must be there before the work begins: all of it, where the schema does not say."""
    return found.schema.apply_requires or tuple(artifact.id for artifact in found.schema.artifacts)


def _artifact_shape(state: ArtifactState) -> ArtifactShape:
    return ArtifactShape(
        id=state.artifact.id,
        output_path=state.artifact.generates,
        status=state.status.value,
        requires=state.artifact.requires,
        missing_deps=state.missing or UNSET,
    )


def _next_command(found: WorkflowOf, root: PlanningRoot) -> str:
    ready = next((state.artifact.id for state in found.states if state.status is ArtifactStatus.READY), "apply")
    return f'openspec instructions {ready} --change "{found.change}"{store_flag(root)} --json'


def _next_step(found: WorkflowOf, root: PlanningRoot) -> str:
    """Say in a sentence what to do next."""
    command = _next_command(found, root)
    if found.is_planned:
        return f"All planning artifacts are complete. Run {command} to inspect implementation progress."
    return f"Run {command} before writing that artifact."


def _text(found: WorkflowOf, root: PlanningRoot) -> str:
    """Write a change for people."""
    skipped = sum(state.status is ArtifactStatus.SKIPPED for state in found.states)
    done = sum(state.status is ArtifactStatus.DONE for state in found.states)
    beside = f" ({skipped} skipped)" if skipped else ""
    lines = [
        f"Change: {found.change}",
        f"Schema: {found.place.name}",
        f"Change root: {found.folder}",
        f"Progress: {done}/{len(found.states) - skipped} artifacts complete{beside}",
        "",
        *(_line(state) for state in found.states),
        "",
    ]
    if found.is_planned:
        lines.append("All planning artifacts complete!")
    return "\n".join([*lines, f"Next: {_next_command(found, root)}"])


def _line(state: ArtifactState) -> str:
    match state.status:
        case ArtifactStatus.DONE:
            return f"[x] {state.artifact.id}"
        case ArtifactStatus.SKIPPED:
            return f"[~] {state.artifact.id} (skipped: change declares skip_specs)"
        case ArtifactStatus.READY:
            return f"[ ] {state.artifact.id}"
        case ArtifactStatus.BLOCKED:
            return f"[-] {state.artifact.id} (blocked by: {', '.join(state.missing)})"
