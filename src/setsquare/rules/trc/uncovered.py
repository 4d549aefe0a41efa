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
        if has_tasks and traced.spec.is_kiro and not traced.spec.is_archived and traced.uncovered:
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

_PASSWORDS = """# Requirements Document

### Requirement 6: Password Security

#### Acceptance Criteria

1. THE Authentication_System SHALL hash all passwords using bcrypt before storage
2. THE Authentication_System SHALL never store passwords in plain text
3. THE Authentication_System SHALL validate password strength during registration
4. THE Authentication_System SHALL use secure password comparison methods to prevent timing attacks
"""
_GRAPH = """# Requirements Document

### 要件5: インタラクティブな操作

#### 受け入れ基準

1. WHEN ユーザーがノードをクリックする THEN THE System SHALL Notionでそのページを開く
2. WHEN ユーザーがノードをドラッグする THEN THE Graph_Visualizer SHALL ノードの位置を更新し、接続されたエッジを再描画する
3. WHEN ユーザーがキャンバスをドラッグする THEN THE Graph_Visualizer SHALL ビュー全体をパンする
4. WHEN ユーザーがスクロールする THEN THE Graph_Visualizer SHALL ズームレベルを調整する
"""
_PERIOD = """# Requirements Document

### Requirement 1: Custom Period UI Component

#### Acceptance Criteria

1. WHEN a user clicks the "custom" period button, THE Custom_Period_Selector SHALL display a date/time picker interface
2. THE Custom_Period_Selector SHALL allow selection of start date and time
3. THE Custom_Period_Selector SHALL allow selection of end date and time
4. WHEN start or end date/time is changed, THE Custom_Period_Selector SHALL validate that start is before end
5. IF start date/time is after end date/time, THEN THE Custom_Period_Selector SHALL display a validation error and prevent data fetch
6. THE Custom_Period_Selector SHALL provide an "Apply" button to confirm the selection
7. WHEN the "Apply" button is clicked with valid dates, THE Custom_Period_Selector SHALL trigger a data refresh with the selected period
"""

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
            _PASSWORDS,
            tasks="- [ ]* 1.1 Write property test for password hashing\n  - **Validates: Requirements 6.1**\n",
            fires=1,
            source="Essimbi/test_gateway_payment .kiro/specs/user-authentication",
        ),
        spec(
            _GRAPH,
            tasks="- [ ] 14.1 データベースフィルター機能を実装\n  - _要件: 5.1, 5.2, 5.3_\n",
            fires=1,
            source="argondev22/notion-relation-view .kiro/specs/mvp",
        ),
        spec(_THREE, tasks="- [ ] 1. Build it\n  - _Requirements: 1.1, 1.2, 1.3_\n"),
        spec(_THREE, tasks="- [ ] 1. Build it\n  - _Requirements: 1_\n"),
        spec(_THREE, tasks="- [ ] 1. Build it\n  - _Requirements: 1.1-1.3_\n"),
        spec(_THREE),
        spec(_THREE, tasks="# Implementation Plan\n"),
        spec(
            _PERIOD,
            tasks="- [x] 1. Create CustomPeriodPicker component\n  - _Requirements: 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.7_\n",
            source="Homas/RpiDNS .kiro/specs/custom-period",
        ),
        spec(
            _GRAPH,
            tasks="- [ ] 14.1 データベースフィルター機能を実装\n  - _要件: 5.1, 5.2, 5.3_\n- [ ] 14.2 検索機能を実装\n  - _要件: 5.4, 5.5_\n",
            source="argondev22/notion-relation-view .kiro/specs/mvp",
        ),
    ),
)
