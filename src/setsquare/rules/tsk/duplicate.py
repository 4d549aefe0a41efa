"""Two tasks have the same number.

What: a task's number was used before in the same file.

Why: `run --task 4` and a commit that says "task 4" could mean either.

Example: two tasks `4.` in one list

Instead: a number for each

Fix safety: no fix; commits, logs and dependencies may name either task by the number.

Source: Kiro's on-disk format, section 2.6 (20 of 374 task files).
"""

from __future__ import annotations

from collections.abc import Iterator

from setsquare.rules.evidence import Evidence, line_span
from setsquare.rules.finding import Finding, Severity
from setsquare.rules.rule import Rule
from setsquare.rules.sample import spec
from setsquare.workspace.spec import Task


def check(evidence: Evidence) -> Iterator[Finding]:
    """Find every task whose number an earlier task of the file has."""
    for found in evidence.workspace.kiro_specs:
        first: dict[str, Task] = {}
        for task in found.tasks.tasks if found.tasks else ():
            earlier = first.setdefault(task.id, task) if task.id else task
            if earlier is not task:
                yield Finding(
                    code=RULE.code,
                    severity=RULE.severity,
                    path=task.path,
                    span=line_span(evidence.raw(task.path), task.span.start),
                    message=f'task number {task.id} is taken by "{earlier.title[:80]}" in line {earlier.line}',
                    hint="give the task a number of its own",
                )


RULE = Rule(
    code="TSK002",
    name="duplicate-task-number",
    severity=Severity.ERROR,
    since="0.1",
    page=__doc__,
    check=check,
    examples=(
        spec(tasks="- [ ] 1. Keep orders\n- [ ] 1. Send receipts\n", fires=1),
        spec(tasks="- [ ] 1. A\n- [ ] 1. B\n- [ ] 1. C\n", fires=2),
        spec(tasks="- [ ] 1. A\n  - [ ] 1.1 B\n  - [ ] 1.1 C\n", fires=1),
        spec(tasks="- [x] T001 A\n- [ ] T001 B\n", fires=1),
        spec(tasks="## Phase 1\n- [ ] 1. A\n## Phase 2\n- [ ] 1. B\n", fires=1),
        spec(
            tasks="- [x] 4. Backend API - Payment Gateway Integration\n\n- [ ] 4. Backend API - Payment Gateway Integration\n",
            fires=1,
            source="CloudToLocalLLM-online/CloudToLocalLLM .kiro/specs/admin-center/tasks.md",
        ),
        spec(
            tasks="- [x] 20. Frontend - Financial Reports Tab\n\n- [ ] 20. Frontend - Financial Reports Tab\n\n- [x] 20.1 Create FinancialReportsTab widget\n",
            fires=1,
            source="CloudToLocalLLM-online/CloudToLocalLLM .kiro/specs/admin-center/tasks.md",
        ),
        spec(tasks="- [ ] 1. A\n- [ ] 2. B\n"),
        spec(tasks="- [ ] 1. A\n  - [ ] 1.1 B\n- [ ] 2. C\n  - [ ] 2.1 D\n"),
        spec(tasks="- [ ] A\n- [ ] A\n"),
        spec(tasks="- [ ] 1. A\n- [ ] 10. B\n- [ ] 1.1 C\n"),
        spec(tasks=""),
        spec(
            tasks="- [x] 1. Create HelpContent component structure\n  - [x] 1.2 Implement table of contents navigation\n- [x] 2. Implement Getting Started section\n",
            source="Homas/RpiDNS .kiro/specs/help-documentation/tasks.md",
        ),
        spec(
            tasks="- [x] 22.1 扩展数据模型支持标签\n  - _需求：18.1, 18.2, 18.3_\n\n- [x] 22.2 实现标签管理功能\n",
            source="WhitePlusMS/calenparse .kiro/specs/smart-calendar-parser/tasks.md",
        ),
    ),
)
