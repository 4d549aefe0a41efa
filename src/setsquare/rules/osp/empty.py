"""A change says nothing about a spec, or contradicts itself in that.

What: a change has no delta, a delta has no section or no requirement below it, or `.openspec.yaml` says `skip_specs` while there are specs, or says
it in a file that cannot be honoured.

Why: a change is archived by its deltas: without one nothing of it reaches the main specs.

Example: `## ADDED Requirements` with nothing below

Instead: a requirement below the section, or `skip_specs: true` where no spec changes

Fix safety: no fix; only its writer knows what was meant.

Source: OpenSpec 1.13.2, `openspec validate`; every example is made, after the cases of that command.
"""

from __future__ import annotations

from collections.abc import Iterable

from setsquare.rules.evidence import Evidence
from setsquare.rules.finding import Finding, Severity
from setsquare.rules.openspec_sample import CHIME, SOUND, added, change
from setsquare.rules.rule import Rule

_CODE = "OSP009"


def check(evidence: Evidence) -> Iterable[Finding]:
    """Give what was found in OpenSpec folders."""
    return evidence.openspec.get(_CODE, ())


RULE = Rule(
    code=_CODE,
    name="change-without-delta",
    severity=Severity.ERROR,
    since="0.2",
    page=__doc__,
    check=check,
    examples=(
        change("## ADDED Requirements\n", fires=1),
        change("# Notes\n", fires=1),
        change(more=(("proposal.md", "# Louder\n"),), fires=1),
        change(added(CHIME), more=((".openspec.yaml", "schema: spec-driven\nskip_specs: true\n"),), fires=1),
        change("```\n## ADDED Requirements\n```\n", fires=1),
        *SOUND,
    ),
)
