"""A feature still has a question.

What: a feature's `spec.md` has a mark `[NEEDS CLARIFICATION: …]` outside of code, struck-out text and check lists.

Why: whoever builds from the feature answers the question by a guess.

Example: `- **FR-006**: System MUST authenticate users via [NEEDS CLARIFICATION: which method?]`

Instead: `- **FR-006**: System MUST authenticate users via a one-time code sent by e-mail`

Fix safety: no fix; only people know the answer.

Source: the templates of github/spec-kit 1.0.2: the clarify step; most repositories answer before they commit, so every example is made.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from setsquare.rules.evidence import Evidence
from setsquare.rules.feature_reading import features
from setsquare.rules.finding import Finding, Severity
from setsquare.rules.rule import Reach, Rule
from setsquare.rules.sample import file
from setsquare.text.document import decode
from setsquare.text.span import Span

_MARK: Final = re.compile(rb"\[NEEDS CLARIFICATION[^\]\n]*\]")
_STRUCK: Final = re.compile(rb"~~[^\n]*?~~")


def check(evidence: Evidence) -> Iterator[Finding]:
    """Find the marks that stand."""
    for path, feature in features(evidence).items():
        raw = evidence.raw(path)
        rows = raw.split(b"\n")
        starts = [0]
        for row in rows:
            starts.append(starts[-1] + len(row) + 1)
        for line in sorted({mark.line for mark in feature.unclear}):
            row = rows[line - 1]
            struck = [found.span() for found in _STRUCK.finditer(row)]
            for found in _MARK.finditer(row):
                if any(start <= found.start() < end for start, end in struck):
                    continue
                question = decode(found[0])[1:-1].partition(":")[2].strip()
                yield Finding(
                    code=RULE.code,
                    severity=RULE.severity,
                    path=path,
                    span=Span(starts[line - 1] + found.start(), starts[line - 1] + found.end()),
                    message=f"not clear yet: {question}" if question else "not clear yet",
                    hint="answer it in the sentence, and take the mark out",
                )


_AT: Final = "specs/001-pay/spec.md"
_HEAD: Final = "# Feature Specification: Pay\n\n## Requirements\n\n"

RULE = Rule(
    code="KIT001",
    name="question-in-feature",
    severity=Severity.WARNING,
    since="0.2",
    page=__doc__,
    check=check,
    reach=Reach.FILE,
    examples=(
        file(_AT, f"{_HEAD}- **FR-001**: System MUST sign in by [NEEDS CLARIFICATION: which method?]\n", fires=1),
        file(_AT, f"{_HEAD}- **FR-001**: It MUST keep data for [NEEDS CLARIFICATION]\n", fires=1),
        file(_AT, f"{_HEAD}- **FR-001**: [NEEDS CLARIFICATION: a?] and [NEEDS CLARIFICATION: b?]\n", fires=2),
        file(_AT, "### User Story 1 - Pay\n\nWho pays? [NEEDS CLARIFICATION: guests too?]\n", fires=1),
        file("packages/a/specs/20251101-120000-pay/spec.md", f"{_HEAD}- [NEEDS CLARIFICATION: how long?]\n", fires=1),
        file(_AT, f"{_HEAD}- **FR-001**: System MUST sign in by a code\n"),
        file(_AT, f"{_HEAD}- ~~**FR-001**: It MUST [NEEDS CLARIFICATION: who decides?]~~ deferred\n"),
        file(_AT, f"{_HEAD}```\n[NEEDS CLARIFICATION: an example]\n```\n"),
        file(_AT, f"{_HEAD}## Review & Acceptance Checklist\n- [x] No [NEEDS CLARIFICATION] markers remain\n"),
        file("docs/notes.md", "[NEEDS CLARIFICATION: what?]\n"),
    ),
)
