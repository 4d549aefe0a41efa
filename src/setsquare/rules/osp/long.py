"""A requirement is long.

What: the text below a requirement's header has more than 500 characters.

Why: so long a text holds several demands, and no scenario shows which of them is met.

Example: a paragraph of twelve lines

Instead: three requirements with a scenario each

Fix safety: no fix; only its writer knows what was meant.

Source: OpenSpec 1.13.2, `openspec validate`; every example is made, after the cases of that command.
"""

from __future__ import annotations

from collections.abc import Iterable

from setsquare.rules.evidence import Evidence
from setsquare.rules.finding import Finding, Severity
from setsquare.rules.openspec_sample import MAIN, SOUND, capability
from setsquare.rules.rule import Rule

_CODE = "OSP008"


def check(evidence: Evidence) -> Iterable[Finding]:
    """Give what was found in OpenSpec folders."""
    return evidence.openspec.get(_CODE, ())


RULE = Rule(
    code=_CODE,
    name="long-requirement",
    severity=Severity.NOTE,
    since="0.2",
    page=__doc__,
    check=check,
    examples=(
        capability(MAIN.replace("for 2 s.", "for 2 s " + "and again " * 60 + "."), fires=1),
        capability(MAIN.replace("light up.", "light up " + "and glow " * 70 + "."), fires=1),
        capability(MAIN.replace("for 2 s.", "for " + "1" * 500 + " s."), fires=1),
        capability(MAIN.replace("for 2 s.", "响" * 500 + "."), fires=1),
        capability(MAIN.replace("for 2 s.", "for 2 s.\n" + "It SHALL stop.\n" * 40), fires=1),
        *SOUND,
    ),
)
