"""A weak verb says that something is dealt with, not how.

What: the verb of an obligation is `support`, `handle`, `manage` or `process`. It is a warning where only a bare plural follows
(`SHALL handle errors`), else a note.

Why: nothing that can be observed is demanded. What is the answer, the message, the record?

Example: `THE Store SHALL handle errors`

Instead: `IF a payment is refused, THEN THE Store SHALL show the reason and keep the cart`

Fix safety: no fix; the behaviour must be written.

Source: weak phrases of NASA's ARM, Wilson et al., 1997; ISO/IEC/IEEE 29148. One criterion in ten of public specs has such a verb: the rule
works only where it is asked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from msgspec.structs import replace

from setsquare.rules.evidence import Evidence
from setsquare.rules.finding import Finding, Severity
from setsquare.rules.rule import Rule
from setsquare.rules.sample import criteria
from setsquare.rules.wording import ALLOWED, EXTRA, Occurrence, occurrences, report
from setsquare.text.lazy_pattern import LazyPattern

_VERBS: Final = ("support", "handle", "manage", "process", "address", "deal with", "take care of", "facilitate")
_BETWEEN: Final = LazyPattern(r"(?i)\s*(?:also|automatically|not|never|always|be able to|[a-z]+ly)?\s*\Z")
_BARE: Final = LazyPattern(r"(?i)\s+(?:[a-z-]+\s+)?[a-z-]+s(?:\s+and\s+[a-z-]+s)?\s*[.;]?\s*\Z")


def check(evidence: Evidence) -> Iterator[Finding]:
    """Find obligations whose verb is weak."""
    for found in occurrences(evidence, "AMB011", _VERBS):
        statement = found.sentence.statement
        if (
            statement.modal
            and found.start >= statement.modal_at[1]
            and _BETWEEN.match(statement.prose[statement.modal_at[1] : found.start])
        ):
            yield _finding(evidence, found)


def _finding(evidence: Evidence, found: Occurrence) -> Finding:
    finding = report(RULE, evidence, found, f'"{found.written}" does not say what is done', "say what can be observed when it is done")
    is_bare = _BARE.match(found.sentence.statement.prose[found.end :]) is not None
    return finding if is_bare else replace(finding, severity=Severity.NOTE)


RULE = Rule(
    code="AMB011",
    name="weak-verb",
    severity=Severity.WARNING,
    since="0.1",
    page=__doc__,
    check=check,
    is_default=False,
    options=(EXTRA, ALLOWED),
    examples=(
        criteria("THE Store SHALL handle errors", fires=1),
        criteria("THE Store SHALL manage orders and invoices", fires=1),
        criteria("THE Store SHALL support gift cards with a balance", fires=1),
        criteria("WHEN an order arrives, THE Store SHALL process it", fires=1),
        criteria("The system shall also facilitate returns", fires=1),
        criteria(
            "THE API SHALL support webhook registration for events",
            fires=1,
            source="CloudToLocalLLM-online/CloudToLocalLLM .kiro/specs/api-backend-enhancement/requirements.md",
        ),
        criteria(
            "WHEN the Block sub-tab is selected, THE Build_System SHALL manage blacklist entries",
            fires=1,
            source="Homas/RpiDNS .kiro/specs/vite-vue3-migration/requirements.md",
        ),
        criteria("THE Store SHALL show the reason of a refused payment"),
        criteria("THE Support_Desk SHALL answer within 2 hours"),
        criteria("THE Store SHALL log the handle of the process"),
        criteria('THE Store SHALL print "handle" and `manage`'),
        criteria("WHEN the user opens support, THE Store SHALL show the chat"),
        criteria(
            "THE Admin_Center SHALL display audit logs with filters for date range, administrator, action type, and affected user",
            source="CloudToLocalLLM-online/CloudToLocalLLM .kiro/specs/admin-center/requirements.md",
        ),
        criteria(
            "THE Router SHALL NOT redirect authenticated users to the login screen",
            source="CloudToLocalLLM-online/CloudToLocalLLM .kiro/specs/login-loop-fix/requirements.md",
        ),
    ),
)
