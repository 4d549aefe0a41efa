"""An id stands twice in a feature.

What: two requirements of a feature's `spec.md` have the same id (`FR-003`), or two user stories the same number.

Why: a task or a test that names the id means either, so that one of the two is never traced.

Example: two lines `- **FR-003**: …` in one file

Instead: `- **FR-003**: …` and `- **FR-004**: …`

Fix safety: no fix; whatever names the id must follow, and only a person knows which of the two it means.

Source: the templates of github/spec-kit 1.0.2: ids count through a file. Ids that restart are rare in public repositories, so every example is made.
"""

from __future__ import annotations

from collections.abc import Iterator

from setsquare.rules.evidence import Evidence
from setsquare.rules.feature_reading import features
from setsquare.rules.finding import Finding, Severity
from setsquare.rules.rule import Reach, Rule
from setsquare.rules.sample import file
from setsquare.text.document import encode
from setsquare.text.span import Span


def check(evidence: Evidence) -> Iterator[Finding]:
    """Find each later bearer of an id."""
    for path, feature in features(evidence).items():
        named = [(one.id, one.line) for one in (*feature.demands, *feature.outcomes)]
        named += [(f"User Story {one.number}", one.line) for one in feature.stories]
        first: dict[str, int] = {}
        rows = evidence.raw(path).split(b"\n")
        for name, line in sorted(named, key=lambda one: one[1]):
            if name not in first:
                first[name] = line
                continue
            start = sum(len(row) + 1 for row in rows[: line - 1])
            at = rows[line - 1].find(encode(name))
            place = Span(start + at, start + at + len(encode(name))) if at >= 0 else Span(start, start + len(rows[line - 1].rstrip()))
            yield Finding(
                code=RULE.code,
                severity=RULE.severity,
                path=path,
                span=place,
                message=f"{name} stands in line {first[name]} already",
                hint="give it the next free number",
            )


_AT = "specs/001-pay/spec.md"

RULE = Rule(
    code="KIT002",
    name="id-twice-in-feature",
    severity=Severity.WARNING,
    since="0.2",
    page=__doc__,
    check=check,
    reach=Reach.FILE,
    examples=(
        file(_AT, "- **FR-001**: It MUST a\n- **FR-001**: It MUST b\n", fires=1),
        file(_AT, "- **FR-001**: a\n- **FR-001**: b\n- **FR-001**: c\n", fires=2),
        file(_AT, "## Success Criteria\n- **SC-001**: a\n- **SC-001**: b\n", fires=1),
        file(_AT, "### User Story 1 - Pay\nx\n### User Story 1 - Refund\ny\n", fires=1),
        file("api/specs/002-pay/spec.md", "#### Core\n- **FR-001**: a\n#### More\n- **FR-001**: b\n", fires=1),
        file(_AT, "- **FR-001**: a\n- **FR-002**: b\n- **SC-001**: c\n"),
        file(_AT, "- **FR-001**: a\n- **NFR-001**: b\n- **FR-001a**: c\n"),
        file(_AT, "### User Story 1 - Pay\nx\n### User Story 2 - Refund\ny\n"),
        file(_AT, "- **FR-001**: a\n```\n- **FR-001**: an example\n```\n"),
        file(_AT, ""),
    ),
)
