"""The tool `list`: the files below a folder."""

from __future__ import annotations

from itertools import islice

import msgspec
from msgspec import Raw, Struct

from setsquare.agent.tools.workbench import Observation, Workbench, failure
from setsquare.errors import StorageFailed
from setsquare.events.conversation import Tool
from setsquare.guard.action import ListFiles
from setsquare.text.counted import counted
from setsquare.text.paths import RelPath

LIMIT_FILES = 500
LIMIT_LOOKED_AT = 50_000

TOOL = Tool(
    "list",
    "List the files below a folder of the workspace, without ignored ones. No path lists the whole workspace.",
    Raw(
        b'{"type":"object","properties":{"path":{"type":"string","description":"A folder relative to the workspace"}},"additionalProperties":false}'
    ),
)


class Arguments(Struct, frozen=True, forbid_unknown_fields=True):
    """What the model may say."""

    path: str = ""


def parse(arguments: str) -> ListFiles:
    """Read the arguments.

    Raises:
        msgspec.MsgspecError: they are not JSON or do not match the schema.

    >>> parse('{"path": "src"}').path, parse("").path
    ('src', '')
    """
    given = msgspec.json.decode(arguments or "{}", type=Arguments)
    return ListFiles(given.path)


def perform(bench: Workbench, action: ListFiles) -> Observation:
    """List the files, as many as fit."""
    summary = f"list {action.path or '.'}"
    try:
        found = _listed(bench, RelPath(action.path))
    except StorageFailed as error:
        return failure(error.message, summary)
    if not found:
        return failure(f"There are no files below `{action.path or '.'}`.", summary)
    note = f"\n[more than {LIMIT_FILES} files: list a folder]" if len(found) > LIMIT_FILES else ""
    return Observation(
        is_ok=True,
        text=bench.shown("\n".join(found[:LIMIT_FILES]) + note),
        summary=f"{summary}: {counted(len(found), 'file')}",
        sources=found[:LIMIT_FILES],
    )


def _listed(bench: Workbench, folder: RelPath) -> tuple[RelPath, ...]:
    """List what belongs to the task's context, one file more than fits at most."""
    if bench.is_beyond is None:
        return bench.files.listing(folder, LIMIT_FILES + 1)
    found = (path for path in bench.files.listing(folder, LIMIT_LOOKED_AT) if not bench.is_beyond(path))
    return tuple(islice(found, LIMIT_FILES + 1))
