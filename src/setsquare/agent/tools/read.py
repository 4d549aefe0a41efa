"""The tool `read`: a file's lines with their numbers."""

from __future__ import annotations

import msgspec
from msgspec import Raw, Struct

from setsquare.agent.tools.wording import LIMIT_CHARS, LIMIT_LINE_CHARS, bounded, plain
from setsquare.agent.tools.workbench import Observation, Workbench, failure
from setsquare.errors import StorageFailed
from setsquare.events.conversation import Tool
from setsquare.guard.action import Read
from setsquare.text.counted import counted
from setsquare.text.paths import RelPath

TOOL = Tool(
    "read",
    "Read a text file of the workspace. Lines come with their numbers; long files come in parts: ask for the lines you need.",
    Raw(
        b'{"type":"object","properties":{"path":{"type":"string","description":"Relative to the workspace"},'
        b'"first_line":{"type":"integer","minimum":1},"last_line":{"type":"integer","minimum":1}},'
        b'"required":["path"],"additionalProperties":false}'
    ),
)


class Arguments(Struct, frozen=True, forbid_unknown_fields=True):
    """What the model may say."""

    path: str
    first_line: int = 1
    last_line: int = 0


def parse(arguments: str) -> Read:
    """Read the arguments.

    Raises:
        msgspec.MsgspecError: they are not JSON or do not match the schema.

    >>> found = parse('{"path": "a.py", "first_line": 0}')
    >>> found.path, found.first_line, found.last_line
    ('a.py', 1, 0)
    """
    given = msgspec.json.decode(arguments, type=Arguments)
    return Read(given.path, max(given.first_line, 1), max(given.last_line, 0))


def perform(bench: Workbench, action: Read) -> Observation:
    """Read the lines, as many as fit."""
    summary = f"read {action.path}"
    try:
        raw = bench.files.read(RelPath(action.path))
    except StorageFailed as error:
        return failure(error.message, summary)
    if raw is None:
        return failure(f"There is no file `{action.path}`.", summary)
    if b"\0" in raw[:8192]:
        return failure(f"`{action.path}` is a binary file of {len(raw)} bytes.", summary)
    # Before the lines are cut and chosen: half of a secret would not be known as one.
    lines = bench.redact(plain(raw), bench.secrets).splitlines()
    last = min(action.last_line or len(lines), len(lines))
    text, end = _numbered(lines, action.first_line, last)
    note = f"\n[lines {action.first_line} to {end} of {len(lines)}]" if action.first_line > 1 or end < len(lines) else ""
    return Observation(
        is_ok=True,
        text=bounded(text + note) or "[the file is empty]",
        summary=f"{summary}: {counted(len(lines), 'line')}",
        sources=(action.path,),
    )


def _numbered(lines: list[str], first: int, last: int) -> tuple[str, int]:
    """Number lines until the limit; give the text and the last line that fitted."""
    parts: list[str] = []
    size, end = 0, min(first, last + 1) - 1
    for number in range(first, last + 1):
        line = f"{number}\t{lines[number - 1][:LIMIT_LINE_CHARS]}"
        size += len(line) + 1
        if size > LIMIT_CHARS - 200:
            break
        parts.append(line)
        end = number
    return "\n".join(parts), end
