"""Turns a tool call into an action with facts, and a permitted action into an observation."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import assert_never

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from setsquare.agent.tools import edit, read, search, shell, write
from setsquare.agent.tools import list as list_tool
from setsquare.agent.tools.workbench import Observation, Workbench
from setsquare.errors import StorageFailed
from setsquare.events.conversation import ToolCall
from setsquare.guard.action import Action, EditText, Facts, ListFiles, Read, Search, Shell, Write
from setsquare.guard.paths import BadPath, normalised
from setsquare.text.paths import RelPath
from setsquare.text.span import apply_edits

PARSERS: Mapping[str, Callable[[str], Action]] = MappingProxyType(
    {
        "read": read.parse,
        "write": write.parse,
        "edit": edit.parse,
        "list": list_tool.parse,
        "search": search.parse,
        "shell": shell.parse,
    }
)

_DIFF_LIMIT = 4_000_000


class BadCall(Struct, frozen=True):
    """A call that names no action; `reason` is for the model."""

    reason: str


def parsed(call: ToolCall) -> Action | BadCall:
    """Read a call.

    >>> parsed(ToolCall("1", "read", '{"path": "src/a.py"}'))
    Read(path='src/a.py', first_line=1, last_line=0)
    >>> parsed(ToolCall("1", "fly", "{}"))
    BadCall(reason='There is no tool `fly`. The tools are: edit, list, read, search, shell, write.')
    """
    parser = PARSERS.get(call.tool)
    if parser is None:
        return BadCall(f"There is no tool `{call.tool[:80]}`. The tools are: {', '.join(sorted(PARSERS))}.")
    try:
        return parser(call.arguments)
    except (msgspec.MsgspecError, RecursionError, UnicodeError) as error:
        return BadCall(f"The arguments of `{call.tool}` cannot be used: {error}")


def facts_of(bench: Workbench, action: Action, changed: tuple[str, ...], uncommitted: frozenset[str] = frozenset()) -> Facts:
    """Gather what the guard must know about an action; `changed` are the task's own files, `uncommitted` those of somebody else."""
    return replace(_target(bench, action), changed_files=changed, uncommitted_files=uncommitted)


def _target(bench: Workbench, action: Action) -> Facts:
    """Look at the file that an action concerns."""
    if isinstance(action, Shell):
        return Facts()
    path = normalised(action.path, bench.folder)
    real = None if isinstance(path, BadPath) else bench.real_path(path)
    if real is None or not isinstance(action, Write | EditText):
        return Facts(exists=real is not None and bench.files.exists(RelPath(real)), real_path=real)
    old = _content(bench, real)
    if old is None:
        count = action.content.count("\n") + 1 if isinstance(action, Write) else 0
        return Facts(exists=bench.files.exists(RelPath(real)), real_path=real, changed_lines=count)
    touched, deleted = extent(old, result_of(old, action) or b"")
    lines = len(old.splitlines())
    return Facts(exists=True, real_path=real, old_lines=lines, changed_lines=touched, deleted_lines=deleted)


def _content(bench: Workbench, path: str) -> bytes | None:
    """Read a file; one that cannot be read counts as absent, performing will say why."""
    try:
        return bench.files.read(RelPath(path))
    except StorageFailed:
        return None


def result_of(old: bytes | None, action: Write | EditText) -> bytes | None:
    """Give the bytes that a file has after an action; an edit that will not apply changes nothing.

    >>> result_of(b"a b", EditText("f", "b", "c")), result_of(b"a b", EditText("f", "z", "c")), result_of(None, Write("f", "new"))
    (b'a c', b'a b', b'new')
    """
    if isinstance(action, Write):
        return write.result(action)
    found = edit.located(old or b"", action)
    return old if isinstance(found, int) else apply_edits(old or b"", (found,))


def extent(old: bytes, new: bytes) -> tuple[int, int]:
    r"""Count the lines that a change touches (old or new, the larger side) and the old lines that it deletes.

    >>> extent(b"a\nb\nc\n", b"a\nB\n")
    (2, 1)
    """
    before, after = old.splitlines(), new.splitlines()
    if len(before) * len(after) > _DIFF_LIMIT:
        same = sum(one == other for one, other in zip(before, after, strict=False))
        return max(len(before), len(after)) - same, max(len(before) - len(after), 0)
    touched = deleted = 0
    for kind, from_old, to_old, from_new, to_new in difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind != "equal":
            gone, come = to_old - from_old, to_new - from_new
            touched += max(gone, come)
            deleted += max(gone - come, 0)
    return touched, deleted


def located(action: Action, facts: Facts) -> Action:
    """Point an action at its real path, so that what was judged is what is touched.

    >>> located(Write("a/../b", "x"), Facts(real_path="b")).path
    'b'
    """
    if isinstance(action, Shell) or facts.real_path is None:
        return action
    return replace(action, path=facts.real_path)


def perform(bench: Workbench, action: Action) -> Observation:
    """Perform a permitted action.

    Raises:
        StorageFailed: the disk did not take a write.
    """
    match action:
        case Read():
            return read.perform(bench, action)
        case Write():
            return write.perform(bench, action)
        case EditText():
            return edit.perform(bench, action)
        case ListFiles():
            return list_tool.perform(bench, action)
        case Search():
            return search.perform(bench, action)
        case Shell():
            return shell.perform(bench, action)
        case _:
            assert_never(action)
