"""A modified requirement leaves out a scenario.

What: a block below MODIFIED has not all the scenarios, by name, that the requirement has in the main spec.

Why: the block replaces the whole requirement: the scenario would be gone without anybody having said so.

Example: MODIFIED `Ring` with the new scenario only

Instead: MODIFIED `Ring` with the old scenarios and the new one

Fix safety: no fix; only its writer knows what was meant.

Source: OpenSpec 1.13.2, `openspec validate`; every example is made, after the cases of that command.
"""

from __future__ import annotations

from collections.abc import Iterable

from setsquare.rules.evidence import Evidence
from setsquare.rules.finding import Finding, Severity
from setsquare.rules.openspec_sample import LAMP, RING, SOUND, change, modified
from setsquare.rules.rule import Rule

_CODE = "OSP012"


def check(evidence: Evidence) -> Iterable[Finding]:
    """Give what was found in OpenSpec folders."""
    return evidence.openspec.get(_CODE, ())


RULE = Rule(
    code=_CODE,
    name="lost-scenario",
    severity=Severity.ERROR,
    since="0.2",
    page=__doc__,
    check=check,
    examples=(
        change(modified(RING.replace("Scenario: Pressed", "Scenario: Held")), fires=1),
        change(modified(LAMP.replace("Scenario: Dark", "Scenario: Night")), fires=1),
        change(modified(RING.replace("Pressed", "pressed")), fires=1),
        change(modified((RING + LAMP).replace("Pressed", "Held").replace("Dark", "Night")), fires=2),
        change(
            "## RENAMED Requirements\n- FROM: `### Requirement: Lamp`\n- TO: `### Requirement: Light`\n"
            + modified(LAMP.replace("Lamp", "Light").replace("Dark", "Night")),
            fires=1,
        ),
        *SOUND,
    ),
)
