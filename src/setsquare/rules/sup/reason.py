"""A comment switches a rule off and does not say why.

What: a comment `setsquare: disable=…` (or `spec-lint: disable=…`), for a line, a section or a file, has no text behind the names of rules.

Why: whoever reads the document later cannot tell a decision from a way around a finding.

Example: `THE Store should keep orders <!-- setsquare: disable=EARS002 -->`

Instead: `THE Store should keep orders <!-- setsquare: disable=EARS002 agreed with legal -->`

Fix safety: no fix; only the writer knows the reason.

Source: Setsquare's page on settings of rules. The comments are Setsquare's own, so every example is made.
"""

from __future__ import annotations

from collections.abc import Iterator

from setsquare.rules.evidence import Evidence
from setsquare.rules.finding import Finding, Severity
from setsquare.rules.rule import Rule
from setsquare.rules.sample import criteria, file


def check(evidence: Evidence) -> Iterator[Finding]:
    """Find every comment that names rules and no reason."""
    for directive in evidence.directives:
        if directive.names and not directive.reason:
            yield Finding(
                code=RULE.code,
                severity=RULE.severity,
                path=directive.path,
                span=directive.span,
                message=f"{', '.join(named.name for named in directive.names)} is switched off without a reason",
                hint="write the reason behind the rules' names",
            )


RULE = Rule(
    code="SUP001",
    name="disable-without-reason",
    severity=Severity.NOTE,
    since="0.2",
    page=__doc__,
    check=check,
    examples=(
        criteria("THE Store should keep orders <!-- setsquare: disable=EARS002 -->", fires=1),
        criteria("THE Store should keep orders <!-- spec-lint: disable=AMB002,EARS013 -->", fires=1),
        file(".kiro/specs/a/tasks.md", "<!-- setsquare: disable-file=TSK -->\n- [ ] 1. Go\n", fires=1),
        file(".kiro/specs/a/design.md", "# Design\n\n<!-- setsquare: disable-section=DSN001 -->\n", fires=1),
        file(".kiro/steering/a.md", "TBD <!--setsquare:disable=STR001-->\n", fires=1),
        criteria("THE Store should keep orders <!-- setsquare: disable=EARS002 agreed with legal -->"),
        criteria("THE Store should keep orders <!-- spec-lint: disable=AMB002, EARS013 it is the standard's own word -->"),
        file(".kiro/specs/a/tasks.md", "<!-- setsquare: disable-file=TSK imported from the old tracker -->\n- [ ] 1. Go\n"),
        file(".kiro/steering/a.md", "Write `<!-- setsquare: disable=EARS002 -->` behind the line.\n"),
        file(".kiro/steering/a.md", "~~~\n<!-- setsquare: disable=EARS002 -->\n~~~\n"),
        file(".kiro/steering/a.md", "<!-- the rule is disabled -->\n"),
    ),
)
