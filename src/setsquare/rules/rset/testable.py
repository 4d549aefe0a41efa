"""Nothing in a criterion can be tested.

What: a criterion has no condition, no number, list, name, code or quoted text, and at most five words after a verb that names no observable act: `THE System SHALL be intuitive`,
`THE System SHALL support users`. The rule is off unless asked for.

Why: when a design misses what was meant, the cause is mostly such a sentence: everything fulfils it.

Example: `THE Store SHALL provide good performance`

Instead: `WHEN a customer opens the cart, THE Store SHALL show it within 300 ms`

Fix safety: no fix; only its writer knows the measure.

Source: ISO/IEC/IEEE 29148 (verifiable); NASA's ARM, Wilson et al., 1997. Only English is judged.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from setsquare.rules.evidence import Evidence
from setsquare.rules.finding import Finding, Severity
from setsquare.rules.rule import Rule
from setsquare.rules.sample import criteria
from setsquare.spec.statement import Pattern, Statement
from setsquare.text.lazy_pattern import LazyPattern

_VAGUE: Final = (
    "support",
    "handle",
    "manage",
    "provide",
    "ensure",
    "maintain",
    "improve",
    "optimize",
    "optimise",
    "facilitate",
    "enhance",
    "offer",
    "consider",
    "address",
    "deliver",
    "enable",
    "simplify",
    "be",
    "follow",
    "promote",
    "minimize",
    "minimise",
    "maximize",
    "maximise",
)
_VERB = LazyPattern(
    rf"\s+(?:not\s+|also\s+|always\s+|automatically\s+)?(?P<verb>{'|'.join(_VAGUE)})\b(?P<rest>.*)", re.IGNORECASE | re.DOTALL
)
_MOST_WORDS: Final = 5
_MEASURE = LazyPattern(
    r"[\d\x01/%:,]|\b[a-z]+[A-Z]|\b(?:including|one|two|three|four|five|six|seven|eight|nine|ten)\b|\b(?:endpoints?|webhooks?|guides?|examples?|buttons?|pages?|files?|logs|verification)\b|\b[A-Z][A-Za-z]*[A-Z_]\w*|\b(?:in|via|using|with|to|by|on|from|for|that|which|where|between|than|before|after|during|per|every|each|all|any|only|no|as|through|without|across|within)\b"
)
_STATE = LazyPattern(r"\s+(?:\w+ly\s+)?(?:\w+(?:ed|en|wn)|present|absent|sent|permanent|persistent|transparent)\b", re.IGNORECASE)


def check(evidence: Evidence) -> Iterator[Finding]:
    """Find every English criterion without condition, measure and observable act."""
    for sentence in evidence.having(*_VAGUE):
        statement = sentence.statement
        if statement.clauses or not statement.modal or statement.timing or statement.pattern is Pattern.PROPERTY:
            continue
        match = _VERB.match(statement.prose, statement.modal_at[1])
        if match and not _is_measured(statement, match):
            yield Finding(
                code=RULE.code,
                severity=RULE.severity,
                path=sentence.criterion.path,
                span=evidence.span_in(sentence.criterion, match.start("verb"), len(sentence.criterion.text)),
                message="this has no condition, no measure and nothing to observe",
                hint="say when, how much, and what can be seen",
            )


def _is_measured(statement: Statement, match: re.Match[str]) -> bool:
    """Tell whether the rest of a sentence holds something to test it by."""
    rest = match["rest"]
    if "`" in statement.text or '"' in statement.text or _MEASURE.search(rest) or len(rest.split()) > _MOST_WORDS:
        return True
    return match["verb"].lower() == "be" and _STATE.match(rest) is not None


RULE = Rule(
    code="RSET006",
    name="untestable-criterion",
    severity=Severity.NOTE,
    since="0.1",
    page=__doc__,
    check=check,
    is_default=False,
    examples=(
        criteria("THE Store SHALL provide good performance", fires=1),
        criteria("THE Store SHALL be intuitive", fires=1),
        criteria("THE Store SHALL handle errors", fires=1),
        criteria("The store shall improve customer satisfaction", fires=1),
        criteria("THE Store SHALL ensure high availability", fires=1),
        criteria("WHEN a card is refused, THE Store SHALL handle errors"),
        criteria("THE Store SHALL provide a receipt within 2 seconds"),
        criteria("THE Store SHALL support `VISA`"),
        criteria("THE Store SHALL send a receipt"),
        criteria("THE Store SHALL be closed"),
        criteria("THE Store SHALL support payment by card"),
        criteria(
            "THE API SHALL support proxy failover and redundancy",
            fires=1,
            source="CloudToLocalLLM-online/CloudToLocalLLM .kiro/specs/api-backend-enhancement/requirements.md",
        ),
        criteria(
            "The system shall handle concurrent uploads and merges efficiently.",
            fires=1,
            source="kingkw1/2Truths-1Lie .kiro/specs/server-side-video-processing/requirements.md",
        ),
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
