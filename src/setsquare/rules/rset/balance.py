"""A spec of the tutorial's form is too small.

What: a spec written under `Functional Requirements` and `Non-Functional Requirements` has fewer than three of the first or none of the second.

Why: two sentences about what a feature does leave its errors and limits open, and without a demand on speed, safety or cost a design has nothing
to weigh.

Example: two functional requirements and no other

Instead: three, and how fast or how safe it must be

Fix safety: no fix; requirements must be written.

Source: the tutorial's rubric for requirements (at least three functional and one non-functional). Only specs with these headings are judged. No
public specification at hand has them: every example that fires is invented.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from setsquare.rules.evidence import Evidence
from setsquare.rules.finding import Finding, Severity
from setsquare.rules.rule import Option, Rule
from setsquare.rules.sample import criteria, spec
from setsquare.text.lazy_pattern import LazyPattern
from setsquare.workspace.spec import Criterion, Dialect, Requirements

_OTHER = LazyPattern(
    r"non[\s_-]*functional|quality|\bNFR|非功能|非機能|비기능|no\s+funcional|não\s+funciona|non\s+fonctionnel|nichtfunktional|нефункциональн",
    re.IGNORECASE,
)
_FUNCTIONAL = 3
_OTHERS = 1


def check(evidence: Evidence) -> Iterator[Finding]:
    """Find every spec of the tutorial's form with too few requirements of one kind."""
    least = evidence.config.number("RSET005", "functional", _FUNCTIONAL)
    others = evidence.config.number("RSET005", "non-functional", _OTHERS)
    for active in evidence.active_specs:
        if active.requirements and active.requirements.dialect is Dialect.TUTORIAL:
            finding = _judged(evidence, active.requirements, least, others)
            if finding:
                yield finding


def _judged(evidence: Evidence, requirements: Requirements, least: int, others: int) -> Finding | None:
    """Judge one file that has criteria."""
    limits: list[Criterion] = []
    functions: list[Criterion] = []
    for requirement in requirements.requirements:
        (limits if _OTHER.search(requirement.title) else functions).extend(requirement.criteria)
    if not requirements.criteria or (len(functions) >= least and len(limits) >= others):
        return None
    first = requirements.criteria[0]
    return Finding(
        code=RULE.code,
        severity=RULE.severity,
        path=requirements.path,
        span=evidence.span_in(first, 0, len(first.text)),
        message=f"{len(functions)} functional and {len(limits)} non-functional requirements; at least {least} and {others} are expected",
        hint="write what happens when things go wrong, and how fast, safe or cheap it must be",
    )


def _written(functions: int, limits: int) -> str:
    return (
        "# Requirements: Tea\n\n## Functional Requirements\n\n"
        + "".join(f"- THE Store SHALL sell tea number {number}\n" for number in range(functions))
        + "\n## Non-Functional Requirements\n\n"
        + "".join(f"- THE Store SHALL answer request {number} within 200 ms\n" for number in range(limits))
    )


RULE = Rule(
    code="RSET005",
    name="too-few-requirements",
    severity=Severity.NOTE,
    since="0.1",
    page=__doc__,
    check=check,
    options=(
        Option("functional", _FUNCTIONAL, "the fewest functional requirements"),
        Option("non-functional", _OTHERS, "the fewest non-functional requirements"),
    ),
    examples=(
        spec(_written(2, 1), fires=1),
        spec(_written(3, 0), fires=1),
        spec(_written(1, 0), fires=1),
        spec(_written(0, 2), fires=1),
        spec(_written(9, 0), fires=1),
        spec(_written(3, 1)),
        spec(_written(9, 3)),
        spec(_written(0, 0)),
        spec("# Requirements Document\n\n### Requirement 1: Tea\n\n#### Acceptance Criteria\n\n1. THE Store SHALL sell tea\n"),
        spec(_written(4, 1), tasks="- [ ] 1. Build it\n"),
        criteria(
            'WHEN a user clicks the "custom" period button, THE Custom_Period_Selector SHALL display a date/time picker interface',
            source="Homas/RpiDNS .kiro/specs/custom-period/requirements.md",
        ),
        criteria(
            "THE Linux build SHALL create a Flatpak package",
            source="CloudToLocalLLM-online/CloudToLocalLLM .kiro/specs/multi-platform-builds/requirements.md",
        ),
    ),
)
