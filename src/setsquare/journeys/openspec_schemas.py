"""Finds the workflow schemas that a root can use: its own, this person's, those that come with the program; the first of a name hides the others.

Source: schema resolution of OpenSpec 1.13.2, observed from outside.
"""

from __future__ import annotations

import enum

from msgspec import Struct

from setsquare.journeys.planning_app import PlanningApp
from setsquare.ports.planning import EntryKind, Unreadable
from setsquare.text.paths import RelPath, joined
from setsquare.workspace.openspec.model import SchemaArtifact, WorkflowSchema
from setsquare.workspace.openspec.schema import BUILT_IN, BUILT_IN_NAME, NOT_YAML, read_schema
from setsquare.workspace.openspec.text import normalised

SCHEMA_FILE = "schema.yaml"
PROJECT_SCHEMAS = RelPath("openspec/schemas")
PACKAGE_SCHEMAS = f"{__file__.replace(chr(92), '/').rpartition('/journeys/')[0]}/openspec_schemas"
"""The schemas that come with the program, absolute."""

_FILES = (EntryKind.FILE, EntryKind.LINK_TO_FILE)


class SchemaSource(enum.Enum):
    """Where a schema lies."""

    PROJECT = "project"
    USER = "user"
    PACKAGE = "package"


class SchemaPlace(Struct, frozen=True, kw_only=True):
    """A schema's folder, absolute. `shadows` are the places of the same name that it hides."""

    name: str
    source: SchemaSource
    path: str
    shadows: tuple[SchemaPlace, ...] = ()


def schema_places(app: PlanningApp, root: str) -> tuple[SchemaPlace, ...]:
    """List all schemas by name, broken ones too."""
    found: dict[str, list[SchemaPlace]] = {}
    for source, folder in _folders(app, root):
        for name in _names(app, folder):
            found.setdefault(name, []).append(SchemaPlace(name=name, source=source, path=f"{folder}/{name}"))
    return tuple(_first(places) for _, places in sorted(found.items()))


def schema_place(app: PlanningApp, root: str, name: str) -> SchemaPlace | None:
    """Find one schema; a name that would lead out of the folders is none."""
    if not name or name.startswith(".") or "/" in name or "\\" in name or "\0" in name:
        return None
    places = [
        SchemaPlace(name=name, source=source, path=f"{folder}/{name}")
        for source, folder in _folders(app, root)
        if app.planning.read(folder, joined(name, SCHEMA_FILE)) is not None
    ]
    return _first(places) if places else None


def read_place(app: PlanningApp, place: SchemaPlace, *, has_texts: bool = True) -> WorkflowSchema | str:
    """Read a schema, or say what is wrong with it; without `has_texts` the instructions may be missing, which saves a look at the disk."""
    if place.source is SchemaSource.PACKAGE and place.name == BUILT_IN_NAME and not has_texts:
        return BUILT_IN
    raw = app.planning.read(place.path, RelPath(SCHEMA_FILE))
    if not isinstance(raw, bytes):
        return f"Parse error: {raw.reason if isinstance(raw, Unreadable) else 'the file is gone'}"
    return read_schema(normalised(raw))


def unusable(place: SchemaPlace, problem: str) -> str:
    """Say that a schema cannot be used."""
    where = f"{place.path}/{SCHEMA_FILE}"
    if problem.startswith(NOT_YAML):
        return f"Failed to parse schema at '{where}': {problem.removeprefix(NOT_YAML)}"
    return f"Invalid schema at '{where}': {problem}"


def template_of(app: PlanningApp, place: SchemaPlace, artifact: SchemaArtifact) -> str | None:
    """Read the template of an artifact; `None` where there is none."""
    raw = app.planning.read(f"{place.path}/templates", RelPath(artifact.template.removeprefix("./")))
    return normalised(raw) if isinstance(raw, bytes) else None


def leads_out(app: PlanningApp, place: SchemaPlace, artifact: SchemaArtifact) -> bool:
    """Tell whether a template is a link that leads out of the folder of templates, or that folder one."""
    path = RelPath(artifact.template.removeprefix("./"))
    targets = (app.planning.link_target(place.path, RelPath("templates")), app.planning.link_target(f"{place.path}/templates", path))
    return any(isinstance(target, str) and target.startswith("/") for target in targets)


def has_template(app: PlanningApp, place: SchemaPlace, artifact: SchemaArtifact) -> bool:
    """Tell whether the template of an artifact stands in the schema's folder or in its folder `templates`."""
    path = RelPath(artifact.template.removeprefix("./"))
    return any(app.planning.read(f"{place.path}{below}", path) is not None for below in ("/templates", ""))


def not_found(name: str, places: tuple[SchemaPlace, ...]) -> str:
    """Say that there is no such schema, and which there are."""
    return "\n  ".join((f"Schema '{name}' not found. Available schemas:", *(place.name for place in places)))


def unknown_schema(name: str, places: tuple[SchemaPlace, ...]) -> str:
    """Say that a file names a schema that does not exist."""
    return f"Unknown schema '{name}'. Available: {', '.join(place.name for place in places)}"


def _folders(app: PlanningApp, root: str) -> tuple[tuple[SchemaSource, str], ...]:
    return (
        (SchemaSource.PROJECT, f"{root.rstrip('/')}/{PROJECT_SCHEMAS}"),
        (SchemaSource.USER, f"{app.data_folder}/schemas"),
        (SchemaSource.PACKAGE, PACKAGE_SCHEMAS),
    )


def _names(app: PlanningApp, folder: str) -> tuple[str, ...]:
    entries = app.planning.walk(folder, RelPath(""), depth=2)
    return tuple(
        entry.path.removesuffix(f"/{SCHEMA_FILE}")
        for entry in entries
        if entry.kind in _FILES and entry.path.endswith(f"/{SCHEMA_FILE}") and entry.path.count("/") == 1
    )


def _first(places: list[SchemaPlace]) -> SchemaPlace:
    first, *hidden = places
    return SchemaPlace(name=first.name, source=first.source, path=first.path, shadows=tuple(hidden))
