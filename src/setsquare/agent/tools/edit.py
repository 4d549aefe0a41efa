"""The tool `edit`: one exact occurrence of a text replaced."""

from __future__ import annotations

import msgspec
from msgspec import Raw, Struct

from setsquare.agent.tools.workbench import Observation, Workbench, failure
from setsquare.agent.tools.write import applied
from setsquare.errors import StorageFailed
from setsquare.events.conversation import Tool
from setsquare.guard.action import EditText
from setsquare.text.paths import RelPath
from setsquare.text.plan import FileChange, digest
from setsquare.text.span import Edit, Span

TOOL = Tool(
    "edit",
    "Replace one exact occurrence of `old` in a file by `new`. `old` must occur exactly once: give enough of the lines around it.",
    Raw(
        b'{"type":"object","properties":{"path":{"type":"string","description":"Relative to the workspace"},'
        b'"old":{"type":"string","minLength":1},"new":{"type":"string"}},"required":["path","old","new"],"additionalProperties":false}'
    ),
)


class Arguments(Struct, frozen=True, forbid_unknown_fields=True):
    """What the model may say."""

    path: str
    old: str
    new: str


def parse(arguments: str) -> EditText:
    """Read the arguments.

    Raises:
        msgspec.MsgspecError: they are not JSON or do not match the schema.

    >>> parse('{"path": "a.py", "old": "x", "new": "y"}').new
    'y'
    """
    given = msgspec.json.decode(arguments, type=Arguments)
    if not given.old:
        raise msgspec.ValidationError("`old` is empty - at `$.old`")
    return EditText(given.path, given.old, given.new)


def located(raw: bytes, action: EditText) -> Edit | int:
    r"""Find the one place to edit, or count the places when it is not one.

    In a file with CRLF line ends, `old` may be written with plain line ends; the new text then gets the file's.

    >>> located(b"a\r\nb\r\n", EditText("f", "a\nb", "a\nc"))
    Edit(span=Span(start=0, end=4), new=b'a\r\nc')
    """
    old, new = action.old.encode(), action.new.encode()
    if old not in raw and b"\r\n" in raw:
        old, new = (text.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n") for text in (old, new))
    count = raw.count(old)
    if count != 1 or raw.find(old, raw.find(old) + 1) >= 0:
        return max(count, 2) if count else 0
    start = raw.index(old)
    return Edit(Span(start, start + len(old)), new)


def perform(bench: Workbench, action: EditText) -> Observation:
    """Replace the text, all or nothing.

    Raises:
        StorageFailed: the disk did not take it.
    """
    path = RelPath(action.path)
    summary = f"edit {path}"
    try:
        raw = bench.files.read(path)
    except StorageFailed as error:
        return failure(error.message, summary)
    if raw is None:
        return failure(f"There is no file `{path}`; use `write` to create it.", summary)
    found = located(raw, action)
    if isinstance(found, int):
        reason = "does not occur" if found == 0 else f"occurs {found} times"
        advice = "Read the file again and copy the text exactly." if found == 0 else "Give more of the lines around it."
        return failure(f"The old text {reason} in `{path}`. {advice}", summary)
    change = FileChange(path, digest(raw), (found,))
    return applied(bench, change, change.applied(raw), f"Edited `{path}`.", summary)
