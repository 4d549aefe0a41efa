"""A percentile or an availability has no window or load.

What: a criterion gives a percentile (`p95`, `99th percentile`) or an availability (`99.9 % uptime`) and says neither over which time nor
under which load it is measured.

Why: 99.9 % of a year and of an hour differ by a factor of nine thousand in the longest outage; a p95 without load is met by an idle system.

Example: `THE API SHALL answer with a p95 latency below 200 ms`

Instead: `THE API SHALL answer with a p95 latency below 200 ms over 5 minutes at 100 requests per second`

Fix safety: no fix; window and load must be chosen.

Source: INCOSE, Guide to Writing Requirements, R34 (number not verified against the current edition).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from setsquare.rules.evidence import Evidence
from setsquare.rules.finding import Finding, Severity
from setsquare.rules.rule import Rule
from setsquare.rules.sample import criteria
from setsquare.rules.wording import Occurrence, report
from setsquare.text.lazy_pattern import LazyPattern

_WORDS: Final = ("p", "th", "percentile", "availability", "available", "uptime", "up-time")
_TARGET: Final = LazyPattern(
    r"(?i)(?<![\w-])(?P<word>p(?:50|75|90|95|98|99(?:\.?9)?)(?![\w-])|\d{2}(?:\.\d+)?(?:th|st|rd|nd)?\s+percentile|9\d(?:\.\d+)?\s?(?:%|percent)\s+(?:\w+\s+)?(?:uptime|availability|available)|"
    r"(?:uptime|availability)\s+(?:of\s+|at\s+|>=?\s*|≥\s*)?(?:at\s+least\s+)?9\d(?:\.\d+)?\s?(?:%|percent)|available\s+9\d(?:\.\d+)?\s?(?:%|percent))"
)
_CONDITION: Final = LazyPattern(
    r"(?i)\bover\s+(?:a|an|any|the|each|\d|every)|\bper\s+(?:second|minute|hour|day|week|month|quarter|year)\b|/(?:s|sec|min|h|month|year)\b|"
    r"\b(?:rps|qps|tps)\b|\b(?:under|at|with)\s+(?:a\s+)?(?:\w+\s+){0,3}(?:load|traffic|concurrency|users|requests|connections|sessions)\b|\bconcurrent\b|"
    r"\b(?:month|week|quarter|year|dai|hour)ly\b|\b(?:rolling|sliding|window)\b|\b(?:each|every|calendar|any)\s+(?:day|week|month|quarter|year|hour)\b|\bduring\s"
)
_RECORDED: Final = LazyPattern(
    r"(?i)(?:calculate|compute|report|track|display|show|expose|record|measure|collect|include|log|provide|monitor|plot)s?\b"
)


def check(evidence: Evidence) -> Iterator[Finding]:
    """Find percentiles and availabilities without window or load."""
    for sentence in evidence.having(*_WORDS):
        statement = sentence.statement
        match = _TARGET.search(statement.prose)
        if match and not _CONDITION.search(statement.text) and not _RECORDED.match(statement.response):
            found = Occurrence(sentence, *match.span("word"))
            hint = "say over which time and under which load it is measured"
            yield report(RULE, evidence, found, f'"{found.written}" has neither window nor load', hint)


RULE = Rule(
    code="NUM002",
    name="target-without-window",
    severity=Severity.NOTE,
    since="0.1",
    page=__doc__,
    check=check,
    examples=(
        criteria("THE API SHALL answer with a p95 latency below 200 ms", fires=1),
        criteria("THE Service SHALL have 99.9 % availability", fires=1),
        criteria("THE API SHALL keep the 99th percentile below 1 second", fires=1),
        criteria("The service shall be available 99.95% of the time", fires=1),
        criteria("THE Gateway SHALL reach an uptime of 99.9%", fires=1),
        criteria(
            "The RAG Backend API shall complete document retrieval within 2 seconds for p95 percentile",
            fires=1,
            source="gotalab/cc-sdd .kiro/specs/customer-support-rag-backend-en/requirements.md",
        ),
        criteria(
            "99.9% uptime for API service",
            fires=1,
            source="CloudToLocalLLM-online/CloudToLocalLLM .kiro/specs/api-backend-enhancement/requirements.md",
        ),
        criteria("THE API SHALL answer with a p95 latency below 200 ms at 100 requests per second"),
        criteria("THE Service SHALL have 99.9 % availability per calendar month"),
        criteria("THE Dashboard SHALL show the p95 latency"),
        criteria("THE Store SHALL accept 95 % of formats"),
        criteria('THE Page SHALL show "99.9% uptime" and `p95`'),
        criteria(
            "THE API SHALL support database failover and high availability",
            source="CloudToLocalLLM-online/CloudToLocalLLM .kiro/specs/api-backend-enhancement/requirements.md",
        ),
        criteria(
            "WHEN cache is available, THE Build Workflow SHALL complete at least 30% faster than without cache",
            source="CloudToLocalLLM-online/CloudToLocalLLM .kiro/specs/multi-platform-builds/requirements.md",
        ),
    ),
)
