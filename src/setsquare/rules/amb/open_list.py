"""A list is left open.

What: a list ends in `etc.`, `and so on`, `including but not limited to`, `and other` things, `or similar`, or three dots (warning); or it
is introduced by `such as`, `for example` or `e.g.` (note).

Why: nobody knows what else belongs to the list, so nobody can say when it is built or tested.

Example: `THE Importer SHALL read CSV, JSON, etc.`

Instead: `THE Importer SHALL read CSV, JSON and XML`

Fix safety: no fix; what was meant must be listed.

Source: INCOSE, Guide to Writing Requirements, R9; ISO/IEC/IEEE 29148, open-ended terms; incompletes of NASA's ARM, Wilson et al., 1997.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Final

from msgspec.structs import replace

from setsquare.rules.evidence import Evidence
from setsquare.rules.finding import Finding, Severity
from setsquare.rules.rule import Rule
from setsquare.rules.sample import criteria
from setsquare.rules.wording import ALLOWED, EXTRA, MOST, Occurrence, occurrences, report, visible
from setsquare.text.lazy_pattern import LazyPattern

_OPEN: Final = (
    *("and so on", "and so forth", "including but not limited to", "including, but not limited to", "including without limitation"),
    *(
        "but not limited to",
        "and the like",
        "and others",
        "among others",
        "or similar",
        "and similar",
        "or equivalent",
        "and more",
        "and other",
    ),
    *("or other", "or the like", "and such", "et cetera"),
)
_EXAMPLES: Final = ("such as", "for example", "for instance")
# Parentheses hide their content from word rules, and most lists that end in "etc." stand in some.
_ABBREVIATED: Final = LazyPattern(r"(?<![\w./-])etc(?:\.|\b)(?![\w/-])|(?<=\w)\s*,\s*(?:\.\.\.|…)|\be\.g\.")


def check(evidence: Evidence) -> Iterator[Finding]:
    """Find lists without an end."""
    for found in occurrences(evidence, "AMB003", (*_OPEN, *_EXAMPLES)):
        if _is_open(found):
            yield _finding(evidence, found, is_example=found.word in _EXAMPLES)
    allowed = evidence.config.names("AMB003", "allowed")
    for sentence in evidence.sentences:
        text = sentence.statement.text
        if ("etc" in text or "..." in text or "…" in text or "e.g." in text) and sentence.statement.language == "en":
            for match in islice(_ABBREVIATED.finditer(visible(text)), MOST):
                found = Occurrence(sentence, *match.span())
                if found.written.strip(", .") not in allowed:
                    yield _finding(evidence, found, is_example=found.written == "e.g.")


def _is_open(found: Occurrence) -> bool:
    """Tell whether a phrase leaves a list open: `and more` ends it, `and other` follows members that are named."""
    word = found.word
    if word in {"and more", "and others", "and such", "and similar"}:
        return not found.after.strip(" ).,;*\x01")
    if word in {"and other", "or other"}:
        return found.before.rstrip().endswith(",") and " than " not in found.after
    return True


def _finding(evidence: Evidence, found: Occurrence, *, is_example: bool) -> Finding:
    written = found.written.strip(" ,")
    if is_example:
        message, hint = f'"{written}" gives examples and leaves open what else is meant', "list all that is meant, or name the class"
        return replace(report(RULE, evidence, found, message, hint), severity=Severity.NOTE)
    return report(RULE, evidence, found, f'"{written}" leaves the list open', "list all that is meant, or name the class that is meant")


RULE = Rule(
    code="AMB003",
    name="open-list",
    severity=Severity.WARNING,
    since="0.1",
    page=__doc__,
    check=check,
    options=(EXTRA, ALLOWED),
    examples=(
        criteria("THE Importer SHALL read CSV, JSON, etc.", fires=1),
        criteria("THE Log SHALL hold headers, cookies, and so on", fires=1),
        criteria("THE Form SHALL accept documents including but not limited to passports", fires=1),
        criteria("THE Export SHALL write formats such as PNG", fires=1),
        criteria("THE Profile_Page SHALL show the profile (name, email, etc.)", fires=1),
        criteria(
            "THE System SHALL have chaos tests simulating network failures, server crashes, etc.",
            fires=1,
            source="CloudToLocalLLM-online/CloudToLocalLLM .kiro/specs/ssh-websocket-tunnel-enhancement/requirements.md",
        ),
        criteria(
            "WHEN index.php loads, THE PHP_Backend SHALL inject rpiver, assets_by, and other configuration variables",
            fires=1,
            source="Homas/RpiDNS .kiro/specs/vite-vue3-migration/requirements.md",
        ),
        criteria("THE Importer SHALL read CSV, JSON and XML"),
        criteria("THE Installer SHALL write to /etc/hosts"),
        criteria('THE App SHALL show "Loading..." and `etc.`'),
        criteria("THE Gate SHALL reject any other request"),
        criteria("THE Parser SHALL treat such requests as errors"),
        criteria(
            "THE Admin_Center SHALL display refund statistics including total refund amount and refund rate percentage",
            source="CloudToLocalLLM-online/CloudToLocalLLM .kiro/specs/admin-center/requirements.md",
        ),
        criteria(
            "THE Admin_Center SHALL display payment method details including last 4 digits, expiration date, and billing address",
            source="CloudToLocalLLM-online/CloudToLocalLLM .kiro/specs/admin-center/requirements.md",
        ),
    ),
)
