"""Something stands where it does not belong, or is missing where it belongs.

What: sentences in EARS stand in design.md or tasks.md that are not in the requirements; a requirement has no criteria; an English user story does
not say what it is good for (`so that`).

Why: a demand outside the requirements is traced and approved by nobody; a requirement without criteria is done when its builder says so; a story
without a reason cannot be weighed.

Example: `WHEN a customer pays, THE Store SHALL send a receipt` in design.md alone

Instead: the criterion in requirements.md, and its number in the design

Fix safety: no fix; a person must write or move text.

Source: Kiro's requirements page (user stories, acceptance criteria); the rule of other spec tools that EARS stands in requirements only. No
public specification at hand has such a place: every example that fires is invented.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from setsquare.rules.evidence import Evidence
from setsquare.rules.finding import Finding, Severity
from setsquare.rules.rule import Rule
from setsquare.rules.sameness import canonical
from setsquare.rules.sample import criteria, spec
from setsquare.text.document import ITEM, TEXT, Node
from setsquare.text.lazy_pattern import LazyPattern
from setsquare.text.paths import RelPath
from setsquare.text.span import Span
from setsquare.workspace.spec import Dialect, Requirement, Requirements, Spec

_EARS = LazyPattern(r"[\s*_]*(?:\d+(?:\.\d+)*[.)]?\s+)?[*_]*(?:WHEN|When|IF|If|WHILE|While|WHERE|Where)\b[*_]*\s.*\b(?:SHALL|shall)\b")
_ITEM = re.compile(rb"^[ \t]*(?:[-*+]|\d{1,4}[.)])[ \t]+(?!\*\*[^*\n]{1,40}(?::\*\*|\*\*:))\S", re.MULTILINE)
_STORY = LazyPattern(r"[\s*_]*as\s+(?:an?|the)\s.*\bI\s+(?:want|need|would\s+like|can|expect|wish)\b", re.IGNORECASE | re.DOTALL)
_REASON = LazyPattern(
    r"\b(?:so\s+that|so\s+(?:I|we|they|users?|it|the|my|our|\w+s)\b|in\s+order|because|to\s+(?:be\s+able|ensure|avoid|prevent|make|help|reduce))\b|,\s*so\b",
    re.IGNORECASE,
)


def check(evidence: Evidence) -> Iterator[Finding]:
    """Find demands outside the requirements, requirements without criteria and stories without a reason."""
    for active in evidence.active_specs:
        if active.requirements:
            yield from _bare(evidence, active.requirements)
        yield from _outside(evidence, active)


def _bare(evidence: Evidence, requirements: Requirements) -> Iterator[Finding]:
    above = {number[:at] for number in (item.number for item in requirements.requirements) for at, char in enumerate(number) if char == "."}
    for requirement in requirements.requirements:
        if not requirement.criteria and requirements.dialect is not Dialect.BUGFIX and not _has_parts(evidence, requirement, above):
            yield _finding(
                requirement.path,
                _head(evidence, requirement),
                f"requirement {requirement.number} has no acceptance criteria",
                "write what must hold when it is done: WHEN <condition>, THE <part> SHALL <response>",
            )
        if requirement.story and _STORY.match(requirement.story) and not _REASON.search(requirement.story):
            yield _finding(
                requirement.path,
                _head(evidence, requirement),
                f"the story of requirement {requirement.number} does not say what it is good for",
                "add: so that <reason>",
            )


def _has_parts(evidence: Evidence, requirement: Requirement, above: set[str]) -> bool:
    """Tell whether other requirements are numbered below this one (`above` holds the numbers that have any), or a list other than of its data stands in it."""
    if requirement.number in above:
        return True
    return _ITEM.search(evidence.raw(requirement.path), requirement.span.start, requirement.span.end) is not None


def _head(evidence: Evidence, requirement: Requirement) -> Span:
    """Address a requirement's heading line."""
    raw = evidence.raw(requirement.path)
    end = raw.find(b"\n", requirement.span.start)
    line = raw[requirement.span.start : end if end >= 0 else len(raw)].rstrip()
    return Span(requirement.span.start, requirement.span.start + len(line))


def _outside(evidence: Evidence, active: Spec) -> Iterator[Finding]:
    """Find the EARS sentences of a design and a plan that quote no criterion; one finding for each file."""
    for path in (active.design.path if active.design else None, active.tasks.path if active.tasks else None):
        if path is None:
            continue
        raw = evidence.raw(path)
        if b"hall" not in raw and b"HALL" not in raw:
            continue
        properties = [item.span for item in active.design.properties] if active.design and path == active.design.path else []
        nodes = [node for node in evidence.workspace.by_path[path].document.nodes if _is_demand(node, properties)]
        known = {canonical(item.text) for item in active.requirements.criteria} if nodes and active.requirements else set()
        nodes = [node for node in nodes if not _is_quote(node, known)]
        if nodes:
            others = f" and {len(nodes) - 1} more" if len(nodes) > 1 else ""
            span = Span(nodes[0].text_start, nodes[0].text_start + len(nodes[0].text.encode("utf-8", "surrogateescape")))
            yield _finding(
                path, span, f"this demand{others} stands outside the requirements", "move it to requirements.md and name its number here"
            )


def _is_demand(node: Node, properties: list[Span]) -> bool:
    if "hall" not in node.text and "HALL" not in node.text:
        return False
    if node.kind not in (ITEM, TEXT) or not _EARS.match(node.text):
        return False
    return not any(span.start <= node.start < span.end for span in properties)


def _is_quote(node: Node, known: set[str]) -> bool:
    """Tell whether a line holds the text of a criterion, with or without a number in front."""
    text = canonical(node.text)
    return text in known or text.lstrip("0123456789") in known


def _finding(path: RelPath, span: Span, message: str, hint: str) -> Finding:
    return Finding(code=RULE.code, severity=RULE.severity, path=path, span=span, message=message, hint=hint)


_ONE = "THE Store SHALL keep orders"
_RECEIPT = "WHEN a customer pays, THE Store SHALL send a receipt"
_STORY_TEXT = """# Requirements Document

### Requirement 1: Tea

**User Story:** As a buyer, I want to see teas{reason}

#### Acceptance Criteria

1. THE Store SHALL show teas
"""

RULE = Rule(
    code="RSET003",
    name="misplaced",
    severity=Severity.NOTE,
    since="0.1",
    page=__doc__,
    check=check,
    examples=(
        spec(_ONE, design=f"# Design\n\n## Overview\n\n- {_RECEIPT}\n", fires=1),
        spec(_ONE, tasks=f"- [ ] 1. Build it\n  - {_RECEIPT}\n", fires=1),
        spec(
            "# Requirements Document\n\n### Requirement 1: Tea\n\n#### Acceptance Criteria\n\n### Requirement 2: Milk\n\n#### Acceptance Criteria\n\n1. THE Store SHALL sell milk\n",
            fires=1,
        ),
        spec(_STORY_TEXT.format(reason=""), fires=1),
        spec(_ONE, design=f"# Design\n\n{_RECEIPT}\n\nWhile the shop is shut, the store shall wait\n", fires=1),
        spec(_RECEIPT, design=f"# Design\n\n1.1 {_RECEIPT}\n"),
        spec(_ONE, design=f"# Design\n\n~~~\n{_RECEIPT}\n~~~\n"),
        spec(
            _ONE,
            design="# Design\n\n### Property 1: Orders\n\n*For any* order:\n- If it is paid, the store shall keep it\n\n**Validates: Requirements 1.1**\n",
        ),
        spec(_STORY_TEXT.format(reason=" so that I can buy one")),
        spec(_STORY_TEXT.format(reason=", in order to buy one")),
        spec("# Requirements Document\n\n### Requirement 1: Tea\n\n#### 1.1 Green\n\n- THE Store SHALL sell green tea\n"),
        criteria(
            "WHEN installation is declined THEN the system SHALL not show the prompt again for 7 days",
            source="Foodshareclub/foodshare-web .kiro/specs/mobile-pwa/requirements.md",
        ),
        criteria(
            "THE Linux build SHALL create a Flatpak package",
            source="CloudToLocalLLM-online/CloudToLocalLLM .kiro/specs/multi-platform-builds/requirements.md",
        ),
    ),
)
