"""The tool `write`: a whole file, new or replaced."""

from __future__ import annotations

import msgspec
from msgspec import Raw, Struct

from setsquare.agent.tools.workbench import Observation, Workbench, failure
from setsquare.errors import StalePlan, StorageFailed
from setsquare.events.conversation import Tool
from setsquare.guard.action import Write
from setsquare.text.counted import counted
from setsquare.text.paths import RelPath
from setsquare.text.plan import FileChange, Plan, creation, digest, replacement

TOOL = Tool(
    "write",
    "Create a file or replace all of it. To change a part of an existing file, use `edit`.",
    Raw(
        b'{"type":"object","properties":{"path":{"type":"string","description":"Relative to the workspace"},'
        b'"content":{"type":"string"}},"required":["path","content"],"additionalProperties":false}'
    ),
)


class Arguments(Struct, frozen=True, forbid_unknown_fields=True):
    """What the model may say."""

    path: str
    content: str


def parse(arguments: str) -> Write:
    """Read the arguments.

    Raises:
        msgspec.MsgspecError: they are not JSON or do not match the schema.

    >>> parse('{"path": "a.py", "content": "x"}').path
    'a.py'
    """
    given = msgspec.json.decode(arguments, type=Arguments)
    return Write(given.path, given.content)


def result(action: Write) -> bytes:
    r"""Give the bytes that the file has afterwards.

    >>> result(parse('{"path": "a.py", "content": "naïve"}'))
    b'na\xc3\xafve'
    """
    return action.content.encode()


def perform(bench: Workbench, action: Write) -> Observation:
    """Write the file, all or nothing.

    Raises:
        StorageFailed: the disk did not take it.
    """
    path, new = RelPath(action.path), result(action)
    try:
        old = bench.files.read(path)
    except StorageFailed as error:
        return failure(error.message, f"write {path}")
    if old == new:
        return Observation(is_ok=True, text=f"`{path}` holds this already; nothing was written.", summary=f"write {path}: unchanged")
    change = creation(path, new) if old is None else replacement(path, old, new)
    lines = action.content.count("\n") + (not action.content.endswith("\n") and bool(action.content))
    verb = "Created" if old is None else "Replaced"
    return applied(bench, change, new, f"{verb} `{path}`: {counted(lines, 'line')}.", f"write {path}: {counted(lines, 'line')}")


def applied(bench: Workbench, change: FileChange, new: bytes, text: str, summary: str) -> Observation:
    """Apply one change and say so.

    Raises:
        StorageFailed: the disk did not take it.
    """
    try:
        bench.files.apply(Plan(summary, (change,)))
    except StalePlan as error:
        return failure(f"{error.message} Read the file again.", summary)
    return Observation(is_ok=True, text=text, summary=summary, changed=(change.path,), after=(digest(new),))
