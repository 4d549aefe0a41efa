"""Answers one call of a tool: arguments in, the document of the command line out, or a document that says why there is none."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Final, cast

import msgspec
from msgspec import Struct

from setsquare.errors import SetsquareError
from setsquare.journeys.looking import LookingWorld, looked
from setsquare.surfaces.mcp.asking import Tool
from setsquare.surfaces.mcp.iam_tools import IAM_TOOLS
from setsquare.surfaces.mcp.page import Json, Page, paged
from setsquare.surfaces.mcp.spec_tools import SPEC_TOOLS
from setsquare.text.json_escapes import escaped

TOOLS: Final[Mapping[str, Tool]] = {tool.name: tool for tool in (*SPEC_TOOLS, *IAM_TOOLS)}

MOST_BYTES: Final = 400_000
"""A longer answer would fill what a model can hold; a smaller page is asked for instead."""


class ErrorPart(Struct, frozen=True):
    """What failed: a stable code, a message, what to do next."""

    code: str
    message: str
    hint: str


class ErrorResult(Struct, frozen=True, kw_only=True):
    """A failure in the form that the command line gives it."""

    schema: str = "setsquare/error/1"
    error: ErrorPart


class Answer(Struct, frozen=True, kw_only=True):
    """What a call comes to: the document, and its text as the command line prints it; a document with `error` says why there is no other."""

    document: dict[str, Json]
    text: str

    @property
    def is_error(self) -> bool:
        """Tell whether nothing was answered."""
        return "error" in self.document


# req: mcp-server/1.1
# req: mcp-server/1.3
async def answered(world: LookingWorld, tool: Tool, given: Mapping[str, object]) -> Answer:
    """Answer one call; what fails in a way that is foreseen is an answer too."""
    try:
        arguments = msgspec.convert(given, tool.arguments)
    except msgspec.ValidationError as error:
        return _failed("usage", f"`{tool.name}` cannot take these arguments: {error}.", "See the tool's input schema.")
    try:
        said = await looked(world, arguments.question())
    except SetsquareError as error:
        return _failed(error.code, error.message, error.hint)
    _log(tool.name, said.beside)
    try:
        document = cast("dict[str, Json]", msgspec.json.decode(said.document, type=dict[str, object]))
    except msgspec.MsgspecError:
        return _failed(
            "internal", f"`{tool.name}` answered with something that is no document.", "This is a defect of Setsquare; report it."
        )
    return _shown(document, said.document.decode(), Page(arguments.offset, arguments.limit))


# req: mcp-server/4.2
def _shown(document: dict[str, Json], text: str, page: Page) -> Answer:
    """Cut a document to a page, and refuse one that is too long even so."""
    shown = paged(document, page)
    if "cut" in shown:
        text = _pretty(shown)
    if len(text.encode()) > MOST_BYTES:
        told = f"The answer has {len(text.encode()) // 1_000:,} kB, and no more than {MOST_BYTES // 1_000} kB are given at once."
        return _failed("too-long", told, "Ask for fewer entries with `limit`, or for less: one spec, one rule, one role.")
    return Answer(document=shown, text=text)


def _failed(code: str, message: str, hint: str) -> Answer:
    """Make the document of a failure."""
    document = msgspec.to_builtins(ErrorResult(error=ErrorPart(code, _whole(message), _whole(hint))))
    return Answer(document=document, text=_pretty(document))


def _pretty(document: dict[str, Json]) -> str:
    """Write a document as the command line does."""
    return escaped(msgspec.json.format(msgspec.json.encode(document), indent=2).decode()) + "\n"


def _whole(text: str) -> str:
    """Replace what JSON cannot carry."""
    return text.encode("utf-8", "replace").decode()


def _log(name: str, beside: str) -> None:
    """Pass on what the command line said beside its answer, a line for each line of it and no control character."""
    for line in beside.splitlines():
        sys.stderr.write(f"{name}: {line if line.isprintable() else ascii(line)}\n")
    if beside:
        sys.stderr.flush()
