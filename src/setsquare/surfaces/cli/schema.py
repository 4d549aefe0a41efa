"""`setsquare schema`."""

from __future__ import annotations

import difflib
from typing import Any

import click
import msgspec
from msgspec import Struct

from setsquare.errors import Usage
from setsquare.surfaces.cli.loading import SCHEMAS, result_type
from setsquare.surfaces.cli.options import Output
from setsquare.surfaces.cli.options import command as made


class Options(Struct, frozen=True):
    """Which schema; all names when none is given."""

    name: str | None


class Result(Struct, frozen=True, kw_only=True):
    """One schema, or the names of all."""

    schema: str = "setsquare/schema/1"
    names: tuple[str, ...]
    document: Any = None


@made("schema", Options, (click.argument("name", required=False),))
def command(options: Options) -> Output:
    """Print the JSON Schema of a command's `--format json` output; without NAME, list the names."""
    names = tuple(SCHEMAS)
    if options.name is None:
        return Output(result=Result(names=names), text="\n".join(names))
    if options.name not in SCHEMAS:
        near = difflib.get_close_matches(options.name, names, n=1)
        raise Usage(f"There is no schema `{options.name}`.", f"Did you mean `{near[0]}`?" if near else "List them: `setsquare schema`.")
    document = json_schema(options.name)
    return Output(result=Result(names=(options.name,), document=msgspec.json.decode(document)), text=document.decode())


def json_schema(name: str) -> bytes:
    """Write the JSON Schema (2020-12) of an output, indented."""
    kind = result_type(name)
    schema: dict[str, Any] = msgspec.json.schema(kind)
    named = schema["$defs"][kind.__name__] if "$defs" in schema else schema
    tag = named["properties"]["schema"]
    tag["const"] = tag.pop("default")
    named["required"] = ["schema", *(field for field in named.get("required", []) if field != "schema")]
    whole = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": f"setsquare {name}", **schema}
    return msgspec.json.format(msgspec.json.encode(whole), indent=2)
