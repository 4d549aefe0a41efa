"""A task needs a task that does not exist.

What: the line on what a task depends on, or the dependency graph, names a number that no task of the list has. A number before a word
("depends on 3 services") and a line about another spec, a phase or an issue are left out.

Why: nobody can say whether the dependency is met, so the task starts too early or never.

Example: `- Depends on: 2.4` where task 2 has three sub-tasks

Instead: `- Depends on: 2.3`

Fix safety: no fix; only the writer knows which task was meant.

Source: Kiro's on-disk format, section 2.6 (lines on dependencies in 82 places of public task lists). None of the lists at hand names a task
that is missing: every example that fires is invented.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from setsquare.rules.evidence import Evidence
from setsquare.rules.finding import Finding, Severity
from setsquare.rules.rule import Rule
from setsquare.rules.sample import spec
from setsquare.rules.similar import nearest
from setsquare.rules.task_names import depends_line, graph_place, named, place_in
from setsquare.text.lazy_pattern import LazyPattern
from setsquare.text.span import Span
from setsquare.workspace.spec import Tasks

_MOST = 20
_ELSEWHERE: Final = LazyPattern(
    r"\b(?:specs?|phases?|sections?|requirements?|stor(?:y|ies)|issues?|milestones?|sprints?|epics?|version|v\d|waves?)\b|#\d|阶段|第.{1,3}章|フェーズ",
    re.IGNORECASE,
)
_COUNTED: Final = r"(?<![\w.]){0}(?:\s*[-–]\s*\d+)?\s+(?!and\b|or\b|then\b|with\b|for\b|to\b|before\b|being\b|is\b|are\b|must\b|first\b|y\b|et\b|und\b|e\b)[a-z]"


def check(evidence: Evidence) -> Iterator[Finding]:
    """Find the names of prerequisites that stand for nothing."""
    for found in evidence.active_specs:
        tasks = found.tasks
        if tasks is not None and (tasks.edges or any(task.depends for task in tasks.tasks)):
            known = frozenset(task.id for task in tasks.tasks if task.id)
            if known:
                yield from _in_lines(evidence, tasks, known)
                yield from _in_graph(evidence, tasks, known)


def _in_lines(evidence: Evidence, tasks: Tasks, known: frozenset[str]) -> Iterator[Finding]:
    """Judge what the tasks themselves say."""
    for task in tasks.tasks:
        for name in task.depends:
            if name in known:
                continue
            line = depends_line(task, name)
            if not line or not (_ELSEWHERE.search(line) or re.search(_COUNTED.replace("{0}", re.escape(name)), line)):
                yield _finding(
                    tasks, place_in(evidence, task, line or task.title, name), f"{named(task)} needs task {name}", nearest(name, known)
                )


def _in_graph(evidence: Evidence, tasks: Tasks, known: frozenset[str]) -> Iterator[Finding]:
    """Judge a graph that is written as dependencies."""
    unknown = dict.fromkeys(name for edge in tasks.edges for name in edge if name and name not in known)
    for name in list(unknown)[:_MOST]:
        yield _finding(tasks, graph_place(evidence, tasks, name), f'the dependency graph names "{name[:40]}"', nearest(name, known))


def _finding(tasks: Tasks, span: Span, what: str, meant: str) -> Finding:
    return Finding(
        code=RULE.code,
        severity=RULE.severity,
        path=tasks.path,
        span=span,
        message=f"{what}, and there is no such task" + (f", did you mean {meant}?" if meant else ""),
        hint="name a task of this list, or take the dependency out",
    )


_GRAPH = '\n```json\n{"dependencies": {"2": ["1"], "7": ["2"]}}\n```\n'
_TWO = "- [ ] 1. Table\n- [ ] 2. Service\n"

RULE = Rule(
    code="TSK006",
    name="unknown-dependency",
    severity=Severity.WARNING,
    since="0.2",
    page=__doc__,
    check=check,
    examples=(
        spec(tasks="- [ ] 1. Table\n- [ ] 2. Service\n  - Depends on: 3\n", fires=1),
        spec(tasks="- [ ] 1. Table\n- [ ] 2. Service\n  - _Depends: 1, 1.4_\n", fires=1),
        spec(tasks="- [ ] 1. Table\n- [ ] 2. Service (depends on task 8 and 9)\n", fires=2),
        spec(tasks=_TWO + _GRAPH, fires=1),
        spec(tasks="- [ ] T001 Table\n- [ ] T002 Service\n  - Dependencies: T001, T010\n", fires=1),
        spec(tasks=_TWO + "  - Depends on: 1\n"),
        spec(tasks=_TWO + "  - Depends on 3 external services\n"),
        spec(tasks=_TWO + "  - Depends on: phase 4\n"),
        spec(tasks=_TWO + "  - Depends on: task 7 of the billing spec\n"),
        spec(tasks=_TWO + "  - Depends on: none\n"),
        spec(
            tasks="- [x] 1. Create CustomPeriodPicker component\n  - _Requirements: 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.7_\n",
            source="Homas/RpiDNS .kiro/specs/custom-period/tasks.md",
        ),
        spec(
            tasks="- [ ]\\* 4.3 認証UIのユニットテストを作成\n  - _要件: 1.1, 1.2, 1.7_\n- [ ]   5. チェックポイント - 認証機能の確認\n",
            source="argondev22/notion-relation-view .kiro/specs/mvp/tasks.md",
        ),
    ),
)
