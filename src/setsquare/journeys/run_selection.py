"""Finds the tasks that a person wants to run: one, a range, or all."""

from __future__ import annotations

import re
from collections.abc import Mapping

from msgspec import Struct

from setsquare.workspace.spec import Task, Tasks, TaskState

_RANGE = re.compile(r"(\d+(?:\.\d+)*)\s*(?:-|\.\.|–)\s*(\d+(?:\.\d+)*)")


class Selection(Struct, frozen=True, kw_only=True):
    """The leaf tasks to run in file order, or the `problem` that there are none, with a hint; `is_unknown` when a name or a range is wrong."""

    tasks: tuple[Task, ...] = ()
    problem: str = ""
    hint: str = ""
    is_unknown: bool = False


def task_name(tasks: Tasks, task: Task) -> str:
    """Name a task within its file: its id, or its position when it has none or shares it.

    >>> from setsquare.text.span import Span
    >>> one = Task(id="", title="Go", state=TaskState.OPEN, path="t", line=1, span=Span(0, 1), index=0)
    >>> task_name(Tasks(path="t", title="", tasks=(one,)), one)
    '#1'
    """
    is_own = bool(task.id) and sum(other.id == task.id for other in tasks.tasks) == 1
    return task.id if is_own else f"{task.id}#{task.index + 1}"


def named_tasks(tasks: Tasks) -> Mapping[str, Task]:
    """Index a file's tasks by name."""
    return {task_name(tasks, task): task for task in tasks.tasks}


def leaves_of(tasks: Tasks, task: Task) -> tuple[Task, ...]:
    """List a task's leaves in file order; a task without sub-tasks is its own leaf."""
    children = tasks.children(task)
    return tuple(leaf for child in children for leaf in leaves_of(tasks, child)) if children else (task,)


def selected(tasks: Tasks, wanted: str, *, is_again: bool = False) -> Selection:
    """Choose tasks: `3`, `2.1`, `1-5`, `1,3`, `all`, or the empty string for the next open one.

    Optional tasks run only when they are named themselves. With `is_again` done tasks that are named count, too.

    >>> selected(Tasks(path="tasks.md", title=""), "7").problem
    'There is no task `7` in tasks.md.'
    """
    if wanted in {"", "all"}:
        open_leaves = tuple(task for task in _leaves(tasks) if _is_open(task) and not task.is_optional)
        if not open_leaves:
            return Selection(problem=f"Every task of {tasks.path} is done.", hint="Nothing is left to run.")
        return _checked(tasks, open_leaves if wanted else open_leaves[:1])
    chosen: list[Task] = []
    for part in wanted.split(","):
        found = _part(tasks, part.strip(), is_again=is_again)
        if isinstance(found, Selection):
            return found
        chosen += found
    return _checked(tasks, tuple(sorted(set(chosen), key=lambda task: task.index)))


def _part(tasks: Tasks, part: str, *, is_again: bool) -> tuple[Task, ...] | Selection:
    """Find one name or one range."""
    named = named_tasks(tasks)
    if part in named:
        return _named(tasks, part, named[part], is_again=is_again)
    ends = _RANGE.fullmatch(part)
    if ends is None or not any(task.id for task in tasks.tasks):
        same = [name for name in named if name.partition("#")[0] == part and part]
        if same:
            return Selection(
                problem=f"Several tasks of {tasks.path} have the id `{part}`.", hint=f"Name one by its position: {', '.join(same)}."
            )
        known = ", ".join(list(named)[:12])
        hint = f"Tasks: {known}." if known else "Write tasks first."
        return Selection(problem=f"There is no task `{part}` in {tasks.path}.", hint=hint, is_unknown=True)
    first, last = _key(ends[1]), _key(ends[2])
    between = tuple(
        leaf for leaf in _leaves(tasks) if leaf.id and first <= _key(leaf.id)[: max(len(first), 1)] and _key(leaf.id)[: len(last)] <= last
    )
    wanted = tuple(leaf for leaf in between if (is_again or _is_open(leaf)) and not leaf.is_optional)
    if not wanted:
        if first > last:
            hint = f"The lower number comes first: {ends[2]}-{ends[1]}."
            return Selection(problem=f"The range `{part}` ends before it begins.", hint=hint, is_unknown=True)
        text = f"Tasks {part} of {tasks.path} are done." if between else f"There are no tasks {part} in {tasks.path}."
        return Selection(problem=text, hint="See `setsquare status`.", is_unknown=not between)
    return wanted


def _named(tasks: Tasks, name: str, task: Task, *, is_again: bool) -> tuple[Task, ...] | Selection:
    """Give a named task's leaves that are open, or all."""
    leaves = leaves_of(tasks, task)
    wanted = leaves if leaves == (task,) else tuple(leaf for leaf in leaves if not leaf.is_optional)
    open_leaves = wanted if is_again else tuple(leaf for leaf in wanted if _is_open(leaf))
    if any(leaf.box is None for leaf in wanted):
        return Selection(problem=f"Task `{name}` of {tasks.path} has no box that could be ticked.", hint="Write it as `- [ ] 1. Title`.")
    if not open_leaves:
        return Selection(problem=f"Task `{name}` of {tasks.path} is done already.", hint=f"Run it again: `--task {name} --again`.")
    return open_leaves


def _checked(tasks: Tasks, chosen: tuple[Task, ...]) -> Selection:
    """Refuse a selection whose tasks need others that are neither done nor chosen before them."""
    done = {task.id for task in tasks.tasks if _is_done(tasks, task)}
    known = {task.id for task in tasks.tasks}
    ahead: set[str] = set()
    for task in chosen:
        missing = [name for name in task.depends if name in known and name not in done and not _is_ahead(name, ahead)]
        if missing:
            text = f"Task `{task_name(tasks, task)}` depends on {', '.join(missing)}, which is not done."
            return Selection(problem=text, hint=f"Run it first: `--task {missing[0]}`.")
        ahead.add(task.id)
    return Selection(tasks=chosen)


def _is_ahead(name: str, ahead: set[str]) -> bool:
    """Tell whether a task or a sub-task of it was chosen before."""
    return any(other == name or other.startswith(f"{name}.") for other in ahead)


def _is_done(tasks: Tasks, task: Task) -> bool:
    """Tell whether a task is done: its own box, or the boxes of all of its leaves that are not optional."""
    return task.state is TaskState.DONE or all(leaf.state is TaskState.DONE or leaf.is_optional for leaf in leaves_of(tasks, task))


def _leaves(tasks: Tasks) -> tuple[Task, ...]:
    """List the tasks without sub-tasks that have a box."""
    parents = {task.parent for task in tasks.tasks}
    return tuple(task for task in tasks.tasks if task.index not in parents and task.box is not None)


def _is_open(task: Task) -> bool:
    """Tell whether a task still has to be done."""
    return task.state not in {TaskState.DONE, TaskState.NONE}


def _key(name: str) -> tuple[int, ...]:
    """Order ids by their numbers."""
    return tuple(int(number) for number in re.findall(r"\d+", name))
