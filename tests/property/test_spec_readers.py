"""Readers of spec files are total, their spans are true, and edits touch only what they say."""

from __future__ import annotations

import os

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from setsquare.spec.link import Resolution
from setsquare.spec.resolving import CriterionIndex, resolve
from setsquare.spec.trace import trace
from setsquare.text.markdown import scan
from setsquare.text.paths import RelPath
from setsquare.text.span import apply_edits
from setsquare.workspace.design import read_design
from setsquare.workspace.edits import masked_tasks, tick
from setsquare.workspace.model import Workspace
from setsquare.workspace.references import read_references
from setsquare.workspace.requirements import read_requirements
from setsquare.workspace.spec import Reference, Spec
from setsquare.workspace.tasks import read_tasks

EXAMPLES = 3_000 if os.environ.get("SETSQUARE_SOAK") else 1_000
FRAGMENTS = st.sampled_from(
    [
        *("# Requirements Document", "# Requirements: Box", "## Requirements", "## Functional Requirements", "## Glossary", "## Notes"),
        *(
            "### Requirement 1",
            "### Requirement 1: Open",
            "### 需求 2：盒（低）",
            "### 1. Open",
            "#### 1.1 Lid",
            "### US-3: Go",
            "## User Story: Go",
        ),
        *("#### Acceptance Criteria", "**Acceptance Criteria:**", "#### 验收标准", "**User Story:** As a user, I go", "As a user, I go"),
        *(
            "1. WHEN a, THE Box SHALL b",
            "2. THE Box SHALL c",
            "  - deeper",
            "- THE box shall d",
            "1.1 WHEN a THEN b",
            "WHEN a",
            "THE BOX SHALL e",
        ),
        *(
            "- [ ] 1. Go",
            "- [x] 1.1 Go",
            "  - [ ]* 1.2 走",
            r"- [ ]\* 2. Go",
            "- [x  ] 3",
            "- [] 4. Go",
            "- [~] T001 [P] Go",
            "- [LLM-REQUEST] no",
        ),
        *(
            "  - _Requirements: 1.1, 2-3, All_",
            "  - **Validates: Requirements 1.1–1.4**",
            "_需求：1.1、REQ-2_",
            "  - _Depends: 1.1_",
            "(Req 1,3",
        ),
        *(
            "  - _Needs revision: 1.1 (threshold)_",
            "### Property 1: P",
            "**Property 2: Q**",
            "| Requirement | X |",
            "|---|---|",
            "| 1.1 | y |",
        ),
        *(
            "```",
            "```json",
            '{"waves": [["1"]]}',
            "---",
            "<!--",
            "-->",
            "",
            "text",
            "\ttab",
            "\x92",
            "\x00",
            "|",
            "===",
            "**Requirement 2: B**",
            "Requirement 3: C",
            "（1） THE Box SHALL g",
            "1. WHEN a, THE Box SHALL:",
            "   a) log",
            "| ID | Criterion |",
            "| 1.1 | THE Box SHALL h |",
            "Property 3: R",
            "1 --> 1.1",
            "**",
            "_",
            "[",
            "1.",
            "-",
            "#",
        ),
    ]
)
LINES = st.lists(st.one_of(FRAGMENTS, st.text(max_size=12)), max_size=30)
RAWS = st.builds(
    lambda lines, end, tail: (end.join(lines) + tail).encode("utf-8", "surrogatepass"),
    LINES,
    st.sampled_from(["\n", "\r\n", "\n\n"]),
    st.sampled_from(["", "\n"]),
)
PATH = RelPath(".kiro/specs/a/tasks.md")


def check_references(raw: bytes, references: tuple[Reference, ...]) -> None:
    for item in references:
        assert 0 <= item.span.start <= item.span.end <= len(raw)
        assert raw[item.span.start : item.span.end] == item.written.encode("utf-8", "surrogateescape")


@given(RAWS)
@settings(max_examples=EXAMPLES, deadline=None)
def test_requirements_are_total_and_criteria_do_not_overlap(raw: bytes) -> None:
    for name in ("requirements.md", "bugfix.md"):
        found = read_requirements(scan(RelPath(name), raw))
        end = 0
        for criterion in found.criteria:
            assert end <= criterion.span.start < criterion.span.end <= len(raw)
            assert criterion.span.start <= criterion.text_span.start <= criterion.text_span.end <= criterion.span.end
            end = criterion.span.end
        assert len({criterion.id for criterion in found.criteria}) == len(found.criteria)


@given(RAWS)
@settings(max_examples=EXAMPLES, deadline=None)
def test_tasks_are_total_and_tick_changes_one_byte(raw: bytes) -> None:
    document = scan(PATH, raw)
    found = read_tasks(document)
    masked = masked_tasks(document, found)
    for task in found.tasks:
        assert 0 <= task.span.start < task.span.end <= len(raw)
        assert task.parent is None or task.parent < task.index
        check_references(raw, task.references)
        if task.box is None or len(task.box) != 1:
            continue
        changed = apply_edits(raw, [tick(task, b"-")])
        assert len(changed) == len(raw)
        assert changed[: task.box.start] + changed[task.box.end :] == raw[: task.box.start] + raw[task.box.end :]
        again = scan(PATH, changed)
        assert masked_tasks(again, read_tasks(again)) == masked


@given(RAWS, st.data())
@settings(max_examples=EXAMPLES, deadline=None)
def test_any_other_edit_changes_the_masked_bytes(raw: bytes, data: st.DataObject) -> None:
    assume(raw)
    assume(b"_Needs revision" not in raw)
    document = scan(PATH, raw)
    found = read_tasks(document)
    at = data.draw(st.integers(0, len(raw) - 1))
    assume(not any(task.box and task.box.start <= at < max(task.box.end, task.box.start + 1) for task in found.tasks))
    byte = data.draw(st.integers(0, 255).filter(lambda value: value != raw[at]))
    changed = raw[:at] + bytes([byte]) + raw[at + 1 :]
    again = scan(PATH, changed)
    assert masked_tasks(again, read_tasks(again)) != masked_tasks(document, found)


@given(RAWS)
@settings(max_examples=60, deadline=None)
def test_designs_are_total(raw: bytes) -> None:
    found = read_design(scan(RelPath("design.md"), raw))
    for item in found.properties:
        assert 0 <= item.span.start < item.span.end <= len(raw)
        check_references(raw, item.validates)
    for mention in found.mentions:
        assert 0 <= mention.section < len(found.sections)
        check_references(raw, (mention.reference,))


@given(st.text(alphabet="_*()（）,、;.- 0123456789#xREQ需求:：/to[]", max_size=60))
@settings(max_examples=300, deadline=None)
def test_references_are_total(text: str) -> None:
    for prefix in ("", "_Requirements: ", "**Validates: Requirements "):
        line = prefix + text
        check_references(line.encode(), read_references(line, PATH, 1))


@given(RAWS)
@settings(max_examples=60, deadline=None)
def test_every_criterion_can_be_named_by_its_id(raw: bytes) -> None:
    needs = read_requirements(scan(RelPath("requirements.md"), raw))
    index = CriterionIndex(needs)
    for criterion in needs.criteria:
        (reference,) = read_references(f"_Requirements: {criterion.id}_", PATH, 1)
        found = resolve(index, reference)
        assert found.is_found
        assert criterion.id in {needs.criteria[position].id for position in found.positions}


@given(RAWS, RAWS, RAWS)
@settings(max_examples=600, deadline=None)
def test_trace_is_total_and_names_only_criteria_that_exist(needs: bytes, tasks: bytes, design: bytes) -> None:
    spec = Spec(
        name="a",
        path=RelPath(".kiro/specs/a"),
        root=RelPath(".kiro"),
        requirements=read_requirements(scan(RelPath("requirements.md"), needs)),
        design=read_design(scan(RelPath("design.md"), design)),
        tasks=read_tasks(scan(PATH, tasks)),
    )
    found = trace(Workspace(specs=(spec,))).specs[0]
    known = {criterion.id for criterion in spec.requirements.criteria} if spec.requirements else set()
    assert all(link.target in known for link in found.links)
    assert all(citation.missing for citation in found.dangling)
    assert all(citation.targets == () for citation in found.citations if citation.resolution is Resolution.PROSE)
    assert found.coverage is None or 0 <= found.coverage <= 1
