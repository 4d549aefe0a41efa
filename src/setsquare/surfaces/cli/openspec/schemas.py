"""`setsquare openspec schemas`: the workflow schemas that can be used."""

from __future__ import annotations

import click
from msgspec import Struct

from setsquare.journeys.openspec_rooting import RootRefused, chosen_root
from setsquare.journeys.openspec_schema_writing import usable
from setsquare.journeys.openspec_schemas import SchemaPlace, SchemaSource, schema_places
from setsquare.spec.openspec.diagnostic import Diagnostic
from setsquare.surfaces.cli.openspec.answer import Answer, made
from setsquare.surfaces.cli.openspec.rooted import STORE, RootShape, notes_on, refused
from setsquare.wire import planning_app
from setsquare.workspace.openspec.model import WorkflowSchema

_MARKS = {SchemaSource.PROJECT: " (project)", SchemaSource.USER: " (user override)", SchemaSource.PACKAGE: ""}


class Options(Struct, frozen=True):
    """How to print, and of which root."""

    is_json: bool
    store: str | None
    store_path: str | None


class SchemaShape(Struct, frozen=True, kw_only=True):
    """A schema."""

    name: str
    description: str
    artifacts: tuple[str, ...]
    source: str


class NoSchemas(Struct, frozen=True, kw_only=True):
    """No root, no schemas."""

    schemas: tuple[SchemaShape, ...] = ()
    root: RootShape | None = None
    status: tuple[Diagnostic, ...]


@made("schemas", Options, (click.option("--json", "is_json", is_flag=True, help="Print JSON."), *STORE))
def command(options: Options) -> Answer:
    """List the workflow schemas that can be used; broken ones are left out, `schema validate` names them."""
    app = planning_app()
    root = chosen_root(app, options.store, store_path=options.store_path)
    if isinstance(root, RootRefused):
        return refused(root, NoSchemas(status=(root.finding,)) if options.is_json else None)
    read = ((place, usable(app, place)) for place in schema_places(app, root.path))
    found = tuple((place, schema) for place, schema in read if schema is not None)
    notes = notes_on(root, is_json=options.is_json)
    if options.is_json:
        return Answer(document=tuple(_shape(place, schema) for place, schema in found), notes=notes)
    texts = (f"  {place.name}{_MARKS[place.source]}\n    {schema.description}\n    {_chain(schema)}\n" for place, schema in found)
    return Answer(text="\n".join(["Available schemas:\n", *texts]) + "\n", notes=notes)


def _shape(place: SchemaPlace, schema: WorkflowSchema) -> SchemaShape:
    artifacts = tuple(artifact.id for artifact in schema.artifacts)
    return SchemaShape(name=place.name, description=schema.description, artifacts=artifacts, source=place.source.value)


def _chain(schema: WorkflowSchema) -> str:
    return "Artifacts: " + " → ".join(artifact.id for artifact in schema.artifacts)
