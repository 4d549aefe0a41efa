"""A word of permission stands inside an obligation.

What: after SHALL or MUST a criterion says `optionally`, `preferably`, `ideally`, `if desired`, `or may`, `and can`.

Why: the sentence obliges and frees in one breath. Whoever builds it can leave the part out and still be right; whoever tests it cannot
count on it.

Example: `THE Store SHALL optionally send a receipt`

Instead: `WHERE receipts are switched on, THE Store SHALL send a receipt`

Fix safety: no fix; either it is required under a condition, or it is no requirement.

Source: options of NASA's ARM, Wilson et al., 1997; loopholes in Femmer et al., JSS'17; ISO/IEC/IEEE 29148.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from setsquare.rules.evidence import Evidence
from setsquare.rules.finding import Finding, Severity
from setsquare.rules.rule import Rule
from setsquare.rules.sample import criteria
from setsquare.rules.wording import ALLOWED, EXTRA, Occurrence, occurrences, report
from setsquare.text.lazy_pattern import LazyPattern

_WORDS: Final = (
    "optionally",
    "preferably",
    "ideally",
    "possibly",
    "perhaps",
    "hopefully",
    "if desired",
    "may or may not",
    "may optionally",
    "may possibly",
)
_MODALS: Final = ("may", "might", "can", "could", "should")
# A modal frees the subject only where it follows its verb: `functions that can be called` says something about functions.
_JOINED: Final = LazyPattern(
    r"(?:,\s*(?:and|or|but)?|\b(?:and|or|but))\s+(?:(?:it|they|the\s+(?:system|application|app|service))\s+)?(?:also\s+)?\Z"
)


def check(evidence: Evidence) -> Iterator[Finding]:
    """Find words of permission behind an obligation."""
    last: tuple[object, int] = (None, 0)
    for found in occurrences(evidence, "AMB008", (*_WORDS, *_MODALS)):
        statement = found.sentence.statement
        is_obliged = statement.modal_kind in ("shall", "must") and found.start >= statement.modal_at[1]
        if is_obliged and (found.word not in _MODALS or _JOINED.search(found.before)) and last != (found.sentence, found.start):
            last = (found.sentence, found.start)
            yield _finding(evidence, found)


def _finding(evidence: Evidence, found: Occurrence) -> Finding:
    hint = "say under which condition it is required (WHERE …), or leave it out"
    return report(RULE, evidence, found, f'"{found.written}" frees from what {found.sentence.statement.modal} demands', hint)


RULE = Rule(
    code="AMB008",
    name="loophole",
    severity=Severity.WARNING,
    since="0.1",
    page=__doc__,
    check=check,
    options=(EXTRA, ALLOWED),
    examples=(
        criteria("THE Store SHALL optionally send a receipt", fires=1),
        criteria("THE Store SHALL send a receipt and may add a coupon", fires=1),
        criteria("THE Store SHALL preferably use the local copy", fires=1),
        criteria("THE Store SHALL, if desired, print the invoice", fires=1),
        criteria("THE Store SHALL log the order, or can drop it", fires=1),
        criteria(
            "THE component SHALL optionally provide templateId and repository",
            fires=1,
            source="997899594/Juanie .kiro/specs/project-creation-unification/requirements.md",
        ),
        criteria(
            "IF the feed is a local feed, THEN THE System SHALL optionally delete the zone file",
            fires=1,
            source="Homas/RpiDNS .kiro/specs/rpz-feeds-management/requirements.md",
        ),
        criteria("WHERE receipts are switched on, THE Store SHALL send a receipt"),
        criteria("THE Store SHALL list the orders that can be cancelled"),
        criteria("THE Store SHALL verify that the buyer may pay"),
        criteria("THE Form SHALL hold an optional field"),
        criteria('THE Form SHALL show "optionally" and `may`'),
        criteria(
            "THE Script SHALL verify encrypted data can be decrypted correctly",
            source="997899594/Juanie .kiro/specs/authentication-refactoring/requirements.md",
        ),
        criteria("THE System SHALL allow an optional description", source="Homas/RpiDNS .kiro/specs/rpz-feeds-management/requirements.md"),
    ),
)
