"""Names tasks in messages, finds their places, and tells those that a rule judges."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from setsquare.rules.evidence import Evidence, line_span
from setsquare.text.document import encode
from setsquare.text.lazy_pattern import LazyPattern
from setsquare.text.span import Span
from setsquare.workspace import words
from setsquare.workspace.spec import Task, Tasks

CHECKPOINT: Final = LazyPattern(
    r"check\s*-?point|检查点|檢查點|チェックポイント|체크포인트|point de contr[oô]le|punto de control|ponto de (?:verifica|controle)|контрольная точка|kontrollpunkt|prüfpunkt|zwischenprüfung|punto di controllo|punt kontrolny|final verification|最终验证|最終確認|"
    r"ensure(?<!\wensure) (?:that )?all tests pass|所有测试通过|full (?:test|verification) run"
)
"""Finds the lower-case title of a task that only looks at what was done; each choice begins with a letter, which makes the search fast."""

_OUT_OF_SCOPE: Final = LazyPattern(
    r"(?:out[\s-]+of|not\s+in|outside(?:\s+the)?|beyond|exclu\w+\s+from)[\s-]+(?:the\s+)?scope|scope\s+(?:boundar|exclu|limit)|non-?goals|(?:must|do)\s+not\s+(?:change|touch)|off[\s-]limits|do-not-touch|"
    r"范围外|不在范围|超出范围|非目标|範圍外|対象外|スコープ外|범위\s*외|범위\s*밖|fuera\s+(?:de|del)\s+alcance|fora\s+d[eo]\s+escopo|hors\s+(?:du\s+)?périmètre|hors\s+champ|"
    r"nicht\s+(?:im\s+umfang|teil)|außerhalb|вне\s+(?:рамок|области|объ[её]ма)|di\s+luar\s+(?:cakupan|lingkup)|ngoài\s+phạm\s+vi|fuori\s+(?:dall'?\s*)?ambito|poza\s+zakresem",
    re.IGNORECASE,
)
_DEPENDS: Final = LazyPattern(rf"blocked|{words.alternatives(words.DEPENDS)}|depend|依赖|依存", re.IGNORECASE)


def named(task: Task) -> str:
    r"""Name a task by its number, else by its title.

    >>> from setsquare.workspace.tasks import read_tasks
    >>> from setsquare.text.markdown import scan
    >>> [named(task) for task in read_tasks(scan("tasks.md", b"- [ ] 1. Go\n- [ ] Stop\n")).tasks]
    ['task 1', 'task "Stop"']
    """
    return f"task {task.id}" if task.id else f'task "{task.title[:60]}"'


def title_line(evidence: Evidence, task: Task) -> Span:
    """Give the bytes of a task's own line."""
    return line_span(evidence.raw(task.path), task.span.start)


def place_in(evidence: Evidence, task: Task, line: str, word: str) -> Span:
    """Find a word in one of a task's lines; the task's own line where it cannot be found as written."""
    raw = evidence.raw(task.path)
    start = raw.find(encode(line), task.span.start, task.span.end)
    found = raw.find(encode(word), start, start + len(encode(line))) if start >= 0 else -1
    return Span(found, found + len(encode(word))) if found >= 0 else title_line(evidence, task)


def depends_line(task: Task, name: str) -> str:
    """Give the line in which a task names a prerequisite; empty where none is found."""
    written = re.compile(rf"(?<![\w.]){re.escape(name)}(?![\w]|\.\d)")
    return next((line for line in (*task.details, task.title) if _DEPENDS.search(line) and written.search(line)), "")


def leaves(tasks: Tasks) -> Iterator[Task]:
    r"""List the tasks without sub-tasks; one whose number another task with sub-tasks has is none.

    >>> from setsquare.workspace.tasks import read_tasks
    >>> from setsquare.text.markdown import scan
    >>> [task.id for task in leaves(read_tasks(scan("tasks.md", b"- [ ] 1. A\n- [ ] 1.1 B\n- [ ] 2. C\n")))]
    ['1.1', '2']
    """
    parents = {task.parent for task in tasks.tasks}
    parent_ids = {task.id for task in tasks.tasks if task.index in parents and task.id}
    return (task for task in tasks.tasks if task.index not in parents and task.id not in parent_ids)


def above(task: Task, tasks: Tasks) -> Iterator[Task]:
    """List a task and the tasks that it is part of, from the inside."""
    inner: Task | None = task
    while inner is not None:
        yield inner
        inner = tasks.tasks[inner.parent] if inner.parent is not None else None


def graph_place(evidence: Evidence, tasks: Tasks, name: str, nth: int = 0) -> Span:
    """Find where a dependency graph names a task for the `nth` time, from 0; the graph's first line where it does not."""
    if tasks.graph is None:
        return Span(0, 0)
    raw = evidence.raw(tasks.path)
    part = raw[tasks.graph.start : tasks.graph.end]
    found = list(re.finditer(rb"(?<![\w.])(?:[Tt](?:ask[ _]?)?)?(" + re.escape(encode(name)) + rb")(?![\w]|\.\w)", part))
    if len(found) > nth:
        return Span(tasks.graph.start + found[nth].start(1), tasks.graph.start + found[nth].end(1))
    return line_span(raw, tasks.graph.start)


def says_out_of_scope(tasks: Tasks) -> bool:
    """Tell whether a task list has a section on what must stay as it is.

    >>> from setsquare.workspace.spec import Section
    >>> from setsquare.text.span import Span
    >>> says_out_of_scope(
    ...     Tasks(path="tasks.md", title="", sections=(Section(title="Out of scope", level=2, line=1, span=Span(0, 1), body=Span(1, 1)),))
    ... )
    True
    """
    return any(_OUT_OF_SCOPE.search(section.title) for section in tasks.sections)
