"""A failure is written as an event.

What: WHEN opens something that goes wrong (`fails`, `is invalid`, `times out`, `is denied`), for which EARS has IF … THEN.

Why: where failures are set off, a reader sees at a glance which of them a spec has thought of. Many teams write WHEN for all, so the rule is off
unless asked for.

Example: `WHEN the payment fails, THE Store SHALL keep the order`

Instead: `IF the payment fails, THEN THE Store SHALL keep the order`

Fix safety: WHEN becomes IF and THEN is added. It is an offer, because the pattern changes.

Source: EARS, Mavin et al., RE'09 (unwanted behaviour). Only English is judged.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from setsquare.rules.evidence import Evidence, Sentence
from setsquare.rules.finding import Finding, Fix, Severity
from setsquare.rules.rewriting import Change, edits, recased
from setsquare.rules.rule import Rule
from setsquare.rules.sample import criteria
from setsquare.spec.statement import Clause, ClauseKind
from setsquare.text.lazy_pattern import LazyPattern

_WORDS = (
    "fails",
    "fail",
    "failed",
    "failing",
    "invalid",
    "timeout",
    "timeouts",
    "unavailable",
    "unreachable",
    "denied",
    "refused",
    "rejected",
    "corrupt",
    "corrupted",
    "malformed",
    "crashes",
    "lost",
    "exceeded",
    "error",
    "errors",
    "missing",
    "times",
    "unauthorized",
    "expired",
)
_FAILS = LazyPattern(
    r"\b(?:(?<!that )fail(?:s|ed)?\b(?! over)|times out|timed out|crashes|\berrors? (?:occurs?|happens?)|"
    r"(?:is|are|becomes?|become) (?:currently |temporarily |not )?(?:invalid|unavailable|unreachable|denied|refused|rejected|corrupt(?:ed)?|malformed|lost|exceeded|missing|unauthorized|expired))",
    re.IGNORECASE,
)
_GAP = LazyPattern(r"[\s,]*(?:\bthen\b)?[\s,]*", re.IGNORECASE)


def check(evidence: Evidence) -> Iterator[Finding]:
    """Find every English WHEN that opens a failure."""
    for sentence in evidence.having(*_WORDS):
        statement = sentence.statement
        for clause in statement.clauses:
            if clause.kind is not ClauseKind.WHEN or clause.is_postfix:
                continue
            match = _FAILS.search(statement.prose, clause.start, clause.end)
            if match:
                yield Finding(
                    code=RULE.code,
                    severity=RULE.severity,
                    path=sentence.criterion.path,
                    span=evidence.span_in(sentence.criterion, clause.start, clause.start + len(clause.keyword)),
                    message=f'{clause.keyword} opens a failure ("{match[0]}")',
                    hint=f"write {recased('if', like=clause.keyword)} …, {recased('then', like=clause.keyword)} …",
                    fix=_fix(evidence, sentence, clause),
                )
                break


def _fix(evidence: Evidence, sentence: Sentence, clause: Clause) -> Fix | None:
    """Write IF … THEN for the only condition of a sentence."""
    statement = sentence.statement
    gap = _GAP.match(statement.prose, clause.end)
    if len(statement.clauses) > 1 or not clause.is_closed or gap is None or not gap[0]:
        return None
    opened = Change(clause.start, clause.start + len(clause.keyword), recased("if", like=clause.keyword))
    closed = Change(gap.start(), gap.end(), f", {recased('then', like=clause.keyword)} ")
    found = edits(evidence, sentence, [opened, closed])
    return Fix(title="write IF … THEN", edits=found, is_safe=False) if found else None


RULE = Rule(
    code="EARS024",
    name="failure-under-when",
    severity=Severity.NOTE,
    since="0.1",
    page=__doc__,
    check=check,
    is_default=False,
    examples=(
        criteria("WHEN the payment fails, THE Store SHALL keep the order", fires=1),
        criteria("When the card is invalid, the store shall say so", fires=1),
        criteria("WHEN the call times out THEN THE Store SHALL retry", fires=1),
        criteria("WHEN access is denied, THE Store SHALL log it", fires=1),
        criteria("WHEN an error occurs, THE Store SHALL log it", fires=1),
        criteria("IF the payment fails, THEN THE Store SHALL keep the order"),
        criteria("WHEN a customer opens the error log, THE Store SHALL show it"),
        criteria("WHEN a customer pays, THE Store SHALL keep what failed"),
        criteria("THE Store SHALL retry when the call fails"),
        criteria("WHEN `fails` is set, THE Store SHALL wait"),
        criteria(
            "WHEN an error occurs, THE application SHALL maintain the current theme and platform settings",
            fires=1,
            source="CloudToLocalLLM-online/CloudToLocalLLM .kiro/specs/unified-app-theming/requirements.md",
        ),
        criteria(
            "WHEN the camera is unavailable THEN the system SHALL gracefully fall back to file picker",
            fires=1,
            source="Foodshareclub/foodshare-web .kiro/specs/mobile-pwa/requirements.md",
        ),
        criteria(
            'WHEN a user clicks the "custom" period button, THE Custom_Period_Selector SHALL display a date/time picker interface',
            source="Homas/RpiDNS .kiro/specs/custom-period/requirements.md",
        ),
        criteria(
            "IF start date/time is after end date/time, THEN THE Custom_Period_Selector SHALL display a validation error and prevent data fetch",
            source="Homas/RpiDNS .kiro/specs/custom-period/requirements.md",
        ),
    ),
)
