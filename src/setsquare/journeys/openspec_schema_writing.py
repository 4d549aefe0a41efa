"""Copies and makes workflow schemas of a project, and checks one.

Source: `openspec schema fork|init|validate` 1.13.2, observed from outside.
"""

from __future__ import annotations

import re

from msgspec import Struct

from setsquare.journeys.openspec_schemas import (
    PACKAGE_SCHEMAS,
    PROJECT_SCHEMAS,
    SCHEMA_FILE,
    SchemaPlace,
    has_template,
    leads_out,
    read_place,
)
from setsquare.journeys.planning_app import PlanningApp
from setsquare.ports.planning import EntryKind
from setsquare.spec.openspec.yaml_writing import yaml_scalar
from setsquare.text.paths import RelPath, joined
from setsquare.text.plan import FileChange, Plan, creation, removal, replacement
from setsquare.workspace.openspec.model import SchemaArtifact, WorkflowSchema
from setsquare.workspace.openspec.schema import BUILT_IN

STARTERS = ("proposal", "specs", "design", "tasks")
"""The artifacts that a new schema can begin with."""

_AFTER = {"specs": "proposal", "design": "specs", "tasks": "design"}
_TEMPLATES = {"specs": "specs/spec.md"}
_KEBAB = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
_NAME = re.compile(rb"^name:[^\r\n]*", re.MULTILINE)
_SCHEMA_LINE = re.compile(rb"^schema:[^\r\n]*", re.MULTILINE)
_CONFIGS = ("config.yaml", "config.yml")


class SchemaIssue(Struct, frozen=True, kw_only=True):
    """One thing that is wrong with a schema."""

    level: str
    path: str
    message: str


def is_schema_name(name: str) -> bool:
    """Tell whether a new schema can have a name.

    >>> is_schema_name("my-flow"), is_schema_name("../x")
    (True, False)
    """
    return _KEBAB.fullmatch(name) is not None


def schema_issues(app: PlanningApp, place: SchemaPlace) -> tuple[SchemaIssue, ...]:
    """Check a schema and its templates."""
    schema = read_place(app, place)
    if isinstance(schema, str):
        return (SchemaIssue(level="error", path=SCHEMA_FILE, message=schema),)
    issues = [
        SchemaIssue(
            level="error",
            path=f"artifacts.{artifact.id}.template",
            message=f"Template file '{artifact.template}' {problem}",
        )
        for artifact in schema.artifacts
        if (problem := _template_problem(app, place, artifact))
    ]
    generated = [artifact.generates for artifact in schema.artifacts]
    if schema.tracks and schema.tracks not in generated:
        issues.append(SchemaIssue(level="warning", path="apply.tracks", message=_untracked(schema.tracks, generated)))
    return tuple(issues)


def has_schema(app: PlanningApp, name: str) -> bool:
    """Tell whether something of this name stands among the project's schemas; a folder without a schema, left by a write that was cut off, is nothing."""
    wanted = joined(PROJECT_SCHEMAS, name)
    entries = app.planning.walk(app.here, PROJECT_SCHEMAS, depth=2)
    return any(entry.path in (wanted, joined(wanted, SCHEMA_FILE)) and entry.kind is not EntryKind.FOLDER for entry in entries)


def fork_schema(app: PlanningApp, place: SchemaPlace, name: str) -> str:
    """Copy a schema into the project under a new name and give its problem, empty when it was copied.

    Raises:
        StorageFailed: a file cannot be written; none was.
    """
    schema = read_place(app, place)
    if isinstance(schema, str):
        return schema
    below = joined(PROJECT_SCHEMAS, name)
    wanted: dict[RelPath, bytes] = {}
    for entry in app.planning.walk(place.path, RelPath("")):
        if entry.kind not in (EntryKind.FILE, EntryKind.FOLDER):
            return f"Cannot fork schema with linked or unsupported entry: {place.path}/{entry.path}"
        raw = app.planning.read(place.path, entry.path) if entry.kind is EntryKind.FILE else None
        if isinstance(raw, bytes):
            wanted[joined(below, entry.path)] = raw
    head = joined(below, SCHEMA_FILE)
    line = f"name: {name}".encode()
    wanted[head] = _NAME.sub(lambda _: line, wanted[head], count=1)
    _replace(app, below, wanted, ())
    return ""


def init_schema(app: PlanningApp, name: str, description: str, artifacts: tuple[str, ...], *, is_default: bool) -> None:
    """Make a schema of the project, and its default where asked for.

    Raises:
        StorageFailed: a file cannot be written; none was.
    """
    below = joined(PROJECT_SCHEMAS, name)
    wanted = {joined(below, SCHEMA_FILE): _document(name, description, artifacts).encode()}
    for artifact in artifacts:
        wanted[joined(below, "templates", _TEMPLATES.get(artifact, f"{artifact}.md"))] = _template(app, artifact)
    _replace(app, below, wanted, (_default_change(app, name),) if is_default else ())


def _template(app: PlanningApp, artifact_id: str) -> bytes:
    """Read a template of the schema that comes with the program."""
    template = next(artifact.template for artifact in BUILT_IN.artifacts if artifact.id == artifact_id)
    raw = app.planning.read(f"{PACKAGE_SCHEMAS}/{BUILT_IN.name}/templates", RelPath(template))
    return raw if isinstance(raw, bytes) else b""


def _document(name: str, description: str, chosen: tuple[str, ...]) -> str:
    known = {artifact.id: artifact for artifact in BUILT_IN.artifacts}
    lines = [
        f"name: {name}",
        "version: 1",
        f"description: {yaml_scalar(description or f'Custom workflow schema for {name}')}",
        "artifacts:",
    ]
    for artifact in chosen:
        after = _AFTER.get(artifact)
        template = _TEMPLATES.get(artifact, f"{artifact}.md")
        lines += [f"  - id: {artifact}", f"    generates: {known[artifact].generates}", f"    description: {known[artifact].description}"]
        lines += [f"    template: {template}", *(["    requires:", f"      - {after}"] if after in chosen else ["    requires: []"])]
    if "tasks" in chosen:
        lines += ["apply:", "  requires:", "    - tasks", "  tracks: tasks.md"]
    return "\n".join([*lines, ""])


def _template_problem(app: PlanningApp, place: SchemaPlace, artifact: SchemaArtifact) -> str:
    if leads_out(app, place, artifact):
        return "points outside the schema templates directory"
    return "" if has_template(app, place, artifact) else f"not found for artifact '{artifact.id}'"


def _default_change(app: PlanningApp, name: str) -> FileChange:
    """Plan that the configuration names a schema; everything else in it stays."""
    line = f"schema: {name}".encode()
    for config in _CONFIGS:
        path = joined("openspec", config)
        raw = app.planning.read(app.here, path)
        if isinstance(raw, bytes):
            new = _SCHEMA_LINE.sub(lambda _: line, raw, count=1) if _SCHEMA_LINE.search(raw) else line + b"\n" + raw
            return replacement(path, raw, new)
    return creation(RelPath("openspec/config.yaml"), line + b"\n")


def _replace(app: PlanningApp, below: RelPath, wanted: dict[RelPath, bytes], more: tuple[FileChange, ...]) -> None:
    """Write a folder of the project as it is wanted; what else stood in it goes."""
    old: dict[RelPath, bytes] = {}
    for entry in app.planning.walk(app.here, below):
        raw = app.planning.read(app.here, entry.path) if entry.kind is EntryKind.FILE else None
        if isinstance(raw, bytes):
            old[entry.path] = raw
    # The schema's own file comes last: without it a folder is no schema, so that one that was cut off is never used half.
    ordered = sorted(wanted.items(), key=lambda item: item[0].endswith(f"/{SCHEMA_FILE}"))
    changes = [removal(path, raw) for path, raw in old.items() if path not in wanted]
    changes += [replacement(path, old[path], raw) if path in old else creation(path, raw) for path, raw in ordered]
    app.made(app.here).apply(Plan(f"write {below}", (*changes, *more)))


def _untracked(tracks: str, generated: list[str]) -> str:
    return (
        f"apply.tracks '{tracks}' does not exactly match any artifact's generates value (generates: {', '.join(generated)}), so OpenSpec cannot "
        "tell which artifact's progress it tracks. Apply still reads that file as written, but list and status count tasks.md instead. Make "
        "apply.tracks exactly equal one of those generates values, or confirm that file is maintained outside the artifact graph."
    )


def usable(app: PlanningApp, place: SchemaPlace) -> WorkflowSchema | None:
    """Read a schema; `None` where it is broken."""
    schema = read_place(app, place)
    return None if isinstance(schema, str) else schema
