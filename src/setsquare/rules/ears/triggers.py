"""A condition holds more than a reader can check.

What: a criterion has two triggers (WHEN or IF twice), a condition with more than three parts joined by AND or OR, or AND and OR in one
condition without parentheses. A join counts where what follows it is a clause of its own or where it is written in capitals.

Why: `a and b or c` is read in two ways, and of two triggers nobody knows whether both must happen, and in which order.

Example: `WHEN a customer pays AND the shop is open OR the order is a gift, THE Store SHALL send a receipt`

Instead: `WHEN a customer pays AND (the shop is open OR the order is a gift), THE Store SHALL send a receipt`

Fix safety: no fix; only its writer knows what belongs together.

Source: EARS, Mavin et al., RE'09 (one trigger); INCOSE Guide to Writing Requirements, R15 and R28 (logical expressions). In the public
specifications at hand no English condition is so: every example that fires is invented.
"""

from __future__ import annotations

from collections.abc import Iterator

from setsquare.rules.evidence import Evidence, Sentence
from setsquare.rules.finding import Finding, Severity
from setsquare.rules.rule import Rule
from setsquare.rules.sample import criteria
from setsquare.spec.statement import Clause, ClauseKind
from setsquare.text.lazy_pattern import LazyPattern

_JOIN = LazyPattern(
    r"\b(?:(?P<loud>AND|OR)|(?P<quiet>and|or))\b(?!\s*/)(?=\s+(?P<rest>(?:(?:when|if|the|an?|its|their|no|all|any|every|each|it|they)\s+)?"
    r"(?:(?!and\b|or\b)[\w'’\x01-]+\s+){0,3}?(?:is|are|was|were|has|have|does|do|cannot|can|exceeds?|fails?|exists?|occurs?|expires?|becomes?|remains?|contains?)\b)?)",
)
_MOST_PARTS = 3
_TRIGGERS = (ClauseKind.WHEN, ClauseKind.IF)


def check(evidence: Evidence) -> Iterator[Finding]:
    """Find every English sentence with two triggers or with a condition that is too much."""
    for sentence in evidence.sentences:
        statement = sentence.statement
        if not statement.clauses or statement.language != "en":
            continue
        triggers = [clause for clause in statement.clauses if _is_trigger(clause)]
        if len(triggers) > 1:
            yield _finding(
                evidence, sentence, triggers[1], f"{triggers[0].keyword} and {triggers[1].keyword} are two triggers of one criterion"
            )
            continue
        for clause in statement.clauses:
            problem = _problem(statement.prose[clause.start : clause.end])
            if problem and not clause.is_postfix:
                yield _finding(evidence, sentence, clause, problem)
                break


def _is_trigger(clause: Clause) -> bool:
    return clause.kind in _TRIGGERS and bool(clause.keyword and clause.text) and not clause.is_postfix


def _problem(condition: str) -> str:
    """Tell what is wrong with a condition; empty when nothing is."""
    if " or " not in condition and " and " not in condition and " OR " not in condition and " AND " not in condition:
        return ""
    joins = [match for match in _JOIN.finditer(condition) if match["loud"] or match["rest"]]
    words = {(match["loud"] or match["quiet"]).lower() for match in joins}
    if len(joins) >= _MOST_PARTS:
        return f"the condition has {len(joins) + 1} parts"
    return "AND and OR stand in one condition without parentheses" if len(words) > 1 else ""


def _finding(evidence: Evidence, sentence: Sentence, clause: Clause, message: str) -> Finding:
    return Finding(
        code=RULE.code,
        severity=RULE.severity,
        path=sentence.criterion.path,
        span=evidence.span_in(sentence.criterion, clause.start, clause.end),
        message=message,
        hint="split the criterion, write parentheses, or put the cases in a table",
    )


RULE = Rule(
    code="EARS022",
    name="tangled-condition",
    severity=Severity.WARNING,
    since="0.1",
    page=__doc__,
    check=check,
    examples=(
        criteria("WHEN a customer pays AND the shop is open OR the order is a gift, THE Store SHALL send a receipt", fires=1),
        criteria("WHEN the card is valid and the shop is open or the order is free, THE Store SHALL send a receipt", fires=1),
        criteria("WHEN a AND b AND c AND d, THE Store SHALL send a receipt", fires=1),
        criteria("WHEN a customer pays, WHEN the shop opens, THE Store SHALL send a receipt", fires=1),
        criteria("IF the card is refused, AND WHEN the shop opens, THEN THE Store SHALL log it", fires=1),
        criteria("WHEN a customer pays AND (the shop is open OR the order is a gift), THE Store SHALL send a receipt"),
        criteria("WHEN a customer pays or refunds an order and its gift cards, THE Store SHALL send a receipt"),
        criteria("WHEN the name, street and town or the customer number are typed, THE Store SHALL search"),
        criteria("WHILE the shop is open, WHEN a customer pays, THE Store SHALL send a receipt"),
        criteria("WHEN a AND b AND c, THE Store SHALL send a receipt"),
        criteria('WHEN "this and that or those" is typed, THE Store SHALL search'),
        criteria(
            "WHERE email verification is enabled, WHEN a user registers, THE Authentication_System SHALL send a verification email",
            source="Essimbi/test_gateway_payment .kiro/specs/user-authentication/requirements.md",
        ),
        criteria(
            "WHEN an administrator selects a local or third-party feed and clicks Edit, THE System SHALL display the feed configuration form",
            source="Homas/RpiDNS .kiro/specs/rpz-feeds-management/requirements.md",
        ),
    ),
)
