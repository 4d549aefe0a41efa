"""Makes a new change.

Source: `openspec new change` 1.13.2, observed from outside.
"""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from setsquare.journeys.openspec_items import CHANGES
from setsquare.journeys.openspec_references import config_of
from setsquare.journeys.openspec_rooting import PlanningRoot
from setsquare.journeys.openspec_schemas import not_found, read_place, schema_place, schema_places, unknown_schema, unusable
from setsquare.journeys.openspec_workflow import METADATA, WorkflowRefused
from setsquare.journeys.planning_app import PlanningApp
from setsquare.spec.openspec.artifact_graph import writes_specs
from setsquare.spec.openspec.change_names import new_name_problem
from setsquare.spec.openspec.yaml_writing import yaml_scalar
from setsquare.text.paths import RelPath, joined
from setsquare.text.plan import Plan, creation
from setsquare.workspace.openspec.schema import BUILT_IN_NAME

_FOLDERS = (RelPath("openspec/specs"), RelPath("openspec/changes/archive"))
_CONFIGS = (RelPath("openspec/config.yaml"), RelPath("openspec/config.yml"))


class NewChange(Struct, frozen=True, kw_only=True):
    """What is to be made."""

    name: str
    description: str = ""
    goal: str = ""
    schema: str | None = None


class MadeChange(Struct, frozen=True, kw_only=True):
    """A change that was made; `path` and `metadata` are absolute."""

    name: str
    path: str
    metadata: str
    schema: str


def make_change(app: PlanningApp, root: PlanningRoot, new: NewChange) -> MadeChange | WorkflowRefused:
    """Write a change's folder; nothing that exists is touched.

    Raises:
        StorageFailed: a file cannot be written; none was.
        StalePlan: somebody else made the change at the same moment.
    """
    problem = new_name_problem(new.name)
    if problem:
        return WorkflowRefused(problem)
    if new.schema is not None and schema_place(app, root.path, new.schema) is None:
        return WorkflowRefused(not_found(new.schema, schema_places(app, root.path)))
    config = config_of(app, root.path)
    name = new.schema or (config.schema if config else "") or BUILT_IN_NAME
    place = schema_place(app, root.path, name)
    if place is None:
        return WorkflowRefused(unknown_schema(name, schema_places(app, root.path)))
    folder = joined(CHANGES, new.name)
    if any(entry.path == folder for entry in app.planning.walk(root.path, CHANGES, depth=1)):
        return WorkflowRefused(f"Change '{new.name}' already exists at {root.path.rstrip('/')}/{folder}")
    schema = read_place(app, place, has_texts=False)
    if isinstance(schema, str):
        return WorkflowRefused(unusable(place, schema))
    lines = [f"schema: {yaml_scalar(name)}", f"created: {_today(app)}"]
    if new.goal:
        lines.append(f"goal: {yaml_scalar(new.goal)}")
    if not any(writes_specs(artifact) for artifact in schema.artifacts):
        # A schema without delta specs makes changes that have none; said here, so that they validate.
        lines.append("skip_specs: true")
    written = {joined(folder, METADATA): "\n".join([*lines, ""])}
    if new.description:
        written[joined(folder, "README.md")] = f"# {new.name}\n\n{new.description}\n"
    if not any(entry.path in _CONFIGS for entry in app.planning.walk(root.path, RelPath("openspec"), depth=1)):
        written[_CONFIGS[0]] = f"schema: {BUILT_IN_NAME}\n"
    changes = tuple(creation(path, text.encode()) for path, text in written.items())
    app.made(root.path).apply(Plan(f"make the change {new.name}", changes))
    if app.stores is not None:
        # A root has both folders, empty ones too: git keeps no empty folder, so that a fresh clone may lack them.
        app.stores().places.make_folders(root.path.rstrip("/"), _FOLDERS)
    path = f"{root.path.rstrip('/')}/{folder}"
    return MadeChange(name=new.name, path=path, metadata=f"{path}/{METADATA}", schema=name)


def _today(app: PlanningApp) -> str:
    """Give the date where this machine is."""
    return datetime.fromisoformat(app.clock.now()).astimezone().strftime("%Y-%m-%d")
