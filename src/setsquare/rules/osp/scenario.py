"""A requirement has no scenario.

What: a requirement of a main spec, or one that a delta adds or modifies, has no header of level 4 with text below it.

Why: a scenario is what a test can show; without one nobody can tell when the requirement is met.

Example: `### Scenario: Pressed` at level 3, or steps in a bullet list alone

Instead: `#### Scenario: Pressed` with its steps below

Fix safety: a heading that says `Scenario:` at another level gets level 4. Not safe: what was text until then becomes a scenario. Without such a heading
there is no fix.

Source: OpenSpec 1.13.2, `openspec validate`; every example is made, after the cases of that command.
"""

from __future__ import annotations

from collections.abc import Iterable

from setsquare.rules.evidence import Evidence
from setsquare.rules.finding import Finding, Severity
from setsquare.rules.openspec_sample import PURPOSE, SOUND, added, capability, change
from setsquare.rules.rule import Rule

_CODE = "OSP002"


def check(evidence: Evidence) -> Iterable[Finding]:
    """Give what was found in OpenSpec folders."""
    return evidence.openspec.get(_CODE, ())


RULE = Rule(
    code=_CODE,
    name="requirement-without-scenario",
    severity=Severity.ERROR,
    since="0.2",
    page=__doc__,
    check=check,
    examples=(
        capability(f"{PURPOSE}## Requirements\n### Requirement: Ring\nThe bell SHALL ring.\n", fires=1),
        capability(f"{PURPOSE}## Requirements\n### Requirement: Ring\nThe bell SHALL ring.\n#### Scenario: Pressed\n", fires=1),
        capability(f"{PURPOSE}## Requirements\n### Requirement: Ring\nThe bell SHALL ring.\n- **Scenario: Pressed**\n", fires=1),
        change(added("### Requirement: Chime\nThe bell SHALL chime.\n"), fires=1),
        capability(
            f"{PURPOSE}## Requirements\n### Requirement: Ring\nThe bell SHALL ring.\n### Scenario: Pressed\n- **WHEN** x\n", fires=2
        ),
        *SOUND,
    ),
)
