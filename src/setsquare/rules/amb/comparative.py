"""A comparison does not say with what.

What: a criterion says `faster`, `better`, `more efficient` or `best` and names nothing that it is compared with.

Why: faster than what, by how much? Any change at all may meet it, or none.

Example: `THE Search_Page SHALL load faster`

Instead: `THE Search_Page SHALL load within 2 seconds`

Fix safety: no fix; the measure or the other side of the comparison must be chosen.

Source: comparatives and superlatives in Femmer et al., JSS'17; ISO/IEC/IEEE 29148, comparative phrases and superlatives.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from setsquare.rules.evidence import Evidence
from setsquare.rules.finding import Finding, Severity
from setsquare.rules.rule import Rule
from setsquare.rules.sample import criteria
from setsquare.rules.wording import ALLOWED, EXTRA, Occurrence, is_measured, occurrences, report
from setsquare.text.lazy_pattern import LazyPattern

_PHRASES: Final = (
    *(
        "better",
        "faster",
        "easier",
        "quicker",
        "simpler",
        "safer",
        "smarter",
        "cleaner",
        "cheaper",
        "stronger",
        "smoother",
        "worse",
        "slower",
    ),
    *("superior", "improved", "best", "fastest", "easiest", "simplest", "worst", "finest", "greatest", "most efficient", "most effective"),
    *("most comprehensive", "most intuitive", "most appropriate", "most suitable", "most important", "more efficient", "more effective"),
    *(
        "more efficiently",
        "more effectively",
        "more quickly",
        "more easily",
        "more secure",
        "more securely",
        "more reliable",
        "more reliably",
    ),
    *(
        "more robust",
        "more flexible",
        "more accurate",
        "more accurately",
        "more intuitive",
        "more intuitively",
        "more detailed",
        "more granular",
    ),
    *("more user-friendly", "more readable", "more responsive", "more scalable", "more convenient", "less complex", "less frequently"),
    *("less intrusive", "less strict", "more strict", "more frequently", "more often", "higher quality", "lower latency", "larger screens"),
    *("smaller screens", "wider screens", "older browsers", "newer browsers", "older devices", "older versions", "higher performance"),
)
_REFERENT: Final = LazyPattern(r"\b(?:than|compared (?:to|with)|relative to|over the (?:previous|current|old|last|baseline)|versus|vs)\b")
_FIXED: Final = {
    "best": (
        "practice",
        "practices",
        "before",
        "effort",
        "match",
        "matches",
        "matching",
        "score",
        "case",
        "of",
        "time",
        "bid",
        "price",
        "known",
    )
}


def check(evidence: Evidence) -> Iterator[Finding]:
    """Find comparisons without their other side."""
    for found in occurrences(evidence, "AMB006", _PHRASES):
        if not _is_compared(found) and not is_measured(found.sentence):
            hint = "say with what it is compared and by how much, or give the measure"
            yield report(RULE, evidence, found, f'"{found.written}" does not say with what it is compared', hint)


def _is_compared(found: Occurrence) -> bool:
    """Tell whether the other side is named, or the word is part of a fixed term."""
    following = found.after.split(maxsplit=1)[:1]
    nearest = following[0].strip(",.;:") if following else ""
    return nearest in _FIXED.get(found.word, ()) or bool(_REFERENT.search(found.after))


RULE = Rule(
    code="AMB006",
    name="open-comparison",
    severity=Severity.NOTE,
    since="0.1",
    page=__doc__,
    check=check,
    options=(EXTRA, ALLOWED),
    examples=(
        criteria("THE Search_Page SHALL load faster", fires=1),
        criteria("THE Search SHALL return better results", fires=1),
        criteria("THE Planner SHALL use the best algorithm", fires=1),
        criteria("THE Importer SHALL work more efficiently", fires=1),
        criteria("THE Layout SHALL be optimised for larger screens", fires=1),
        criteria(
            "WHEN in landscape mode THEN the system SHALL optimize the layout for wider screens",
            fires=1,
            source="Foodshareclub/foodshare-web .kiro/specs/mobile-pwa/requirements.md",
        ),
        criteria(
            "WHEN identifying redundant documentation THEN the system SHALL preserve the most comprehensive and up-to-date version",
            fires=1,
            source="CloudToLocalLLM-online/CloudToLocalLLM .kiro/specs/documentation-audit-cleanup/requirements.md",
        ),
        criteria("THE Search_Page SHALL load faster than the catalogue page"),
        criteria("THE Store SHALL show the best before date"),
        criteria("THE Store SHALL accept passwords of at least 8 characters"),
        criteria("THE Build SHALL finish in a better time, at most 5 minutes"),
        criteria('THE Better_Auth adapter SHALL keep `best` and "faster"'),
        criteria(
            "THE Admin_Center SHALL encrypt all data transmissions using TLS 1.3 or higher",
            source="CloudToLocalLLM-online/CloudToLocalLLM .kiro/specs/admin-center/requirements.md",
        ),
        criteria(
            "WHEN cache is available, THE Build Workflow SHALL complete at least 30% faster than without cache",
            source="CloudToLocalLLM-online/CloudToLocalLLM .kiro/specs/multi-platform-builds/requirements.md",
        ),
    ),
)
