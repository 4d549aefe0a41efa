"""Conditions stand out of order.

What: the conditions before the subject are not in the order WHERE, WHILE, then WHEN or IF.

Why: one order lets a reader find the feature, the state and the trigger of a complex sentence without parsing it, and shows that two criteria
are about the same situation.

Example: `WHEN the lid closes, WHILE on battery, THE Laptop SHALL sleep`

Instead: `WHILE on battery, WHEN the lid closes, THE Laptop SHALL sleep`

Fix safety: the conditions change places. That is applied only where the sentence keeps its meaning digest; else it is an offer.

Source: EARS, Mavin et al., RE'09 (order of clauses in complex requirements). In public specifications such sentences are rare (7 of 18,070
criteria hold two kinds of condition): every example that fires is invented.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from setsquare.rules.evidence import Evidence
from setsquare.rules.finding import Finding, Severity
from setsquare.rules.rewriting import Change, fix, recased
from setsquare.rules.rule import Rule
from setsquare.rules.sample import criteria
from setsquare.spec.statement import Clause, ClauseKind, Statement

_RANK: Final = {ClauseKind.WHERE: 0, ClauseKind.WHILE: 1, ClauseKind.WHEN: 2, ClauseKind.IF: 2}


def check(evidence: Evidence) -> Iterator[Finding]:
    """Find every sentence in which a condition precedes one that should come before it."""
    for sentence in evidence.sentences:
        clauses = sentence.statement.clauses
        if len(clauses) < 2:
            continue
        before = [clause for clause in clauses if not clause.is_postfix and clause.keyword]
        wanted = sorted(before, key=lambda clause: _RANK[clause.kind])
        if wanted != before and all(clause.is_closed and clause.text for clause in before):
            changes = _changes(sentence.statement, before, wanted)
            yield Finding(
                code=RULE.code,
                severity=RULE.severity,
                path=sentence.criterion.path,
                span=evidence.span_in(sentence.criterion, before[0].start, before[-1].end),
                message=f"{before[0].keyword} stands before {wanted[0].keyword}",
                hint="order the conditions " + ", ".join(clause.keyword.upper() for clause in wanted),
                fix=fix(evidence, sentence, "put the conditions in order", changes),
            )


def _changes(statement: Statement, before: Sequence[Clause], wanted: Sequence[Clause]) -> list[Change]:
    """Put the wanted conditions where the written ones stand, each with the capital of its place."""
    changes = []
    for place, clause in zip(before, wanted, strict=True):
        words = statement.text[clause.start : clause.end]
        keyword = clause.keyword if clause.keyword.isupper() else recased(clause.keyword, like=place.keyword)
        changes.append(Change(place.start, place.end, keyword + words[len(clause.keyword) :]))
    return changes


RULE = Rule(
    code="EARS020",
    name="clause-order",
    severity=Severity.WARNING,
    since="0.1",
    page=__doc__,
    check=check,
    examples=(
        criteria("WHEN the lid closes, WHILE on battery, THE Laptop SHALL sleep", fires=1),
        criteria("When the lid closes, while on battery, the laptop shall sleep", fires=1),
        criteria("WHILE the shop is open, WHERE gift cards are sold, THE Store SHALL show them", fires=1),
        criteria("IF the card is refused, WHILE the shop is open, THEN THE Store SHALL log it", fires=1),
        criteria("WHEN a customer pays WHERE gift cards are sold THE Store SHALL send a card", fires=1),
        criteria("WHILE on battery, WHEN the lid closes, THE Laptop SHALL sleep"),
        criteria("WHERE gift cards are sold, WHILE the shop is open, WHEN a customer pays, THE Store SHALL send a card"),
        criteria("WHEN a customer pays, THE Store SHALL wait while the shop is shut"),
        criteria("WHILE the shop is open, IF the card is refused, THEN THE Store SHALL log it"),
        criteria("WHEN a customer pays, THE Store SHALL send a receipt"),
        criteria(
            "WHERE email verification is enabled, WHEN a user registers, THE Authentication_System SHALL send a verification email",
            source="Essimbi/test_gateway_payment .kiro/specs/user-authentication/requirements.md",
        ),
        criteria(
            "WHEN installation is declined THEN the system SHALL not show the prompt again for 7 days",
            source="Foodshareclub/foodshare-web .kiro/specs/mobile-pwa/requirements.md",
        ),
    ),
)
