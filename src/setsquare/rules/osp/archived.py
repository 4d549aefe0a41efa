"""An archived change has an open task.

What: a task file below `openspec/changes/archive/` has a box that is not ticked.

Why: what is archived is read as done; `openspec validate --archived` fails on it.

Example: `- [ ] 1.2 Test it` in an archived change

Instead: the box ticked, or the task in a new change

Fix safety: no fix; only its writer knows what was meant.

Source: OpenSpec 1.13.2, `openspec validate`; every example is made, after the cases of that command.
"""

from __future__ import annotations

from collections.abc import Iterable

from setsquare.rules.evidence import Evidence
from setsquare.rules.finding import Example, Finding, Severity
from setsquare.rules.openspec_sample import SOUND
from setsquare.rules.rule import Rule

_CODE = "OSP017"


def check(evidence: Evidence) -> Iterable[Finding]:
    """Give what was found in OpenSpec folders."""
    return evidence.openspec.get(_CODE, ())


RULE = Rule(
    code=_CODE,
    name="archived-with-open-task",
    severity=Severity.NOTE,
    since="0.2",
    page=__doc__,
    check=check,
    examples=(
        Example(files=(("openspec/changes/archive/2026-01-02-a/tasks.md", "- [ ] 1.1 A\n"),), fires=1),
        Example(files=(("openspec/changes/archive/2026-01-02-a/tasks.md", "- [x] 1.1 A\n- [ ] 1.2 B\n- [ ] 1.3 C\n"),), fires=1),
        Example(files=(("openspec/changes/archive/a/tasks.md", "* [ ] A\n"),), fires=1),
        Example(files=(("openspec/changes/archive/a/tasks.md", "- [-] 1.1 A\n"),), fires=1),
        Example(
            files=(("openspec/changes/archive/a/tasks.md", "- [ ] A\n"), ("openspec/changes/archive/b/tasks.md", "- [ ] B\n")), fires=2
        ),
        *SOUND,
    ),
)
