"""A task needs one that runs in the same wave or later.

What: the waves run a task before, or at the same time as, a task that it depends on by its own line.

Why: waves run in their order and the tasks of one wave run together, so the task starts without what it needs.

Example: task 2 `Depends on: 3`, and waves `[["1", "2"], ["3"]]`

Instead: waves `[["1"], ["3"], ["2"]]`

Fix safety: no fix; the line may be wrong as well as the wave.

Source: Kiro's on-disk format, section 2.6, execution of waves. No public task list at hand has both waves and such lines: every example that
fires is invented.
"""

from __future__ import annotations

from collections.abc import Iterator

from setsquare.rules.evidence import Evidence
from setsquare.rules.finding import Finding, Severity
from setsquare.rules.rule import Rule
from setsquare.rules.sample import spec
from setsquare.rules.task_names import above, depends_line, named, place_in
from setsquare.workspace.spec import Task, Tasks


def check(evidence: Evidence) -> Iterator[Finding]:
    """Find the dependencies that written waves break."""
    for found in evidence.active_specs:
        tasks = found.tasks
        if tasks is not None and tasks.waves and not tasks.edges and any(task.depends for task in tasks.tasks):
            yield from _late(evidence, tasks)


def _late(evidence: Evidence, tasks: Tasks) -> Iterator[Finding]:
    spans = _spans(tasks)
    by_id: dict[str, Task] = {}
    for task in tasks.tasks:
        by_id.setdefault(task.id, task)
    for task in tasks.tasks:
        for name in task.depends:
            needed = by_id.get(name)
            if needed is None or task.index not in spans or needed.index not in spans:
                continue
            if needed in above(task, tasks) or task in above(needed, tasks):
                continue
            starts, ends = spans[task.index][0], spans[needed.index][1]
            if ends >= starts:
                yield _finding(evidence, task, name, "in the same wave" if ends == starts else f"in wave {ends}, after wave {starts}")


def _spans(tasks: Tasks) -> dict[int, tuple[int, int]]:
    """Say in which waves a task runs, from the first to the last, counted from 1: its own, those of its sub-tasks, else that of the task above it."""
    waves: dict[str, int] = {}
    for number, wave in enumerate(tasks.waves, 1):
        for name in wave:
            waves.setdefault(name, number)
    spans: dict[int, tuple[int, int]] = {}
    for task in tasks.tasks:
        chain = tuple(above(task, tasks))
        own = next((waves[one.id] for one in chain if one.id in waves), 0)
        for one in chain if own else ():
            if one is task or one.id not in waves:
                low, high = spans.get(one.index, (own, own))
                spans[one.index] = (min(low, own), max(high, own))
    return spans


def _finding(evidence: Evidence, task: Task, name: str, where: str) -> Finding:
    return Finding(
        code=RULE.code,
        severity=RULE.severity,
        path=task.path,
        span=place_in(evidence, task, depends_line(task, name), name),
        message=f"{named(task)} needs task {name}, which runs {where}",
        hint="move the task to a wave after what it needs",
    )


def _list(needs: str, waves: str) -> str:
    return f'- [ ] 1. Table\n- [ ] 2. Service\n  - Depends on: {needs}\n- [ ] 3. Page\n\n```json\n{{"waves": {waves}}}\n```\n'


RULE = Rule(
    code="TSK007",
    name="dependency-in-later-wave",
    severity=Severity.WARNING,
    since="0.2",
    page=__doc__,
    check=check,
    examples=(
        spec(tasks=_list("3", '[["1", "2"], ["3"]]'), fires=1),
        spec(tasks=_list("1", '[["1", "2"], ["3"]]'), fires=1),
        spec(tasks=_list("1, 3", '[["2"], ["1"], ["3"]]'), fires=2),
        spec(tasks=_list("3", '[{"id": 0, "tasks": ["1", "2", "3"]}]'), fires=1),
        spec(
            tasks="- [ ] 1. A\n  - [ ] 1.1 B\n  - [ ] 1.2 C\n- [ ] 2. D\n  - Depends on: 1\n\n```json\n"
            '{"waves": [["1.1"], ["1.2", "2"]]}' + "\n```\n",
            fires=1,
        ),
        spec(tasks=_list("1", '[["1"], ["2", "3"]]')),
        spec(tasks=_list("1, 3", '[["1", "3"], ["2"]]')),
        spec(tasks=_list("9", '[["1", "2", "3"]]')),
        spec(tasks=_list("3", "[]")),
        spec(tasks="- [ ] 1. A\n  - Depends on: 1.1\n  - [ ] 1.1 B\n\n```json\n" + '{"waves": [["1.1"]]}' + "\n```\n"),
        spec(
            tasks="- [x] 1. Create CustomPeriodPicker component\n  - _Requirements: 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.7_\n",
            source="Homas/RpiDNS .kiro/specs/custom-period/tasks.md",
        ),
        spec(
            tasks="- [x] 20. Frontend - Financial Reports Tab\n\n- [ ] 20. Frontend - Financial Reports Tab\n\n- [x] 20.1 Create FinancialReportsTab widget\n",
            source="CloudToLocalLLM-online/CloudToLocalLLM .kiro/specs/admin-center/tasks.md",
        ),
    ),
)
