"""An absolute claims more than can be shown.

What: a criterion says `all`, `every`, `never`, `always`, `none` or `100 %`.

Why: no finite test shows that something never happens; often a smaller set was meant.

Example: `THE Store SHALL always be available`

Instead: `THE Store SHALL answer 99.9 % of requests of a month`

Fix safety: no fix; the set that is meant must be named.

Source: INCOSE, Guide to Writing Requirements, R26 and R32 (numbers not verified against the current edition). One criterion in eight of
public specs has such a word, and most of them are meant: the rule works only where it is asked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from setsquare.rules.evidence import Evidence
from setsquare.rules.finding import Finding, Severity
from setsquare.rules.rule import Rule
from setsquare.rules.sample import criteria
from setsquare.rules.wording import ALLOWED, EXTRA, Occurrence, occurrences, report, searched, word_pattern

_PHRASES: Final = ("all", "every", "never", "always", "none", "everything", "everyone", "any and all", "at all times")
_WHOLE: Final = r"100\s?(?:%|percent)"


def check(evidence: Evidence) -> Iterator[Finding]:
    """Find absolutes."""
    for found in occurrences(evidence, "AMB007", _PHRASES):
        if not _is_counted(found):
            yield _finding(evidence, found)
    whole = [s for s in evidence.sentences if "100" in s.statement.prose and s.statement.language == "en"]
    for found in searched(whole, word_pattern(_WHOLE)) if whole else ():
        yield _finding(evidence, found)


def _finding(evidence: Evidence, found: Occurrence) -> Finding:
    return report(
        RULE,
        evidence,
        found,
        f'"{found.written}" claims what no test can show',
        "name the set that is meant, or a share that can be measured",
    )


def _is_counted(found: Occurrence) -> bool:
    """Tell whether the word belongs to a number: `every 60 seconds`, `all three`."""
    nearest = found.after.split(maxsplit=1)[:1]
    counted = {
        "one",
        "two",
        "three",
        "four",
        "five",
        "six",
        "seven",
        "eight",
        "nine",
        "ten",
        "second",
        "minute",
        "hour",
        "day",
        "week",
        "month",
        "year",
        "other",
    }
    return bool(nearest) and (nearest[0][0].isdigit() or nearest[0].strip(",.;") in counted)


RULE = Rule(
    code="AMB007",
    name="absolute",
    severity=Severity.NOTE,
    since="0.1",
    page=__doc__,
    check=check,
    is_default=False,
    options=(EXTRA, ALLOWED),
    examples=(
        criteria("THE Store SHALL always be available", fires=1),
        criteria("THE Store SHALL never lose an order", fires=1),
        criteria("THE Filter SHALL stop all attacks", fires=1),
        criteria("THE Store SHALL detect 100 % of frauds", fires=1),
        criteria("THE Relay SHALL deliver every message at all times", fires=2),
        criteria(
            "THE Admin_Center SHALL never display full credit card numbers or sensitive payment credentials",
            fires=1,
            source="CloudToLocalLLM-online/CloudToLocalLLM .kiro/specs/admin-center/requirements.md",
        ),
        criteria(
            "THE API SHALL log all authentication attempts and failures",
            fires=1,
            source="CloudToLocalLLM-online/CloudToLocalLLM .kiro/specs/api-backend-enhancement/requirements.md",
        ),
        criteria("THE Store SHALL keep orders for a year"),
        criteria("THE Job SHALL run every 60 seconds"),
        criteria("THE Help_Page SHALL explain all three states"),
        criteria('THE Store SHALL show "all" and `never`'),
        criteria("THE Store SHALL answer 99.9 % of requests of a month"),
        criteria(
            "THE Build Workflow SHALL include comments explaining each major step",
            source="CloudToLocalLLM-online/CloudToLocalLLM .kiro/specs/multi-platform-builds/requirements.md",
        ),
        criteria(
            "WHEN a user submits invalid data, THE Authentication_System SHALL display validation errors for each invalid field",
            source="Essimbi/test_gateway_payment .kiro/specs/user-authentication/requirements.md",
        ),
    ),
)
