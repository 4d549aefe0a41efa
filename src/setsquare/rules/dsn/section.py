"""A design leaves out a section.

What: a design file that is begun has no section for a part that every design of its kind has. Headings count at any level and in several
languages, and so do bold labels at the beginning of a paragraph; there is one finding per file.

Why: what a design does not say is decided by whoever writes the code, without review.

Example: a design without a heading for error handling

Instead: `## Error Handling`, even if it says only that there is nothing to handle

Fix safety: no fix; the content is missing, not the heading.

Source: Kiro's on-disk format, section 2.5 (sections that its engine writes) and 2.4 (bugfix designs); the tutorial, chapter 2: architecture,
data models, API contracts, error handling, security considerations, scope boundary.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from setsquare.rules.evidence import Evidence, line_span
from setsquare.rules.finding import Example, Finding, Severity
from setsquare.rules.rule import Rule
from setsquare.rules.sample import spec
from setsquare.rules.sections import BUGFIX, FEATURE, TUTORIAL, Part, lowered
from setsquare.text.document import BLANK, TEXT, NodeKind
from setsquare.workspace.spec import Design, Dialect, Spec

_TUTORIAL_TITLE = re.compile(r"design\s*[:：]", re.IGNORECASE)
_LABEL = re.compile(r"(?:\*\*|__)(?P<label>[^*_\n]{2,60})(?:\*\*|__)")
_BOLD = ("**", "__")
_MAIN_LEVEL = 2
_SILENT = (NodeKind.BOM, BLANK, NodeKind.COMMENT, NodeKind.FRONT_MATTER)


def check(evidence: Evidence) -> Iterator[Finding]:
    """Find the designs that leave out a part."""
    for found in evidence.active_specs:
        if found.design is None or _is_empty(evidence, found.design):
            continue
        missing = _missing(evidence, found.design, _parts(found))
        if missing:
            yield _finding(evidence, found.design, missing)


def _missing(evidence: Evidence, design: Design, parts: tuple[Part, ...]) -> list[str]:
    """Name the parts that neither heading nor label shows; the main headings are looked at first, because there may be thousands below."""
    main = lowered(section.title for section in design.sections if section.level <= _MAIN_LEVEL)
    unseen = [part for part in parts if not part.is_among(main)]
    below = lowered(section.title for section in design.sections if section.level > _MAIN_LEVEL) if unseen else ""
    absent = [part for part in unseen if not part.is_among(below)]
    labels = lowered(_labels(evidence, design)) if absent else ""
    return [part.name for part in absent if not part.is_among(labels)]


def _labels(evidence: Evidence, design: Design) -> list[str]:
    """List the bold labels that begin a paragraph: many designs write them in place of headings."""
    nodes = evidence.workspace.by_path[design.path].document.nodes
    bold = [node.text for node in nodes if node.kind is TEXT and node.text[:2] in _BOLD]
    return [match["label"] for text in bold if (match := _LABEL.match(text))]


def _parts(found: Spec) -> tuple[Part, ...]:
    """Choose the parts of the design's kind."""
    if found.is_bugfix:
        return BUGFIX
    is_tutorial = found.requirements is not None and found.requirements.dialect is Dialect.TUTORIAL
    return TUTORIAL if is_tutorial or (found.design and _TUTORIAL_TITLE.match(found.design.title)) else FEATURE


def _is_empty(evidence: Evidence, design: Design) -> bool:
    """Tell whether a design is not written yet."""
    nodes = evidence.workspace.by_path[design.path].document.nodes
    return all(node.kind in _SILENT for node in nodes)


def _finding(evidence: Evidence, design: Design, missing: list[str]) -> Finding:
    first = next(
        (section.span.start for section in design.sections if section.level == 1), design.sections[0].span.start if design.sections else 0
    )
    named = f"{', '.join(missing[:-1])} and {missing[-1]}" if len(missing) > 1 else missing[0]
    return Finding(
        code=RULE.code,
        severity=RULE.severity,
        path=design.path,
        span=line_span(evidence.raw(design.path), first),
        message=f"no section on {named}",
        hint=f"add ## {missing[0]}, if only to say that there is nothing to decide",
    )


def _design(title: str, *headings: str) -> str:
    return f"# {title}\n\n" + "".join(f"## {heading}\n\n" for heading in headings)


_ALL = ("Overview", "Architecture", "Components and Interfaces", "Data Models", "Error Handling", "Testing Strategy")

RULE = Rule(
    code="DSN001",
    name="missing-design-section",
    severity=Severity.NOTE,
    since="0.1",
    page=__doc__,
    check=check,
    examples=(
        spec(design=_design("Design Document", *_ALL[:4], "Testing Strategy"), fires=1),
        spec(design=_design("Design Document", "Overview"), fires=1),
        spec(design="Some text without any heading.\n", fires=1),
        spec(
            design=_design("Design: Orders", "Architecture", "Data Models", "API Contracts", "Error Handling", "Security Considerations"),
            fires=1,
        ),
        spec(design=_design("设计文档", "概述", "架构", "组件和接口", "数据模型", "测试策略"), fires=1),
        spec(
            design=_design(
                "Email Relay & DNS Configuration - Design",
                "Architecture Overview",
                "Component Design",
                "Data Flow",
                "Security Considerations",
                "Monitoring & Observability",
            ),
            fires=1,
            source="CloudToLocalLLM-online/CloudToLocalLLM .kiro/specs/email-relay-dns-setup/design.md",
        ),
        spec(
            design=_design(
                "Design Document",
                "Overview",
                "Architecture",
                "Data Models",
                "Correctness Properties",
                "Testing Strategy",
                "API Endpoints",
                "Security Considerations",
            ),
            fires=1,
            source="Foodshareclub/foodshare-web .kiro/specs/payment-integration/design.md",
        ),
        spec(design=_design("Design Document", *_ALL)),
        spec(design=_design("Design Document", *_ALL[:4], "Testing Strategy") + "**Error Handling**:\n\n- A missing order is HTTP 404.\n"),
        spec(design=""),
        spec(design="<!-- not written yet -->\n"),
        spec(
            design=_design(
                "Design", "1. Introduction", "2. System Architecture", "3. API", "4. Database Schema", "5. Failure modes", "6. Test plan"
            )
        ),
        spec(
            design=_design(
                "Design: Orders",
                "Architecture",
                "Data Models",
                "API Contracts",
                "Error Handling",
                "Security Considerations",
                "Scope Boundary",
            )
        ),
        Example(
            files=(
                (".kiro/specs/fix/bugfix.md", "# Bugfix Requirements Document\n"),
                (
                    ".kiro/specs/fix/design.md",
                    _design("Bugfix Design", "Overview", "Bug Details", "Correctness Properties", "Fix Implementation", "Testing Strategy"),
                ),
            ),
        ),
        spec(
            design=_design(
                "設計書",
                "概要",
                "アーキテクチャ",
                "コンポーネントとインターフェース",
                "データモデル",
                "エラーハンドリング",
                "テスト戦略",
            ),
            source="argondev22/notion-relation-view .kiro/specs/mvp/design.md",
        ),
        spec(
            design=_design("设计文档", "概述", "架构", "组件和接口", "数据模型", "正确性属性", "错误处理", "测试策略"),
            source="WhitePlusMS/calenparse .kiro/specs/calendar-enhancements/design.md",
        ),
    ),
)
