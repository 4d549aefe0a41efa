"""References resolve as a person would resolve them."""

from __future__ import annotations

import pytest

from setsquare.spec.code_links import code_links
from setsquare.spec.link import CriterionState, LinkKind, Resolution, TraceLink
from setsquare.spec.matrix import matrix
from setsquare.spec.trace import SpecTrace, trace
from setsquare.text.markdown import scan
from setsquare.text.paths import RelPath
from setsquare.workspace.design import read_design
from setsquare.workspace.model import Workspace
from setsquare.workspace.requirements import read_requirements
from setsquare.workspace.spec import Spec
from setsquare.workspace.tasks import read_tasks

NEEDS = """\
## Requirements
### Requirement 1: Open
#### Acceptance Criteria
1. WHEN a, THE Box SHALL b
2. THE Box SHALL c
3. THE Box SHALL d
### Requirement 2: Close
#### Acceptance Criteria
1. THE Box SHALL e
2. THE Box SHALL f
### Requirement 4: Paint
Nothing yet.
"""


def spec(name: str, needs: str = NEEDS, tasks: str = "", design: str = "") -> Spec:
    folder = f".kiro/specs/{name}"
    return Spec(
        name=name,
        path=RelPath(folder),
        root=RelPath(".kiro"),
        requirements=read_requirements(scan(RelPath(f"{folder}/requirements.md"), needs.encode())) if needs else None,
        design=read_design(scan(RelPath(f"{folder}/design.md"), design.encode())) if design else None,
        tasks=read_tasks(scan(RelPath(f"{folder}/tasks.md"), tasks.encode())) if tasks else None,
    )


def traced(references: str, needs: str = NEEDS) -> SpecTrace:
    return trace(Workspace(specs=(spec("box", needs, f"- [ ] 1. Go\n  - _Requirements: {references}_\n"),))).specs[0]


def targets(references: str, needs: str = NEEDS) -> list[str]:
    return [link.target for link in traced(references, needs).links]


# req: check/2.1
@pytest.mark.parametrize(
    ("references", "expected"),
    [
        ("1.1", ["1.1"]),
        ("1", ["1.1", "1.2", "1.3"]),
        ("1.x", ["1.1", "1.2", "1.3"]),
        ("1.1-1.3", ["1.1", "1.2", "1.3"]),
        ("1.3-2.1", ["1.3", "2.1"]),
        ("1-2", ["1.1", "1.2", "1.3", "2.1", "2.2"]),
        ("Requirement 2", ["2.1", "2.2"]),
        ("REQ-2", ["2.1", "2.2"]),
        ("R1.2", ["1.2"]),
        ("AC-1.2", ["1.2"]),
        ("4", []),
        ("1.1, 1.1", ["1.1"]),
    ],
)
def test_resolves(references: str, expected: list[str]) -> None:
    found = traced(references)
    assert [link.target for link in found.links] == expected
    assert found.dangling == ()


@pytest.mark.parametrize(
    ("references", "missing", "expected"),
    [
        ("1.4", "1.4", []),
        ("9", "9", []),
        ("3.1", "3.1", []),
        ("1.2-1.7", "1.7", ["1.2", "1.3"]),
        ("lid/1.1", "lid", []),
        ("2.1-1.1", "2.1-1.1", []),
    ],
)
def test_dangles(references: str, missing: str, expected: list[str]) -> None:
    found = traced(references)
    assert [citation.missing for citation in found.dangling] == [missing]
    assert [link.target for link in found.links] == expected


def test_prose_is_prose() -> None:
    found = traced("All, N/A, Testing Strategy")
    assert {citation.resolution for citation in found.citations} == {Resolution.PROSE}
    assert found.coverage == 0


def test_without_requirements_nothing_dangles() -> None:
    found = trace(Workspace(specs=(spec("box", "", "- [ ] 1. Go\n  - _Requirements: 1.1_\n"),))).specs[0]
    assert [citation.resolution for citation in found.citations] == [Resolution.NO_REQUIREMENTS]
    assert found.coverage is None


def test_labels() -> None:
    needs = "# Requirements: Box\n## Functional Requirements\n- REQ-001: The box shall a.\n- REQ-002: The box shall b.\n- REQ-003: The box shall c.\n"
    assert targets("REQ-002", needs) == ["1.2"]
    assert targets("REQ-001–REQ-003", needs) == ["1.1", "1.2", "1.3"]
    assert targets("1.3", needs) == ["1.3"]


def test_labelled_requirements_answer_to_their_number() -> None:
    needs = "### US-1: Open\n**Acceptance Criteria:**\n- It opens\n### US-2: Close\n**Acceptance Criteria:**\n- It closes\n"
    assert targets("US-2, 1.1", needs) == ["US-2.1", "US-1.1"]


def test_nested_requirements_answer_to_the_outer_number() -> None:
    needs = "## Requirements\n### 1. Tests\n#### 1.1 Names\n- Short\n#### 1.2 Files\n- Few\n"
    assert targets("1.2", needs) == ["1.2.1"]
    assert targets("1", needs) == []
    assert traced("1", needs).dangling == ()


def test_repeated_numbers_are_ambiguous() -> None:
    needs = (
        "### Requirement 6\n#### Acceptance Criteria\n1. THE Box SHALL a\n### Requirement 6\n#### Acceptance Criteria\n1. THE Box SHALL b\n"
    )
    (citation,) = traced("6.1", needs).citations
    assert citation.is_ambiguous
    assert citation.resolution is Resolution.RESOLVED
    assert [target for _, target in citation.targets] == ["6.1", "6.1#2"]
    assert targets("6.1#2", needs) == ["6.1#2"]
    assert targets("6#2", needs) == ["6.1#2"]


def test_another_spec() -> None:
    lid = spec("lid", tasks="")
    box = spec("box", tasks="- [ ] 1. Go\n  - _Requirements: lid/1.2, 2.1（my-lid）_\n")
    graph = trace(Workspace(specs=(box, lid, spec("deep/my-lid"))))
    assert [(link.target_spec, link.target) for link in graph.links] == [("lid", "1.2"), ("deep/my-lid", "2.1")]


def test_states() -> None:
    tasks = (
        "- [x] 1. A\n  - _Requirements: 1.1, 1.2_\n- [ ] 2. B\n  - _Requirements: 1.2_\n"
        "- [ ]* 3. C\n  - _Requirements: 1.1, 1.3_\n- [x] 3. D\n  - _Requirements: 2.1_\n"
    )
    found = trace(Workspace(specs=(spec("box", tasks=tasks),))).specs[0]
    assert dict(found.states) == {
        "1.1": CriterionState.IMPLEMENTED,
        "1.2": CriterionState.PLANNED,
        "1.3": CriterionState.PLANNED,
        "2.1": CriterionState.IMPLEMENTED,
        "2.2": CriterionState.UNCOVERED,
    }
    assert (found.covered, found.coverage, found.uncovered) == (4, 0.8, ("2.2",))
    assert found.keys == ("1", "2", "3", "3#2")


def test_current_behaviour_of_a_bug_needs_no_task() -> None:
    needs = "# Bugfix Requirements Document\n### Current Behavior\n1.1 WHEN a THEN the system b\n### Expected Behavior\n2.1 WHEN a THEN the system SHALL c\n"
    found = traced("1.1, 2.1", needs)
    assert found.states == (("2.1", CriterionState.PLANNED),)
    assert found.dangling == ()


# req: check/2.4
def test_matrix_joins_all_kinds() -> None:
    design = "## Lid\nRequirements: 1.1\n## Correctness Properties\n### Property 4: Round trip\n*For any* lid.\n**Validates: Requirements 1.1**\n"
    workspace = Workspace(specs=(spec("box", tasks="- [x] 1. Go\n  - _Requirements: 1.1_\n", design=design),))
    files = {
        RelPath("src/lid.py"): "# req: box/1.1\nx = 1\n",
        RelPath("tests/test_lid.py"): 'import pytest\n\n@pytest.mark.req("box/1.1", "box/1.2")\ndef test_a(): ...\n',
        RelPath("web/lid.test.ts"): "// **Feature: box, Property 4: Round trip**\n// **Validates: Requirements 1.1**\n",
        RelPath("notes.py"): "requirements = 1.1  # spec\n",
    }
    touched = TraceLink(
        kind=LinkKind.TOUCHES, spec="box", source="1", target="src/hinge.py", target_spec="box", path=RelPath("src/hinge.py"), line=0
    )
    rows = matrix(trace(workspace), "box", (*code_links(files, workspace), touched))
    assert [row.criterion for row in rows] == ["1.1", "1.2", "1.3", "2.1", "2.2"]
    first = rows[0]
    assert first.design == ("Lid", "Property 4: Round trip")
    assert [(cell.key, cell.title) for cell in first.tasks] == [("1", "Go")]
    assert first.code == ("src/lid.py:1", "src/hinge.py")
    assert first.tests == ("tests/test_lid.py:3", "web/lid.test.ts:2")
    assert rows[1].tests == ("tests/test_lid.py:3",)
    assert rows[3].tests == ()


def test_code_that_names_no_spec_belongs_to_the_only_one_that_fits() -> None:
    one, two = spec("box"), spec("lid", "### Requirement 7\n#### Acceptance Criteria\n1. THE Lid SHALL a\n")
    files = {RelPath("a.py"): '"""Validates: Requirements 7.1."""\n# req: 1.1\n'}
    assert [(link.target_spec, link.target) for link in code_links(files, Workspace(specs=(one, two)))] == [("lid", "7.1"), ("box", "1.1")]
    assert code_links(files, Workspace(specs=(one, spec("other")))) == ()


def test_a_range_resolves_when_all_its_members_exist() -> None:
    gaps = "### Requirement 1\n#### Acceptance Criteria\n1. THE Box SHALL a\n3. THE Box SHALL b\n"
    found = traced("1.1-1.3", gaps)
    assert [(citation.resolution, citation.missing) for citation in found.citations] == [(Resolution.DANGLING, "1.2")]
    assert [link.target for link in found.links] == ["1.1", "1.3"]
    assert (found.references.total, found.references.dangling) == (1, 1)


def test_a_number_with_zero_is_the_whole_requirement() -> None:
    assert targets("2.0") == ["2.1", "2.2"]
    assert traced("9.0").dangling


def test_in_a_list_whose_numbers_repeat_the_shown_number_counts_where_no_written_one_does() -> None:
    repeated = (
        "### Requirement 1\n#### Acceptance Criteria\n1. THE Box SHALL a\n2. THE Box SHALL b\n2. THE Box SHALL c\n3. THE Box SHALL d\n"
    )
    assert targets("1.4", repeated) == ["1.3"]
    assert traced("1.2", repeated).citations[0].is_ambiguous
    assert traced("1.5", repeated).dangling


PARTS = "### Requirement 1\n#### Acceptance Criteria\n1. WHEN x, THE Box SHALL:\n   - log\n   - ring\n   - stop\n2. THE Box SHALL close\n"


@pytest.mark.parametrize(
    ("references", "parts", "coverage"),
    [
        ("1.1.a", ("1.1.a",), 1 / 4),
        ("1.1(b), 1.1c", ("1.1.b", "1.1.c"), 2 / 4),
        ("1.1.3", ("1.1.c",), 1 / 4),
        ("1.1", (), 3 / 4),
        ("1", (), 1.0),
        ("1.2", (), 1 / 4),
    ],
)
def test_of_a_list_below_a_clause_each_item_counts(references: str, parts: tuple[str, ...], coverage: float) -> None:
    found = traced(references, PARTS)
    assert found.dangling == ()
    assert tuple(part for citation in found.citations for part in citation.parts) == parts
    assert found.coverage == coverage


def test_an_item_that_is_not_there_dangles() -> None:
    assert [citation.missing for citation in traced("1.1.d, 1.2.a", PARTS).dangling] == ["1.1.d", "1.2.a"]


def test_counts_leave_out_what_a_design_mentions_and_keep_what_it_validates() -> None:
    tasks = "_Requirements: 2.1, 2.9_\n\n- [ ] 1. Go\n  - _Requirements: 1.1, All_\n"
    design = (
        "## Open\nRequirements: 1.2\n\n**Validates: Requirements 1.3**\n\nProperty 1: Ring\nIt rings.\n**Validates: Requirements 2.2**\n"
    )
    found = trace(Workspace(specs=(spec("box", NEEDS, tasks, design),))).specs[0]
    counts = found.references
    assert (counts.total, counts.resolved, counts.dangling, counts.prose) == (6, 4, 1, 1)
    assert {link.target for link in found.links if link.kind is LinkKind.VALIDATES} == {"1.3", "2.2"}
    assert [link.target for link in found.links if link.kind is LinkKind.IMPLEMENTS] == ["1.1"]
