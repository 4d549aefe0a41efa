"""A delta does two things to one requirement that exclude each other.

What: one name stands in two of ADDED, MODIFIED, REMOVED and RENAMED such that no order of them makes sense, or a rename has only one half.

Why: no merge can know which of the two was meant.

Example: `Ring` below MODIFIED and below REMOVED

Instead: one of the two

Fix safety: safe where a renamed requirement is modified by its old name: the new one is written. Elsewhere no fix; only its writer knows what was meant.

Source: OpenSpec 1.13.2, `openspec validate`; every example is made, after the cases of that command.
"""

from __future__ import annotations

from collections.abc import Iterable

from setsquare.rules.evidence import Evidence
from setsquare.rules.finding import Finding, Severity
from setsquare.rules.openspec_sample import CHIME, RING, SOUND, added, change, modified
from setsquare.rules.rule import Rule

_CODE = "OSP011"


def check(evidence: Evidence) -> Iterable[Finding]:
    """Give what was found in OpenSpec folders."""
    return evidence.openspec.get(_CODE, ())


RULE = Rule(
    code=_CODE,
    name="operations-in-conflict",
    severity=Severity.ERROR,
    since="0.2",
    page=__doc__,
    check=check,
    examples=(
        change(f"{modified(RING)}## REMOVED Requirements\n### Requirement: Ring\n", fires=1),
        change(f"{modified(RING)}{added(RING)}", fires=1),
        change(f"{added(CHIME)}## REMOVED Requirements\n### Requirement: Chime\n", fires=1),
        change(f"{added(CHIME)}## RENAMED Requirements\n- FROM: `### Requirement: Lamp`\n", fires=1),
        change(f"{added(CHIME)}## RENAMED Requirements\n- FROM: `### Requirement: Ring`\n- TO: `### Requirement: Chime`\n", fires=1),
        change(
            f"## RENAMED Requirements\n- FROM: `### Requirement: Ring`\n- TO: `### Requirement: Bell`\n{modified(RING)}",
            fires=1,
            fixed=f"## RENAMED Requirements\n- FROM: `### Requirement: Ring`\n- TO: `### Requirement: Bell`\n{modified(RING.replace('nt: Ring', 'nt: Bell'))}",
        ),
        *SOUND,
    ),
)
