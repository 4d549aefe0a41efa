"""A header stands where nobody reads it.

What: a main spec has a delta's header or a requirement outside of `## Requirements`; a delta has a requirement in no delta section, or another header
of level 3 among its requirements. The last two are notes.

Why: what stands in the wrong section is left out of lists, of validation and of an archive, though it looks as if it were in force.

Example: `## ADDED Requirements` in `openspec/specs/bell/spec.md`

Instead: the same section in the change's own `specs/bell/spec.md`

Fix safety: no fix; only its writer knows what was meant.

Source: OpenSpec 1.13.2, `openspec validate`; every example is made, after the cases of that command.
"""

from __future__ import annotations

from collections.abc import Iterable

from setsquare.rules.evidence import Evidence
from setsquare.rules.finding import Finding, Severity
from setsquare.rules.openspec_sample import CHIME, MAIN, SOUND, added, capability, change
from setsquare.rules.rule import Rule

_CODE = "OSP003"


def check(evidence: Evidence) -> Iterable[Finding]:
    """Give what was found in OpenSpec folders."""
    return evidence.openspec.get(_CODE, ())


RULE = Rule(
    code=_CODE,
    name="misplaced-header",
    severity=Severity.ERROR,
    since="0.2",
    page=__doc__,
    check=check,
    examples=(
        capability(f"{MAIN}## ADDED Requirements\n", fires=1),
        capability(f"{MAIN}## Notes\n### Requirement: Door\nIt SHALL open.\n", fires=1),
        change(f"{added(CHIME)}## Notes\n### Requirement: Door\nIt SHALL open.\n", fires=1),
        change(f"### Requirement: Door\nIt SHALL open.\n{added(CHIME)}", fires=1),
        change(f"## ADDED Requirements\n### Bells\n{CHIME}", fires=1),
        *SOUND,
    ),
)
