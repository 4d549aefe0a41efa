"""An id or a criterion stands twice.

What: two requirements of a file have one number, two criteria one id or label (error), or two criteria of a spec say the same but for letter case,
articles and punctuation (warning at the second), even where their headings differ. Three or more criteria of one requirement that repeat others are one finding.

Why: a reference to an id that stands twice means two things; of a sentence that stands twice one copy is forgotten when the other changes, and one
that only its heading tells from another means nothing where it is named alone, in a task or a test.

Example: `### Requirement 2: Pay` twice in one file

Instead: a number for each

Fix safety: no fix; references must be looked through by a person.

Source: INCOSE Guide to Writing Requirements, R30 (unique expression) and R25 (independence of headings); 132 exact duplicates within specs among 18,070 public criteria.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import groupby
from typing import Final

from setsquare.rules.evidence import Evidence, Sentence, line_span
from setsquare.rules.finding import Finding, Severity
from setsquare.rules.rule import Rule
from setsquare.rules.sameness import canonical
from setsquare.rules.sample import criteria, spec
from setsquare.text.paths import RelPath
from setsquare.text.span import Span
from setsquare.workspace.spec import Criterion, Requirements

_LEAST_CHARACTERS: Final = 12
_MANY: Final = 3


def check(evidence: Evidence) -> Iterator[Finding]:
    """Find ids and texts that stand twice in a spec."""
    for active in evidence.active_specs:
        if active.requirements:
            yield from _ids(evidence, active.requirements)
    yield from _texts(evidence)


def _ids(evidence: Evidence, requirements: Requirements) -> Iterator[Finding]:
    """Find numbers of requirements, ids and labels of criteria that were used before."""
    labels: dict[str, Criterion] = {}
    for requirement in requirements.requirements:
        number, _, occurrence = requirement.number.partition("#")
        if occurrence:
            span = line_span(evidence.raw(requirement.path), requirement.span.start)
            yield _id_finding(requirement.path, span, f"requirement {number} stands twice in this file")
        for criterion in requirement.criteria:
            name, _, again = criterion.id.partition("#")
            if again and not occurrence:
                yield _id_finding(criterion.path, criterion.text_span, f"criterion {name} stands twice in this file")
            elif criterion.label and labels.setdefault(criterion.label, criterion) is not criterion:
                first = labels[criterion.label].id
                yield _id_finding(criterion.path, criterion.text_span, f"{criterion.label} names {first} and {criterion.id}")


def _id_finding(path: RelPath, span: Span, message: str) -> Finding:
    return Finding(
        code=RULE.code,
        severity=Severity.ERROR,
        path=path,
        span=span,
        message=message,
        hint="give each a number of its own, then look through the references to it in design.md and tasks.md",
    )


def _texts(evidence: Evidence) -> Iterator[Finding]:
    """Find the criteria whose text stands before them in the same spec; those of one requirement together."""
    repeated = _repeated([sentence for sentence in evidence.sentences if not sentence.spec.is_archived])
    for _, group in groupby(repeated, key=lambda pair: (pair[0].criterion.path, pair[0].criterion.id.partition(".")[0])):
        found = list(group)
        if len(found) >= _MANY:
            sentence, first = found[0]
            yield _text_finding(sentence, f"{len(found)} criteria from here on repeat others, this one {first.criterion.id}")
        else:
            yield from (_text_finding(sentence, f"says the same as {first.criterion.id}") for sentence, first in found)


def _repeated(sentences: list[Sentence]) -> list[tuple[Sentence, Sentence]]:
    """Pair each sentence that was written before with its first writing, in order; responses are compared first, because that is cheap."""
    said = [(one.criterion.path, (one.statement.response or one.statement.text).casefold()) for one in sentences]
    times = Counter(said)
    first: dict[tuple[str, str, str], Sentence] = {}
    found = []
    for sentence, (path, response) in zip(sentences, said, strict=True):
        if times[path, response] > 1:
            text = canonical(sentence.criterion.text)
            key = (path, response, text)
            if len(text) >= _LEAST_CHARACTERS and first.setdefault(key, sentence) is not sentence:
                found.append((sentence, first[key]))
    return found


def _text_finding(sentence: Sentence, message: str) -> Finding:
    return Finding(
        code=RULE.code,
        severity=Severity.WARNING,
        path=sentence.criterion.path,
        span=sentence.criterion.text_span,
        message=message,
        hint="keep one of them, or say in each where it holds",
    )


def _document(*parts: str) -> str:
    return "# Requirements Document\n\n" + "".join(f"### Requirement {part}\n\n" for part in parts)


_PAY = "2: Pay\n\n#### Acceptance Criteria\n\n1. THE Store SHALL take cards"
_SELL = "2: Sell\n\n#### Acceptance Criteria\n\n1. THE Store SHALL sell tea"

RULE = Rule(
    code="RSET001",
    name="stands-twice",
    severity=Severity.ERROR,
    since="0.1",
    page=__doc__,
    check=check,
    examples=(
        spec(_document(_PAY, _SELL), fires=1),
        criteria("THE Store SHALL keep orders", "THE Store SHALL keep orders", fires=1),
        criteria(
            "WHEN a customer pays THEN the store SHALL send a receipt.", "When a customer pays, the store shall send a receipt", fires=1
        ),
        criteria("**REQ-1**: THE Store SHALL take cards", "**REQ-1**: THE Store SHALL sell tea", fires=1),
        criteria(*("THE Store SHALL keep orders",) * 4, fires=1),
        criteria(
            "THE Linux build SHALL create a Flatpak package",
            "THE Linux build SHALL create a .deb package",
            "THE Linux build SHALL create a Flatpak package",
            fires=1,
            source="CloudToLocalLLM-online/CloudToLocalLLM .kiro/specs/multi-platform-builds/requirements.md",
        ),
        criteria(
            "THE Help_Tab SHALL explain pagination controls",
            "THE Help_Tab SHALL explain pagination controls",
            fires=1,
            source="Homas/RpiDNS .kiro/specs/help-documentation/requirements.md",
        ),
        spec(_document(_PAY, _SELL.replace("2:", "3:"))),
        criteria("THE Store SHALL keep orders", "THE Store SHALL NOT keep orders"),
        criteria("WHEN a customer pays, THE Store SHALL log it", "WHEN a customer leaves, THE Store SHALL log it"),
        criteria("**REQ-1**: THE Store SHALL take cards", "**REQ-2**: THE Store SHALL sell tea"),
        criteria("Yes", "Yes"),
        criteria(
            "THE Linux build SHALL create a Flatpak package",
            "THE Linux build SHALL create a .deb package",
            source="CloudToLocalLLM-online/CloudToLocalLLM .kiro/specs/multi-platform-builds/requirements.md",
        ),
        criteria(
            "THE Custom_Period_Selector SHALL allow selection of start date and time",
            "THE Custom_Period_Selector SHALL allow selection of end date and time",
            source="Homas/RpiDNS .kiro/specs/custom-period/requirements.md",
        ),
    ),
)
