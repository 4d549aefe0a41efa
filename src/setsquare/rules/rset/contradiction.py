"""Two criteria contradict each other.

What: under the same condition one criterion of a spec demands of a part what another forbids it, word for word but for letter case and articles.

Why: no program can do both, so one of the two must be wrong, and an agent picks one without saying which.

Example: `THE Store SHALL keep cards` and `THE Store SHALL NOT keep cards`

Instead: one of the two, or a condition that tells them apart

Fix safety: no fix; only a person knows which of them holds.

Source: INCOSE Guide to Writing Requirements (consistency of a set). Only what the text itself proves is found. No public specification at hand
has such a pair: every example that fires is invented.
"""

from __future__ import annotations

from collections.abc import Iterator

from setsquare.rules.evidence import Evidence, Sentence
from setsquare.rules.finding import Finding, Severity
from setsquare.rules.rule import Rule
from setsquare.rules.sample import criteria
from setsquare.spec.fingerprint import canonical
from setsquare.spec.statement import Statement

_STRONG = ("shall", "must", "localised", "will")


def check(evidence: Evidence) -> Iterator[Finding]:
    """Find every criterion that an earlier one of the same spec contradicts."""
    spoken = {sentence.statement.response.casefold() for sentence in evidence.sentences if sentence.statement.is_negative}
    groups: dict[tuple[str, str], list[Sentence]] = {}
    for sentence in evidence.sentences:
        said = sentence.statement.response.casefold()
        if said and said in spoken and sentence.statement.modal_kind in _STRONG and not sentence.spec.is_archived:
            groups.setdefault((sentence.criterion.path, said), []).append(sentence)
    for group in groups.values():
        if any(sentence.statement.is_negative is not group[0].statement.is_negative for sentence in group):
            yield from _contradictions(evidence, group)


def _contradictions(evidence: Evidence, group: list[Sentence]) -> Iterator[Finding]:
    """Find the sentences of one response whose condition and subject are those of an earlier one of the other polarity."""
    first: dict[tuple[str, ...], Sentence] = {}
    for sentence in group:
        earlier = first.setdefault(_situation(sentence.statement), sentence)
        if earlier.statement.is_negative is not sentence.statement.is_negative:
            yield Finding(
                code=RULE.code,
                severity=RULE.severity,
                path=sentence.criterion.path,
                span=evidence.span_in(sentence.criterion, *sentence.statement.modal_at),
                message=f"{earlier.criterion.id} {'forbids' if earlier.statement.is_negative else 'demands'} this under the same condition",
                hint="drop one of the two, or write the condition that tells them apart",
            )


def _situation(statement: Statement) -> tuple[str, ...]:
    """Name under which conditions a sentence obliges whom."""
    return (canonical(statement.subject), *sorted(f"{clause.kind.value} {canonical(clause.text)}" for clause in statement.clauses))


RULE = Rule(
    code="RSET002",
    name="contradiction",
    severity=Severity.ERROR,
    since="0.1",
    page=__doc__,
    check=check,
    examples=(
        criteria("THE Store SHALL keep cards", "THE Store SHALL NOT keep cards", fires=1),
        criteria("WHEN a customer pays, THE Store SHALL log it", "When the customer pays, the store shall not log it.", fires=1),
        criteria("WHEN a customer pays THEN THE Store SHALL NOT log it", "WHEN a customer pays, THE Store SHALL log it", fires=1),
        criteria("THE Store must never sell tea", "THE Store SHALL sell tea", fires=1),
        criteria(
            "WHILE the shop is shut, THE Bell SHALL ring", "THE Lamp SHALL glow", "WHILE the shop is shut, THE Bell SHALL NOT ring", fires=1
        ),
        criteria("THE Store SHALL keep cards", "THE Depot SHALL NOT keep cards"),
        criteria("WHEN a customer pays, THE Store SHALL log it", "WHEN a customer leaves, THE Store SHALL NOT log it"),
        criteria("THE Store SHALL keep cards", "THE Store SHALL NOT keep cards for a year"),
        criteria("THE Store SHALL keep cards", "THE Store should not keep cards"),
        criteria("THE Store SHALL keep cards", "THE Store SHALL keep cards"),
        criteria("THE Store SHALL NOT keep cards", "THE Store SHALL NOT keep cards"),
        criteria(
            "THE Linux build SHALL create a Flatpak package",
            "THE Linux build SHALL create a .deb package",
            source="CloudToLocalLLM-online/CloudToLocalLLM .kiro/specs/multi-platform-builds/requirements.md",
        ),
        criteria(
            "WHEN installation is declined THEN the system SHALL not show the prompt again for 7 days",
            source="Foodshareclub/foodshare-web .kiro/specs/mobile-pwa/requirements.md",
        ),
    ),
)
