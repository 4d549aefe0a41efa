"""A comment switches off a rule that does not exist.

What: a comment `setsquare: disable=…` names something that is neither a rule's code or name nor a family, or names nothing.

Why: a misspelt code switches nothing off, and the reader of the document believes that it does.

Example: `THE Store should keep orders <!-- setsquare: disable=EARS02 agreed with legal -->`

Instead: `THE Store should keep orders <!-- setsquare: disable=EARS002 agreed with legal -->`

Fix safety: no fix; the nearest name may not be the one that was meant.

Source: Setsquare's page on settings of rules. The comments are Setsquare's own, so every example is made.
"""

from __future__ import annotations

from collections.abc import Iterator

from setsquare.rules.evidence import Evidence
from setsquare.rules.finding import Finding, Severity
from setsquare.rules.rule import Rule
from setsquare.rules.sample import criteria, file
from setsquare.rules.similar import nearest


def check(evidence: Evidence) -> Iterator[Finding]:
    """Find every name in a comment that no rule and no family bears."""
    known = {name.upper() for name in evidence.known}
    for directive in evidence.directives:
        if not directive.names:
            yield Finding(
                code=RULE.code,
                severity=RULE.severity,
                path=directive.path,
                span=directive.span,
                message="the comment names no rule to switch off",
                hint="write `setsquare: disable=CODE reason`, `disable-section=CODE reason` or `disable-file=CODE reason`",
            )
        for named in directive.names:
            if named.name.upper() not in known:
                near = nearest(named.name, evidence.known)
                yield Finding(
                    code=RULE.code,
                    severity=RULE.severity,
                    path=directive.path,
                    span=named.span,
                    message=f'there is no rule or family "{named.name}"' + (f', did you mean "{near}"?' if near else ""),
                    hint="correct or remove it; it switches nothing off",
                )


RULE = Rule(
    code="SUP002",
    name="disable-of-unknown-rule",
    severity=Severity.WARNING,
    since="0.2",
    page=__doc__,
    check=check,
    examples=(
        criteria("THE Store should keep orders <!-- setsquare: disable=EARS02 agreed with legal -->", fires=1),
        criteria("THE Store should keep orders <!-- spec-lint: disable=nope,EARS2 agreed with legal -->", fires=2),
        file(".kiro/specs/a/tasks.md", "<!-- setsquare: disable-file -->\n- [ ] 1. Go\n", fires=1),
        file(".kiro/specs/a/tasks.md", "<!-- setsquare: disable= -->\n- [ ] 1. Go\n", fires=1),
        file(".kiro/specs/a/design.md", "# Design\n\n<!-- setsquare: disable-section=DSN01 short by intent -->\n", fires=1),
        file(".kiro/steering/a.md", "TBD <!-- setsquare: disable-paragraph=STR001 until May -->\n", fires=1),
        criteria("THE Store should keep orders <!-- setsquare: disable=EARS002 agreed with legal -->"),
        criteria("THE Store should keep orders <!-- setsquare: disable=ears agreed with legal -->"),
        criteria("THE Store should keep orders <!-- spec-lint: disable=modal-is-not-shall agreed with legal -->"),
        file(".kiro/steering/a.md", "Write `<!-- setsquare: disable=CODE reason -->` behind the line.\n"),
        file(".kiro/steering/a.md", "<!-- eslint: disable=no-var -->\n"),
        file(".kiro/steering/a.md", "<!-- setsquare: anything else -->\n"),
    ),
)
