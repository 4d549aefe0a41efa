"""A requirement is written without SHALL or MUST.

What: the text below a requirement's header has neither word in capitals.

Why: the words set a demand apart from a description; `openspec validate --strict` fails without them. Who writes in another language may switch the
rule off.

Example: `The bell rings.`

Instead: `The bell SHALL ring.`

Fix safety: safe; `shall` or `must`, where the text has it once, is written in capitals. Without such a word there is no fix.

Source: OpenSpec 1.13.2, `openspec validate`; every example is made, after the cases of that command.
"""

from __future__ import annotations

from collections.abc import Iterable

from setsquare.rules.evidence import Evidence
from setsquare.rules.finding import Finding, Severity
from setsquare.rules.openspec_sample import CHIME, MAIN, RING, SOUND, added, capability, change, modified
from setsquare.rules.rule import Rule

_CODE = "OSP006"


def check(evidence: Evidence) -> Iterable[Finding]:
    """Give what was found in OpenSpec folders."""
    return evidence.openspec.get(_CODE, ())


RULE = Rule(
    code=_CODE,
    name="no-shall-or-must",
    severity=Severity.NOTE,
    since="0.2",
    page=__doc__,
    check=check,
    examples=(
        capability(MAIN.replace("SHALL ring", "rings"), fires=1),
        capability(MAIN.replace("SHALL", "shall"), fires=2, fixed=MAIN),
        change(added(CHIME.replace("SHALL", "should")), fires=1),
        change(modified(RING.replace("The bell SHALL ring for 2 s.", "门铃响两秒。")), fires=1),
        capability(MAIN.replace("Requirement: Ring", "Requirement: It MUST ring").replace("SHALL ring", "rings"), fires=1),
        *SOUND,
    ),
)
