"""Writes and removes the visible line by which a task file says that a task needs revision; boxes are never touched."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from setsquare.text.document import Document, decode, encode
from setsquare.text.span import Edit, Span
from setsquare.workspace.spec import Task, Tasks

_MARK: Final = re.compile(rb"[ \t]*- _Needs revision: [^\n]*_[ \t]*(?:\r?\n|\Z)")
_LINE: Final = re.compile(rb"[^\n]*(?:\n|\Z)")


def revision_marks(document: Document, tasks: Tasks, wanted: Mapping[int, str]) -> tuple[Edit, ...]:
    r"""Plan that exactly the wanted tasks, by index, have a mark line; its value is what stands in it, such as `1.2 (threshold)`.

    >>> from setsquare.text.markdown import scan
    >>> from setsquare.text.paths import RelPath
    >>> from setsquare.text.span import apply_edits
    >>> from setsquare.workspace.tasks import read_tasks
    >>> raw = b"- [x] 1. Go\n  - now\n- [ ] 2. Stop\n"
    >>> document = scan(RelPath("tasks.md"), raw)
    >>> apply_edits(raw, revision_marks(document, read_tasks(document), {0: "1.2 (threshold)"}))
    b'- [x] 1. Go\n  - now\n  - _Needs revision: 1.2 (threshold)_\n- [ ] 2. Stop\n'
    """
    raw = document.render()
    newline = b"\r\n" if b"\r\n" in raw else b"\n"
    edits: list[Edit] = []
    for task in tasks.tasks:
        old = [match.span() for match in _MARK.finditer(raw, task.span.start, task.span.end) if _is_whole_line(raw, match.start())]
        new = _mark(task, wanted[task.index], newline) if task.index in wanted else b""
        if [raw[start:end].rstrip() for start, end in old] == ([new.rstrip()] if new else []):
            continue
        edits += [Edit(Span(start, end), b"") for start, end in old]
        if new:
            edits.append(_insertion(raw, task, new, newline))
    return tuple(sorted(edits))


def marks_of(document: Document, tasks: Tasks) -> dict[int, str]:
    r"""Read the mark lines that stand, by the task's index: what stands in them, such as `1.2 (threshold)`.

    >>> from setsquare.text.markdown import scan
    >>> from setsquare.text.paths import RelPath
    >>> from setsquare.workspace.tasks import read_tasks
    >>> document = scan(RelPath("tasks.md"), b"- [x] 1. Go\n  - _Needs revision: 1.2 (threshold)_\n- [ ] 2. Stop\n")
    >>> marks_of(document, read_tasks(document))
    {0: '1.2 (threshold)'}
    """
    raw = document.render()
    found: dict[int, str] = {}
    for task in tasks.tasks:
        for match in _MARK.finditer(raw, task.span.start, task.span.end):
            if _is_whole_line(raw, match.start()):
                found[task.index] = decode(match[0]).partition(":")[2].strip().rstrip("_").strip()
    return found


def _mark(task: Task, value: str, newline: bytes) -> bytes:
    return b" " * (task.indent + 2) + encode(f"- _Needs revision: {value}_") + newline


def _is_whole_line(raw: bytes, start: int) -> bool:
    return start == 0 or raw[start - 1 : start] == b"\n"


def _insertion(raw: bytes, task: Task, new: bytes, newline: bytes) -> Edit:
    """Put the line below the task's last line that is not blank."""
    last = task.span.start
    position = task.span.start
    while position < task.span.end:
        match = _LINE.match(raw, position)
        end = min(match.end(), task.span.end) if match else task.span.end
        if raw[position:end].strip():
            last = end
        position = max(end, position + 1)
    joint = b"" if raw[last - 1 : last] == b"\n" else newline
    return Edit(Span(last, last), joint + new)
