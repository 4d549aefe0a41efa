"""A task list does not say what must stay as it is.

What: tasks.md has tasks and no section on what is out of scope, at any level and in several languages. Only specs in the tutorial's dialect are
judged, unless the option `everywhere` is on.

Why: whoever runs a task, a person or an agent, changes what is near unless the list says what to leave alone.

Example: a task list that ends after its last task

Instead: `## Out of scope` with `- migrations/ and the payment provider's settings`

Fix safety: no fix; only the team knows what must not change.

Source: the tutorial, chapter 3: a section "Out of scope" in tasks.md, always generated, after changes outside a task's scope. Public
specifications are not in its dialect: every example that fires is invented.
"""

from __future__ import annotations

from collections.abc import Iterator

from setsquare.rules.evidence import Evidence
from setsquare.rules.finding import Example, Finding, Severity
from setsquare.rules.rule import Option, Rule
from setsquare.rules.sample import spec
from setsquare.rules.task_names import says_out_of_scope, title_line
from setsquare.workspace.spec import Dialect, Spec


def check(evidence: Evidence) -> Iterator[Finding]:
    """Find the task lists without such a section."""
    is_everywhere = evidence.config.switch("TSK012", "everywhere", default=False)
    for found in evidence.active_specs:
        tasks = found.tasks
        if tasks is not None and tasks.tasks and (is_everywhere or _is_tutorial(found)) and not says_out_of_scope(tasks):
            yield Finding(
                code=RULE.code,
                severity=RULE.severity,
                path=tasks.path,
                span=title_line(evidence, tasks.tasks[0]),
                message="the list does not say what is out of scope",
                hint="add ## Out of scope with what no task may change",
            )


def _is_tutorial(found: Spec) -> bool:
    return found.requirements is not None and found.requirements.dialect is Dialect.TUTORIAL


_NEEDS = "# Requirements: Orders\n\n## Functional Requirements\n\n- WHEN a customer pays, THE Store SHALL send a receipt\n\n## Non-Functional Requirements\n\n- THE Store SHALL answer within 200 ms\n"
_ON = (".setsquare/check.toml", "[rules.TSK012]\neverywhere = true\n")


def _everywhere(tasks: str, fires: int = 0) -> Example:
    return Example(files=((".kiro/specs/orders/tasks.md", tasks), _ON), fires=fires)


RULE = Rule(
    code="TSK012",
    name="no-out-of-scope",
    severity=Severity.NOTE,
    since="0.2",
    page=__doc__,
    check=check,
    options=(Option("everywhere", False, "whether specs in other dialects need the section too"),),
    examples=(
        spec(_NEEDS, tasks="# Tasks: Orders\n\n- [ ] 1. Send receipts\n", fires=1),
        spec(_NEEDS, tasks="- [x] 1. Send receipts\n- [ ] 2. Measure\n\n## Notes\n\nText.\n", fires=1),
        spec(_NEEDS, tasks="# Tasks\n\n## In scope\n\n- [ ] 1. Send receipts\n", fires=1),
        _everywhere("- [ ] 1. Send receipts\n", fires=1),
        _everywhere("# 任务\n\n- [ ] 1. 发送收据\n", fires=1),
        spec(_NEEDS, tasks="- [ ] 1. Send receipts\n\n## Out of scope\n\n- migrations/\n"),
        spec(_NEEDS, tasks="## Out-of-Scope\n\n- migrations/\n\n## Tasks\n\n- [ ] 1. Send receipts\n"),
        spec(_NEEDS, tasks="# Tasks: Orders\n"),
        _everywhere("- [ ] 1. 发送收据\n\n## 范围外\n\n- 迁移\n"),
        spec("THE Store SHALL keep orders", tasks="- [ ] 1. Keep orders\n"),
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
