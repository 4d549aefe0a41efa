"""A task is ticked although a part of it is open.

What: a task's box is ticked, and a sub-task that is not optional is open or in progress. Where `4` has references of its own and `4.1` stands beside
it without indentation, `4.1` is no part of it.

Why: whoever reads the list believes that the whole is done; coverage counts it so.

Example: `- [x] 6. Admin pages` with `- [ ] 6.2 Feeds` below it

Instead: an open box for task 6 until 6.2 is done

Fix safety: no fix; either box may be the wrong one.

Source: Kiro's on-disk format, section 2.6 (18 of 374 task files).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from setsquare.rules.evidence import Evidence, line_span
from setsquare.rules.finding import Finding, Severity
from setsquare.rules.rule import Rule
from setsquare.rules.sample import spec
from setsquare.text.lazy_pattern import LazyPattern
from setsquare.workspace.spec import Task, TaskState

_OPTIONAL = LazyPattern(r"[(\[（]\s*(?:optional|opcional|optionnel|facultatif|可选|可選|任意|선택)\b", re.IGNORECASE)
_OPEN = (TaskState.OPEN, TaskState.RUNNING)


def check(evidence: Evidence) -> Iterator[Finding]:
    """Find the ticked tasks with an open sub-task that is not optional."""
    for found in evidence.workspace.kiro_specs:
        tasks = found.tasks.tasks if found.tasks else ()
        open_children: dict[int, list[Task]] = {}
        for task in tasks:
            is_part = task.parent is not None and not _is_neighbour(task, tasks[task.parent])
            if task.parent is not None and is_part and task.state in _OPEN and not task.is_optional and not _OPTIONAL.search(task.title):
                open_children.setdefault(task.parent, []).append(task)
        for index, children in open_children.items():
            if tasks[index].state is TaskState.DONE:
                yield _finding(evidence, tasks[index], children)


def _is_neighbour(task: Task, parent: Task) -> bool:
    """Tell whether a task stands beside the one that its number puts it under, which has work and references of its own."""
    return task.indent <= parent.indent and bool(parent.references)


def _quoted(title: str) -> str:
    return f'"{title[:60]}"'


def _finding(evidence: Evidence, task: Task, children: list[Task]) -> Finding:
    names = ", ".join(child.id or _quoted(child.title) for child in children[:8]) + (" …" if len(children) > 8 else "")
    return Finding(
        code=RULE.code,
        severity=RULE.severity,
        path=task.path,
        span=line_span(evidence.raw(task.path), task.span.start),
        message=f"task {task.id or _quoted(task.title)} is ticked, but {names} {'is' if len(children) == 1 else 'are'} open",
        hint="finish the sub-task, mark it optional with *, or open the box",
    )


RULE = Rule(
    code="TSK003",
    name="ticked-with-open-part",
    severity=Severity.WARNING,
    since="0.1",
    page=__doc__,
    check=check,
    examples=(
        spec(tasks="- [x] 1. Orders\n  - [x] 1.1 Table\n  - [ ] 1.2 Index\n", fires=1),
        spec(tasks="- [x] 1. Orders\n- [ ] 1.1 Table\n", fires=1),
        spec(tasks="- [x] 1. Orders\n  - [-] 1.1 Table\n", fires=1),
        spec(tasks="- [x] 1. A\n  - [x] 1.1 B\n    - [ ] 1.1.1 C\n", fires=1),
        spec(tasks="- [X] Orders\n  - [ ] Table\n", fires=1),
        spec(
            tasks="- [x] 6. Implement Admin Panel documentation sections\n  - [x] 6.1 Document Assets management\n"
            "  - [ ] 6.2 Document RPZ Feeds (comprehensive update needed)\n",
            fires=1,
            source="Homas/RpiDNS .kiro/specs/help-documentation/tasks.md",
        ),
        spec(
            tasks="- [x] 17. Write platform detection property tests\n  - [ ] 17.3 Write property test for platform-appropriate UI components\n",
            fires=1,
            source="CloudToLocalLLM-online/CloudToLocalLLM .kiro/specs/platform-settings-screen/tasks.md",
        ),
        spec(tasks="- [x] 1. Orders\n  - [x] 1.1 Table\n"),
        spec(tasks="- [ ] 1. Orders\n  - [x] 1.1 Table\n  - [ ] 1.2 Index\n"),
        spec(tasks="- [x] 1. Orders\n  - [ ]* 1.1 Write property test\n"),
        spec(tasks="- [x] 1. Orders\n  - [ ]\\* 1.1 Write property test\n"),
        spec(tasks="- [x] 1. Orders\n- [ ] 2. Receipts\n"),
        spec(tasks="- [x] 4. Banner\n  - Write it\n  - _Requirements: 1.1_\n- [ ] 4.1 Modal\n  - _Requirements: 1.2_\n"),
        spec(
            tasks="- [x] 4.4 Implement refund processing service\n\n- [ ]* 4.5 Write payment gateway integration tests\n",
            source="CloudToLocalLLM-online/CloudToLocalLLM .kiro/specs/admin-center/tasks.md",
        ),
        spec(
            tasks="- [x] 1. Create HelpContent component structure\n  - [x] 1.2 Implement table of contents navigation\n",
            source="Homas/RpiDNS .kiro/specs/help-documentation/tasks.md",
        ),
    ),
)
