"""Changes spec files as little as possible, and reads them past what the platform itself may change."""

from __future__ import annotations

import re
from typing import Final

from setsquare.text.document import Document
from setsquare.text.span import Edit, Span, apply_edits
from setsquare.workspace.spec import Task, Tasks

_MASK: Final = b" "
_LINE: Final = re.compile(rb"[^\n]*\n|[^\n]+\Z")
_ID: Final = rb"(?:[A-Z]{1,8}-)*\d{1,6}(?:\.\d{1,6}){0,3}(?:#\d{1,4})?"
_CLASS: Final = rb"(?:cosmetic|guard|response|threshold|polarity|modal|subject|split|merge|added|removed|moved)"
_MARK: Final = re.compile(
    rb"[ \t]{0,16}- _Needs revision: " + _ID + rb"(?: \(" + _CLASS + rb"\))?(?:, " + _ID + rb"(?: \(" + _CLASS + rb"\))?){0,99}_\r?\n?\Z"
)


def tick(task: Task, mark: bytes) -> Edit:
    r"""Plan the change of the one character in a task's box.

    Raises:
        ValueError: the task has no box, or `mark` is not a single byte that a box may hold.

    >>> from setsquare.text.markdown import scan
    >>> from setsquare.text.paths import RelPath
    >>> from setsquare.workspace.tasks import read_tasks
    >>> task = read_tasks(scan(RelPath("tasks.md"), b"- [ ] 1. Go\n")).tasks[0]
    >>> apply_edits(b"- [ ] 1. Go\n", [tick(task, b"x")])
    b'- [x] 1. Go\n'
    """
    if task.box is None:
        raise ValueError(f"line {task.line} of {task.path} has no box to tick: give it one, such as `- [ ] 1. Title`")
    if mark not in (b" ", b"x", b"X", b"-", b"~"):
        raise ValueError(f"a box holds one of blank, x, X, - and ~, not {mark!r}")
    return Edit(task.box, mark)


def append(raw: bytes, block: bytes) -> Edit:
    r"""Plan a block at the end of a file; a missing final line end is added first, in the file's own style.

    >>> append(b"a\r\nb", b"c\n").new
    b'\r\nc\n'
    """
    newline = b"\r\n" if b"\r\n" in raw else b"\n"
    joint = newline if raw and not raw.endswith(b"\n") else b""
    return Edit(Span(len(raw), len(raw)), joint + block)


# req: draft-and-approve/3.3
def masked_tasks(document: Document, tasks: Tasks) -> bytes:
    r"""Write a task file for its approval's digest: the character in every box and the platform's own mark lines do not count.

    A mark line is `- _Needs revision: 1.2 (threshold)_`; only ids and change classes fit in it, so it cannot carry an instruction.

    >>> from setsquare.text.markdown import scan
    >>> from setsquare.text.paths import RelPath
    >>> from setsquare.workspace.tasks import read_tasks
    >>> one, two = (scan(RelPath("tasks.md"), raw) for raw in (b"- [ ] 1. Go\n", b"- [x] 1. Go\n  - _Needs revision: 1.2_\n"))
    >>> masked_tasks(one, read_tasks(one)) == masked_tasks(two, read_tasks(two))
    True
    """
    raw = document.render()
    masked = apply_edits(raw, (Edit(task.box, _MASK) for task in tasks.tasks if task.box is not None))
    if b"_Needs revision: " not in masked:
        return masked
    return b"".join(line for line in _LINE.findall(masked) if not _MARK.match(line))
