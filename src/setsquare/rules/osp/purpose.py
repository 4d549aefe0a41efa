"""A purpose says little, or is a placeholder.

What: the purpose of a main spec has fewer than 50 characters, begins with `TBD` or `TODO`, or is the sentence that an archive writes for a new
capability.

Why: the purpose is what people and assistants read to find the capability that they need.

Example: `TBD - created by archiving change louder. Update Purpose after archive.`

Instead: a sentence that says what the capability is for

Fix safety: no fix; only its writer knows what was meant.

Source: OpenSpec 1.13.2, `openspec validate`; every example is made, after the cases of that command.
"""

from __future__ import annotations

from collections.abc import Iterable

from setsquare.rules.evidence import Evidence
from setsquare.rules.finding import Finding, Severity
from setsquare.rules.openspec_sample import MAIN, SOUND, capability
from setsquare.rules.rule import Rule

_CODE = "OSP007"


def check(evidence: Evidence) -> Iterable[Finding]:
    """Give what was found in OpenSpec folders."""
    return evidence.openspec.get(_CODE, ())


RULE = Rule(
    code=_CODE,
    name="purpose-says-little",
    severity=Severity.NOTE,
    since="0.2",
    page=__doc__,
    check=check,
    examples=(
        capability(MAIN.replace("The bell tells people in the house that somebody stands at the door.", "Rings."), fires=1),
        capability(MAIN.replace("The bell tells", "TBD: the bell tells"), fires=1),
        capability(MAIN.replace("The bell tells", "TODO the bell tells"), fires=1),
        capability(
            MAIN.replace("The bell tells people", "TBD - created by archiving change louder. Update Purpose after archive."), fires=1
        ),
        capability(MAIN.replace("people in the house that somebody stands at the door", "people"), fires=1),
        *SOUND,
    ),
)
