"""A requirement says nothing below its header.

What: between a requirement's header and its first scenario there is no text.

Why: the header is a name; what the system must do stands below it.

Example: `### Requirement: The bell SHALL ring` with scenarios only

Instead: `### Requirement: Ring`, then `The bell SHALL ring for 2 s.`

Fix safety: no fix; only its writer knows what was meant.

Source: OpenSpec 1.13.2, `openspec validate`; every example is made, after the cases of that command.
"""

from __future__ import annotations

from collections.abc import Iterable

from setsquare.rules.evidence import Evidence
from setsquare.rules.finding import Finding, Severity
from setsquare.rules.openspec_sample import CHIME, MAIN, RING, SOUND, added, capability, change, modified
from setsquare.rules.rule import Rule

_CODE = "OSP005"


def check(evidence: Evidence) -> Iterable[Finding]:
    """Give what was found in OpenSpec folders."""
    return evidence.openspec.get(_CODE, ())


RULE = Rule(
    code=_CODE,
    name="requirement-without-text",
    severity=Severity.ERROR,
    since="0.2",
    page=__doc__,
    check=check,
    examples=(
        capability(MAIN.replace("The bell SHALL ring for 2 s.\n", ""), fires=1),
        capability(MAIN.replace("The lamp SHALL light up.\n", ""), fires=1),
        change(added(CHIME.replace("The bell SHALL chime.\n", "")), fires=1),
        change(modified(RING.replace("The bell SHALL ring for 2 s.\n", "")), fires=1),
        change(modified(RING.replace("The bell SHALL ring for 2 s.\n", "```\nThe bell SHALL ring.\n```\n")), fires=1),
        *SOUND,
    ),
)
