"""Puts rewritten units, marks and new units into a document; every byte outside of them stays."""

from __future__ import annotations

import enum
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final

from msgspec import Struct

from setsquare.drafting.comparison import Comparison
from setsquare.drafting.units import within
from setsquare.text.document import Document, decode, encode
from setsquare.text.markdown import scan
from setsquare.text.paths import RelPath
from setsquare.text.span import Edit, Span, apply_edits
from setsquare.workspace.revision_marks import revision_marks
from setsquare.workspace.spec import Task, Tasks, TaskState
from setsquare.workspace.tasks import read_tasks

_MARK: Final = re.compile(r"^[ \t]*- _Needs revision: (?P<value>.*)_[ \t]*\r?$", re.MULTILINE)
_ENTRY: Final = re.compile(r"(?P<id>[^\s,()]+)(?: \([^)]*\))?")
_NUMBERED: Final = re.compile(r"(?P<lead>[^\d]*)(?P<number>\d+)\Z")
_AFTER_ID: Final = re.compile(r"[.:)、]?")
_FIXED: Final = (TaskState.DONE, TaskState.RUNNING, TaskState.QUEUED)


class Action(enum.Enum):
    """What becomes of a unit."""

    REPLACED = "replaced"
    APPENDED = "appended"
    RENUMBERED = "renumbered"
    MARKED = "marked"
    KEPT = "kept"
    REMOVED = "removed"
    CONFLICT = "conflict"


class UnitChange(Struct, frozen=True):
    """One unit that a change of requirements reaches: how a person finds it, its title, what becomes of it."""

    key: str
    title: str
    action: Action


class Proposal(Struct, frozen=True):
    """A new version of a unit that could not be merged with what people wrote in it."""

    key: str
    title: str
    text: bytes


class Regenerated(Struct, frozen=True, kw_only=True):
    """A document brought up to its requirements. `proposals` are the units that a person must merge."""

    raw: bytes
    units: tuple[UnitChange, ...] = ()
    notes: tuple[str, ...] = ()
    proposals: tuple[Proposal, ...] = ()


class TaskWork(Struct, frozen=True, kw_only=True):
    """What is to be done to a task file: new bytes of tasks by key, values of marks by key, tasks that go, new tasks as text."""

    replaced: Mapping[str, bytes] = {}
    marks: Mapping[str, str] = {}
    dropped: Collection[str] = ()
    appended: Sequence[Sequence[str]] = ()


def is_fixed(task: Task) -> bool:
    """Tell whether work on a task has begun, so that its text is never rewritten."""
    return task.state in _FIXED


def assembled_tasks(compared: Comparison, work: TaskWork) -> bytes:
    """Write the task file: units first, then marks, then what is new."""
    raw = compared.document.render()
    tasks = compared.tasks
    spans = {key: tasks[key].span for key in (*work.replaced, *work.dropped)}
    edits = [edit for edit in compared.renumbered if not any(within(edit, span) for span in spans.values())]
    edits += [Edit(spans[key], new) for key, new in work.replaced.items()]
    edits += [Edit(span, b"") for span in (_with_blanks(raw, tasks[key]) for key in work.dropped)]
    raw = apply_edits(raw, edits)
    kept = [key for key in compared.keys if key not in work.dropped]
    document = scan(compared.path, raw)
    found = read_tasks(document)
    if len(found.tasks) != len(kept):
        msg = f"{compared.path}: {len(kept)} tasks became {len(found.tasks)}"
        raise ValueError(msg)
    raw = apply_edits(raw, _marked(document, found, dict(enumerate(kept)), work))
    return _with_new(compared.path, raw, work.appended)


def _with_blanks(raw: bytes, task: Task) -> Span:
    """Take the blank lines below a task that goes with it."""
    end = task.span.end
    while raw[end : end + 1] in (b"\n", b"\r"):
        end += 1
    return Span(task.span.start, end)


def _marked(document: Document, found: Tasks, keys: Mapping[int, str], work: TaskWork) -> tuple[Edit, ...]:
    """Plan the marks: those that stand already stay, apart from those of rewritten tasks."""
    raw = document.render()
    wanted: dict[int, str] = {}
    for task in found.tasks:
        key = keys[task.index]
        value = work.marks.get(key, "")
        old = _MARK.search(decode(raw[task.span.start : task.span.end])) if key not in work.replaced else None
        parts = [part for part in value.split(", ") if part]
        known = {match["id"] for part in parts if (match := _ENTRY.match(part))}
        for part in old["value"].split(", ") if old else ():
            match = _ENTRY.match(part)
            if match is None or match["id"] not in known:
                parts.append(part)
        if parts:
            wanted[task.index] = ", ".join(parts)
    return revision_marks(document, found, wanted)


def next_id(tasks: Iterable[Task]) -> str:
    r"""Name the next task on the top level: the number after the highest; empty where tasks have none.

    >>> next_id(read_tasks(scan(RelPath("t.md"), b"- [x] 1. A\n- [ ] 3. B\n  - [ ] 3.9 C\n")).tasks)
    '4'
    """
    found = [match for task in tasks if "." not in task.id and (match := _NUMBERED.match(task.id))]
    if not found:
        return ""
    last = max(found, key=lambda match: int(match["number"]))
    return f"{last['lead']}{int(last['number']) + 1:0{len(last['number'])}d}"


def following_id(name: str, steps: int) -> str:
    """Name the task that comes some steps after another one.

    >>> following_id("T009", 2), following_id("", 1)
    ('T011', '')
    """
    match = _NUMBERED.match(name)
    return f"{match['lead']}{int(match['number']) + steps:0{len(match['number'])}d}" if match else ""


def _with_new(path: RelPath, raw: bytes, appended: Sequence[Sequence[str]]) -> bytes:
    """Write new tasks below the last one, in the form that the tasks of the top level have."""
    if not appended:
        return raw
    tasks = read_tasks(scan(path, raw)).tasks
    newline = "\r\n" if b"\r\n" in raw else "\n"
    if not tasks:
        joint = newline if raw and not raw.endswith(b"\n") else ""
        first_ones = ([f"- [ ] {number}. {lines[0]}", *(f"  {line}" for line in lines[1:])] for number, lines in enumerate(appended, 1))
        return raw + encode(joint + "".join(newline.join(lines) + newline for lines in first_ones))
    top = [task for task in tasks if task.parent is None] or list(tasks)
    like = next((task for task in reversed(top) if task.id), top[-1])
    first = next_id(tasks)
    at = max(task.span.end for task in tasks)
    before = raw[: like.span.start]
    is_spaced = len(top) > 1 and like is not top[0] and before.replace(b"\r", b"").endswith(b"\n\n")
    texts = [_formed(raw, like, following_id(first, index), lines) for index, lines in enumerate(appended)]
    gap = newline if is_spaced or _is_heading(raw, like) else ""
    lead = "" if raw[:at].endswith(b"\n") else newline
    text = lead + "".join(gap + newline.join(lines) + newline for lines in texts)
    return apply_edits(raw, [Edit(Span(at, at), encode(text))])


def _is_heading(raw: bytes, task: Task) -> bool:
    return raw[task.span.start : task.span.start + 1] == b"#"


def _formed(raw: bytes, like: Task, name: str, lines: Sequence[str]) -> list[str]:
    """Write one task as another one is written; `lines` are its title and its details without indentation."""
    line = decode(raw[like.span.start : like.span.end]).partition("\n")[0].rstrip("\r")
    if line.startswith("#"):
        lead = line[: len(line) - len(line.lstrip("#"))] + " "
    else:
        lead = re.sub(r"\[[^\]]?\].*", "[ ] ", line, flags=re.DOTALL)
    behind = line.partition(like.id)[2] if like.id else ""
    sign = match[0] if like.id and (match := _AFTER_ID.match(behind)) else ""
    number = f"{name}{sign} " if name and like.id else ""
    indent = "" if line.startswith("#") else " " * (len(lead) - len(lead.lstrip()) + 2)
    return [f"{lead}{number}{lines[0]}", *(f"{indent}{detail}" for detail in lines[1:])]


def mark_value(compared: Comparison, ids: Iterable[str]) -> str:
    """Write what a mark says, such as `1.2 (threshold), 1.4 (guard)`."""
    return ", ".join(compared.changed(name) for name in ids)


def proposal_path(path: RelPath) -> RelPath:
    """Name the file beside a document that holds what could not be merged; to the loader it is an extra document of the spec.

    >>> proposal_path(RelPath("a/tasks.md"))
    'a/tasks.proposed.md'
    """
    return RelPath(f"{path.removesuffix('.md')}.proposed.md")


def proposal_text(path: RelPath, proposals: Iterable[Proposal]) -> bytes:
    r"""Write that file.

    >>> print(proposal_text(RelPath("a/tasks.md"), [Proposal("3", "Go", b"- [ ] 3. Go\n")]).decode(), end="")
    # Proposed for tasks.md
    <BLANKLINE>
    The requirements changed, and people edited the same lines. Nothing was overwritten: take over what is right, then delete this file.
    <BLANKLINE>
    ## 3: Go
    <BLANKLINE>
    ~~~markdown
    - [ ] 3. Go
    ~~~
    """
    lines = [f"# Proposed for {path.rpartition('/')[2]}", ""]
    lines.append(
        "The requirements changed, and people edited the same lines. Nothing was overwritten: take over what is right, then delete this file."
    )
    for item in proposals:
        text = decode(item.text).replace("\r\n", "\n").rstrip("\n")
        fence = "~" * max(3, 1 + max((len(run) for run in re.findall(r"~+", text)), default=0))
        title = f"{item.key}: {item.title}" if item.title and item.title != item.key else item.key
        lines += ["", f"## {title}", "", f"{fence}markdown", text, fence]
    return encode("\n".join(lines) + "\n")
