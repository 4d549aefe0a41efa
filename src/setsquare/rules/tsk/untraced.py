"""A task names no requirement.

What: a task without sub-tasks, in a spec whose other tasks name requirements, names none, and neither does a task above it or one of the same number.
Checkpoints are left out. Where no task names any, or most do not, there is one finding per spec.

Why: work that no requirement asks for is work that nobody can approve, test or stop.

Example: `- [ ] 4. Add a dark mode`

Instead: `- [ ] 4. Add a dark mode` with `_Requirements: 3.2_` below it

Fix safety: no fix; only its writer knows the requirement.

Source: Kiro's tutorial, chapter 2: every task maps to a requirement ("no rogue tasks").
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from setsquare.rules.evidence import Evidence, line_span
from setsquare.rules.finding import Finding, Severity
from setsquare.rules.rule import Rule
from setsquare.rules.sample import spec
from setsquare.rules.task_names import CHECKPOINT, above, leaves
from setsquare.workspace.spec import Spec, Task, Tasks

_MOST = 10


def check(evidence: Evidence) -> Iterator[Finding]:
    """Find the tasks that are traced to nothing, in specs that have requirements."""
    for found in evidence.active_specs:
        if found.tasks is None or found.requirements is None or not found.requirements.criteria:
            continue
        judged = [task for task in leaves(found.tasks) if not CHECKPOINT.search(task.title.lower())]
        traced_ids = {task.id for task in found.tasks.tasks if task.references and task.id}
        untraced = [task for task in judged if task.id not in traced_ids and not _is_traced(task, found.tasks)]
        if not any(task.references for task in found.tasks.tasks):
            yield from _whole(evidence, found, untraced, "no task names a requirement")
        elif len(untraced) > _MOST and len(untraced) * 2 > len(judged):
            yield from _whole(evidence, found, untraced, f"{len(untraced)} of {len(judged)} tasks name no requirement")
        else:
            for task in untraced:
                yield _finding(evidence, task, f"task {task.id or _quoted(task.title)} names no requirement")


def _is_traced(task: Task, tasks: Tasks) -> bool:
    """Tell whether a task or one above it names a requirement."""
    return any(one.references for one in above(task, tasks))


def _quoted(title: str) -> str:
    return f'"{title[:60]}"'


def _whole(evidence: Evidence, found: Spec, untraced: Sequence[Task], message: str) -> Iterator[Finding]:
    """Give one finding for a whole spec."""
    first = untraced[0] if untraced else None
    if first is not None:
        yield _finding(evidence, first, f'{message} of spec "{found.name}"' if message.startswith("no") else message)


def _finding(evidence: Evidence, task: Task, message: str) -> Finding:
    return Finding(
        code=RULE.code,
        severity=RULE.severity,
        path=task.path,
        span=line_span(evidence.raw(task.path), task.span.start),
        message=message,
        hint="add a line below the task: - _Requirements: 1.2_",
    )


_ONE = "THE Store SHALL keep orders"

RULE = Rule(
    code="TSK001",
    name="task-without-requirement",
    severity=Severity.WARNING,
    since="0.1",
    page=__doc__,
    check=check,
    examples=(
        spec(_ONE, tasks="- [ ] 1. Keep orders\n  - _Requirements: 1.1_\n- [ ] 2. Add a dark mode\n", fires=1),
        spec(_ONE, tasks="- [ ] 1. Keep orders\n- [ ] 2. Add a dark mode\n", fires=1),
        spec(_ONE, tasks="- [ ] 1. Orders\n  - [ ] 1.1 Table\n    - _Requirements: 1.1_\n  - [ ] 1.2 Index\n  - [ ] 1.3 View\n", fires=2),
        spec(_ONE, tasks="- [ ] Keep orders\n  - _Requirements: 1.1_\n- [x] Something else\n", fires=1),
        spec(_ONE, tasks="- [ ] 1. A\n  - _Requirements: 1.1_\n- [ ]* 2. Write benchmarks\n", fires=1),
        spec(
            "THE Authentication_System SHALL use secure, HTTP-only cookies for session storage",
            tasks="- [x] 8.1 Update session configuration\n  - _Requirements: 4.1, 4.4_\n- [x] 9.1 Create app layout (layouts/app.blade.php)\n",
            fires=1,
            source="Essimbi/test_gateway_payment .kiro/specs/user-authentication",
        ),
        spec(
            "THE 系统 SHALL 提供统一的 AIClient 抽象接口",
            tasks="- [x] 17.1 创建 AI 路由\n  - _Requirements: 所有功能需求_\n- [x] 19.1 更新 `.env.example`\n",
            fires=1,
            source="997899594/Juanie .kiro/specs/ai-module-enhancement",
        ),
        spec(_ONE, tasks="- [ ] 1. Keep orders\n  - _Requirements: 1.1_\n- [ ] 2. Checkpoint - Ensure all tests pass\n"),
        spec(_ONE, tasks="- [ ] 1. Orders\n  - [ ] 1.1 Table\n    - _Requirements: 1.1_\n"),
        spec(_ONE, tasks="- [ ] 1. Orders\n  - [ ] Table\n  - [ ] Index\n  - _Requirements: 1.1_\n"),
        spec(_ONE, tasks="- [ ] 1. Orders\n  - _Requirements: 1.1_\n  - [ ] 1.1 Table\n  - [ ] 1.2 Index\n"),
        spec(_ONE, tasks="- [ ] 1. Keep orders\n  - **Validates: Requirements 1.1**\n- [ ] 2. Docs\n  - _Requirements: All_\n"),
        spec(tasks="- [ ] 1. Keep orders\n- [ ] 2. Add a dark mode\n"),
        spec(
            "THE Custom_Period_Selector SHALL allow selection of start date and time",
            tasks="- [x] 1. Create CustomPeriodPicker component\n  - _Requirements: 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.7_\n"
            "- [x] 10. Final checkpoint - Full integration testing\n",
            source="Homas/RpiDNS .kiro/specs/custom-period",
        ),
        spec(
            "THE System SHALL パスワードベースの認証を提供しない",
            tasks="- [ ]\\* 4.3 認証UIのユニットテストを作成\n  - _要件: 1.1, 1.2, 1.7_\n- [ ]   5. チェックポイント - 認証機能の確認\n",
            source="argondev22/notion-relation-view .kiro/specs/mvp",
        ),
    ),
)
