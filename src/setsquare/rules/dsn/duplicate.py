"""Two properties of a design have the same number.

What: a correctness property's number was used before in the design, and this one too is a heading or names what it validates. A list that
goes through the properties again, for example with their tests, is left out.

Why: a task or a test that says "Property 7" could mean either, and of two copies one is changed and the other forgotten.

Example: `### Property 3: Sent once` after `### Property 3: Kept`

Instead: `### Property 4: Sent once`, or the copy taken out

Fix safety: no fix; tasks and tests may name either property by the number.

Source: Kiro's on-disk format, section 2.5: properties are numbered through, and tasks, tests and code refer to them by number.
"""

from __future__ import annotations

from collections.abc import Iterator

from setsquare.rules.evidence import Evidence, line_span
from setsquare.rules.finding import Finding, Severity
from setsquare.rules.rule import Rule
from setsquare.rules.sample import spec
from setsquare.workspace.spec import Design, Property


def check(evidence: Evidence) -> Iterator[Finding]:
    """Find every property whose number an earlier one of the design has."""
    for found in evidence.active_specs:
        if found.design is not None and any("#" in item.number for item in found.design.properties):
            yield from _repeated(evidence, found.design)


def _repeated(evidence: Evidence, design: Design) -> Iterator[Finding]:
    first = {item.number: item for item in design.properties if "#" not in item.number}
    raw = evidence.raw(design.path)
    for item in design.properties:
        earlier = first.get(item.number.partition("#")[0])
        is_whole = bool(item.validates) or raw[item.span.start : item.span.start + 8].lstrip().startswith(b"#")
        if earlier is not None and earlier is not item and is_whole:
            number = earlier.number
            yield Finding(
                code=RULE.code,
                severity=RULE.severity,
                path=design.path,
                span=line_span(raw, item.span.start),
                message=f"property {number} {_stands(item, earlier)} in line {earlier.line}",
                hint="take one copy out" if _is_copy(item, earlier) else "give the property a number of its own",
            )


def _is_copy(item: Property, earlier: Property) -> bool:
    return item.title.casefold() == earlier.title.casefold()


def _stands(item: Property, earlier: Property) -> str:
    return "stands already" if _is_copy(item, earlier) else f'is taken by "{earlier.title[:60]}"'


_ONE = "### Property 1: Kept\n\n*For any* order it SHALL be kept.\n\n**Validates: Requirements 1.1**\n\n"
_TWO = "### Property {0}: Sent once\n\n*For any* order one receipt SHALL be sent.\n\n**Validates: Requirements 1.2**\n\n"
_DONE = "### 属性 39：完成状态切换\n*对于任何*事件，切换完成状态后，该状态应该立即在所有视图中反映\n**验证需求：23.2, 23.6**\n\n"
_SEEN = "### 属性 40：完成状态视觉区分\n*对于任何*已完成的事件，在所有视图中应该有明显的视觉区分\n**验证需求：23.3, 23.4, 23.7**\n\n"
_PERIOD = "### Property 1: Date Validation Correctness\n\n**Validates: Requirements 1.4, 1.5**\n\n### Property 2: Custom Period Apply Emits Correct Data\n\n"

RULE = Rule(
    code="DSN002",
    name="duplicate-property-number",
    severity=Severity.WARNING,
    since="0.2",
    page=__doc__,
    check=check,
    examples=(
        spec(design=_ONE + _TWO.format(1), fires=1),
        spec(design=_ONE + _TWO.format(2) + _TWO.format(2), fires=1),
        spec(design=_ONE + _ONE + _ONE, fires=2),
        spec(design="### Property 1: Kept\n\nText.\n\n### Property 1: Sent\n\nText.\n", fires=1),
        spec(
            design="**Property 1: Kept**\n\n**Validates: Requirements 1.1**\n\n**Property 1: Sent**\n\n**Validates: Requirements 1.2**\n",
            fires=1,
        ),
        spec(
            design=_DONE + "## 错误处理\n\n#### 属性 39：完成状态切换\n**验证需求：23.2, 23.6**\n",
            fires=1,
            source="WhitePlusMS/calenparse .kiro/specs/smart-calendar-parser/design.md",
        ),
        spec(
            design=_DONE + _SEEN + "### 11. 任务完成状态（需求 23）\n\n#### 属性 40：完成状态视觉区分\n**验证需求：23.3, 23.4, 23.7**\n",
            fires=1,
            source="WhitePlusMS/calenparse .kiro/specs/smart-calendar-parser/design.md",
        ),
        spec(design=_ONE + _TWO.format(2)),
        spec(design=_ONE + "## Testing Strategy\n\n1. **Property 1 Test**: Generate orders\n"),
        spec(design=_ONE + "The tests of Property 1 run daily.\n"),
        spec(design=""),
        spec(design="### Property 1.1: Kept\n\nText.\n\n### Property 1.2: Sent\n\nText.\n"),
        spec(
            design=_PERIOD + "1. **Property 1 Test**: Generate random date pairs, verify validation result matches (start >= end)\n",
            source="Homas/RpiDNS .kiro/specs/custom-period/design.md",
        ),
        spec(design=_DONE + _SEEN, source="WhitePlusMS/calenparse .kiro/specs/smart-calendar-parser/design.md"),
    ),
)
