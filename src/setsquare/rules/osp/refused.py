"""An archive would refuse the delta.

What: the main spec is not as the delta needs it: what it modifies or renames is missing, what it adds is there with another text, or a name differs
in case or white space only.

Why: the change looks finished and cannot be: mostly another change was archived first. OpenSpec calls the change valid and tells it as information.

Example: MODIFIED `Rings` where the main spec has `Ring`

Instead: the name as the main spec has it

Fix safety: safe where a name differs from one of the main spec in case or spacing only: that one is written. Elsewhere no fix.

Source: OpenSpec 1.13.2, `openspec validate`; every example is made, after the cases of that command.
"""

from __future__ import annotations

from collections.abc import Iterable

from setsquare.rules.evidence import Evidence
from setsquare.rules.finding import Finding, Severity
from setsquare.rules.openspec_sample import CHIME, RING, SOUND, added, change, modified
from setsquare.rules.rule import Rule

_CODE = "OSP013"


def check(evidence: Evidence) -> Iterable[Finding]:
    """Give what was found in OpenSpec folders."""
    return evidence.openspec.get(_CODE, ())


RULE = Rule(
    code=_CODE,
    name="archive-refused",
    severity=Severity.WARNING,
    since="0.2",
    page=__doc__,
    check=check,
    examples=(
        change(modified(CHIME), fires=1),
        change(added(RING.replace("2 s", "5 s")), fires=1),
        change("## REMOVED Requirements\n### Requirement: lamp\n", fires=1, fixed="## REMOVED Requirements\n### Requirement: Lamp\n"),
        change(modified(RING.replace("nt: Ring", "nt: RING")), fires=1, fixed=modified(RING)),
        change("## RENAMED Requirements\n- FROM: `### Requirement: Door`\n- TO: `### Requirement: Gate`\n", fires=1),
        change("## RENAMED Requirements\n- FROM: `### Requirement: Ring`\n- TO: `### Requirement: Lamp`\n", fires=1),
        *SOUND,
    ),
)
