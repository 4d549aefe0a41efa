"""A comment switches a rule off that finds nothing there.

What: a comment `setsquare: disable=…` names a rule or family that has no finding in what the comment speaks of. Off unless it is asked for.

Why: the sentence was mended and the comment stayed; it would hide the next mistake of the same kind.

Example: `THE Store SHALL keep orders <!-- setsquare: disable=EARS002 agreed with legal -->`

Instead: `THE Store SHALL keep orders`

Fix safety: no fix; a comment may name several rules, of which one is still needed.

Source: Setsquare's page on settings of rules. The comments are Setsquare's own, so every example is made.
"""

from __future__ import annotations

from collections.abc import Iterator

from setsquare.rules.evidence import Evidence
from setsquare.rules.finding import Finding, Severity
from setsquare.rules.rule import Rule
from setsquare.rules.sample import criteria, file


def check(evidence: Evidence) -> Iterator[Finding]:
    """Pass on the names in comments that the engine found no use for."""
    for directive, named in evidence.unused:
        yield Finding(
            code=RULE.code,
            severity=RULE.severity,
            path=directive.path,
            span=named.span,
            message=f"{named.name} finds nothing here",
            hint="remove it from the comment",
        )


RULE = Rule(
    code="SUP003",
    name="disable-without-use",
    severity=Severity.NOTE,
    since="0.2",
    page=__doc__,
    check=check,
    is_default=False,
    examples=(
        criteria("THE Store SHALL keep orders <!-- setsquare: disable=EARS002 agreed with legal -->", fires=1),
        criteria("THE Store should keep orders <!-- setsquare: disable=EARS002,MCP agreed with legal -->", fires=1),
        file(".kiro/steering/a.md", "TBD\n\nText <!-- setsquare: disable=STR001 until May -->\n", fires=1),
        file(".kiro/specs/a/requirements.md", "<!-- setsquare: disable-file=EARS,TSK001 imported -->\n# Requirements\n", fires=2),
        file(".kiro/steering/a.md", "# A\n\n<!-- setsquare: disable-section=STR001 until May -->\n\n# B\n\nTBD\n", fires=1),
        criteria("THE Store should keep orders <!-- setsquare: disable=EARS002 agreed with legal -->"),
        criteria("THE Store should keep orders <!-- setsquare: disable=ears agreed with legal -->"),
        file(".kiro/steering/a.md", "# A\n\nTBD\n\n<!-- setsquare: disable-section=STR001 until May -->\n"),
        file(".kiro/steering/a.md", "<!-- setsquare: disable-file=STR001 until May -->\n\nTBD\n"),
        file(".kiro/steering/a.md", "<!-- setsquare: disable=STR001 until May -->\n\nTBD\n"),
        file(".kiro/steering/a.md", "TBD <!-- setsquare: disable=NOPE until May -->\n"),
    ),
)
