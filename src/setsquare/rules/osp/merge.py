"""A merge of git stands half-done in the file.

What: a main spec or a delta holds two or more lines with git's conflict marks.

Why: both sides are read as requirements, and OpenSpec calls the file valid.

Example: `<<<<<<< HEAD` above two versions of a scenario

Instead: the version that was decided for

Fix safety: no fix; only its writer knows what was meant.

Source: what users of OpenSpec report as missing from `openspec validate`; every example is made.
"""

from __future__ import annotations

from collections.abc import Iterable

from setsquare.rules.evidence import Evidence
from setsquare.rules.finding import Finding, Severity
from setsquare.rules.openspec_sample import CHIME, MAIN, RING, SOUND, added, capability, change, modified
from setsquare.rules.rule import Rule

_CODE = "OSP016"


def check(evidence: Evidence) -> Iterable[Finding]:
    """Give what was found in OpenSpec folders."""
    return evidence.openspec.get(_CODE, ())


RULE = Rule(
    code=_CODE,
    name="conflict-marks",
    severity=Severity.ERROR,
    since="0.2",
    page=__doc__,
    check=check,
    examples=(
        capability(
            MAIN.replace("- **THEN** the bell rings\n", "<<<<<<< HEAD\n- **THEN** a\n=======\n- **THEN** b\n>>>>>>> louder\n"), fires=1
        ),
        change(added(CHIME + "<<<<<<< HEAD\n>>>>>>> x\n"), fires=1),
        change(modified("<<<<<<< HEAD\n" + RING + "=======\n" + RING.replace("Ring", "Sing") + ">>>>>>> b\n"), fires=1),
        capability("<<<<<<< HEAD\n" + MAIN + "=======\n>>>>>>> b\n", fires=1),
        capability(MAIN + ">>>>>>> b\n<<<<<<< a\n", fires=1),
        *SOUND,
    ),
)
