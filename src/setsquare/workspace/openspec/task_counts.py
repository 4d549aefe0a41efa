"""Counts the tasks of a task file without building them: lists of a thousand changes need only the numbers."""

from __future__ import annotations

import re

from msgspec import Struct

_TASK = re.compile(
    r"^[^\S\n]*(?:[-*+]|[0-9]{1,9}[.)])[^\S\n]*\[(?:[^\S\n]*([^\]\s]?)[^\S\n]*\](?![(\[])|[^\S\n]+\])",
    re.MULTILINE,
)
"""A list item with a box; a link is none. Fenced lines count too, as they do in OpenSpec."""


class TaskCount(Struct, frozen=True, gc=False):
    """How many tasks there are and how many of them are done."""

    done: int = 0
    total: int = 0


def counted(text: str) -> TaskCount:
    r"""Count the tasks of a text with LF line ends.

    >>> counted("- [x] 1.1 a\n* [ ] 1.2 b\n1. [~] c\n- [a](b)\n")
    TaskCount(done=1, total=3)
    """
    marks = [found[1] for found in _TASK.finditer(text)]
    return TaskCount(done=sum(mark in ("x", "X") for mark in marks), total=len(marks))


def added(counts: tuple[TaskCount, ...]) -> TaskCount:
    """Add counts up.

    >>> added((TaskCount(1, 2), TaskCount(0, 3)))
    TaskCount(done=1, total=5)
    """
    return TaskCount(done=sum(count.done for count in counts), total=sum(count.total for count in counts))
