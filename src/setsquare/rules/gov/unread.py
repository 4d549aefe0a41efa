"""A line of CODEOWNERS counts for nothing.

What: a line of the `CODEOWNERS` file that counts names something that is no owner, so the forge leaves the whole line out.

Why: the path looks owned and is not: nobody is asked for a review.

Example: `/.setsquare/ architects`

Instead: `/.setsquare/ @org/architects`

Fix safety: no fix; only the team knows who was meant.

Source: GitHub Docs, "About code owners": a line of invalid syntax is skipped. A line that counts for nothing is mended when somebody sees it,
so every example is made.
"""

from __future__ import annotations

from collections.abc import Iterator

from setsquare.rules.evidence import Evidence
from setsquare.rules.finding import Finding, Severity
from setsquare.rules.rule import Reach, Rule
from setsquare.rules.sample import file
from setsquare.workspace.code_owners import effective, read_code_owners


def check(evidence: Evidence) -> Iterator[Finding]:
    """Find the lines that a forge leaves out."""
    place = effective(evidence.workspace.by_path)
    if place is None:
        return
    for problem in read_code_owners(evidence.workspace.by_path[place].document).problems:
        yield Finding(
            code=RULE.code,
            severity=RULE.severity,
            path=place,
            span=problem.span,
            message=problem.reason,
            hint="write `@name`, `@organisation/team` or an address",
        )


RULE = Rule(
    code="GOV002",
    name="owner-line-left-out",
    severity=Severity.WARNING,
    since="0.2",
    page=__doc__,
    check=check,
    reach=Reach.WORKSPACE,
    examples=(
        file("CODEOWNERS", "/.setsquare/ architects\n", fires=1),
        file("CODEOWNERS", "* @\n", fires=1),
        file(".github/CODEOWNERS", "# who reviews\n* @ada, @bo\n", fires=1),
        file(".github/CODEOWNERS", "/a @ada\n/b ada@example\n/c Ada Lovelace\n", fires=2),
        file(".gitlab/CODEOWNERS", "[Docs] @writers\n/docs/\n/src/ developers\n", fires=1),
        file("CODEOWNERS", "* @ada @org/team ada@example.org  # all\n"),
        file("CODEOWNERS", "/docs/\n\n# a comment\n"),
        file(".gitlab/CODEOWNERS", "^[Optional][2] @@developer\n*.md @group/sub/team\n!/docs/draft.md\n"),
        file("packages/a/CODEOWNERS", "* nobody\n"),
        file("CODEOWNERS", ""),
    ),
)
