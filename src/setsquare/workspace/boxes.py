"""Reads a task's line: its box, star, number, marks and title."""

from __future__ import annotations

import re
from typing import Final

from msgspec import Struct

from setsquare.text.document import ITEM, Node, encode
from setsquare.text.lazy_pattern import LazyPattern
from setsquare.text.span import Span
from setsquare.workspace.spec import TaskState

_BOX: Final = LazyPattern(
    r"\[(?P<left>[^\S\n]*)(?P<mark>[^\s\]\w]|[xX])?(?P<right>[^\S\n]*)\](?P<star>\\?\*(?!\*))?(?=\s|\Z|\*\*|\*?[^\x00-\x7f]|\d+(?:\.\d+)*[.)、])"
)
_DONE: Final = "xX✓✔✅☑√"
_OPEN: Final = TaskState.OPEN
_STATES: Final = {"-": TaskState.RUNNING, "/": TaskState.RUNNING, "~": TaskState.QUEUED}
_PARALLEL: Final = LazyPattern(r"\s*(?:\(P\)|\[P\])\s*")
_STORY: Final = LazyPattern(r"\s*\[US\d+\]\s*")
_ID: Final = LazyPattern(
    r"(?P<bold>\*\*|__)?(?:Task\s+|任务\s*|タスク\s*)?"
    r"(?P<id>T\d{2,9}|[A-Z]{1,6}(?:-[A-Z]{1,6}){0,3}-\d{1,9}(?:\.\d{1,9}){0,6}|\d{1,9}(?:\.\d{1,9}){1,6}[a-z]?(?!\w)|\d{1,9}[a-z]?(?=\s*[.)、:：]|\*\*|\s+[-–—]\s+[^\W\d]))"
    r"(?:\\?\*(?=\s))?(?P<dot>[.)、:：])?(?P<close>\*\*|__)?(?P<end>\s*[:：])?(?:\s+|(?=[(\[（])|(?<=[、：:])|\Z)",
    re.IGNORECASE,
)
_TASK_WORD: Final = LazyPattern(
    r"(?P<bold>\*\*|__)?(?:Task|任务|タスク|작업|Tarea|Tarefa|Tâche)\s*(?P<id>\d+(?:\.\d+)*[a-z]?)(?![\w.])\s*[-–—:：.]?\s*", re.IGNORECASE
)
_MARKS: Final = ("(", "[")
_JOINTS: Final = (":", "：", "-", "–", "—")
_JOINT: Final = LazyPattern(r"\A(?:[:：]\s*|[-–—]\s+)")
_STARRED_ID: Final = LazyPattern(r"\d\\?\*(?=\s)")


class Box(Struct, frozen=True, kw_only=True, gc=False):
    """A task line as read: `box` addresses the one character that says the state (`None` without a box)."""

    state: TaskState
    box: Span | None
    is_optional: bool
    is_parallel: bool
    id: str
    title: str


def read_box(node: Node) -> Box | None:
    r"""Read a list item as a task line; `None` when it has no box. A box holds at most one character that is not white space.

    >>> from setsquare.text.markdown import scan
    >>> from setsquare.text.paths import RelPath
    >>> box = read_box(scan(RelPath("tasks.md"), b"- [x]* 1.6 Test the form\n").nodes[0])
    >>> box.state.value, box.is_optional, box.id, box.title
    ('done', True, '1.6', 'Test the form')
    >>> read_box(scan(RelPath("tasks.md"), b"- [LLM-REQUEST] in logs\n").nodes[0]) is None
    True
    """
    match = _BOX.match(node.text) if node.kind is ITEM else None
    if match is None:
        return None
    rest = node.text[match.end() :].lstrip()
    number, title, is_parallel, is_starred = read_title(rest)
    if not number and node.marker[:1].isdigit():
        number = node.marker.rstrip(".)")
    return Box(
        state=_state(match["mark"] or ""),
        box=_mark_span(node, match),
        is_optional=match["star"] is not None or is_starred,
        is_parallel=is_parallel,
        id=number,
        title=title,
    )


def _state(mark: str) -> TaskState:
    """Read the character in a box; an unknown sign counts as not done."""
    if mark and mark in _DONE:
        return TaskState.DONE
    return _STATES.get(mark, _OPEN)


def _mark_span(node: Node, match: re.Match[str]) -> Span:
    """Address the box's one significant character: the sign, else the first blank, else the empty place between the brackets."""
    name = "mark" if match["mark"] else "left"
    start = match.start(name)
    width = len(match[name][:1])
    if node.text.isascii():
        return Span(node.text_start + start, node.text_start + start + width)
    first = node.text_start + len(encode(node.text[:start]))
    return Span(first, first + len(encode(node.text[start : start + width])))


def read_title(text: str) -> tuple[str, str, bool, bool]:
    """Split a task's text into id, title, whether it may run in parallel, and whether a star follows the number.

    >>> read_title("2.1 (P) Add the form"), read_title("**Task 3: Log in**"), read_title("3 files are left")
    (('2.1', 'Add the form', True, False), ('3', 'Log in', False, False), ('', '3 files are left', False, False))
    """
    match = (None if text[:1].isdecimal() else _TASK_WORD.match(text)) or _ID.match(text)
    number, rest, is_starred = "", text, False
    if match:
        number, rest = match["id"], text[match.end() :]
        is_starred = "*" in match[0] and _STARRED_ID.search(text, match.start(), match.end()) is not None
        if match["bold"] and match["bold"] not in text[match.start("id") : match.end()]:
            rest = rest.replace(match["bold"], "", 1)
    rest = rest.strip()
    if match and rest[:1] in _JOINTS:
        rest = _JOINT.sub("", rest, count=1)
    parallel = _PARALLEL.match(rest) if rest[:1] in _MARKS else None
    rest = rest[parallel.end() :] if parallel else rest
    story = _STORY.match(rest) if rest[:1] in _MARKS else None
    rest = rest[story.end() :] if story else rest
    return number, rest.strip(), parallel is not None, is_starred
