"""A time is named without a number.

What: a criterion says `immediately`, `in real time`, `soon`, `periodically`, `instantly` or the like, and gives no time in numbers.

Why: immediately is a millisecond to one reader and a minute to another; neither can be tested.

Example: `THE Store SHALL notify the buyer immediately`

Instead: `THE Store SHALL notify the buyer within 5 seconds`

Fix safety: no fix; the time must be chosen.

Source: INCOSE, Guide to Writing Requirements, R35 (number not verified against the current edition); ISO/IEC/IEEE 29148.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from setsquare.rules.evidence import Evidence
from setsquare.rules.finding import Finding, Severity
from setsquare.rules.rule import Rule
from setsquare.rules.sample import criteria
from setsquare.rules.wording import ALLOWED, EXTRA, Occurrence, is_timed, occurrences, report
from setsquare.text.lazy_pattern import LazyPattern

_PHRASES: Final = (
    *(
        "immediately",
        "instantly",
        "instantaneously",
        "promptly",
        "soon",
        "shortly",
        "as soon as possible",
        "as quickly as possible",
        "asap",
    ),
    *("in real time", "in real-time", "in near real time", "near real-time", "near-real-time", "real-time", "periodically", "regularly"),
    *("frequently", "occasionally", "eventually", "on a regular basis", "at regular intervals", "from time to time", "in a timely manner"),
    *("in a timely fashion", "timely", "without delay", "without undue delay", "within a reasonable time", "at the earliest", "recently"),
    *("immediate", "instant", "prompt delivery", "sooner or later"),
)
_PLACES: Final = LazyPattern(r"\s*(?:above|below|adjacent|beside|next|left|right|preceding|following|outside|inside|under)\b")
_ATTRIBUTE: Final = LazyPattern(
    r"\s+(?:(?:visual|haptic|native|mobile|and|or|user|tactile)\s+)*(?:feedback|response|effect|notification|update|updates|alert|alerts|action)\b"
)
_NAMES: Final = (
    "messaging",
    "message",
    "message",
    "messenger",
    "app",
    "run",
    "replay",
    "search",
    "database",
    "protocol",
    "operating",
    "kernel",
    "clock",
    "database",
)


def check(evidence: Evidence) -> Iterator[Finding]:
    """Find vague times in criteria without a time in numbers."""
    for found in occurrences(evidence, "AMB009", _PHRASES):
        if _is_time(found) and not is_timed(found.sentence):
            hint = "give a time with its unit: within 200 ms, every 5 minutes"
            yield report(RULE, evidence, found, f'"{found.written}" is no time that can be tested', hint)


def _is_time(found: Occurrence) -> bool:
    """Tell whether the word is about time: not about a place, a kind of thing, or how often others do something."""
    word, after = found.word, found.after
    following = after.split(maxsplit=1)[:1]
    if following and following[0].strip(",.;:") in _NAMES:
        return False
    if word in {"immediate", "instant"}:
        return _ATTRIBUTE.match(after) is not None
    if word in {"real-time", "near real-time", "near-real-time"} and found.start < found.sentence.statement.modal_at[0]:
        return False
    if word == "immediately":
        return _PLACES.match(after) is None
    if word in {"soon", "shortly"}:
        return not found.before.endswith(("as ", "coming ", "available "))
    if word in {"frequently", "recently", "regularly"}:
        return not found.before.endswith(("most ", "least ", "more ", "less ")) and not re.match(
            r"\s+(?:used|viewed|added|asked|visited|opened|played)\b", after
        )
    return True


RULE = Rule(
    code="AMB009",
    name="vague-time",
    severity=Severity.WARNING,
    since="0.1",
    page=__doc__,
    check=check,
    options=(EXTRA, ALLOWED),
    examples=(
        criteria("THE Store SHALL notify the buyer immediately", fires=1),
        criteria("THE Job SHALL run periodically", fires=1),
        criteria("THE Store SHALL sync stock in real time", fires=1),
        criteria("THE Store SHALL reply as soon as possible", fires=1),
        criteria("THE Store SHALL notify the buyer in a timely manner", fires=1),
        criteria(
            "WHEN an organizer cancels an event THEN the system SHALL notify all participants immediately",
            fires=1,
            source="Foodshareclub/foodshare-web .kiro/specs/community-events/requirements.md",
        ),
        criteria(
            "THE System SHALL provide real-time tunnel status visualization",
            fires=1,
            source="CloudToLocalLLM-online/CloudToLocalLLM .kiro/specs/ssh-tunnel-phase-2-enhancements/requirements.md",
        ),
        criteria("THE Store SHALL notify the buyer immediately, within 5 seconds"),
        criteria("THE Hint SHALL stand immediately below the field"),
        criteria('THE Page SHALL show "coming soon" and `instant`'),
        criteria("THE Job SHALL run every 5 minutes"),
        criteria("THE App SHALL offer instant messaging"),
        criteria(
            "THE Settings_Service SHALL persist general settings changes within 500 milliseconds of user confirmation",
            source="CloudToLocalLLM-online/CloudToLocalLLM .kiro/specs/platform-settings-screen/requirements.md",
        ),
        criteria(
            "THE Dashboard SHALL refresh metrics automatically every 60 seconds without requiring page reload",
            source="CloudToLocalLLM-online/CloudToLocalLLM .kiro/specs/admin-center/requirements.md",
        ),
    ),
)
