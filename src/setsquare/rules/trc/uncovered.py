"""No task implements some criteria.

What: a spec has tasks, and some of its criteria are named by none of them. There is one finding per spec, with the list.

Why: what no task names is not built, or is built without anybody being able to show it.

Example: tasks that name `1.1` and `1.2` of a requirement with three criteria

Instead: a task with `_Requirements: 1.3_`

Fix safety: no fix; a task must be written.

Source: Kiro's tasks page (`_Requirements:_`); in public repositories 83 % of 17,060 criteria are named by a task.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from setsquare.rules.evidence import Evidence
from setsquare.rules.finding import Finding, Severity
from setsquare.rules.rule import Rule
from setsquare.rules.sample import spec
from setsquare.spec.trace import SpecTrace, demanding

_ORDINAL = re.compile(r"(?P<number>.+)\.(?P<ordinal>\d{1,6})\Z")


# req: check/2.3
def check(evidence: Evidence) -> Iterator[Finding]:
    """Find the specs with tasks whose criteria are not all named by one."""
    for traced in evidence.graph.specs:
        has_tasks = traced.spec.tasks is not None and bool(traced.spec.tasks.tasks)
        if has_tasks and not traced.spec.is_archived and traced.uncovered:
            yield _finding(evidence, traced)


def _finding(evidence: Evidence, traced: SpecTrace) -> Finding:
    uncovered = set(traced.uncovered)
    criteria = demanding(traced.spec)
    first = next(criterion for criterion in criteria if criterion.id in uncovered)
    places = {criterion.id: index for index, criterion in enumerate(criteria)}
    return Finding(
        code=RULE.code,
        severity=RULE.severity,
        path=first.path,
        span=evidence.span_in(first, 0, len(first.text)),
        message=f"no task names {len(traced.uncovered)} of {len(traced.states)} criteria: {', '.join(ranges(traced.uncovered, places))}",
        hint="name each in the task that implements it: _Requirements: …_",
    )


def ranges(ids: Sequence[str], places: dict[str, int]) -> list[str]:
    """Write ids that follow each other as ranges; `places` are their positions among all ids.

    >>> ranges(["1.1", "1.2", "1.3", "2.1"], {"1.1": 0, "1.2": 1, "1.3": 2, "2.1": 3})
    ['1.1-1.3', '2.1']
    """
    runs: list[list[str]] = []
    for name in ids:
        if runs and _follows(runs[-1][-1], name) and places[name] == places[runs[-1][-1]] + 1:
            runs[-1].append(name)
        else:
            runs.append([name])
    return [part for run in runs for part in ([f"{run[0]}-{run[-1]}"] if len(run) > 2 else run)]


def _follows(first: str, second: str) -> bool:
    one, two = _ORDINAL.match(first), _ORDINAL.match(second)
    return bool(one and two and one["number"] == two["number"] and int(one["ordinal"]) + 1 == int(two["ordinal"]))


_THREE = "THE Store SHALL keep orders\nWHEN a customer pays, THE Store SHALL send a receipt\nTHE Store SHALL log payments"

RULE = Rule(
    code="TRC002",
    name="uncovered-criteria",
    severity=Severity.WARNING,
    since="0.1",
    page=__doc__,
    check=check,
    examples=(
        spec(_THREE, tasks="- [ ] 1. Build it\n  - _Requirements: 1.1, 1.2_\n", fires=1),
        spec(_THREE, tasks="- [ ] 1. Build it\n  - _Requirements: 1.1_\n", fires=1),
        spec(_THREE, tasks="- [x] 1. Build it\n", fires=1),
        spec(_THREE, tasks="- [ ] 1. Build it\n  - _Requirements: 1.1-1.2_\n", fires=1),
        spec(_THREE, tasks="- [ ] 1. Build it\n  - _Requirements: Testing Strategy_\n", fires=1),
        spec(
            "THE Help_Tab SHALL document all policy actions\nTHE Help_Tab SHALL explain when to use each",
            tasks="- [x] 1. Create HelpContent component structure\n  - _Requirements: 1.1_\n",
            fires=1,
            source="Homas/RpiDNS .kiro/specs/help-documentation/tasks.md (form)",
        ),
        spec(
            "WHEN 用户登录 THEN 系统 SHALL 创建会话\nWHEN 用户退出 THEN 系统 SHALL 删除会话",
            tasks="- [x] 22.1 扩展数据模型支持标签\n  - _需求：1.1_\n",
            fires=1,
            source="WhitePlusMS/calenparse .kiro/specs/smart-calendar-parser/tasks.md (form)",
        ),
        spec(_THREE, tasks="- [ ] 1. Build it\n  - _Requirements: 1.1, 1.2, 1.3_\n"),
        spec(_THREE, tasks="- [ ] 1. Build it\n  - _Requirements: 1_\n"),
        spec(_THREE, tasks="- [ ] 1. Build it\n  - _Requirements: 1.1-1.3_\n"),
        spec(_THREE),
        spec(_THREE, tasks="# Implementation Plan\n"),
        spec(
            "THE Server SHALL log all authentication attempts and failures",
            tasks="- [x] 1. Update Tailwind configuration\n  - Define semantic colors\n  - _Requirements: 1.1_\n",
            source="Foodshareclub/foodshare-web .kiro/specs/accessibility-improvements/tasks.md (form)",
        ),
        spec(
            "The RAG Backend API shall rank retrieved documents by relevance score",
            tasks="- [ ] 1.1 (P) Rank documents\n  - _Requirements: 1.1_\n",
            source="gotalab/cc-sdd .kiro/specs/customer-support-rag-backend-en/tasks.md (form)",
        ),
    ),
)
