"""A criterion demands nothing.

What: a criterion has neither a modal nor, after a condition, an order: `Login page is fast`, `Session storage`, `Users can filter`. Where half
or more of a file is written so, there is one finding for the file. Notes, scenario steps (`Given …`, `Then …`) and the heads of lists are left out.

Why: a phrase that obliges nothing cannot be failed, so no test and no task can be held against it.

Example: `Login page is fast`

Instead: `THE Login_Page SHALL render within 300 ms`

Fix safety: no fix; only its writer knows what is demanded of which part.

Source: EARS, Mavin et al., RE'09; ISO/IEC/IEEE 29148 (a requirement states a need with its conditions). Only English is judged.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby

from setsquare.rules.evidence import Evidence, Sentence
from setsquare.rules.finding import Finding, Severity
from setsquare.rules.rule import Reach, Rule
from setsquare.rules.sample import criteria
from setsquare.spec.ears_words import IMPERATIVES
from setsquare.spec.statement import Pattern, Statement
from setsquare.text.lazy_pattern import LazyPattern

_OTHER = LazyPattern(
    r"[\s*_>-]*(?:given|then|and|but|for\s+(?:any|all|every)|notes?|nb|rationale|reason|examples?|remark|hint|tip|see|e\.g\.|n/a|none|removed|deprecated|obsolete)"
    r"\b",
    re.IGNORECASE,
)
_WORD = LazyPattern(r"[A-Za-z]{2,}")
_ORDER = LazyPattern(
    r"(?:^|[,;:>→—–-])\s*(?:then\s+)?([A-Za-z]+)\b(?!(?:\s+[\w'’-]+){0,3}?\s+(?:is|are|was|were|has|have|gets?)\b)", re.IGNORECASE
)
_LEAST = 4
_NO_PATTERN = Pattern.NONE


def check(evidence: Evidence) -> Iterator[Finding]:
    """Find every English criterion without an obligation; one finding for a file that is mostly so."""
    silent = (sentence for sentence in evidence.sentences if sentence.statement.pattern is _NO_PATTERN)
    idle = (sentence for sentence in silent if _is_idle(sentence) and not _heads_list(evidence, sentence))
    for _, group in groupby(idle, key=lambda sentence: sentence.criterion.path):
        found = list(group)
        total = len(found[0].spec.requirements.criteria) if found[0].spec.requirements else len(found)
        if len(found) >= _LEAST and 2 * len(found) >= total:
            yield _finding(evidence, found[0], f"{len(found)} of {total} criteria of this file demand nothing, this one first")
        else:
            yield from (_finding(evidence, sentence, "this demands nothing of anybody") for sentence in found)


def _finding(evidence: Evidence, sentence: Sentence, message: str) -> Finding:
    return Finding(
        code=RULE.code,
        severity=RULE.severity,
        path=sentence.criterion.path,
        span=evidence.span_in(sentence.criterion, 0, len(sentence.criterion.text)),
        message=message,
        hint="say which part does what: THE <part> SHALL <response>",
    )


def _is_idle(sentence: Sentence) -> bool:
    statement = sentence.statement
    if statement.language != "en" or _OTHER.match(statement.prose) or not _WORD.search(statement.prose):
        return False
    return not statement.clauses or _has_idle_response(statement)


def _heads_list(evidence: Evidence, sentence: Sentence) -> bool:
    """Tell whether a criterion's own line ends with a colon, above a list."""
    span = sentence.criterion.text_span
    line = evidence.raw(sentence.criterion.path)[span.start : span.end].partition(b"\n")[0]
    return line.rstrip(b" *_\r").endswith((b":", "：".encode()))


def _has_idle_response(statement: Statement) -> bool:
    """Tell whether a closed condition is followed by something that is no order."""
    last = statement.clauses[-1]
    if not last.is_closed or not statement.response:
        return False
    return not any(word.lower() in IMPERATIVES for word in _ORDER.findall(statement.response))


RULE = Rule(
    code="EARS001",
    name="no-obligation",
    severity=Severity.WARNING,
    since="0.1",
    page=__doc__,
    check=check,
    reach=Reach.FILE,
    examples=(
        criteria("Login page is fast", fires=1),
        criteria("THE Store SHALL keep orders", "Session storage", fires=1),
        criteria("Users can filter the list", fires=1),
        criteria("WHEN a customer pays, request logs are written", fires=1),
        criteria("Fast search", "Nice colours", "Dark mode", "Large buttons", "THE Store SHALL sell gift cards", fires=1),
        criteria(
            "All other features require authentication",
            fires=1,
            source="Zweer/kaze-no-manga .kiro/specs/01-mvp/requirements.md",
        ),
        criteria(
            "Unicode and multilingual content correctly processed.",
            fires=1,
            source="kingkw1/2Truths-1Lie .kiro/specs/advanced-testing/requirements.md",
        ),
        criteria("THE Login_Page SHALL render within 300 ms"),
        criteria("THE Store should keep orders"),
        criteria("WHEN a customer pays, save the order"),
        criteria("Note: gift cards are sold in another shop"),
        criteria("**GIVEN** a customer with an order", "**THEN** the order is shown"),
        criteria("The following are kept for a year:"),
        criteria("登录页面很快"),
        criteria(
            'WHEN a user clicks the "custom" period button, THE Custom_Period_Selector SHALL display a date/time picker interface',
            source="Homas/RpiDNS .kiro/specs/custom-period/requirements.md",
        ),
        criteria(
            "If manga already exists in DB (another user added it), skip creation",
            source="Zweer/kaze-no-manga .kiro/specs/01-mvp/requirements.md",
        ),
    ),
)
