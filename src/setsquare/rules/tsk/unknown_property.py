"""A task names a property that the design does not have.

What: a task refers to a correctness property by a number that design.md uses nowhere, or writes a number beside the title of another property.
Where the design has no property at all, that is one finding, at the first reference. Specs without a design are not judged.

Why: the test that the task asks for would prove something that nobody wrote down, or another property than the one meant.

Example: `**Property 12: Round trip**` where the design has eight properties

Instead: `**Property 8: Round trip**`

Fix safety: no fix; the number may be right and the title wrong.

Source: Kiro's on-disk format, sections 2.5 and 2.6 (1,627 lines of public task lists name a property); the tutorial, chapter 2: dangling
references are errors.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from setsquare.rules.evidence import Evidence
from setsquare.rules.finding import Finding, Severity
from setsquare.rules.property_names import NAMED, may_name, numbers, numbers_of, own_number
from setsquare.rules.rule import Rule
from setsquare.rules.sample import spec
from setsquare.rules.task_names import place_in
from setsquare.text.document import decode
from setsquare.text.span import Span
from setsquare.workspace.spec import Design, Spec, Task

_Reference = tuple[Task, str, "re.Match[str]"]


def check(evidence: Evidence) -> Iterator[Finding]:
    """Compare the properties that tasks name with those of the design."""
    for found in evidence.active_specs:
        if found.tasks is None or found.design is None or not found.design.sections:
            continue
        text = decode(evidence.raw(found.tasks.path))
        if may_name(text):
            references = list(_references(found))
            if references:
                yield from _judged(evidence, found.design, references)


def _references(found: Spec) -> Iterator[_Reference]:
    for task in found.tasks.tasks if found.tasks else ():
        for line in (task.title, *task.details):
            for match in NAMED.finditer(line):
                yield task, line, match


def _known(evidence: Evidence, design: Design) -> frozenset[str]:
    """List the numbers that a design uses for properties, wherever it does."""
    text = decode(evidence.raw(design.path))
    named = {number for match in NAMED.finditer(text) for number in numbers(match["numbers"])}
    return numbers_of(design) | named


def _judged(evidence: Evidence, design: Design, references: list[_Reference]) -> Iterator[Finding]:
    known = _known(evidence, design)
    if not known:
        count = len(references)
        task, line, match = references[0]
        message = f"{'1 reference' if count == 1 else f'{count} references'} to properties, and the design has none"
        hint = "write the properties in design.md, or take the references out"
        yield _finding(task, place_in(evidence, task, line, match[0].strip()), Severity.ERROR, message, hint)
        return
    by_title = _titles(design)
    for task, line, match in references:
        missing = [number for number in numbers(match["numbers"]) if number not in known]
        if missing:
            message = f"the design has no property {', '.join(missing[:6])}"
            yield _finding(task, place_in(evidence, task, line, match[0].strip()), Severity.ERROR, message, _range(known))
        elif match["title"]:
            meant = by_title.get(_folded(match["title"]), ())
            if meant and match["numbers"].lstrip("P") not in meant:
                message = f'"{match["title"].strip()[:60]}" is property {meant[0]} of the design, not {match["numbers"]}'
                yield _finding(
                    task, place_in(evidence, task, line, match["numbers"]), Severity.WARNING, message, "correct the number or the title"
                )


def _titles(design: Design) -> dict[str, tuple[str, ...]]:
    titles: dict[str, tuple[str, ...]] = {}
    for item in design.properties:
        if title := _folded(item.title):
            titles[title] = (*titles.get(title, ()), own_number(item.number))
    return titles


def _folded(title: str) -> str:
    return title.strip(" *_.:：").casefold()


def _range(known: Iterable[str]) -> str:
    listed = sorted(known, key=lambda number: [int(part) for part in number.split(".")])
    return f"properties: {', '.join(listed[:12])}{' …' if len(listed) > 12 else ''}"


def _finding(task: Task, span: Span, severity: Severity, message: str, hint: str) -> Finding:
    return Finding(code=RULE.code, severity=severity, path=task.path, span=span, message=message, hint=hint)


_DESIGN = "# Design Document\n\n## Correctness Properties\n\n### Property 1: Kept\n\n*For any* order it SHALL be kept.\n\n**Validates: Requirements 1.1**\n\n### Property 2: Sent once\n\n*For any* order one receipt SHALL be sent.\n\n**Validates: Requirements 1.2**\n"

RULE = Rule(
    code="TSK008",
    name="unknown-property",
    severity=Severity.ERROR,
    since="0.2",
    page=__doc__,
    check=check,
    examples=(
        spec(design=_DESIGN, tasks="- [ ] 1. Test\n  - **Property 3: Sorted**\n", fires=1),
        spec(design=_DESIGN, tasks="- [ ] 1. Write property tests for Properties 1-3\n", fires=1),
        spec(design=_DESIGN, tasks="- [ ] 1. Test\n  - **Property 1: Sent once**\n", fires=1),
        spec(
            design="# Design\n\n## Overview\n\nText.\n",
            tasks="- [ ] 1. Test\n  - **Property 1: Kept**\n- [ ] 2. Test\n  - **Property 2: Sent**\n",
            fires=1,
        ),
        spec(design="# 设计文档\n\n### 属性 1：保存\n\n**验证需求：1.1**\n", tasks="- [ ] 1. 测试\n  - _设计：属性 38_\n", fires=1),
        spec(
            design="### Property 1: Urgency level c\n\n### Property 2: Expiry date validation\n\n**Validates: Requirements 1.2**\n\n### Property 3: Auto-archive timing\n",
            tasks="- [ ]\\* 3.2 Write property test for date validation\n  - **Property 1: Expiry date validation**\n  - **Validates: Requirements 1.2**\n",
            fires=1,
            source="Foodshareclub/foodshare-web .kiro/specs/food-expiry-tracking",
        ),
        spec(
            design="# Design Document: API Backend Enhancement\n\n## Overview\n",
            tasks="- [x] 2.1 Write property test for health check endpoint\n  - **Property 1: Health check consistency**\n  - **Validates: Requirements 1.10**\n",
            fires=1,
            source="CloudToLocalLLM-online/CloudToLocalLLM .kiro/specs/api-backend-enhancement",
        ),
        spec(design=_DESIGN, tasks="- [ ] 1. Test\n  - **Property 2: Sent once**\n"),
        spec(design=_DESIGN, tasks="- [ ] 1. Write property tests for Properties 1 and 2\n"),
        spec(design=_DESIGN, tasks="- [ ] 1. Test\n  - **Property 2: Another title**\n"),
        spec(tasks="- [ ] 1. Test\n  - **Property 9: Kept**\n"),
        spec(design=_DESIGN, tasks="- [ ] 1. Show the property 7 rooms away\n"),
        spec(design="# Design\n\n## Properties\n\n| Property 1 | Kept |\n", tasks="- [ ] 1. Test\n  - **Property 1: Kept**\n"),
        spec(
            design="### Property 1: Feed Display Completeness\n\n### Property 2: TSIG Key Extraction Consistency\n",
            tasks="  - [ ]* 8.2 Write property test for feed display completeness\n    - **Property 1: Feed display completeness**\n",
            source="Homas/RpiDNS .kiro/specs/rpz-feeds-management",
        ),
        spec(
            design="### 属性 39：完成状态切换\n\n### 属性 40：完成状态视觉区分\n",
            tasks="- [x] 30. 实现任务完成状态功能\n\n  - _设计：属性 39, 40_\n",
            source="WhitePlusMS/calenparse .kiro/specs/smart-calendar-parser",
        ),
    ),
)
