"""A condition or a response is empty.

What: a keyword stands without its condition (`WHEN , THE Store SHALL …`), SHALL without what shall be done, or a condition with nothing after it. A keyword that
stands alone or before a colon is the head of a list and is left out.

Why: the sentence says when but not what, or what but not when; whoever builds it must invent the other half.

Example: `WHEN , THE Store SHALL send a receipt`

Instead: `WHEN a customer pays, THE Store SHALL send a receipt`

Fix safety: no fix; only its writer knows the missing half.

Source: EARS, Mavin et al., RE'09: every pattern has its slots filled. In public specifications nobody leaves one empty: every example that
fires is invented.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from setsquare.rules.evidence import Evidence, Sentence
from setsquare.rules.finding import Finding, Severity
from setsquare.rules.rule import Reach, Rule
from setsquare.rules.sample import criteria

_NEXT_STEP = re.compile(r"[\s*_>-]*(?:then|and|but|the\s.*?\bshall)\b", re.IGNORECASE)
_LIST_HEAD = (":", "：")
_LONGEST_KEYWORD = 8
_IDLE = " \t\r\n.,;*_`。，；-"


def check(evidence: Evidence) -> Iterator[Finding]:
    """Find every slot that nothing fills."""
    for sentence in evidence.sentences:
        statement = sentence.statement
        if not statement.clauses and statement.response:
            continue
        if statement.text.rstrip(" *_").endswith(_LIST_HEAD) or not statement.prose.strip(_IDLE)[_LONGEST_KEYWORD:]:
            continue
        if not statement.response and _lacks_response(sentence):
            start, end = statement.modal_at if statement.modal else (statement.clauses[-1].start, statement.clauses[-1].end)
            yield _finding(evidence, sentence, (start, end), "nothing is demanded here")
        for clause in statement.clauses:
            if not clause.text and clause.keyword:
                yield _finding(evidence, sentence, (clause.start, clause.start + len(clause.keyword)), f"{clause.keyword} has no condition")


def _finding(evidence: Evidence, sentence: Sentence, at: tuple[int, int], message: str) -> Finding:
    return Finding(
        code=RULE.code,
        severity=RULE.severity,
        path=sentence.criterion.path,
        span=evidence.span_in(sentence.criterion, *at),
        message=message,
        hint="write WHEN <condition>, THE <part> SHALL <response>",
    )


def _lacks_response(sentence: Sentence) -> bool:
    """Tell whether an English sentence ends where its response should begin, and no list or next step goes on."""
    statement = sentence.statement
    if statement.language != "en":
        return False
    if statement.modal:
        return statement.text[statement.modal_at[1] :].strip(_IDLE).lower() in ("", "not", "never")
    if not statement.clauses or not statement.clauses[-1].is_closed or not statement.clauses[-1].text:
        return False
    following = sentence.following
    return following is None or not _NEXT_STEP.match(following.text[:400])


RULE = Rule(
    code="EARS010",
    name="empty-slot",
    severity=Severity.ERROR,
    since="0.1",
    page=__doc__,
    check=check,
    reach=Reach.FILE,
    examples=(
        criteria("WHEN , THE Store SHALL send a receipt", fires=1),
        criteria("IF THEN THE Store SHALL log refusals", fires=1),
        criteria("WHEN a customer pays, THE Store SHALL", fires=1),
        criteria("THE Store SHALL NOT.", fires=1),
        criteria("THE Store SHALL **.**", fires=1),
        criteria("WHEN a customer pays THEN", fires=1),
        criteria("WHILE, WHEN a customer pays, THE Store SHALL send a receipt", fires=1),
        criteria("WHEN a customer pays, THE Store SHALL send a receipt"),
        criteria("WHEN `pay` THEN `Store` SHALL `send`"),
        criteria("WHEN a customer pays, THE Store SHALL:"),
        criteria("**When**:", "- **Then**: the order is kept"),
        criteria("**WHEN**"),
        criteria("WHEN a customer pays,", "THEN THE Store SHALL send a receipt"),
        criteria('WHEN "pay" is called, THE Store SHALL answer'),
        criteria(
            "WHEN installation is declined THEN the system SHALL not show the prompt again for 7 days",
            source="Foodshareclub/foodshare-web .kiro/specs/mobile-pwa/requirements.md",
        ),
        criteria(
            "When user selects a manga from search results, save to Postgres:",
            source="Zweer/kaze-no-manga .kiro/specs/01-mvp/requirements.md",
        ),
    ),
)
