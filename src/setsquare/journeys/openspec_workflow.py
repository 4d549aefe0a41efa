"""Says how far the artifacts of a change are.

Source: `openspec status` 1.13.2, observed from outside.
"""

from __future__ import annotations

import json
import re

from msgspec import Struct

from setsquare.journeys.openspec_items import CHANGES, change_ids, namespace_message, nested_changes
from setsquare.journeys.openspec_references import config_of
from setsquare.journeys.openspec_schemas import (
    SchemaPlace,
    not_found,
    read_place,
    schema_place,
    schema_places,
    unknown_schema,
    unusable,
)
from setsquare.journeys.planning_app import PlanningApp
from setsquare.ports.planning import EntryKind, Unreadable
from setsquare.spec.openspec.artifact_graph import ArtifactState, artifact_states
from setsquare.spec.openspec.change_names import named_problem
from setsquare.text.paths import RelPath, joined
from setsquare.workspace.openspec.metadata import NOT_YAML, read_metadata
from setsquare.workspace.openspec.model import ChangeMetadata, WorkflowSchema
from setsquare.workspace.openspec.schema import BUILT_IN_NAME
from setsquare.workspace.openspec.text import normalised

METADATA = ".openspec.yaml"
_FILES = (EntryKind.FILE, EntryKind.LINK_TO_FILE)
_EXPECTED = re.compile(r"Invalid input: expected (\w+), received .*")
_CREATE = "Create one with: openspec new change <name>"


class WorkflowRefused(Struct, frozen=True):
    """Why a change's workflow cannot be looked at, in words that scripts read."""

    message: str


class WorkflowOf(Struct, frozen=True, kw_only=True):
    """A change with its schema; `folder` is absolute, `files` are relative to it, `states` in build order."""

    change: str
    folder: str
    place: SchemaPlace
    schema: WorkflowSchema
    files: tuple[RelPath, ...]
    states: tuple[ArtifactState, ...]
    skips_specs: bool = False

    @property
    def is_planned(self) -> bool:
        """Tell whether every artifact is there or not wanted."""
        return all(state.is_settled for state in self.states)


def workflow_of(
    app: PlanningApp, root: str, change: str, *, schema: str | None = None, has_texts: bool = False
) -> WorkflowOf | WorkflowRefused:
    """Look at one change; `schema` goes before what the change says itself."""
    place = change_place(app, root, change)
    if isinstance(place, WorkflowRefused):
        return place
    base = joined(CHANGES, change)
    entries = app.planning.walk(root, base)
    files = tuple(RelPath(entry.path[len(base) + 1 :]) for entry in entries if entry.kind in _FILES)
    if schema is not None and schema_place(app, root, schema) is None:
        return WorkflowRefused(not_found(schema, schema_places(app, root)))
    metadata = _metadata(app, root, base)
    if isinstance(metadata, WorkflowRefused):
        return metadata
    named = schema or (metadata.schema if metadata else "") or default_schema(app, root)
    found = _schema(app, root, named, has_texts=has_texts)
    if isinstance(found, WorkflowRefused):
        return found
    skips = metadata is not None and metadata.skips_specs
    return WorkflowOf(
        change=change,
        folder=place,
        place=found[0],
        schema=found[1],
        files=files,
        states=artifact_states(found[1], files, skips_specs=skips),
        skips_specs=skips,
    )


def change_place(app: PlanningApp, root: str, change: str) -> str | WorkflowRefused:
    """Give the absolute folder of a change that exists; a link is none, because it may lead anywhere."""
    problem = named_problem(change)
    if problem:
        return WorkflowRefused(problem)
    kinds = {entry.path: entry.kind for entry in app.planning.walk(root, CHANGES, depth=1)}
    path = joined(CHANGES, change)
    if kinds.get(path) is EntryKind.FOLDER:
        nested = nested_changes(change, app.planning.walk(root, path))
        return WorkflowRefused(namespace_message(change, nested)) if nested else f"{root.rstrip('/')}/{path}"
    listed = change_ids(app, root)
    if not listed:
        return WorkflowRefused(f"Change '{change}' not found. No changes exist. {_CREATE}")
    return WorkflowRefused("\n  ".join((f"Change '{change}' not found. Available changes:", *listed)))


def missing_change(app: PlanningApp, root: str, *, or_all: str = "") -> WorkflowRefused:
    """Say that a change must be named, and which there are."""
    listed = change_ids(app, root)
    if not listed:
        return WorkflowRefused(f"No changes found. {_CREATE}")
    return WorkflowRefused("\n  ".join((f"Missing required option --change{or_all}. Available changes:", *listed)))


def default_schema(app: PlanningApp, root: str) -> str:
    """Name the schema that changes of a root have when they name none."""
    config = config_of(app, root)
    return (config.schema if config else "") or BUILT_IN_NAME


def _schema(app: PlanningApp, root: str, name: str, *, has_texts: bool) -> tuple[SchemaPlace, WorkflowSchema] | WorkflowRefused:
    place = schema_place(app, root, name)
    if place is None:
        return WorkflowRefused(not_found(name, schema_places(app, root)).replace(":\n  ", ": ").replace("\n  ", ", "))
    schema = read_place(app, place, has_texts=has_texts)
    return WorkflowRefused(unusable(place, schema)) if isinstance(schema, str) else (place, schema)


def _metadata(app: PlanningApp, root: str, base: RelPath) -> ChangeMetadata | WorkflowRefused | None:
    """Read what a change says about itself; `None` where it says nothing."""
    raw = app.planning.read(root, joined(base, METADATA))
    if raw is None:
        return None
    if isinstance(raw, Unreadable):
        return WorkflowRefused(f"Failed to read metadata: {raw.code}: {raw.reason}")
    text = normalised(raw)
    if not text.strip():
        return WorkflowRefused(_metadata_problem(": Invalid input: expected object, received null"))
    read = read_metadata(text, (BUILT_IN_NAME,))
    if read.problem.startswith("schema: unknown schema"):
        if schema_place(app, root, read.schema) is None:
            return WorkflowRefused(unknown_schema(read.schema, schema_places(app, root)))
        read = read_metadata(text, (read.schema,))
    return WorkflowRefused(_metadata_problem(read.problem)) if read.problem else read


def _metadata_problem(problem: str) -> str:
    """Word a problem of the metadata as OpenSpec does.

    >>> print(_metadata_problem(": Invalid input: expected object, received null").splitlines()[0])
    Invalid metadata: [
    """
    if problem == NOT_YAML:
        return f"Invalid YAML in metadata file: {problem}"
    where, _, message = problem.partition(": ")
    path = [int(part) if part.isdecimal() else part for part in where.split(".")] if where else []
    found = _EXPECTED.fullmatch(message)
    issue: dict[str, object]
    if found is not None:
        issue = {"expected": found[1], "code": "invalid_type"}
    elif message.startswith("Too small") or message.endswith("is required"):
        issue = {"origin": "string", "code": "too_small", "minimum": 1, "inclusive": True}
    elif where == "created":
        issue = {"origin": "string", "code": "invalid_format", "format": "regex", "pattern": r"/^\d{4}-\d{2}-\d{2}$/"}
    else:
        return f"Invalid metadata: {problem}"
    return f"Invalid metadata: {json.dumps([{**issue, 'path': path, 'message': message}], indent=2, ensure_ascii=False)}"
