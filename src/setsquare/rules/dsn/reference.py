"""A design names a property that it does not have.

What: the text of a design, its tables and code blocks aside, refers to a correctness property by a number that no property of the design has.

Why: the reader looks for a proof that is not there. Mostly a property was taken out or the properties were numbered anew.

Example: `The round trip follows from Property 9.` in a design with six properties

Instead: `The round trip follows from Property 6.`

Fix safety: no fix; only its writer knows which property was meant.

Source: Kiro's on-disk format, section 2.5; the tutorial, chapter 2: dangling references are errors. The public designs at hand have none: every
example that fires is invented.
"""

from __future__ import annotations

from collections.abc import Iterator

from setsquare.rules.evidence import Evidence
from setsquare.rules.finding import Finding, Severity
from setsquare.rules.property_names import NAMED, may_name, numbers, numbers_of
from setsquare.rules.rule import Rule
from setsquare.rules.sample import spec
from setsquare.text.document import NodeKind, decode, encode
from setsquare.text.span import Span
from setsquare.workspace.spec import Design

_KINDS = (NodeKind.HEADING, NodeKind.ITEM, NodeKind.TEXT)


def check(evidence: Evidence) -> Iterator[Finding]:
    """Find the numbers of properties that a design's own text names and does not have."""
    for found in evidence.active_specs:
        if found.design is not None and found.design.properties:
            yield from _dangling(evidence, found.design)


def _dangling(evidence: Evidence, design: Design) -> Iterator[Finding]:
    known = numbers_of(design)
    text = decode(evidence.raw(design.path))
    if not any(_missing(match["numbers"], known) for match in NAMED.finditer(text)):
        return
    for node in evidence.workspace.by_path[design.path].document.nodes:
        for match in NAMED.finditer(node.text) if node.kind in _KINDS and may_name(node.text) else ():
            missing = _missing(match["numbers"], known)
            is_elsewhere = "spec" in node.text[match.end() : match.end() + 40].lower()
            if missing and not is_elsewhere:
                first = node.text_start + len(encode(node.text[: match.start()]))
                yield Finding(
                    code=RULE.code,
                    severity=RULE.severity,
                    path=design.path,
                    span=Span(first, first + len(encode(node.text[match.start() : match.end("numbers")]))),
                    message=f"the design has no property {', '.join(missing[:6])}",
                    hint=f"it has {len(known)}: correct the number, or write the property",
                )


def _missing(written: str, known: frozenset[str]) -> list[str]:
    return [] if written in known else [number for number in numbers(written) if number not in known]


_TWO = "### Property 1: Kept\n\n*For any* order it SHALL be kept.\n\n### Property 2: Sent\n\n*For any* order a receipt SHALL be sent.\n\n"
_DATES = "### Property 1: Date Validation Correctness\n\n**Validates: Requirements 1.4, 1.5**\n\n"

RULE = Rule(
    code="DSN005",
    name="unknown-property-in-design",
    severity=Severity.WARNING,
    since="0.2",
    page=__doc__,
    check=check,
    examples=(
        spec(design=_TWO + "## Testing Strategy\n\nThe tests of Property 3 run daily.\n", fires=1),
        spec(design=_TWO + "## Testing Strategy\n\n- Properties 1-4 are tested\n", fires=1),
        spec(design=_TWO + "## Notes\n\nSee Property 1 and Property 7, and Property 9.\n", fires=2),
        spec(design="### 属性 1：保存\n\n文字\n\n## 测试策略\n\n测试覆盖属性 4\n", fires=1),
        spec(design=_TWO + "## Test of Property 5\n\nText.\n", fires=1),
        spec(design=_TWO + "## Testing Strategy\n\nThe tests of Property 2 run daily.\n"),
        spec(design=_TWO + "## Testing Strategy\n\nProperties 1 and 2 are tested.\n"),
        spec(design=_TWO + "```text\nProperty 9\n```\n"),
        spec(design="## Overview\n\nProperty 9 is for sale.\n"),
        spec(design=_TWO + "It follows from Property 9 of the billing spec.\n"),
        spec(
            design=_DATES + "1. **Property 1 Test**: Generate random date pairs, verify validation result matches (start >= end)\n",
            source="Homas/RpiDNS .kiro/specs/custom-period/design.md",
        ),
        spec(
            design="### 属性 39：完成状态切换\n*对于任何*事件，切换完成状态后，该状态应该立即在所有视图中反映\n**验证需求：23.2, 23.6**\n",
            source="WhitePlusMS/calenparse .kiro/specs/smart-calendar-parser/design.md",
        ),
    ),
)
