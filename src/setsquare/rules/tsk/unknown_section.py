"""A task names a design section that does not exist.

What: the line `_Design: …_`, emphasised as a whole, below a task names no heading of the design. Case, markup and numbers in front are left out of the comparison, a part
of a heading is enough, and a path or list is judged part by part. Specs without a design, and names of properties, are left out.

Why: the task is built from a section that nobody wrote, or that was renamed or taken out after the tasks were written.

Example: `- _Design: Payment Gateway_` where the design has Architecture and Storage

Instead: `- _Design: Storage_`, or the section written

Fix safety: no fix; the nearest heading is shown, but only a person knows which one was meant.

Source: the tutorial, chapter 2: every task references the design section that it implements; dangling references are errors. In public task lists
the line names properties only: every example that fires is invented.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from setsquare.rules.evidence import Evidence
from setsquare.rules.finding import Finding, Severity
from setsquare.rules.property_names import NAMED
from setsquare.rules.rule import Rule
from setsquare.rules.sample import spec
from setsquare.rules.similar import nearest
from setsquare.rules.task_names import named, place_in
from setsquare.text.lazy_pattern import LazyPattern
from setsquare.workspace.spec import Design, Task

_KEY: Final = LazyPattern(
    r"(?P<mark>[*_]{1,3})(?:Design(?:\s+(?:sections?|refs?|references?))?|设计|設計|설계|Diseño|Projeto|Conception|Entwurf|Дизайн|Desain|Thiết kế)[*_`\s]*[:：][*_`\s]*(?P<value>[^\n]+?)[\s`.]*(?P=mark)\s*\Z",
    re.IGNORECASE,
)
_PARTS: Final = LazyPattern(r"\s*(?:[,，、;；>→]|\s/\s|\band\b)\s*")
_FILE: Final = LazyPattern(r"(?:\[[^\]]*\]\()?[\w./-]*design\.md\)?(?:#(?P<anchor>[\w-]+)\)?)?[\s§:：]*", re.IGNORECASE)
_NONE: Final = frozenset({"", "n/a", "na", "none", "all", "-", "–", "whole design", "entire design", "无", "全部", "なし", "すべて"})
_LEAST: Final = 4
_MOST_WORDS: Final = 9


def check(evidence: Evidence) -> Iterator[Finding]:
    """Compare the design sections that tasks name with the headings of the design."""
    for found in evidence.active_specs:
        if found.tasks is None or found.design is None or not found.design.sections:
            continue
        named_lines = [
            (task, line, match["value"])
            for task in found.tasks.tasks
            for line in task.details
            if line[:1] in "*_" and (match := _KEY.match(line)) and not NAMED.search(match["value"])
        ]
        if named_lines:
            titles = _titles(found.design)
            for task, line, value in named_lines:
                yield from _unknown(evidence, task, line, value, titles)


def _titles(design: Design) -> dict[str, str]:
    """Index the headings by the form in which they are compared."""
    return {_key(section.title): section.title for section in design.sections}


def _unknown(evidence: Evidence, task: Task, line: str, value: str, titles: dict[str, str]) -> Iterator[Finding]:
    """Find the parts of one value that no heading shows."""
    if _key(value) in titles:
        return
    for written in _PARTS.split(_FILE.sub(lambda match: (match["anchor"] or "").replace("-", " "), value)):
        name = _key(written)
        if (
            name in _NONE
            or name in titles
            or len(name.split()) > _MOST_WORDS
            or (len(name) >= _LEAST and any(name in title for title in titles))
        ):
            continue
        meant = titles.get(nearest(name, titles), "")
        yield Finding(
            code=RULE.code,
            severity=RULE.severity,
            path=task.path,
            span=place_in(evidence, task, line, written.strip()),
            message=f'{named(task)} names "{written.strip()[:60]}", and the design has no such section'
            + (f", did you mean {meant}?" if meant else ""),
            hint="name a heading of the design",
        )


def _key(title: str) -> str:
    """Give the form in which titles are compared: without case, number, markup and what punctuation an anchor loses."""
    bare = re.sub(r"^[\d.\s]+", "", re.sub(r"[`*_]", "", title.replace("-", " ").replace("_", " ")))
    return " ".join(re.sub(r"[()（）:：,.!?'’\"&]", " ", bare).casefold().split())


_DESIGN = "# Design Document\n\n## Overview\n\n## 2. Storage and Backup\n\n### Order Table\n\n## Error Handling\n"

RULE = Rule(
    code="TSK014",
    name="unknown-design-section",
    severity=Severity.ERROR,
    since="0.2",
    page=__doc__,
    check=check,
    examples=(
        spec(design=_DESIGN, tasks="- [ ] 1. Pay\n  - _Design: Payment Gateway_\n", fires=1),
        spec(design=_DESIGN, tasks="- [ ] 1. Keep\n  - _Design: Storage and Backup / Invoice Table_\n", fires=1),
        spec(design=_DESIGN, tasks="- [ ] 1. Keep\n  - **Design: Storag Engine**\n", fires=1),
        spec(design=_DESIGN, tasks="- [ ] 1. Keep\n  - **Design:** keep the table small, and simple\n"),
        spec(design=_DESIGN, tasks="- [ ] 1. Keep\n  - _Design: design.md#payment-gateway_\n", fires=1),
        spec(design=_DESIGN, tasks="- [ ] 1. Keep\n  - _Design: Overview, Queues, Workers_\n", fires=2),
        spec(design="# 设计文档\n\n## 概述\n\n## 数据模型\n", tasks="- [ ] 1. 保存\n  - _设计：消息队列_\n", fires=1),
        spec(design=_DESIGN, tasks="- [ ] 1. Keep\n  - _Design: Storage and Backup / Order Table_\n"),
        spec(design=_DESIGN, tasks="- [ ] 1. Keep\n  - _Design: order table_\n- [ ] 2. Errors\n  - _Design: design.md#error-handling_\n"),
        spec(design=_DESIGN, tasks="- [ ] 1. Keep\n  - Design: keep it simple and small\n"),
        spec(tasks="- [ ] 1. Keep\n  - _Design: Payment Gateway_\n"),
        spec(design=_DESIGN, tasks="- [ ] 1. Keep\n  - _Design: N/A_\n"),
        spec(
            design="### 属性 39：完成状态切换\n\n### 属性 40：完成状态视觉区分\n",
            tasks="- [x] 30. 实现任务完成状态功能\n\n  - _设计：属性 39, 40_\n",
            source="WhitePlusMS/calenparse .kiro/specs/smart-calendar-parser",
        ),
        spec(
            design="### Property 1: Feed Display Completeness\n",
            tasks="  - [ ]* 8.2 Write property test for feed display completeness\n    - **Property 1: Feed display completeness**\n",
            source="Homas/RpiDNS .kiro/specs/rpz-feeds-management",
        ),
    ),
)
