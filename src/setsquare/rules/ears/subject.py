"""A requirement does not say who acts.

What: a criterion has an obligation or an order and no subject: `WHEN a customer pays, SHALL store the order`, `When a customer pays, save
the order`.

Why: without a subject nobody knows which part must be built, and no design or test can be traced to it.

Example: `WHEN a customer pays, save the order`

Instead: `WHEN a customer pays, THE Store SHALL save the order`

Fix safety: no fix; only its writer knows the subject.

Source: EARS, Mavin et al., RE'09: every pattern names the system.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from setsquare.rules.evidence import Evidence
from setsquare.rules.finding import Finding, Severity
from setsquare.rules.rule import Rule
from setsquare.rules.sample import criteria
from setsquare.spec.ears_words import IMPERATIVES
from setsquare.spec.statement import Statement
from setsquare.text.lazy_pattern import LazyPattern

_FIRST_WORD = LazyPattern(
    r"[\s,;:→⇒—–>=-]*(?:(?:and|or)\s[^,]{1,200},)?[\s,;:]*(?:then\b)?[\s,;:]*(?P<word>[A-Za-z]+)\b(?![\w'’/-])"
    r"(?!(?:\s+(?!(?:the|an?|all|any|every|each|its|their|it|them|that|which|who|if|when|where|and|or)\s)[\w'’/-]+){1,3}\s+"
    r"(?:is|are|was|were|has|have|gets?|starts?|begins?|ends?|stops?|remains?|stays?|becomes?|increases?|decreases?|continues?|happens?|occurs?|"
    r"appears?|disappears?|takes?|goes|changes|contains)\b)",
    re.IGNORECASE,
)


def check(evidence: Evidence) -> Iterator[Finding]:
    """Find every English criterion with an obligation or an order that nobody is given."""
    for sentence in evidence.sentences:
        found = _place(sentence.statement)
        if found:
            yield Finding(
                code=RULE.code,
                severity=RULE.severity,
                path=sentence.criterion.path,
                span=evidence.span_in(sentence.criterion, *found),
                message="nobody is named who shall do this",
                hint="name the acting part before SHALL: THE Store SHALL …",
            )


def _place(statement: Statement) -> tuple[int, int] | None:
    """Find the modal or the order that lacks a subject."""
    if statement.language != "en":
        return None
    if statement.modal:
        is_closed = all(clause.is_closed for clause in statement.clauses)
        return statement.modal_at if not statement.subject and is_closed else None
    last = statement.clauses[-1] if statement.clauses else None
    if last is None or not last.is_closed or last.is_postfix:
        return None
    match = _FIRST_WORD.match(statement.text, last.end)
    return match.span("word") if match and match["word"].lower() in IMPERATIVES else None


RULE = Rule(
    code="EARS003",
    name="missing-subject",
    severity=Severity.WARNING,
    since="0.1",
    page=__doc__,
    check=check,
    examples=(
        criteria("WHEN a customer pays, SHALL store the order", fires=1),
        criteria("WHEN a customer pays THEN SHALL store the order", fires=1),
        criteria("WHEN a customer pays, save the order", fires=1),
        criteria("SHALL keep orders for a year", fires=1),
        criteria("IF the card is refused, THEN show the reason", fires=1),
        criteria(
            "When user selects a manga from search results, save to Postgres:",
            fires=1,
            source="Zweer/kaze-no-manga .kiro/specs/01-mvp/requirements.md",
        ),
        criteria(
            "If manga already exists in DB (another user added it), skip creation",
            fires=1,
            source="Zweer/kaze-no-manga .kiro/specs/01-mvp/requirements.md",
        ),
        criteria("WHEN a customer pays, THE Store SHALL store the order"),
        criteria("WHEN a customer pays, it SHALL store the order"),
        criteria("THE Store, WHEN a customer pays, SHALL store the order"),
        criteria("WHEN a customer pays, request logs are written"),
        criteria("WHEN `save` is called, `Store` SHALL write"),
        criteria(
            "WHEN リサーチ結果に複数のセクションがあるTHEN 折りたたみ可能なセクションで整理して表示しなければならない",
            source="gotalab/cc-sdd .kiro/specs/vercel-ai-chatui-research-agent-ja/requirements.md",
        ),
        criteria(
            'WHEN a user clicks the "custom" period button, THE Custom_Period_Selector SHALL display a date/time picker interface',
            source="Homas/RpiDNS .kiro/specs/custom-period/requirements.md",
        ),
    ),
)
