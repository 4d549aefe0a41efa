"""A condition stands after the response.

What: a criterion without a condition in front has one behind: `THE Store SHALL retry if the call fails`. `only when`, questions (`check if`) and
`when …ing` are none.

Why: a reader takes the response for unconditional until the last words, and a tool that groups criteria by their condition misses it.

Example: `THE Store SHALL retry if the call fails`

Instead: `IF the call fails, THEN THE Store SHALL retry`

Fix safety: the condition moves to the front. It is an offer: with two responses only a person knows which of them the condition was about.

Source: EARS, Mavin et al., RE'09 (preconditions, trigger, system, response, in this order). Only English is judged.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from setsquare.rules.evidence import Evidence, Sentence
from setsquare.rules.finding import Finding, Fix, Severity
from setsquare.rules.rewriting import Change, edits
from setsquare.rules.rule import Rule
from setsquare.rules.sample import criteria
from setsquare.spec.ears_mask import masked
from setsquare.spec.statement import Clause, ClauseKind
from setsquare.text.lazy_pattern import LazyPattern

_NO_CLAUSE = LazyPattern(
    r"(?:\w+ing|provided|applicable|needed|necessary|possible|available|required|requested|\w+ed)\b(?!\s+\w+\s+(?:is|are|has)\b)",
    re.IGNORECASE,
)
_PART_OF_RESPONSE = LazyPattern(
    r"\b(?:ensure\w*|that|so|guarantee\w*|verify|detect\w*|until|unless|between|and|or|but)\b[^,]*$", re.IGNORECASE
)


def check(evidence: Evidence) -> Iterator[Finding]:
    """Find every condition that follows its response."""
    for sentence in evidence.sentences:
        clauses = sentence.statement.clauses
        if clauses and clauses[0].is_postfix and _is_condition(sentence, clauses[0]):
            clause = clauses[0]
            yield Finding(
                code=RULE.code,
                severity=RULE.severity,
                path=sentence.criterion.path,
                span=evidence.span_in(sentence.criterion, clause.start, clause.end),
                message=f'the condition "{clause.keyword} …" stands after the response',
                hint=f"begin with it: {_opening(clause)}",
                fix=_fix(evidence, sentence, clause) if len(clauses) == 1 else None,
            )


def _is_condition(sentence: Sentence, clause: Clause) -> bool:
    """Tell whether a condition is one of the whole response: it has a subject of its own and belongs to no inner clause."""
    if _NO_CLAUSE.match(clause.text):
        return False
    return not _PART_OF_RESPONSE.search(sentence.statement.prose, sentence.statement.modal_at[1], clause.start)


def _opening(clause: Clause) -> str:
    then = ", THEN" if clause.kind is ClauseKind.IF else ","
    return f"{clause.keyword.upper()} {clause.text}{then} …"


def _fix(evidence: Evidence, sentence: Sentence, clause: Clause) -> Fix | None:
    """Move the condition to the front."""
    text = sentence.statement.text
    start = masked(text).start
    main = text[start : clause.start].rstrip(" ,")
    keyword = clause.keyword.upper() if sentence.statement.modal.isupper() else clause.keyword.capitalize()
    then = ", " if clause.kind is not ClauseKind.IF else ", THEN " if keyword.isupper() else ", then "
    if main[:4] in ("The ", "Any ", "All "):
        main = main[0].lower() + main[1:]
    stop = "." if text[: clause.end].endswith(".") else ""
    found = edits(evidence, sentence, [Change(start, clause.end, f"{keyword} {clause.text}{then}{main}{stop}")])
    return Fix(title="begin with the condition", edits=found, is_safe=False) if found else None


RULE = Rule(
    code="EARS021",
    name="condition-after-response",
    severity=Severity.NOTE,
    since="0.1",
    page=__doc__,
    check=check,
    examples=(
        criteria("THE Store SHALL retry if the call fails", fires=1),
        criteria("The store shall send a receipt when a customer pays", fires=1),
        criteria("THE Store SHALL refuse orders while the shop is shut.", fires=1),
        criteria("THE Store SHALL show gift cards WHERE the shop sells them", fires=1),
        criteria("THE Store SHALL NOT log in users if their account is locked", fires=1),
        criteria(
            "THE Settings_Screen SHALL prevent saving settings while validation errors exist",
            fires=1,
            source="CloudToLocalLLM-online/CloudToLocalLLM .kiro/specs/platform-settings-screen/requirements.md",
        ),
        criteria(
            "THE Script SHALL provide rollback mechanism if migration fails",
            fires=1,
            source="997899594/Juanie .kiro/specs/authentication-refactoring/requirements.md",
        ),
        criteria("IF the call fails, THEN THE Store SHALL retry"),
        criteria("THE Store SHALL check if the card is valid"),
        criteria("THE Store SHALL explain when to use gift cards"),
        criteria("THE Store SHALL send a receipt only when a customer pays"),
        criteria("THE Store SHALL keep the cart while moving to another page"),
        criteria("THE Store SHALL show the name when provided"),
        criteria(
            'WHEN a user clicks the "custom" period button, THE Custom_Period_Selector SHALL display a date/time picker interface',
            source="Homas/RpiDNS .kiro/specs/custom-period/requirements.md",
        ),
        criteria(
            "WHEN installation is declined THEN the system SHALL not show the prompt again for 7 days",
            source="Foodshareclub/foodshare-web .kiro/specs/mobile-pwa/requirements.md",
        ),
    ),
)
