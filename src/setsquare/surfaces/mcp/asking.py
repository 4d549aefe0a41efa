"""What a tool of the server is: a name, words for a model, the arguments that it takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import msgspec
from msgspec import Struct

from setsquare.journeys.looking import Question
from setsquare.surfaces.mcp.page import Json


class Asking(Protocol):
    """The arguments of a tool: a Struct that knows what they ask of the command line."""

    @property
    def offset(self) -> int:
        """Say where a page begins."""
        ...

    @property
    def limit(self) -> int:
        """Say how long a page is."""
        ...

    def question(self) -> Question:
        """Write them as a command line."""
        ...


class Tool(Struct, frozen=True, kw_only=True):
    """One tool. `answers` names the schema of its answer, as `setsquare schema` prints it."""

    name: str
    title: str
    line: str
    answers: str
    arguments: type[Asking]

    @property
    def description(self) -> str:
        """Describe the tool for a model."""
        return f"{self.line} Read-only. Answers with JSON by the schema setsquare/{self.answers}/1."


def input_schema(arguments: type[Asking]) -> dict[str, Json]:
    """Give the JSON Schema of a tool's arguments, whole and without references; other names are refused."""
    (found,), parts = msgspec.json.schema_components([arguments], ref_template="{name}")
    schema = _inlined(found, parts)
    if not isinstance(schema, dict):
        message = f"{arguments} has no schema of an object"
        raise TypeError(message)
    return {name: value for name, value in schema.items() if name not in {"title", "description"}}


def _inlined(schema: Json, parts: Mapping[str, Json]) -> Json:
    """Put every part where it is referred to; arguments hold no part twice, and none of itself."""
    if isinstance(schema, dict):
        name = schema.get("$ref")
        if isinstance(name, str):
            return _inlined(parts[name], parts)
        return {key: _inlined(value, parts) for key, value in schema.items()}
    return [_inlined(value, parts) for value in schema] if isinstance(schema, list) else schema
