"""A delta stands where no archive looks.

What: delta sections stand in `specs/spec.md` or in another Markdown file than a capability's `spec.md`.

Why: the file is silently left out when the change is archived.

Example: `openspec/changes/louder/specs/bell.md`

Instead: `openspec/changes/louder/specs/bell/spec.md`

Fix safety: no fix; only its writer knows what was meant.

Source: OpenSpec 1.13.2, `openspec validate`; every example is made, after the cases of that command.
"""

from __future__ import annotations

from collections.abc import Iterable

from setsquare.rules.evidence import Evidence
from setsquare.rules.finding import Finding, Severity
from setsquare.rules.openspec_sample import CHIME, LAMP, SOUND, added, change, modified
from setsquare.rules.rule import Rule

_CODE = "OSP010"


def check(evidence: Evidence) -> Iterable[Finding]:
    """Give what was found in OpenSpec folders."""
    return evidence.openspec.get(_CODE, ())


RULE = Rule(
    code=_CODE,
    name="delta-in-wrong-place",
    severity=Severity.ERROR,
    since="0.2",
    page=__doc__,
    check=check,
    examples=(
        change(more=(("specs/bell.md", added(CHIME)),), fires=1),
        change(more=(("specs/spec.md", added(CHIME)),), fires=1),
        change(added(CHIME), more=(("specs/bell/more.md", added(LAMP)),), fires=1),
        change(added(CHIME), more=(("specs/a.md", added(LAMP)), ("specs/b.md", added(LAMP))), fires=2),
        change(added(CHIME), more=(("specs/lamp/delta.md", modified(LAMP)),), fires=1),
        *SOUND,
    ),
)
