"""Two negatives have to be undone to understand the sentence.

What: a negative obligation holds a second negative or an exception: `SHALL NOT … unless … not`, `SHALL NOT … without`, `SHALL NOT …
except`, `SHALL NOT fail to`. A plain SHALL NOT is fine.

Why: readers get the sense of two negatives wrong more often than of one, and what shall happen in the excepted case is not said at all.

Example: `THE Store SHALL NOT reject an order unless it is not signed`

Instead: `IF an order is not signed, THEN THE Store SHALL reject the order`

Fix safety: no fix; the sense must be turned by somebody who knows it.

Source: INCOSE, Guide to Writing Requirements, R16; negative statements in Femmer et al., JSS'17.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Final

from setsquare.rules.evidence import Evidence
from setsquare.rules.finding import Finding, Severity
from setsquare.rules.rule import Rule
from setsquare.rules.sample import criteria
from setsquare.rules.wording import MOST, Occurrence, report
from setsquare.text.lazy_pattern import LazyPattern

_SECOND: Final = LazyPattern(
    r"(?i)(?<![\w-])(?P<word>unless|except(?:\s+(?:for|when|if|where|in|as|to))?|without|not|never|cannot|[a-z]+n't|none|nothing|nobody|"
    r"no(?!\s+(?:more|less|later|longer|earlier|fewer|matter)\b)|fail\s+to|un(?:available|authorized|authorised|signed|known|encrypted|verified|approved|saved|"
    r"limited|necessary|successful|able|changed|defined|used|expected))(?![\w-])"
)
_NEAR: Final = 60
_END: Final = LazyPattern(r"(?i)[.;]\s|\s[—–-]\s|\bbecause\b")
_FINE: Final = LazyPattern(r"(?i)not\s+(?:only|just|limited|yet)\b")
_CONTRAST: Final = LazyPattern(r"(?i)(?:\b(?:and|but|or)|[,;])\s+(?:(?:the\s+)?[\w-]+\s+)?(?:shall\s+|must\s+|does\s+|do\s+)?\Z")
_ADJECTIVES: Final = "un"


def check(evidence: Evidence) -> Iterator[Finding]:
    """Find a second negative behind a negative modal."""
    for sentence in evidence.having("not", "never", "cannot", "shan't", "mustn't"):
        statement = sentence.statement
        if not statement.is_negative or statement.modal_kind not in ("shall", "must"):
            continue
        start = _after_first(statement.prose, statement.modal_at[1])
        ahead = _END.search(statement.prose, start)
        end = ahead.start() if ahead else len(statement.prose)
        for match in islice(_SECOND.finditer(statement.prose, start, end), MOST):
            if _is_second(statement.prose, match, start):
                found = Occurrence(sentence, *match.span("word"))
                hint = "turn it around: say when it SHALL happen, and when it SHALL NOT, each in a sentence of its own"
                yield report(RULE, evidence, found, f'"{found.written}" is a second negative in one sentence', hint)
                break


def _after_first(prose: str, modal_end: int) -> int:
    first = re.compile(r"\s*(?:not|never)\b", re.IGNORECASE).match(prose, modal_end)
    return first.end() if first else modal_end


def _is_second(prose: str, match: re.Match[str], start: int) -> bool:
    """Tell whether a negative belongs to the obligation: not `not only`, and not a second obligation joined by `and`."""
    word = match["word"].lower()
    if _FINE.match(prose, match.start()):
        return False
    if word.startswith(_ADJECTIVES) and word != "unless":
        return prose[start : match.start()].strip().lower() in {"", "be"}
    return not (word in {"not", "never", "no", "cannot"} and _CONTRAST.search(prose, max(start, match.start() - _NEAR), match.start()))


RULE = Rule(
    code="AMB013",
    name="double-negative",
    severity=Severity.WARNING,
    since="0.1",
    page=__doc__,
    check=check,
    examples=(
        criteria("THE Store SHALL NOT reject an order unless it is not signed", fires=1),
        criteria("THE Store SHALL NOT delete an order without a confirmation", fires=1),
        criteria("THE Store SHALL NOT fail to log payments", fires=1),
        criteria("The lock shall never open except in an emergency", fires=1),
        criteria("THE Service SHALL NOT be unavailable", fires=1),
        criteria(
            "THE System SHALL NOT allow editing of ioc2rpz.net feed configurations except for policy action",
            fires=1,
            source="Homas/RpiDNS .kiro/specs/rpz-feeds-management/requirements.md",
        ),
        criteria(
            "Coverage MUST NOT decrease without justification",
            fires=1,
            source="0h-n0/local-voice-assistant-claude .specify/memory/constitution.md",
        ),
        criteria("THE Store SHALL NOT log card numbers"),
        criteria("THE Store SHALL NOT keep logs for more than 30 days"),
        criteria("THE Store SHALL NOT only log but also alert"),
        criteria("THE Store SHALL NOT log names and SHALL NOT log cards"),
        criteria("THE Store SHALL keep orders unless the buyer deletes the account"),
        criteria(
            "THE router SHALL NOT perform type conversion or mapping",
            source="997899594/Juanie .kiro/specs/project-creation-unification/requirements.md",
        ),
        criteria(
            "THE Router SHALL NOT redirect from callback route to login route when callback parameters are present",
            source="CloudToLocalLLM-online/CloudToLocalLLM .kiro/specs/login-loop-fix/requirements.md",
        ),
    ),
)
