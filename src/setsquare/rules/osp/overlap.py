"""Two open changes touch one requirement.

What: the deltas of two or more open changes add, modify, remove or rename the same requirement of a capability. Each change but the first gets a
finding: a warning where the two do not go together, a note where the archive merges them or an order settles it.

Why: OpenSpec keeps no base: the change that is archived last overwrites what the other one wrote, without a word. Setsquare's archive merges what can be
merged, and refuses the rest when one of the two is in the specs already.

Example: two changes that modify `Ring`

Instead: lines decided for in one of the two, and an order for the others (`setsquare openspec overlap`)

Fix safety: no fix; only its writer knows what was meant.

Source: what users of OpenSpec report as missing from `openspec validate`; every example is made.
"""

from __future__ import annotations

from collections.abc import Iterable

from setsquare.rules.evidence import Evidence
from setsquare.rules.finding import Finding, Severity
from setsquare.rules.openspec_sample import CHIME, RING, SOUND, added, changes, modified
from setsquare.rules.rule import Rule

_CODE = "OSP015"


def check(evidence: Evidence) -> Iterable[Finding]:
    """Give what was found in OpenSpec folders."""
    return evidence.openspec.get(_CODE, ())


RULE = Rule(
    code=_CODE,
    name="overlapping-changes",
    severity=Severity.WARNING,
    since="0.2",
    page=__doc__,
    check=check,
    examples=(
        changes(modified(RING), modified(RING.replace("2 s", "5 s")), fires=1),
        changes(modified(RING), "## REMOVED Requirements\n### Requirement: Ring\n", fires=1),
        changes(added(CHIME), added(CHIME), fires=1),
        changes(modified(RING), modified(RING), modified(RING), fires=2),
        changes("## RENAMED Requirements\n- FROM: `### Requirement: Ring`\n- TO: `### Requirement: Bell`\n", modified(RING), fires=1),
        *SOUND,
    ),
)
