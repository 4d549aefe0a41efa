"""A requirement was changed in the main spec after a change to it was written.

What: the team's record (`.setsquare/openspec/bases/<change>.jsonl`) says what a requirement was when a change that modifies or removes it was written,
and the main spec says something else now. It is a note where the archive merges both, and a warning where both changed the same lines.

Why: the change was reviewed against a text that does not hold any more. OpenSpec would replace the requirement whole.

Example: MODIFIED `Ring` after another change of `Ring` was archived

Instead: the delta written anew, and `setsquare openspec base <change> --record`

Fix safety: no fix; only its writer knows what shall hold.

Source: what users of OpenSpec report as missing from `openspec validate`; every example is made. Without a record nothing is said: the history of git is asked by
`setsquare openspec validate` and `archive`.
"""

from __future__ import annotations

from collections.abc import Iterable

from setsquare.rules.evidence import Evidence
from setsquare.rules.finding import Finding, Severity
from setsquare.rules.openspec_sample import LAMP, MAIN, RING, SOUND, change, modified, written_to
from setsquare.rules.rule import Rule

_CODE = "OSP018"
_LOUD = MAIN.replace("for 2 s", "loudly for 2 s")
_LIT = MAIN.replace("it is dark", "it is night")


def check(evidence: Evidence) -> Iterable[Finding]:
    """Give what was found in OpenSpec folders."""
    return evidence.openspec.get(_CODE, ())


RULE = Rule(
    code=_CODE,
    name="stale-base",
    severity=Severity.WARNING,
    since="0.2",
    page=__doc__,
    check=check,
    examples=(
        written_to(change(modified(RING.replace("2 s", "5 s")), main=_LOUD), RING, fires=1),
        written_to(change(modified(RING.replace("is pressed", "is held")), main=_LOUD), RING, fires=1),
        written_to(change("## REMOVED Requirements\n### Requirement: Lamp\n", main=_LIT), LAMP, fires=1),
        written_to(change(modified(RING.replace("2 s", "5 s") + LAMP), main=_LOUD), RING, LAMP, fires=1),
        written_to(
            change(
                "## RENAMED Requirements\n- FROM: `### Requirement: Lamp`\n- TO: `### Requirement: Light`\n"
                + modified(LAMP.replace("Lamp", "Light").replace("light up", "glow")),
                main=_LIT,
            ),
            LAMP,
            fires=1,
        ),
        written_to(change(modified(RING.replace("2 s", "5 s"))), RING),
        written_to(change(modified(RING.replace("2 s", "5 s")), main=_LIT), RING),
        written_to(change(modified(RING.replace("for 2 s", "loudly for 2 s")), main=_LOUD), RING),
        *SOUND,
    ),
)
