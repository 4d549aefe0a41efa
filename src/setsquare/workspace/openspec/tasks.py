"""Reads the list items with a box of a task file.

OpenSpec counts a box in a fence too, but not a fenced list item without one.

Source: the task reader of OpenSpec 1.13.2, observed from outside.
"""

from __future__ import annotations

from setsquare.text.lazy_pattern import LazyPattern
from setsquare.text.paths import RelPath
from setsquare.workspace.openspec.model import ChangeTask, TaskList
from setsquare.workspace.openspec.text import INLINE_SPACE, SPACE, line_at, unfenced

_WS = f"[{INLINE_SPACE}]"
# A task, or the heading of a group; one search for both keeps their order.
_TASK_OR_GROUP = LazyPattern(
    rf"\n(?:{_WS}*(?:[-*+]|\d{{1,9}}[.)]){_WS}*\[(?:{_WS}*+(?:([^\]{SPACE}]){_WS}*+)?\](?![(\[])|{_WS}++\]){_WS}*+([^\n]*)| {{0,3}}##(?=[ \t\n]|\Z)[ \t]*((?:\d+\.(?=[ \t\n]|\Z))?)[^\n]*)"
)
_ID = LazyPattern(rf"(\d+(?:\.\d+)+(?:[A-Za-z]+)?)(?=[{SPACE}]|\Z)")
# Indented by four columns, neither an item nor a fence is one here.
_ITEM = LazyPattern(rf"\n(?! {{4}}| {{0,3}}\t){_WS}*(?:[-*+]|\d{{1,9}}[.)]){_WS}+[^{SPACE}]")
_DONE = ("x", "X")


def read_task_list(path: RelPath, text: str) -> TaskList:
    r"""Read a task file; a mark other than `x` leaves the task open.

    >>> read_task_list(RelPath("tasks.md"), "## 1. Core\n- [x] 1.1 Do\n").tasks
    (ChangeTask(id='1.1', text='1.1 Do', line=2, is_done=True, group='1'),)
    >>> read_task_list(RelPath("tasks.md"), "# T\n- no box\n").first_item_line
    2
    """
    padded = "\n" + text
    tasks: list[ChangeTask] = []
    group = ""
    line = seen = 0
    for found in _TASK_OR_GROUP.finditer(padded):
        mark, said, number = found.groups()
        if number is not None:
            group = number.rstrip(".")
            continue
        start = found.start() + 1
        line += padded.count("\n", seen, start)
        seen = start
        said = said.strip(SPACE)
        numbered = _ID.match(said)
        tasks.append(ChangeTask(numbered[1] if numbered else "", said, line, mark in _DONE, group))
    first = None if tasks else _ITEM.search(unfenced(padded, indent=3))
    return TaskList(path=path, tasks=tuple(tasks), first_item_line=line_at(padded, first.start()) if first else 0)
