"""A property says of no requirement that it validates it.

What: a correctness property has no `Validates:` line, in a design that numbers its properties. Where no property of a design has one, or most
have none, that is one finding per design.

Why: a test of the property proves nothing about the requirements, and no change of a requirement leads to it.

Example: `### Property 2: Sent once` with one sentence below it

Instead: `**Validates: Requirements 1.2**` below the sentence

Fix safety: no fix; only its writer knows the requirement.

Source: Kiro's on-disk format, section 2.5 (1,805 such lines in 386 public designs). The designs at hand have one below each property: every
example that fires is invented.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from setsquare.rules.evidence import Evidence, line_span
from setsquare.rules.finding import Finding, Severity
from setsquare.rules.rule import Rule
from setsquare.rules.sample import spec
from setsquare.text.lazy_pattern import LazyPattern
from setsquare.workspace.spec import Design, Property

_MOST = 5
_SAYS: Final = LazyPattern(r"(?:validat|verif|验证|驗證|検証|검증|valida|valide|prüft|проверя)[^\n:：]{0,20}[:：]", re.IGNORECASE)


def check(evidence: Evidence) -> Iterator[Finding]:
    """Find the properties that name no requirement, in specs that have requirements."""
    for found in evidence.active_specs:
        if found.design is None or found.requirements is None or not found.requirements.criteria:
            continue
        own = [item for item in found.design.properties if "#" not in item.number]
        bare = [item for item in own if not item.validates and not _SAYS.search(item.text)]
        if bare and (len(bare) == len(own) or (len(bare) > _MOST and len(bare) * 2 > len(own))):
            is_all = len(bare) == len(own)
            message = (
                "no property of the design names a requirement" if is_all else f"{len(bare)} of {len(own)} properties name no requirement"
            )
            yield _finding(evidence, found.design, bare[0], message)
        else:
            for item in bare:
                yield _finding(evidence, found.design, item, f"property {item.number} names no requirement that it validates")


def _finding(evidence: Evidence, design: Design, item: Property, message: str) -> Finding:
    return Finding(
        code=RULE.code,
        severity=RULE.severity,
        path=design.path,
        span=line_span(evidence.raw(design.path), item.span.start),
        message=message,
        hint="add a line below it: **Validates: Requirements 1.2**",
    )


_ONE = "THE Store SHALL keep orders\nWHEN a customer pays, THE Store SHALL send a receipt"
_KEPT = "### Property 1: Kept\n\n*For any* order it SHALL be kept.\n\n**Validates: Requirements 1.1**\n\n"
_SENT = "### Property 2: Sent once\n\n*For any* order one receipt SHALL be sent.\n\n"
_DATES = "### Property 1: Date Validation Correctness\n\n**Validates: Requirements 1.4, 1.5**\n\n"

RULE = Rule(
    code="DSN003",
    name="property-without-requirement",
    severity=Severity.WARNING,
    since="0.2",
    page=__doc__,
    check=check,
    examples=(
        spec(_ONE, design=_KEPT + _SENT, fires=1),
        spec(_ONE, design=_SENT, fires=1),
        spec(_ONE, design=_SENT + "### Property 3: Logged\n\nText.\n", fires=1),
        spec(_ONE, design=_KEPT + _SENT + "### Property 3: Logged\n\nText.\n", fires=2),
        spec(_ONE, design="### 属性 1：保存\n\n*对于任何*订单都应保存\n\n**验证需求：1.1**\n\n### 属性 2：发送\n\n文字\n", fires=1),
        spec(_ONE, design=_KEPT + "".join(f"### Property {number}: A\n\nText.\n\n" for number in range(2, 9)), fires=1),
        spec(_ONE, design=_KEPT + _SENT + "**Validates: Requirements 1.2**\n"),
        spec(_ONE, design=_KEPT + "## Testing Strategy\n\n1. **Property 1 Test**: Generate orders\n"),
        spec(_ONE, design="## Overview\n\nText.\n"),
        spec(design=_SENT),
        spec(_ONE, design=_KEPT + _SENT + "**Validates: Testing Strategy**\n"),
        spec(
            "THE Custom_Period_Selector SHALL allow selection of start date and time",
            design=_DATES + "1. **Property 1 Test**: Generate random date pairs, verify validation result matches (start >= end)\n",
            source="Homas/RpiDNS .kiro/specs/custom-period",
        ),
        spec(
            "THE Custom_Period_Selector SHALL allow selection of end date and time",
            design=_DATES,
            source="Homas/RpiDNS .kiro/specs/custom-period",
        ),
    ),
)
