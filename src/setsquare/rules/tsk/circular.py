"""Tasks wait for each other in a circle.

What: a task needs another one that, directly or through others, needs the first. A sub-task needs what the tasks above it need, and a task
is done when its sub-tasks are.

Why: no order of work satisfies a circle, so a run of the list stops at it or ignores a dependency without a word.

Example: task 2 `Depends on: 3`, task 3 `Depends on: 2`

Instead: one of the two lines taken out, or the shared part made a task of its own

Fix safety: no fix; only the team knows which dependency is the wrong one.

Source: Kiro's on-disk format, section 2.6 (a dependency graph that becomes waves); the tutorial's gate before approval: order correct, acyclic.
No public task list at hand has a circle: every example that fires is invented.
"""

from __future__ import annotations

from collections.abc import Iterator

from setsquare.rules.evidence import Evidence
from setsquare.rules.finding import Finding, Severity
from setsquare.rules.rule import Rule
from setsquare.rules.sample import spec
from setsquare.rules.task_names import above, depends_line, graph_place, place_in
from setsquare.text.span import Span
from setsquare.workspace.spec import Task, Tasks

_MOST = 20
_Node = tuple[int, bool]
"""The begin (false) or the end (true) of a task, by its index."""


def check(evidence: Evidence) -> Iterator[Finding]:
    """Find the circles of each list of tasks; of very many the first ones."""
    for found in evidence.active_specs:
        if found.tasks is not None and (found.tasks.edges or any(task.depends for task in found.tasks.tasks)):
            for circle in _circles(found.tasks):
                yield _finding(evidence, found.tasks, circle)


def _needs(tasks: Tasks) -> Iterator[tuple[Task, Task]]:
    """List who needs whom (first, then); a task and its own sub-task are together anyway."""
    by_id: dict[str, Task] = {}
    for task in tasks.tasks:
        by_id.setdefault(task.id, task)
    written = [*tasks.edges, *((name, task.id) for task in tasks.tasks for name in task.depends if task.id)]
    for first, then in dict.fromkeys(written):
        one, two = by_id.get(first), by_id.get(then)
        if one is None or two is None or not first:
            continue
        is_part = one is not two and (one in above(two, tasks) or two in above(one, tasks))
        if not is_part:
            yield one, two


def _following(tasks: Tasks) -> dict[_Node, list[_Node]]:
    """Say what can come only after what."""
    following: dict[_Node, list[_Node]] = {}
    for task in tasks.tasks:
        following[task.index, False] = [(task.index, True)]
        following[task.index, True] = []
    for task in tasks.tasks:
        if task.parent is not None:
            following[task.parent, False].append((task.index, False))
            following[task.index, True].append((task.parent, True))
    for first, then in _needs(tasks):
        following[first.index, True].append((then.index, False))
    return following


def _circles(tasks: Tasks) -> Iterator[list[Task]]:
    """Give circles that share no task, each as the tasks on it in order."""
    following = _following(tasks)
    for _ in range(_MOST):
        following = _peeled(_peeled(following, is_reversed=False), is_reversed=True)
        if not following:
            return
        path: dict[_Node, None] = {}
        node = next(iter(following))
        while node not in path:
            path[node] = None
            node = following[node][0]
        nodes = list(path)
        circle = nodes[nodes.index(node) :]
        yield [tasks.tasks[index] for index in dict.fromkeys(index for index, _ in circle)]
        gone = set(circle)
        following = {key: [after for after in values if after not in gone] for key, values in following.items() if key not in gone}


def _peeled(following: dict[_Node, list[_Node]], *, is_reversed: bool) -> dict[_Node, list[_Node]]:
    """Take away, again and again, what waits for nothing; or, reversed, what nothing waits for."""
    onward = _turned(following) if is_reversed else following
    waiting = dict.fromkeys(onward, 0)
    for values in onward.values():
        for after in values:
            waiting[after] += 1
    ready = [node for node, count in waiting.items() if not count]
    for node in ready:
        for after in onward[node]:
            waiting[after] -= 1
            if not waiting[after]:
                ready.append(after)
    gone = set(ready)
    return {key: [after for after in values if after not in gone] for key, values in following.items() if key not in gone}


def _turned(following: dict[_Node, list[_Node]]) -> dict[_Node, list[_Node]]:
    turned: dict[_Node, list[_Node]] = {node: [] for node in following}
    for node, values in following.items():
        for after in values:
            turned[after].append(node)
    return turned


def _finding(evidence: Evidence, tasks: Tasks, circle: list[Task]) -> Finding:
    names = [task.id for task in circle]
    if len(names) == 1:
        message = f"task {names[0]} waits for itself"
    else:
        message = f"tasks wait for each other: {' → '.join((*names[:12], names[0]))}{' (and more)' if len(names) > 12 else ''}"
    return Finding(
        code=RULE.code,
        severity=RULE.severity,
        path=tasks.path,
        span=_place(evidence, tasks, circle),
        message=message,
        hint="take out one of these dependencies",
    )


def _place(evidence: Evidence, tasks: Tasks, circle: list[Task]) -> Span:
    """Point at the place where one task on the circle names another."""
    for task in circle:
        for other in circle:
            if other.id in task.depends:
                return place_in(evidence, task, depends_line(task, other.id), other.id)
    return graph_place(evidence, tasks, circle[0].id)


_TASKS = "- [ ] 1. Table\n{one}- [ ] 2. Service\n{two}- [ ] 3. Page\n{three}"


def _list(one: str = "", two: str = "", three: str = "") -> str:
    lines = {name: f"  - Depends on: {value}\n" if value else "" for name, value in (("one", one), ("two", two), ("three", three))}
    return _TASKS.format(**lines)


_GRAPH = '## Task Dependency Graph\n\n```json\n{{"dependencies": {0}}}\n```\n'

RULE = Rule(
    code="TSK004",
    name="circular-dependency",
    severity=Severity.ERROR,
    since="0.2",
    page=__doc__,
    check=check,
    examples=(
        spec(tasks=_list(two="3", three="2"), fires=1),
        spec(tasks=_list(one="3", two="1", three="2"), fires=1),
        spec(tasks=_list(two="2"), fires=1),
        spec(tasks=_list() + _GRAPH.format('{"1": ["3"], "3": ["1"]}'), fires=1),
        spec(tasks=_list() + "```mermaid\ngraph TD\n  T1 --> T2\n  T2 --> T3\n  T3 --> T1\n```\n", fires=1),
        spec(tasks="- [ ] 1. A\n  - Depends on: 2\n  - [ ] 1.1 B\n- [ ] 2. C\n  - Depends on: 1.1\n", fires=1),
        spec(
            tasks="- [ ] 1. A\n  - Depends on: 2\n- [ ] 2. B\n  - Depends on: 1\n- [ ] 3. C\n  - Depends on: 4\n- [ ] 4. D\n  - Depends on: 3\n",
            fires=2,
        ),
        spec(tasks=_list(two="1", three="1, 2")),
        spec(tasks=_list()),
        spec(tasks=_list(two="1", three="9")),
        spec(tasks="- [ ] 1. A\n  - Depends on: 1.1\n  - [ ] 1.1 B\n- [ ] 2. C\n  - Depends on: 1\n"),
        spec(tasks=_list() + "```mermaid\ngraph TD\n  T1 --> T2\n  T1 --> T3\n  T2 --> T3\n```\n"),
        spec(
            tasks="- [x] 1. Create HelpContent component structure\n  - [x] 1.2 Implement table of contents navigation\n",
            source="Homas/RpiDNS .kiro/specs/help-documentation/tasks.md",
        ),
        spec(
            tasks="- [x] 22.1 扩展数据模型支持标签\n  - _需求：18.1, 18.2, 18.3_\n\n- [x] 22.2 实现标签管理功能\n",
            source="WhitePlusMS/calenparse .kiro/specs/smart-calendar-parser/tasks.md",
        ),
    ),
)
