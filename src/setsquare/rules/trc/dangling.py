"""A reference names a requirement that does not exist.

What: a task, a property or a design section refers to a requirement or criterion that its spec does not have.

Why: the work is traced to nothing, and the criterion that was meant looks uncovered. Mostly the criteria were renumbered or one was
removed.

Example: `_Requirements: 1.9_` where requirement 1 has four criteria

Instead: `_Requirements: 1.4_`

Fix safety: no fix; the nearest existing id is shown, but only a person knows which one was meant.

Source: Kiro's on-disk format, section 2.6; 0.2 % of 25,580 references in public repositories dangle.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from setsquare.rules.evidence import Evidence
from setsquare.rules.finding import Finding, Severity
from setsquare.rules.rule import Rule
from setsquare.rules.sample import spec
from setsquare.rules.similar import nearest
from setsquare.spec.link import Citation, Resolution
from setsquare.spec.resolving import bare, qualifier
from setsquare.workspace.spec import Spec

_ORDINAL = re.compile(r"(?P<number>.+)\.(?P<ordinal>\d{1,6})\Z")


def check(evidence: Evidence) -> Iterator[Finding]:
    """Find every reference of a spec that is not archived which resolves to nothing."""
    by_name = {found.name: found for found in evidence.workspace.specs}
    for traced in evidence.graph.specs:
        if traced.spec.is_archived:
            continue
        for citation in traced.citations:
            if citation.resolution is Resolution.DANGLING:
                yield from _finding(citation, traced.spec, by_name)


def _finding(citation: Citation, owner: Spec, by_name: dict[str, Spec]) -> Iterator[Finding]:
    written = citation.missing or citation.reference.first or citation.reference.written
    named = qualifier(written) or qualifier(citation.reference.first)
    target = by_name.get(named, owner) if named else owner
    if target.requirements is None or _is_unread(bare(written), target):
        return
    meant = "" if named and named not in by_name and target is owner else _nearest(bare(written), target)
    place = f'spec "{named}"' if named else target.requirements.path.rpartition("/")[2]
    yield Finding(
        code=RULE.code,
        severity=RULE.severity,
        path=citation.reference.path,
        span=citation.reference.span,
        message=f'"{bare(written)}" names no requirement of {place}' + (f", did you mean {meant}?" if meant else ""),
        hint=_hint(bare(written), target),
    )


def _is_unread(written: str, target: Spec) -> bool:
    """Tell whether the requirement exists without any criterion that could be read; then nothing is known."""
    number = written.partition(".")[0]
    return any(item.number == number and not item.criteria for item in target.requirements.requirements) if target.requirements else False


def _nearest(written: str, target: Spec) -> str:
    """Name the existing id that was probably meant: the nearest ordinal of the same requirement, else the most similar id."""
    known = _ids(target)
    match = _ORDINAL.match(written)
    if match:
        same = [found for name in known if (found := _ORDINAL.match(name)) and found["number"] == match["number"]]
        if same:
            return min(same, key=lambda found: abs(int(found["ordinal"]) - int(match["ordinal"])))[0]
    return nearest(written, known)


def _ids(target: Spec) -> Sequence[str]:
    criteria = target.requirements.criteria if target.requirements else ()
    return [name for criterion in criteria for name in (criterion.id, criterion.label) if name and "#" not in name]


def _hint(written: str, target: Spec) -> str:
    """Say what the requirement has."""
    match = _ORDINAL.match(written)
    for requirement in target.requirements.requirements if target.requirements else ():
        if match and requirement.number == match["number"] and requirement.criteria:
            first, last = requirement.criteria[0].id, requirement.criteria[-1].id
            return f"requirement {requirement.number} has {first if first == last else f'{first} to {last}'}"
    numbers = [requirement.number for requirement in target.requirements.requirements] if target.requirements else []
    return f"requirements: {', '.join(numbers[:12])}{' …' if len(numbers) > 12 else ''}" if numbers else ""


_TWO = "THE Store SHALL keep orders\nWHEN a customer pays, THE Store SHALL send a receipt"

RULE = Rule(
    code="TRC001",
    name="dangling-reference",
    severity=Severity.ERROR,
    since="0.1",
    page=__doc__,
    check=check,
    examples=(
        spec(_TWO, tasks="- [ ] 1. Build it\n  - _Requirements: 1.1, 1.9_\n", fires=1),
        spec(_TWO, tasks="- [ ] 1. Build it\n  - _Requirements: 7_\n", fires=1),
        spec(_TWO, tasks="- [ ] 1. Build it\n  - _Requirements: 1.1-1.5_\n", fires=1),
        spec(
            _TWO,
            design="## Correctness Properties\n\n### Property 1: Kept\n\n*For any* order it SHALL be kept.\n\n**Validates: Requirements 2.1**\n",
            fires=1,
        ),
        spec(_TWO, tasks="- [ ] 1. Build it\n  - _需求：3.1_\n", fires=1),
        spec(
            "THE RPZ Feeds page SHALL list feeds\nTHE RPZ Feeds page SHALL show their status",
            tasks="- [x] 8.2 Implement feed reordering\n  - _Requirements: 1.1, 2.10_\n",
            fires=1,
            source="Homas/RpiDNS .kiro/specs/rpz-feeds-management/tasks.md (form)",
        ),
        spec(
            "WHEN auditing THEN the system SHALL list all documents",
            tasks="- [x] 2. Remove redundant documentation\n  - _Requirements: 2.6_\n",
            fires=1,
            source="CloudToLocalLLM-online/CloudToLocalLLM .kiro/specs/documentation-audit-cleanup/tasks.md (form)",
        ),
        spec(_TWO, tasks="- [ ] 1. Build it\n  - _Requirements: 1.1, 1.2_\n"),
        spec(_TWO, tasks="- [ ] 1. Build it\n  - _Requirements: 1_\n- [ ] 2. Rest\n  - _Requirements: All_\n"),
        spec(_TWO, tasks="- [ ] 1. Build it\n  - _Requirements: Requirement 1.1-1.2_\n"),
        spec(tasks="- [ ] 1. Build it\n  - _Requirements: 4.2_\n"),
        spec("# Requirements Document\n", tasks="- [ ] 1. Build it\n  - _Requirements: 4.2_\n"),
        spec(
            "THE Server SHALL log all authentication attempts and failures",
            tasks="- [x] 1. Update Tailwind configuration\n  - Define semantic colors\n  - _Requirements: 1.1_\n",
            source="Foodshareclub/foodshare-web .kiro/specs/accessibility-improvements/tasks.md (form)",
        ),
        spec(
            "WHEN 用户登录 THEN 系统 SHALL 创建会话",
            tasks="- [x] 22.1 扩展数据模型支持标签\n  - 在 events 表添加 tag_ids 字段\n  - _需求：1.1_\n",
            source="WhitePlusMS/calenparse .kiro/specs/smart-calendar-parser/tasks.md",
        ),
    ),
)
