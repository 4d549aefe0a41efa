"""`setsquare openspec schema`: find, check, copy and make workflow schemas of the current folder's project."""

from __future__ import annotations

from collections.abc import Mapping

import click
from msgspec import Struct

from setsquare.journeys.openspec_schema_writing import (
    STARTERS,
    SchemaIssue,
    fork_schema,
    has_schema,
    init_schema,
    is_schema_name,
    schema_issues,
)
from setsquare.journeys.openspec_schemas import PROJECT_SCHEMAS, SchemaPlace, SchemaSource, schema_place, schema_places
from setsquare.journeys.planning_app import PlanningApp
from setsquare.surfaces.cli.loading import Listed
from setsquare.surfaces.cli.openspec.answer import Answer, made
from setsquare.surfaces.cli.openspec.tabled import TabledGroup
from setsquare.text.paths import RelPath
from setsquare.wire import planning_app

_NOTE = "Note: Schema commands are experimental and may change.\n"
_FORCE = "Use --force to overwrite"
_HEADS = {SchemaSource.PROJECT: "Project schemas:", SchemaSource.USER: "User schemas:", SchemaSource.PACKAGE: "Package schemas:"}
_JSON = click.option("--json", "is_json", is_flag=True, help="Print JSON.")
_OVERWRITE = click.option("--force", "is_forced", is_flag=True, help="Replace a schema of that name in the project.")


class WhichOptions(Struct, frozen=True):
    """Which schema."""

    name: str | None
    is_json: bool
    is_all: bool


class ValidateOptions(Struct, frozen=True):
    """Which schema, and how much is told."""

    name: str | None
    is_json: bool
    is_verbose: bool


class ForkOptions(Struct, frozen=True):
    """What to copy, and under which name."""

    source: str
    name: str | None
    is_json: bool
    is_forced: bool


class InitOptions(Struct, frozen=True, kw_only=True):
    """What to make."""

    name: str
    description: str
    artifacts: str
    is_default: bool
    is_json: bool
    is_forced: bool


class PlaceShape(Struct, frozen=True):
    """Where a hidden schema is."""

    source: str
    path: str


class WhichShape(Struct, frozen=True, kw_only=True):
    """Where a schema is."""

    name: str
    source: str
    path: str
    shadows: tuple[PlaceShape, ...]


class CheckedShape(Struct, frozen=True, kw_only=True):
    """What is wrong with a schema."""

    name: str
    path: str
    valid: bool
    issues: tuple[SchemaIssue, ...]


@made(
    "which", WhichOptions, (click.argument("name", metavar="[name]", required=False), _JSON, click.option("--all", "is_all", is_flag=True))
)
def which(options: WhichOptions) -> Answer:
    """Say where a schema comes from and which others of its name it hides; with --all, all of them."""
    app = planning_app()
    if options.is_all:
        places = schema_places(app, app.here)
        if options.is_json:
            return Answer(document=tuple(_which_shape(place) for place in places), notes=_NOTE)
        parts = [("", _HEADS[source], *lines) for source in SchemaSource if (lines := [_listed(p) for p in places if p.source is source])]
        return Answer(text="\n".join(line for part in parts for line in part), notes=_NOTE)
    if not options.name:
        return Answer(notes=f"{_NOTE}Error: Schema name is required (or use --all to list all schemas)", exit_code=1)
    place = schema_place(app, app.here, options.name)
    if place is None:
        return _not_found(app, options.name, {}, is_json=options.is_json)
    if options.is_json:
        return Answer(document=_which_shape(place), notes=_NOTE)
    lines = [f"Schema: {place.name}", f"Source: {place.source.value}", f"Path: {place.path}"]
    if place.shadows:
        lines += ["", "Shadows:", *(f"  {hidden.source.value}: {hidden.path}" for hidden in place.shadows)]
    return Answer(text="\n".join(lines), notes=_NOTE)


@made(
    "validate",
    ValidateOptions,
    (click.argument("name", metavar="[name]", required=False), _JSON, click.option("--verbose", "is_verbose", is_flag=True)),
)
def validate(options: ValidateOptions) -> Answer:
    """Check a schema and its templates; without a name all schemas of the project."""
    app = planning_app()
    if not options.name:
        return _validate_all(app, options)
    place = schema_place(app, app.here, options.name)
    if place is None:
        return _not_found(app, options.name, {"valid": False}, is_json=options.is_json)
    shape = _checked(app, place)
    code = 0 if shape.valid else 1
    if options.is_json:
        return Answer(document=shape, notes=_NOTE, exit_code=code)
    steps = (
        [f"Validating {place.name}...", "  Looked at schema.yaml, its artifacts, their order and their templates."]
        if options.is_verbose
        else []
    )
    head = f"✓ Schema '{place.name}' is valid" if shape.valid else f"✗ Schema '{place.name}' has errors:"
    return Answer(text="\n".join([*steps, head, *(f"  {_issue(issue)}" for issue in shape.issues)]), notes=_NOTE, exit_code=code)


@made(
    "fork",
    ForkOptions,
    (click.argument("source", metavar="<source>"), click.argument("name", metavar="[name]", required=False), _JSON, _OVERWRITE),
)
def fork(options: ForkOptions) -> Answer:
    """Copy a schema into the project, to change it there; without a name it is called `<source>-custom`."""
    app = planning_app()
    no: Mapping[str, object] = {"forked": False}
    name = options.name or f"{options.source}-custom"
    if not is_schema_name(name):
        return _bad_name(name, no, is_json=options.is_json)
    place = schema_place(app, app.here, options.source)
    if place is None:
        return _not_found(app, options.source, no, is_json=options.is_json)
    path = f"{app.here}/{PROJECT_SCHEMAS}/{name}"
    if has_schema(app, name) and not options.is_forced:
        return _exists(name, path, {**no, "suggestion": _FORCE}, is_json=options.is_json)
    problem = fork_schema(app, place, name)
    if problem:
        return _error({**no, "error": problem}, problem, is_json=options.is_json)
    made_of = {"source": place.name, "sourcePath": place.path, "sourceLocation": place.source.value}
    document = {"forked": True, **made_of, "destination": name, "destinationPath": path}
    lines = ["", f"Source: {place.path} ({place.source.value})", f"Destination: {path}"]
    lines += ["", "You can now customize the schema at:", f"  {path}/schema.yaml"]
    said = "" if options.is_json else f"✔ Forked '{place.name}' to '{name}'\n"
    return Answer(document=document if options.is_json else None, text="\n".join(lines), notes=_NOTE + said)


@made(
    "init",
    InitOptions,
    (
        click.argument("name", metavar="<name>"),
        click.option("--description", metavar="<text>", default="", help="What the workflow is for."),
        click.option(
            "--artifacts", metavar="<list>", default="", help="Artifacts to begin with, by comma: proposal, specs, design, tasks."
        ),
        click.option("--default/--no-default", "is_default", default=False, help="Make it the project's default schema."),
        _JSON,
        _OVERWRITE,
    ),
)
def init(options: InitOptions) -> Answer:
    """Make a schema of the project with its templates."""
    app = planning_app()
    no: Mapping[str, object] = {"created": False}
    if not is_schema_name(options.name):
        return _bad_name(options.name, no, is_json=options.is_json)
    path = f"{app.here}/{PROJECT_SCHEMAS}/{options.name}"
    if has_schema(app, options.name) and not options.is_forced:
        way = f'{_FORCE} or "openspec schema fork" to copy'
        return _exists(options.name, path, {**no, "suggestion": way}, is_json=options.is_json)
    chosen = tuple(name for name in (part.strip() for part in options.artifacts.split(",")) if name) or STARTERS
    unknown = next((name for name in chosen if name not in STARTERS), None)
    if unknown is not None:
        said = f"Unknown artifact '{unknown}'"
        return _error({**no, "error": said, "valid": STARTERS}, f"{said}\nValid artifacts: {', '.join(STARTERS)}", is_json=options.is_json)
    twice = next((name for at, name in enumerate(chosen) if name in chosen[:at]), None)
    if twice is not None:
        said = f"Generated schema failed validation: Duplicate artifact ID: {twice}"
        return _error({**no, "error": said}, said, is_json=options.is_json)
    init_schema(app, options.name, options.description, chosen, is_default=options.is_default)
    document = {"created": True, "path": path, "schema": options.name, "artifacts": chosen, "setAsDefault": options.is_default}
    lines = ["", f"Schema created at: {path}", "", f"Artifacts: {', '.join(chosen)}", ""]
    lines += ["Set as project default schema.", ""] if options.is_default else []
    lines += ["Next steps:", f"  1. Edit {path}/schema.yaml to customize artifacts", "  2. Modify templates in the schema directory"]
    lines.append(f"  3. Use with: openspec new change <name> --schema {options.name}")
    said = "" if options.is_json else f"✔ Created schema '{options.name}'\n"
    return Answer(document=document if options.is_json else None, text="\n".join(lines), notes=_NOTE + said)


def _validate_all(app: PlanningApp, options: ValidateOptions) -> Answer:
    """Check the project's own schemas."""
    has_folder = any(entry.path == PROJECT_SCHEMAS for entry in app.planning.walk(app.here, RelPath("openspec"), depth=1))
    if not has_folder:
        told = "No project schemas directory found"
        document: Mapping[str, object] = {"valid": True, "message": told, "schemas": []}
        return Answer(document=document if options.is_json else None, text=f"{told}.", notes=_NOTE)
    shapes = tuple(_checked(app, place) for place in schema_places(app, app.here) if place.source is SchemaSource.PROJECT)
    code = 0 if all(shape.valid for shape in shapes) else 1
    if options.is_json:
        return Answer(document={"valid": not code, "schemas": shapes}, notes=_NOTE, exit_code=code)
    lines = ["", "Validation Results:"]
    for shape in shapes:
        lines += [f"  {'✓' if shape.valid else '✗'} {shape.name}", *(f"    {_issue(issue)}" for issue in shape.issues)]
    return Answer(text="\n".join(lines), notes=_NOTE, exit_code=code)


def _checked(app: PlanningApp, place: SchemaPlace) -> CheckedShape:
    issues = schema_issues(app, place)
    return CheckedShape(name=place.name, path=place.path, valid=all(issue.level != "error" for issue in issues), issues=issues)


def _issue(issue: SchemaIssue) -> str:
    return f"{issue.level}: {issue.message}"


def _which_shape(place: SchemaPlace) -> WhichShape:
    shadows = tuple(PlaceShape(hidden.source.value, hidden.path) for hidden in place.shadows)
    return WhichShape(name=place.name, source=place.source.value, path=place.path, shadows=shadows)


def _listed(place: SchemaPlace) -> str:
    hidden = ", ".join(shadow.source.value for shadow in place.shadows)
    return f"  {place.name}{f' (shadows: {hidden})' if hidden else ''}"


def _not_found(app: PlanningApp, name: str, document: Mapping[str, object], *, is_json: bool) -> Answer:
    known = tuple(place.name for place in schema_places(app, app.here))
    said = f"Schema '{name}' not found"
    return _error({**document, "error": said, "available": known}, f"{said}\nAvailable schemas: {', '.join(known)}", is_json=is_json)


def _bad_name(name: str, document: Mapping[str, object], *, is_json: bool) -> Answer:
    said = f"Invalid schema name '{name}'"
    full = {**document, "error": f"{said}. Use kebab-case (e.g., my-workflow)"}
    return _error(full, f"{said}\nSchema names must be kebab-case (e.g., my-workflow)", is_json=is_json)


def _exists(name: str, path: str, document: Mapping[str, object], *, is_json: bool) -> Answer:
    said = f"Schema '{name}' already exists"
    full = {"created": False} if "created" in document else {"forked": False}
    return _error(
        {**full, "error": said, "suggestion": document["suggestion"]}, f"{said} at {path}\n{document['suggestion']}", is_json=is_json
    )


def _error(document: Mapping[str, object], text: str, *, is_json: bool) -> Answer:
    if is_json:
        return Answer(document=document, notes=_NOTE, exit_code=1)
    return Answer(notes=f"{_NOTE}Error: {text}", exit_code=1)


_LINES = {
    "which": "Say where a schema comes from.",
    "validate": "Check a schema and its templates.",
    "fork": "Copy a schema into the project.",
    "init": "Make a schema of the project.",
}
command = TabledGroup(
    "schema",
    {name: Listed(f"openspec.schema:{name}", "Commands", line) for name, line in _LINES.items()},
    "Find, check, copy and make workflow schemas [experimental].",
)
