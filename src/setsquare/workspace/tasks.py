"""Reads task files of every known dialect."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from setsquare.text.document import BLANK, HEADING, ITEM, TABLE, TEXT, Document, Node, NodeKind
from setsquare.text.lazy_pattern import LazyPattern
from setsquare.text.span import Span
from setsquare.workspace import words
from setsquare.workspace.boxes import Box, read_box, read_title
from setsquare.workspace.references import goes_on, read_references, read_value
from setsquare.workspace.sections import sections, title
from setsquare.workspace.spec import Reference, Task, Tasks, TaskState
from setsquare.workspace.waves import read_graph

_IDS: Final = r"(?:T\d{2,}|\d+(?:\.\d+)*)"
_DEPENDS_KEY: Final = LazyPattern(
    rf"[\W_]*+(?:{words.alternatives(words.DEPENDS)})[*_`\s]*[:：][*_`\s]*(?P<value>.*)",
    re.IGNORECASE | re.DOTALL,
)
_DEPENDS_ON: Final = LazyPattern(
    rf"(?:depends\s+on|blocked\s+by|依赖于|依赖)\s+(?:tasks?\s+|任务\s*)?(?P<value>{_IDS}(?:(?:\s*[,、，&-]\s*|\s+and\s+)(?:tasks?\s+)?{_IDS})*)(?![\w.]\w)",
    re.IGNORECASE,
)
_TASK_ID: Final = LazyPattern(rf"(?<![\w.]){_IDS}(?:\s*[-–]\s*{_IDS})?(?![^\W_]|%|\.\d)")
_NUMBERED_HEADING: Final = LazyPattern(
    r"[^\w\s]*\s*(?:\d+(?:\.\d+)*[.)、:：]?\s|\d+[.)、]|(?:Task|任务|タスク)\s*\d|T\d{2,}\s)", re.IGNORECASE
)
_EMOJI_STATE: Final = {"✅": TaskState.DONE, "✓": TaskState.DONE, "✔": TaskState.DONE, "☑": TaskState.DONE}

_LINES: Final = (ITEM, TEXT, TABLE)


class _Entry(Struct, frozen=True, kw_only=True, gc=False):
    """A task's own line and the nodes below it that belong to it; `after` are further ones that stand behind its sub-tasks."""

    box: Box
    node: Node
    below: tuple[Node, ...]
    indent: int
    after: tuple[Node, ...] = ()


def read_tasks(document: Document) -> Tasks:
    r"""Read a task file; only boxes are tasks, and numbered headings where a file has no box at all.

    >>> from setsquare.text.markdown import scan
    >>> from setsquare.text.paths import RelPath
    >>> tasks = read_tasks(scan(RelPath("tasks.md"), b"- [ ] 1. Go\n- [x] 1.1 Step\n  - _Requirements: 1.2_\n")).tasks
    >>> [(t.id, t.state.value, t.parent, [r.first for r in t.references]) for t in tasks]
    [('1', 'open', None, []), ('1.1', 'done', 0, ['1.2'])]
    """
    boxes = {index: box for index, node in enumerate(document.nodes) if node.text[:1] == "[" and (box := read_box(node))}
    entries = _handed_up(tuple(_boxed(document, boxes))) if boxes else tuple(_headed(document))
    tasks = _tasks(document, entries)
    graph = read_graph(document, [task.id for task in tasks])
    return Tasks(
        path=document.path,
        title=title(document),
        tasks=tasks,
        sections=sections(document),
        waves=graph.waves,
        edges=graph.edges,
        graph=graph.span,
        loose=tuple(_loose(document, tasks, frozenset(node.start for entry in entries for node in entry.after))),
    )


def _handed_up(entries: tuple[_Entry, ...]) -> tuple[_Entry, ...]:
    """Give a task what stands behind its sub-tasks in its own column: the last sub-task's tail of lines that are not deeper than itself."""
    found = list(entries)
    ancestors: list[int] = []
    for index, entry in enumerate(entries):
        while ancestors and entries[ancestors[-1]].indent >= entry.indent:
            ancestors.pop()
        own = len(entry.below)
        while own and entry.below[own - 1].kind is ITEM and entry.below[own - 1].depth <= entry.indent:
            own -= 1
        owner = next(
            (above for above in reversed(ancestors) if own < len(entry.below) and entries[above].indent < entry.below[own].depth), None
        )
        if owner is not None:
            found[index] = replace(found[index], below=entry.below[:own])
            found[owner] = replace(found[owner], after=(*found[owner].after, *entry.below[own:]))
        ancestors.append(index)
    return tuple(found)


def _loose(document: Document, tasks: Sequence[Task], handed: frozenset[int]) -> Iterator[Reference]:
    """Read the references of lines that belong to no task."""
    spans = iter([*(task.span for task in tasks), None])
    own = next(spans)
    for node in document.nodes:
        while own is not None and own.end <= node.start:
            own = next(spans)
        is_free = own is None or node.start < own.start
        if is_free and node.text and node.kind in _LINES and node.start not in handed:
            yield from read_references(node.text, document.path, node.line, node.text_start)


def _boxed(document: Document, boxes: dict[int, Box]) -> Iterator[_Entry]:
    """Pair each box with the nodes below it; check lists beside numbered tasks are left out."""
    skipped = _checklists(document, boxes)
    nodes = document.nodes
    index = 0
    while index < len(nodes):
        box = boxes.get(index)
        if box is None or index in skipped:
            index += 1
            continue
        end = _details_end(nodes, index, boxes)
        yield _Entry(box=box, node=nodes[index], below=nodes[index + 1 : end], indent=nodes[index].depth)
        index = end


def _checklists(document: Document, boxes: dict[int, Box]) -> frozenset[int]:
    """Find unnumbered boxes under headings such as `Notes` or `Success Criteria` in a file that has numbered tasks.

    In a file without numbers only a heading that calls itself a checklist counts, and only beside other boxes.
    """
    is_numbered = any(box.id for box in boxes.values())
    skipped = set()
    depth = 0
    for index, node in enumerate(document.nodes):
        if node.kind is HEADING:
            if not depth or node.depth <= depth:
                name = words.label(node.text)
                is_one = name in words.CHECKLIST and (is_numbered or name.endswith(_CHECKLIST_ENDINGS))
                depth = node.depth if is_one else 0
        elif depth and index in boxes and not boxes[index].id:
            skipped.add(index)
    return frozenset(skipped) if len(skipped) < len(boxes) else frozenset()


_CHECKLIST_ENDINGS: Final = ("checklist", "definition of done", "检查清单", "验收清单", "チェックリスト", "체크리스트")
_ENDS: Final = (HEADING, NodeKind.RULE, NodeKind.FRONT_MATTER)


def _details_end(nodes: Sequence[Node], start: int, boxes: dict[int, Box]) -> int:
    """Find the node after a task's last detail: lines that follow it, up to the next box, heading, rule or unindented paragraph."""
    end = start + 1
    was_blank = False
    for index in range(start + 1, len(nodes)):
        node = nodes[index]
        if index in boxes or node.kind in _ENDS:
            break
        if node.kind is BLANK:
            was_blank = True
            continue
        is_indented = _depth(node) > nodes[start].depth
        if was_blank and not is_indented and not (node.kind is ITEM and nodes[end - 1].kind is ITEM and end - 1 > start):
            break
        was_blank = False
        end = index + 1
    return end


def _depth(node: Node) -> int:
    """Measure how far a node is indented; a block counts by its first line."""
    if node.kind in (ITEM, TEXT, TABLE):
        return node.depth
    return len(node.raw) - len(node.raw.lstrip(b" \t"))


def _headed(document: Document) -> Iterator[_Entry]:
    """Read numbered headings as tasks; an emoji says that one is done."""
    nodes = document.nodes
    at = [index for index, node in enumerate(nodes) if node.kind is HEADING]
    for index, end in pairwise([*at, len(nodes)]):
        text = words.plain(nodes[index].text)
        if nodes[index].depth == 1 or not _NUMBERED_HEADING.match(text):
            continue
        number, name, is_parallel, _ = read_title(text)
        state = next((state for sign, state in _EMOJI_STATE.items() if sign in nodes[index].text), TaskState.NONE)
        box = Box(state=state, box=None, is_optional=False, is_parallel=is_parallel, id=number, title=name)
        yield _Entry(box=box, node=nodes[index], below=_unblanked(nodes[index + 1 : end]), indent=nodes[index].depth)


def _unblanked(nodes: Sequence[Node]) -> tuple[Node, ...]:
    """Leave out blank lines and rules at the end."""
    end = len(nodes)
    while end and nodes[end - 1].kind in (BLANK, NodeKind.RULE):
        end -= 1
    return tuple(nodes[:end])


def _tasks(document: Document, entries: Sequence[_Entry]) -> tuple[Task, ...]:
    """Build the tasks with their parents: by number first, by indentation second."""
    latest: dict[str, int] = {}
    stack: list[tuple[int, int]] = []
    built = []
    for index, entry in enumerate(entries):
        while stack and stack[-1][0] + 1 >= entry.indent:
            stack.pop()
        parent = _numbered_parent(entry.box.id, latest)
        if parent is None and stack and not _is_foreign(entry, entries[stack[-1][1]]):
            parent = stack[-1][1]
        stack.append((entry.indent, index))
        if entry.box.id:
            latest[entry.box.id] = index
        built.append(_task(document, entry, index, parent))
    return tuple(built)


def _numbered_parent(number: str, latest: dict[str, int]) -> int | None:
    """Find the nearest earlier task whose number is the longest prefix of this one."""
    while "." in number:
        number = number.rpartition(".")[0]
        if number in latest:
            return latest[number]
    return None


def _is_foreign(entry: _Entry, above: _Entry) -> bool:
    """Tell whether numbers contradict indentation: `2.1` below `1` is no part of it."""
    child, parent = entry.box.id.split("."), above.box.id.split(".")
    return len(child) > 1 and parent != [""] and child[: len(parent)] != parent and parent[0].isdigit() and child[0].isdigit()


def _task(document: Document, entry: _Entry, index: int, parent: int | None) -> Task:
    """Build one task."""
    lines = [node for node in (*entry.below, *entry.after) if node.kind in _LINES]
    references: list[Reference] = []
    depends: list[str] = []
    is_cut = False
    for node in (entry.node, *lines):
        text = node.text
        read = read_value if is_cut and node.kind is TEXT and text[:1].isdigit() else read_references
        found = read(text, document.path, node.line, node.text_start)
        is_cut = bool(found) and goes_on(text)
        references += found
        if not found or "epend" in text:
            depends += _depends(text)
    last = entry.below[-1] if entry.below else entry.node
    return Task(
        id=entry.box.id,
        title=entry.box.title,
        state=entry.box.state,
        path=document.path,
        line=entry.node.line,
        span=Span(entry.node.start, last.span.end),
        index=index,
        box=entry.box.box,
        is_optional=entry.box.is_optional,
        is_parallel=entry.box.is_parallel,
        indent=entry.indent,
        parent=parent,
        details=tuple([node.text for node in lines]),
        references=tuple(references),
        depends=tuple(dict.fromkeys(depends)),
    )


def _depends(text: str) -> list[str]:
    """Read the task ids that a line names as prerequisites; whole numbers in a range are all of them."""
    key = _DEPENDS_KEY.match(text) if ":" in text or "：" in text else None
    if key is None:
        folded = text.casefold()
        key = _DEPENDS_ON.search(text) if "depends" in folded or "blocked" in folded or "依赖" in folded else None
    if key is None:
        return []
    found: list[str] = []
    for match in _TASK_ID.finditer(key["value"]):
        first, _, last = (part.strip() for part in match[0].replace("–", "-").partition("-"))
        if last.isdigit() and first.isdigit() and 0 < int(last) - int(first) < 100:
            found += [str(number) for number in range(int(first), int(last) + 1)]
        else:
            found += [first, last] if last else [first]
    return found
