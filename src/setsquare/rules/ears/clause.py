"""A condition never ends.

What: a criterion opens with WHEN, WHILE, WHERE or IF, and neither a comma, nor THEN, nor a subject with its modal ends the condition.

Why: where the condition ends and the response begins is the reader's guess; two readers guess two requirements.

Example: `WHEN a customer pays an order`

Instead: `WHEN a customer pays an order, THE Store SHALL send a receipt`

Fix safety: no fix; only its writer knows the response.

Source: EARS, Mavin et al., RE'09: condition, then system, then response. Only English is judged; the step lists of scenarios are not.
No public specification at hand has such a criterion: the examples with a source are scenario steps, put where a criterion stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from setsquare.rules.evidence import Evidence, Sentence
from setsquare.rules.finding import Finding, Severity
from setsquare.rules.rule import Rule
from setsquare.rules.sample import criteria
from setsquare.workspace.spec import Criterion

_NEXT_STEP = re.compile(r"[\s*_>-]*(?:then|and|but|the\s.*?\bshall)\b", re.IGNORECASE)


def check(evidence: Evidence) -> Iterator[Finding]:
    """Find every English criterion with a condition that nothing closes."""
    for sentence in evidence.sentences:
        if sentence.statement.language != "en" or _goes_on(sentence):
            continue
        for clause in sentence.statement.clauses:
            if not clause.is_closed and clause.text:
                yield Finding(
                    code=RULE.code,
                    severity=RULE.severity,
                    path=sentence.criterion.path,
                    span=evidence.span_in(sentence.criterion, clause.start, clause.end),
                    message=f"nothing ends the condition that {clause.keyword} opens",
                    hint=f"write {clause.keyword} <condition>, THE <part> SHALL <response>",
                )


def _goes_on(sentence: Sentence) -> bool:
    """Tell whether the response stands in a list below or in the next step of a scenario."""
    following: Criterion | None = sentence.following
    if sentence.criterion.text.rstrip(" *_").endswith((":", "：")):
        return True
    return following is not None and _NEXT_STEP.match(following.text[:400]) is not None


RULE = Rule(
    code="EARS004",
    name="unclosed-clause",
    severity=Severity.ERROR,
    since="0.1",
    page=__doc__,
    check=check,
    examples=(
        criteria("WHEN a customer pays an order", fires=1),
        criteria("WHEN x the y z", fires=1),
        criteria("WHILE the queue is full SHALL refuse orders", fires=1),
        criteria("If the card is refused by the bank", "THE Store SHALL log refusals", fires=0),
        criteria("If the card is refused by the bank", "Orders are kept", fires=1),
        criteria("- [ ] **WHERE** gift cards are sold", fires=1),
        criteria(
            "**WHEN** target archive already exists",
            fires=1,
            source="Fission-AI/OpenSpec openspec/specs/cli-archive/spec.md",
        ),
        criteria(
            "**WHEN** incomplete tasks are found (marked with `- [ ]`)",
            fires=1,
            source="Fission-AI/OpenSpec openspec/specs/cli-archive/spec.md",
        ),
        criteria("WHEN a customer pays THE Store SHALL send a receipt"),
        criteria("When customer pays Store shall send a receipt"),
        criteria("**WHEN** a customer pays", "**THEN** the store sends a receipt"),
        criteria("WHEN a customer pays:"),
        criteria("WHEN người dùng nhấn nút"),
        criteria(
            "WHILE dragging an album THE Photo Album Application SHALL provide visual feedback showing the current drag state",
            source="gotalab/cc-sdd .kiro/specs/photo-albums-en/requirements.md",
        ),
        criteria(
            "If manga already exists in DB (another user added it), skip creation",
            source="Zweer/kaze-no-manga .kiro/specs/01-mvp/requirements.md",
        ),
    ),
)
