"""A main spec has no purpose or no requirement.

What: a `spec.md` lacks `## Purpose`, its text, `## Requirements`, or any requirement below it.

Why: OpenSpec cannot read such a capability: it is neither listed nor can a change be archived into it.

Example: a `spec.md` with `## Requirements` alone

Instead: `## Purpose`, a sentence, then `## Requirements` with one requirement

Fix safety: no fix; only its writer knows what was meant.

Source: OpenSpec 1.13.2, `openspec validate`; every example is made, after the cases of that command.
"""

from __future__ import annotations

from collections.abc import Iterable

from setsquare.rules.evidence import Evidence
from setsquare.rules.finding import Finding, Severity
from setsquare.rules.openspec_sample import PURPOSE, RING, SOUND, capability
from setsquare.rules.rule import Rule

_CODE = "OSP001"


def check(evidence: Evidence) -> Iterable[Finding]:
    """Give what was found in OpenSpec folders."""
    return evidence.openspec.get(_CODE, ())


RULE = Rule(
    code=_CODE,
    name="missing-section",
    severity=Severity.ERROR,
    since="0.2",
    page=__doc__,
    check=check,
    examples=(
        capability(f"## Requirements\n{RING}", fires=1),
        capability(f"## Purpose\n\n## Requirements\n{RING}", fires=1),
        capability(PURPOSE, fires=1),
        capability(f"{PURPOSE}## Requirements\n", fires=1),
        capability("# Bell\n", fires=1),
        *SOUND,
    ),
)
