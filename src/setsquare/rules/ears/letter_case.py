"""Keywords are written in two letter cases.

What: most keywords of a file (WHEN, WHILE, WHERE, IF, THEN, SHALL) are in capitals, or most are not, and some criteria are written the other way.

Why: readers and simple tools find the parts of a sentence by its capitals; a mix hides some of them.

Example: `WHEN a customer pays, THE Store shall send a receipt` in a file that writes SHALL

Instead: `WHEN a customer pays, THE Store SHALL send a receipt`

Fix safety: only letter case changes. A criterion that would read otherwise afterwards is left alone.

Source: the letter cases that public `.kiro/specs` use; EARS, Mavin et al., RE'09, prescribes none. The public
specifications at hand each keep to one case: every example that fires is invented.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby

from setsquare.rules.evidence import Evidence, Sentence
from setsquare.rules.finding import Finding, Severity
from setsquare.rules.rewriting import Change, fix
from setsquare.rules.rule import Reach, Rule
from setsquare.rules.sample import criteria
from setsquare.text.lazy_pattern import LazyPattern

_THEN = LazyPattern(r"\bthen\b", re.IGNORECASE)
_SHALL = ("shall",)


def check(evidence: Evidence) -> Iterator[Finding]:
    """Find the criteria whose keywords differ from the case that is commoner in their file."""
    for path, group in groupby(evidence.sentences, key=lambda sentence: sentence.criterion.path):
        written = [(sentence, _keywords(sentence)) for sentence in group]
        words = [sentence.statement.text[start:end] for sentence, places in written for start, end in places]
        capitals = sum(word.isupper() for word in words)
        is_upper = 2 * capitals >= len(words)
        if path and 0 < capitals < len(words):
            for sentence, places in written:
                changes = _changes(sentence, places, is_upper=is_upper)
                if changes:
                    yield _finding(evidence, sentence, changes, is_upper=is_upper)


def _keywords(sentence: Sentence) -> list[tuple[int, int]]:
    """List the character ranges of a sentence's English keywords before and at its modal."""
    statement = sentence.statement
    places = [
        (clause.start, clause.start + len(clause.keyword))
        for clause in statement.clauses
        if clause.keyword and clause.keyword.isascii() and not clause.is_postfix
    ]
    if statement.has_then and places:
        places += [match.span() for match in _THEN.finditer(statement.prose, places[-1][1], statement.modal_at[0] or len(statement.prose))][
            -1:
        ]
    if statement.modal_kind in _SHALL:
        places.append(statement.modal_at)
    return places


def _changes(sentence: Sentence, places: list[tuple[int, int]], *, is_upper: bool) -> list[Change]:
    text = sentence.statement.text
    changes = []
    for index, (start, end) in enumerate(places):
        word = text[start:end]
        if word.isupper() is not is_upper:
            is_first = index == 0 and word.lower() not in ("shall", "then") and not text[:start].strip(" *_")
            changes.append(Change(start, end, word.upper() if is_upper else word.capitalize() if is_first else word.lower()))
    return changes


def _finding(evidence: Evidence, sentence: Sentence, changes: list[Change], *, is_upper: bool) -> Finding:
    words = ", ".join(sentence.statement.text[change.start : change.end] for change in changes)
    mend = fix(evidence, sentence, "write the keywords in the letter case of the file", changes)
    return Finding(
        code=RULE.code,
        severity=RULE.severity,
        path=sentence.criterion.path,
        span=evidence.span_in(sentence.criterion, changes[0].start, changes[-1].end),
        message=f"{words}: this file writes keywords {'in capitals' if is_upper else 'in small letters'}",
        hint="write " + ", ".join(change.text for change in changes),
        fix=mend if mend and mend.is_safe else None,
    )


RULE = Rule(
    code="EARS011",
    name="mixed-letter-case",
    severity=Severity.NOTE,
    since="0.1",
    page=__doc__,
    check=check,
    reach=Reach.FILE,
    is_default=False,
    examples=(
        criteria(
            "WHEN a customer pays, THE Store shall send a receipt",
            "THE Store SHALL keep orders",
            fires=1,
            fixed=("WHEN a customer pays, THE Store SHALL send a receipt", "THE Store SHALL keep orders"),
        ),
        criteria(
            "When a customer pays, the store shall send a receipt",
            "the store SHALL keep orders",
            fires=1,
            fixed=("When a customer pays, the store shall send a receipt", "the store shall keep orders"),
        ),
        criteria(
            "IF the card is refused, then the store SHALL log it", fires=1, fixed=("IF the card is refused, THEN the store SHALL log it",)
        ),
        criteria("THE Store shall keep orders", "THE Store SHALL sell", "THE Store SHALL buy", fires=1),
        criteria(
            "WHEN the shop is shut, the store shall wait",
            "When a customer pays, the store shall send a receipt",
            "The store shall keep orders",
            fires=1,
            fixed=(
                "When the shop is shut, the store shall wait",
                "When a customer pays, the store shall send a receipt",
                "The store shall keep orders",
            ),
        ),
        criteria("WHEN a customer pays, THE Store SHALL send a receipt", "THE Store SHALL keep orders"),
        criteria("When a customer pays, the store shall send a receipt", "The store shall keep orders"),
        criteria("THE Store SHALL show when a customer pays"),
        criteria("THE Store SHALL show `shall` and `when`"),
        criteria("WHEN 用户登录 THEN 系统 SHALL 创建会话"),
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
