"""A requirement stands twice.

What: two requirements of a main spec or of a delta's section have one name, or one name is renamed, or given, twice.

Why: names are how a change finds the requirement that it means: the second one would be lost at the next archive.

Example: two blocks `### Requirement: Ring`

Instead: one block, or two names

Fix safety: no fix; only its writer knows what was meant.

Source: OpenSpec 1.13.2, `openspec validate`; every example is made, after the cases of that command.
"""

from __future__ import annotations

from collections.abc import Iterable

from setsquare.rules.evidence import Evidence
from setsquare.rules.finding import Finding, Severity
from setsquare.rules.openspec_sample import CHIME, LAMP, MAIN, RING, SOUND, added, capability, change, modified
from setsquare.rules.rule import Rule

_CODE = "OSP004"


def check(evidence: Evidence) -> Iterable[Finding]:
    """Give what was found in OpenSpec folders."""
    return evidence.openspec.get(_CODE, ())


RULE = Rule(
    code=_CODE,
    name="requirement-twice",
    severity=Severity.ERROR,
    since="0.2",
    page=__doc__,
    check=check,
    examples=(
        capability(f"{MAIN}{RING}", fires=1),
        change(added(CHIME + CHIME), fires=1),
        change(modified(RING + RING), fires=1),
        change("## REMOVED Requirements\n### Requirement: Lamp\n### Requirement: Lamp\n", fires=1),
        capability(f"{MAIN}{LAMP}{LAMP}", fires=2),
        *SOUND,
    ),
)
