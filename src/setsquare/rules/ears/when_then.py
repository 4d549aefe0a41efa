"""A condition with WHEN ends with THEN.

What: a criterion writes `WHEN … THEN …`, as Kiro's own examples do; the EARS templates end a condition with a comma and keep THEN for IF.

Why: a team that reads EARS elsewhere takes THEN for the sign of unwanted behaviour. Most public specs write it, so the rule is off unless asked for.

Example: `WHEN a customer pays THEN THE Store SHALL send a receipt`

Instead: `WHEN a customer pays, THE Store SHALL send a receipt`

Fix safety: THEN becomes a comma, and only where the sentence means the same afterwards.

Source: EARS, Mavin et al., RE'09 (templates); 55 % of 18,070 public criteria hold THEN.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from setsquare.rules.evidence import Evidence
from setsquare.rules.finding import Finding, Severity
from setsquare.rules.rewriting import Change, fix
from setsquare.rules.rule import Rule
from setsquare.rules.sample import criteria
from setsquare.spec.statement import ClauseKind
from setsquare.text.lazy_pattern import LazyPattern

_THEN = LazyPattern(r"[\s,]*(?P<then>\bTHEN\b)[\s,]*", re.IGNORECASE)


def check(evidence: Evidence) -> Iterator[Finding]:
    """Find every THEN that closes a condition of another kind than IF."""
    for sentence in evidence.sentences:
        statement = sentence.statement
        if not statement.has_then or any(clause.kind is ClauseKind.IF for clause in statement.clauses):
            continue
        last = statement.clauses[-1]
        match = _THEN.match(statement.prose, last.end)
        if match is None or statement.text[match.start() : match.end()] != match[0]:
            continue
        mend = fix(evidence, sentence, "end the condition with a comma", [Change(match.start(), match.end(), ", ")])
        yield Finding(
            code=RULE.code,
            severity=RULE.severity,
            path=sentence.criterion.path,
            span=evidence.span_in(sentence.criterion, match.start(), match.end()),
            message=f"{match['then']} follows {last.keyword or 'a condition'}, not IF",
            hint="end the condition with a comma",
            fix=mend if mend and mend.is_safe else None,
        )


RULE = Rule(
    code="EARS012",
    name="when-then",
    severity=Severity.NOTE,
    since="0.1",
    page=__doc__,
    check=check,
    is_default=False,
    examples=(
        criteria(
            "WHEN a customer pays THEN THE Store SHALL send a receipt",
            fires=1,
            fixed=("WHEN a customer pays, THE Store SHALL send a receipt",),
        ),
        criteria(
            "When a customer pays, then the store shall send a receipt",
            fires=1,
            fixed=("When a customer pays, the store shall send a receipt",),
        ),
        criteria("WHILE the shop is shut THEN THE Store SHALL wait", fires=1),
        criteria("WHERE gift cards are sold THEN THE Store SHALL show them", fires=1),
        criteria("WHEN a customer pays THEN save the order", fires=1),
        criteria("WHEN a customer pays, THE Store SHALL send a receipt"),
        criteria("IF the card is refused, THEN THE Store SHALL log it"),
        criteria("THE Store SHALL wait and then retry"),
        criteria("WHEN `THEN` is typed, THE Store SHALL show help"),
        criteria("WHEN a customer pays, THE Store SHALL send a receipt and then close the order"),
        criteria(
            "WHEN installation is declined THEN the system SHALL not show the prompt again for 7 days",
            fires=1,
            source="Foodshareclub/foodshare-web .kiro/specs/mobile-pwa/requirements.md",
            fixed=("WHEN installation is declined, the system SHALL not show the prompt again for 7 days",),
        ),
        criteria(
            "WHEN the device is rotated THEN the system SHALL adjust the layout within 200ms",
            fires=1,
            source="Foodshareclub/foodshare-web .kiro/specs/mobile-pwa/requirements.md",
            fixed=("WHEN the device is rotated, the system SHALL adjust the layout within 200ms",),
        ),
        criteria(
            'WHEN a user clicks the "custom" period button, THE Custom_Period_Selector SHALL display a date/time picker interface',
            source="Homas/RpiDNS .kiro/specs/custom-period/requirements.md",
        ),
        criteria(
            "IF start date/time is after end date/time, THEN THE Custom_Period_Selector SHALL display a validation error and prevent data fetch",
            source="Homas/RpiDNS .kiro/specs/custom-period/requirements.md",
        ),
    ),
)
