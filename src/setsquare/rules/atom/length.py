"""A criterion is long.

What: a criterion has more than 40 words (option `words`). Code, quotes, parentheses and what follows a colon are not counted, and a list of short
items counts as many words as it has items.

Why: what does not fit into one sentence that can be kept in mind is read differently by everybody, and is mostly more than one requirement.

Example: a sentence of 60 words about paying, receipts, refunds and stock

Instead: four criteria

Fix safety: no fix; only its writer knows what can be left out.

Source: readability measures of NASA's ARM, Wilson et al., 1997. Only English is judged.
"""

from __future__ import annotations

from collections.abc import Iterator

from setsquare.rules.evidence import Evidence
from setsquare.rules.finding import Finding, Severity
from setsquare.rules.rule import Option, Rule
from setsquare.rules.sample import criteria, spec
from setsquare.text.lazy_pattern import LazyPattern

_WORD = LazyPattern(r"[^\W\d_\x01][\w'’-]*")
_WORDS = 40
_ITEM_WORDS = 3


def check(evidence: Evidence) -> Iterator[Finding]:
    """Find every English criterion of more words than the option allows."""
    most = evidence.config.number("ATOM003", "words", _WORDS)
    for sentence in evidence.sentences:
        prose = sentence.statement.prose
        if prose.count(" ") < most or sentence.statement.language != "en":
            continue
        count = words(prose)
        if count > most:
            yield Finding(
                code=RULE.code,
                severity=RULE.severity,
                path=sentence.criterion.path,
                span=evidence.span_in(sentence.criterion, 0, len(sentence.criterion.text)),
                message=f"{count} words in one criterion, more than {most}",
                hint="split it, or move explanations to the introduction and values to a list below it",
            )


def words(prose: str) -> int:
    """Count the words of a sentence as a reader who skips lists does.

    >>> words("THE Store SHALL sell tea, coffee, cold milk, and bread: one of them a day")
    8
    """
    count = 0
    for part in prose.partition(": ")[0].split(","):
        found = len(_WORD.findall(part))
        count += 1 if 0 < found <= _ITEM_WORDS else found
    return count


_LONG = (
    "WHEN a customer who has signed in at least once during the past year opens the page of an order that was paid with a gift card and that has not yet left the stock, "
    "THE Store SHALL show the customer how much of the value of the gift card is left and for how long it can still be used"
)
_VIDEOS = """# Requirements Document

## Requirement 6: Composite Challenge Video with Segmented Metadata

WHEN a user records the three challenge statement videos
THE SYSTEM SHALL upload the full set of individual videos to the backend (no client-side merging)
AND the backend SHALL merge the videos server-side into one single composite video file,
AND generate metadata indicating the start and end time (in seconds) of each statement segment within the merged file.
"""
_REPORT = """# Requirements Document

## User Story: Reporting Inappropriate Content

WHEN a user selects the "Report" option for a specific video
THE SYSTEM SHALL record that a report has been submitted for that challenge ID
AND THE SYSTEM SHALL update the challenge status to include moderation flag
AND THE SYSTEM SHALL trigger an alert for administrative review
AND THE SYSTEM SHALL display a confirmation message to the user acknowledging their report has been received
"""

RULE = Rule(
    code="ATOM003",
    name="long-criterion",
    severity=Severity.NOTE,
    since="0.1",
    page=__doc__,
    check=check,
    options=(Option("words", _WORDS, "the most words that a criterion may have"),),
    examples=(
        criteria(_LONG, fires=1),
        criteria(_LONG + " in this shop", "THE Store SHALL sell tea", fires=1),
        criteria(_LONG.replace("WHEN", "IF").replace(", THE", ", THEN THE"), fires=1),
        criteria("**AC-1:** " + _LONG, fires=1),
        criteria("THE Store SHALL " + "look at the shelf and then " * 8 + "ring", fires=1),
        spec(_VIDEOS, fires=1, source="kingkw1/2Truths-1Lie .kiro/specs/media-upload/requirements.md"),
        spec(_REPORT, fires=1, source="kingkw1/2Truths-1Lie .kiro/specs/content-moderation/requirements.md"),
        criteria("THE Store SHALL sell " + ", ".join(["green tea"] * 30)),
        criteria("THE Store SHALL answer `" + "word " * 50 + "` when asked"),
        criteria("THE Store SHALL keep these: " + "word " * 50),
        criteria("THE Store SHALL keep orders (" + "word " * 50 + ")"),
        criteria("WHEN 用户登录 THEN 系统 SHALL " + "创建 会话 " * 30),
        criteria(
            "WHEN installation is declined THEN the system SHALL not show the prompt again for 7 days",
            source="Foodshareclub/foodshare-web .kiro/specs/mobile-pwa/requirements.md",
        ),
        criteria(
            "THE Settings_Screen SHALL prevent saving settings while validation errors exist",
            source="CloudToLocalLLM-online/CloudToLocalLLM .kiro/specs/platform-settings-screen/requirements.md",
        ),
    ),
)
