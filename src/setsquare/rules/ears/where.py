"""WHERE opens an event or a state.

What: WHERE, which EARS keeps for a feature that a product may or may not have, opens something that happens (`WHERE the user selects …`, `WHERE
validation fails`) or how things are while it runs (`WHERE the card is missing`).

Why: what WHERE names is decided when a product is configured or sold, not while it runs; a reader plans a variant where an event was meant.

Example: `WHERE a customer receives a refund, THE Store SHALL tell the customer`

Instead: `WHEN a customer receives a refund, THE Store SHALL tell the customer`

Fix safety: WHERE becomes WHEN, or WHILE for a state. It is an offer, because the meaning changes to what was probably meant.

Source: EARS, Mavin et al., RE'09 (optional features). Only English is judged, and only what shows as an event or a state by its words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from setsquare.rules.evidence import Evidence
from setsquare.rules.finding import Finding, Fix, Severity
from setsquare.rules.rewriting import Change, edits, recased
from setsquare.rules.rule import Rule
from setsquare.rules.sample import criteria
from setsquare.spec.statement import Clause, ClauseKind

_ACTOR = "user|customer|admin|administrator|operator|visitor|client|player|member|buyer|seller|driver|patient|student"
_EVENT = re.compile(
    r"\b(?:fails|failed|occurs?|happens?|arrives?|expires?|times out|crashes|changes|completes|finishes|starts|stops|"
    r"(?:is|are) (?:clicked|pressed|received|submitted|entered|detected|opened|closed|created|deleted|uploaded|exceeded|reached|lost|rejected|refused|denied))\b|"
    rf"^(?:the|an?|any|each)\s+(?:\w+\s+)?(?:{_ACTOR})\s+(?:\w+ly\s+)?"
    r"(?!has|is|was|does|wants|needs|owns|holds|prefers|uses|wishes|supports|likes|access\b)\w+s\b|"
    r"^(?:the|an?|any|each)\s+(?:[\w-]+\s+){1,2}(?:presses|clicks|taps|submits|enters|uploads|downloads|scans|types|drags|releases|logs in|signs (?:in|out|up))\b",
    re.IGNORECASE,
)
_STATE = re.compile(
    r"\b(?:is|are) (?:currently |not )?(?:selected|missing|invalid|unavailable|running|open|empty|full|offline|online|logged in|active)\b",
    re.IGNORECASE,
)


def check(evidence: Evidence) -> Iterator[Finding]:
    """Find every English WHERE that opens an event or a state."""
    for sentence in evidence.having("where"):
        for clause in sentence.statement.clauses:
            word = _meant(clause) if clause.kind is ClauseKind.WHERE and not clause.is_postfix else ""
            if not word:
                continue
            change = Change(clause.start, clause.start + len(clause.keyword), recased(word, like=clause.keyword))
            found = edits(evidence, sentence, [change])
            yield Finding(
                code=RULE.code,
                severity=RULE.severity,
                path=sentence.criterion.path,
                span=evidence.span_in(sentence.criterion, change.start, change.end),
                message=f"{clause.keyword} opens {'an event' if word == 'when' else 'a state'}, not a feature",
                hint=f"write {change.text} for an event, WHILE for a state, WHERE for a feature that a product may lack",
                fix=Fix(title=f"write {change.text}", edits=found, is_safe=False) if found else None,
            )


def _meant(clause: Clause) -> str:
    """Name the keyword that was meant; empty where WHERE may be right."""
    if _EVENT.search(clause.text):
        return "when"
    return "while" if _STATE.search(clause.text) else ""


RULE = Rule(
    code="EARS023",
    name="where-is-an-event",
    severity=Severity.NOTE,
    since="0.1",
    page=__doc__,
    check=check,
    examples=(
        criteria("WHERE a customer receives a refund, THE Store SHALL tell the customer", fires=1),
        criteria("Where the user selects a card, the store shall show it", fires=1),
        criteria("WHERE validation fails, THE Store SHALL show the reason", fires=1),
        criteria("WHERE the button is pressed, THE Store SHALL ring", fires=1),
        criteria("WHERE the card is missing, THE Store SHALL wait", fires=1),
        criteria("WHERE a timeout occurs, THE Store SHALL retry", fires=1),
        criteria(
            "WHERE a user receives a refund, THE Subscription_Management SHALL adjust the user's subscription status accordingly",
            fires=1,
            source="CloudToLocalLLM-online/CloudToLocalLLM .kiro/specs/admin-center/requirements.md",
        ),
        criteria(
            "WHERE the user selects System theme, THE Theme_Manager SHALL automatically switch between Light and Dark based on device settings",
            fires=1,
            source="CloudToLocalLLM-online/CloudToLocalLLM .kiro/specs/unified-app-theming/requirements.md",
        ),
        criteria("WHERE gift cards are sold, THE Store SHALL show them"),
        criteria("WHERE the user has a subscription, THE Store SHALL show it"),
        criteria("WHERE dark mode is enabled, THE Store SHALL use dark colours"),
        criteria("WHEN the user selects a card, THE Store SHALL show it"),
        criteria("THE Store SHALL show where the parcel is"),
        criteria("WHERE `user selects` is set, THE Store SHALL wait"),
        criteria(
            "WHERE email verification is enabled, WHEN a user registers, THE Authentication_System SHALL send a verification email",
            source="Essimbi/test_gateway_payment .kiro/specs/user-authentication/requirements.md",
        ),
        criteria(
            "WHERE the user has a Free subscription, THE Settings_Screen SHALL hide premium-only settings categories",
            source="CloudToLocalLLM-online/CloudToLocalLLM .kiro/specs/platform-settings-screen/requirements.md",
        ),
    ),
)
