"""`setsquare openspec templates`: where the templates of a schema are."""

from __future__ import annotations

import click
from msgspec import Struct

from setsquare.journeys.openspec_schemas import not_found, read_place, schema_place, schema_places, unusable
from setsquare.surfaces.cli.openspec.answer import Answer, made
from setsquare.wire import planning_app


class Options(Struct, frozen=True):
    """Of which schema."""

    schema: str
    is_json: bool


class TemplateShape(Struct, frozen=True):
    """A template."""

    path: str
    source: str


PARAMS = (
    click.option("--schema", metavar="<name>", default="spec-driven", help="Of which schema (spec-driven)."),
    click.option("--json", "is_json", is_flag=True, help="Print JSON."),
)


@made("templates", Options, PARAMS)
def command(options: Options) -> Answer:
    """Print where the template of each artifact is, as seen from the current folder."""
    app = planning_app()
    place = schema_place(app, app.here, options.schema)
    if place is None:
        return Answer(notes=f"✖ Error: {not_found(options.schema, schema_places(app, app.here))}", exit_code=1)
    schema = read_place(app, place)
    if isinstance(schema, str):
        return Answer(notes=f"✖ Error: {unusable(place, schema)}", exit_code=1)
    found = {artifact.id: f"{place.path}/templates/{artifact.template}" for artifact in schema.artifacts}
    if options.is_json:
        return Answer(document={name: TemplateShape(path, place.source.value) for name, path in found.items()})
    lines = [f"Schema: {options.schema}", f"Source: {place.source.value}", ""]
    return Answer(text="\n".join([*lines, *(f"{name}:\n  {path}" for name, path in found.items())]))
