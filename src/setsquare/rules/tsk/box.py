"""A task's box holds something that no tool reads.

What: the box of a task holds a mark other than a blank, `x`, `-` or `~`, more than one character, or nothing. A word or letter in brackets counts
where a task's number follows it.

Why: the task is shown as not done, or is no task at all, to whatever runs the list; the next tool may read the mark otherwise.

Example: `- [x ] 3. Send receipts`, `- [✅] 4. Keep orders`, `- [?] 5. Log payments`

Instead: `- [x] 3. Send receipts`, `- [x] 4. Keep orders`, `- [ ] 5. Log payments`

Fix safety: safe where the mark can mean one thing only, which is how it is read already; otherwise there is no fix.

Source: Kiro's on-disk format, section 2.6 (markers in 374 task files). The public task lists at hand have one such box: every example that
fires but one is invented.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from setsquare.rules.evidence import Evidence
from setsquare.rules.finding import Example, Finding, Fix, Severity
from setsquare.rules.rule import Rule
from setsquare.rules.sample import spec
from setsquare.text.document import ITEM, Node, encode
from setsquare.text.lazy_pattern import LazyPattern
from setsquare.text.span import Edit, Span
from setsquare.workspace.spec import Tasks

_USUAL: Final = ("[ ]", "[x]", "[X]", "[-]", "[~]")
_BOX: Final = LazyPattern(
    r"\[(?P<mark>[^\[\]\n]{0,12})\](?!\(|\[|:)(?=\s|\\?\*|\Z)(?P<number>\\?\*?\s+(?:\*\*)?(?:Task\s+|任务\s*|タスク\s*)?(?:T\d{2,}\b|\d+(?:\.\d+)*[.)、:：]?\s))?"
)
_READ: Final = {"x": "x", "X": "x", "✓": "x", "✔": "x", "✅": "x", "☑": "x", "√": "x", "": " ", "-": "-", "/": "-", "~": "~"}


def check(evidence: Evidence) -> Iterator[Finding]:
    """Find the odd boxes of each list that has tasks."""
    for found in evidence.active_specs:
        if found.tasks is not None and found.tasks.tasks:
            for node in evidence.workspace.by_path[found.tasks.path].document.nodes:
                if node.kind is ITEM and node.text[:1] == "[" and not node.text.startswith(_USUAL):
                    yield from _odd(found.tasks, node)


def _odd(tasks: Tasks, node: Node) -> Iterator[Finding]:
    match = _BOX.match(node.text)
    if match is None:
        return
    mark = match["mark"].strip().removesuffix("\ufe0f")
    is_box = mark in _READ or (len(mark) == 1 and not mark.isalnum())
    if not is_box and not match["number"]:
        return
    sign = _READ.get(mark)
    span = Span(node.text_start, node.text_start + len(encode(match[0][: len(match["mark"]) + 2])))
    yield Finding(
        code=RULE.code,
        severity=RULE.severity,
        path=tasks.path,
        span=span,
        message=f"[{match['mark']}] is no box that tools agree on" + (f"; it is read as [{sign}]" if sign else _reading(is_box=is_box)),
        hint=f"write [{sign}]" if sign else "write [ ], [x], [-] or [~]",
        fix=Fix(title=f"write [{sign}]", edits=(Edit(span, f"[{sign}]".encode()),), is_safe=True) if sign else None,
    )


def _reading(*, is_box: bool) -> str:
    return "; the task is read as not done" if is_box else "; the line is read as no task"


def _one(line: str, mended: str = "", source: str = "") -> Example:
    before = "- [x] 1. Keep orders\n" if not source else ""
    made = spec(tasks=f"{before}{line}\n", fires=1, source=source)
    return Example(files=made.files, fires=1, source=source, fixed=f"{before}{mended}\n" if mended else None)


RULE = Rule(
    code="TSK009",
    name="unknown-box-mark",
    severity=Severity.WARNING,
    since="0.2",
    page=__doc__,
    check=check,
    examples=(
        _one("- [x ] 2. Send receipts", "- [x] 2. Send receipts"),
        _one("- [✅] 2. Send receipts", "- [x] 2. Send receipts"),
        _one("- [] 2. Send receipts", "- [ ] 2. Send receipts"),
        _one("- [/] 2. Send receipts", "- [-] 2. Send receipts"),
        _one("- [?] 2. Send receipts"),
        _one("- [o] 2. Send receipts"),
        _one("- [DONE] 2.1 Send receipts"),
        _one(
            "- [x  ] 3. 创建新的文档结构",
            "- [x] 3. 创建新的文档结构",
            source="997899594/Juanie .kiro/specs/docs-scripts-cleanup/tasks.md",
        ),
        spec(tasks="- [ ] 1. A\n- [x] 2. B\n- [X] 3. C\n- [-] 4. D\n- [~] 5. E\n"),
        spec(tasks="- [ ]* 1. A\n- [ ]\\* 2. B\n- [x]* 3. C\n"),
        spec(tasks="- [x] 1. A\n- [LLM-REQUEST] in the logs\n- [the guide](https://guide.test)\n- [1]: note\n"),
        spec(tasks="- [ ] 1. A\n\n```text\n- [?] 2. B\n```\n"),
        spec(tasks="- [x] 1. A\n- [P] marks what may run in parallel\n"),
        spec(
            tasks="- [ ]\\* 4.3 認証UIのユニットテストを作成\n  - _要件: 1.1, 1.2, 1.7_\n- [ ]   5. チェックポイント - 認証機能の確認\n",
            source="argondev22/notion-relation-view .kiro/specs/mvp/tasks.md",
        ),
        spec(
            tasks="- [x] 22.1 扩展数据模型支持标签\n  - _需求：18.1, 18.2, 18.3_\n\n- [x] 22.2 实现标签管理功能\n",
            source="WhitePlusMS/calenparse .kiro/specs/smart-calendar-parser/tasks.md",
        ),
    ),
)
