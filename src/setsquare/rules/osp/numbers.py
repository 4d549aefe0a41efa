"""A change's tasks are numbered wrongly, or not at all.

What: a task has the number of an earlier one, or not that of its group, tasks have no number, or a task file has list items and no box. Tasks without
a number give one finding for the file.

Why: a commit, a log and an approval name a task by its number; what has no box is counted by no tool.

Example: two tasks `1.1`

Instead: `1.1` and `1.2`

Fix safety: no fix; only its writer knows what was meant.

Source: OpenSpec 1.13.2, `openspec validate`; every example is made, after the cases of that command.
"""

from __future__ import annotations

from collections.abc import Iterable

from setsquare.rules.evidence import Evidence
from setsquare.rules.finding import Finding, Severity
from setsquare.rules.openspec_sample import CHIME, SOUND, added, change
from setsquare.rules.rule import Rule

_CODE = "OSP014"


def check(evidence: Evidence) -> Iterable[Finding]:
    """Give what was found in OpenSpec folders."""
    return evidence.openspec.get(_CODE, ())


RULE = Rule(
    code=_CODE,
    name="task-numbers",
    severity=Severity.NOTE,
    since="0.2",
    page=__doc__,
    check=check,
    examples=(
        change(added(CHIME), tasks="## 1. Core\n- [ ] 1.1 A\n- [ ] 1.1 B\n", fires=1),
        change(added(CHIME), tasks="## 1. Core\n- [ ] 2.1 A\n", fires=1),
        change(added(CHIME), tasks="## 1. Core\n- A\n- B\n", fires=1),
        change(added(CHIME), tasks="- [ ] A\n- [ ] B\n", fires=1),
        change(added(CHIME), tasks="## 1. Core\n- [ ] 1.1 A\n- [x] Then B\n", fires=1),
        *SOUND,
    ),
)
