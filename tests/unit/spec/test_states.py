"""Every criterion has exactly one state, the reason why it is no further, and what stands on it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from setsquare.spec.code_links import code_links, code_trace
from setsquare.spec.code_notes import code_notes
from setsquare.spec.commit_links import commit_links
from setsquare.spec.coverage import coverage
from setsquare.spec.link import CriterionState, LinkKind, TraceLink
from setsquare.spec.lock import Waiver
from setsquare.spec.matrix import matrix
from setsquare.spec.results import Outcome, ResultBook, Sources, TestResult, TestRun
from setsquare.spec.states import CriterionStatus, Evidence, Overlay, OverlayKind, counted, statuses, suspect_overlay, waiver_overlay
from setsquare.spec.trace import trace
from setsquare.text.markdown import scan
from setsquare.text.paths import RelPath
from setsquare.workspace.design import read_design
from setsquare.workspace.model import Workspace
from setsquare.workspace.requirements import read_requirements
from setsquare.workspace.spec import Spec
from setsquare.workspace.tasks import read_tasks

NEEDS = "### Requirement 1\n#### Acceptance Criteria\n1. THE Box SHALL a\n2. THE Box SHALL b\n3. THE Box SHALL c\n"
DONE = "- [x] 1. A\n  - _Requirements: 1.1, 1.2_\n"
OPEN = "- [x] 1. A\n  - _Requirements: 1.1_\n- [ ] 2. B\n  - _Requirements: 1.1_\n"
DESIGN = "## Correctness Properties\n### Property 1: Trip\n*For any* box.\n**Validates: Requirements 1.1, 1.2**\n"


def workspace(tasks: str = DONE, design: str = "") -> Workspace:
    made = Spec(
        name="box",
        path=RelPath(".kiro/specs/box"),
        root=RelPath(".kiro"),
        requirements=read_requirements(scan(RelPath("r.md"), NEEDS.encode())),
        design=read_design(scan(RelPath("d.md"), design.encode())) if design else None,
        tasks=read_tasks(scan(RelPath("t.md"), tasks.encode())) if tasks else None,
    )
    return Workspace(specs=(made,))


CODE = {RelPath("src/a.py"): "# req: box/1.1\ndef a(): ...\n"}
TEST = {RelPath("tests/test_a.py"): "# req: box/1.1\ndef test_a(): ...\n"}


def judged(
    files: dict[RelPath, str], outcome: Outcome | None = None, tasks: str = DONE, *, is_current: bool = True
) -> dict[str, CriterionStatus]:
    place = workspace(tasks)
    results = (TestResult(place="tests.test_a", name="test_a", outcome=outcome),) if outcome else ()
    run = TestRun(at="", commit="", sources="now", files={}, results=results)
    book = ResultBook((run,), Sources(whole="now" if is_current else "later", files={}))
    found = statuses(trace(place).specs[0], Evidence(links=code_links(files, place), book=book))
    return {item.criterion: item for item in found}


@pytest.mark.parametrize(
    ("files", "outcome", "tasks", "state", "reason"),
    [
        ({}, None, "- [ ] 1. A\n", CriterionState.UNCOVERED, "no task names it"),
        (CODE, None, "- [ ] 1. A\n", CriterionState.UNCOVERED, "no task names it, although code or a test does"),
        (CODE | TEST, Outcome.PASSED, OPEN, CriterionState.PLANNED, "task 2 not done"),
        ({}, None, DONE, CriterionState.IMPLEMENTED, "no test names it"),
        (CODE, None, DONE, CriterionState.IMPLEMENTED, "no test names it"),
        (CODE | TEST, None, DONE, CriterionState.IMPLEMENTED, "no result of test_a is recorded"),
        (CODE | TEST, Outcome.FAILED, DONE, CriterionState.IMPLEMENTED, "test_a failed"),
        (CODE | TEST, Outcome.SKIPPED, DONE, CriterionState.IMPLEMENTED, "test_a was skipped"),
        (CODE | TEST, Outcome.EXPECTED_FAILURE, DONE, CriterionState.IMPLEMENTED, "test_a is expected to fail"),
        (CODE | TEST, Outcome.VACUOUS, DONE, CriterionState.IMPLEMENTED, "test_a passed without proving anything"),
        (CODE | TEST, Outcome.PASSED, DONE, CriterionState.VERIFIED, ""),
        (TEST, Outcome.PASSED, DONE, CriterionState.VERIFIED, ""),
        (CODE, None, "", CriterionState.IMPLEMENTED, "no test names it"),
        (TEST, Outcome.PASSED, "", CriterionState.VERIFIED, ""),
    ],
)
# req: spec-engine/3.1
def test_the_ladder(files: dict[RelPath, str], outcome: Outcome | None, tasks: str, state: CriterionState, reason: str):
    found = judged(files, outcome, tasks)["1.1"]
    assert (found.state, found.reason) == (state, reason)


def test_where_a_spec_is_linked_to_code_done_tasks_alone_are_not_enough():
    found = judged(CODE, None)
    assert (found["1.2"].state, found["1.2"].reason) == (
        CriterionState.PLANNED,
        "its tasks are done, and no code, commit or test names it",
    )


def test_commits_of_its_task_are_code():
    place = workspace()
    links = commit_links((("Spec", "box"), ("Task", "1")), (RelPath("src/b.py"),), place)
    found = statuses(trace(place).specs[0], Evidence(links=links))
    assert [item.state for item in found] == [CriterionState.IMPLEMENTED, CriterionState.IMPLEMENTED, CriterionState.UNCOVERED]
    assert found[0].touched == ("src/b.py",)


@pytest.mark.parametrize(
    ("trailers", "expected"),
    [
        ((("Task", "box#1"),), [("touches", "1", "src/b.py")]),
        ((("Spec", "Box"), ("Task", "1")), [("touches", "1", "src/b.py")]),
        ((("Implements", "box/1.2, 1.3"),), [("impl", "src/b.py", "1.2"), ("impl", "src/b.py", "1.3")]),
        ((("Task", "1"),), []),
        ((("Task", "other#1"),), []),
        ((("Implements", "box/9.9"),), []),
        ((("Signed-off-by", "box#1"),), []),
    ],
)
def test_trailers(trailers: tuple[tuple[str, str], ...], expected: list[tuple[str, str, str]]):
    found = commit_links(trailers, (RelPath("src/b.py"),), workspace())
    assert [(link.kind.value, link.source, link.target) for link in found] == expected


def test_an_old_result_is_no_proof():
    found = judged(TEST, Outcome.PASSED, is_current=False)["1.1"]
    assert found.state is CriterionState.IMPLEMENTED
    assert "not of the files as they are" in found.reason


def test_a_property_test_verifies_what_its_property_validates():
    place = workspace(design=DESIGN)
    text = "// Feature: box, Property 1: Trip\nit('keeps it', () => {})\n"
    found = code_trace(code_notes(RelPath("a.test.ts"), text), place)
    assert [(link.kind, link.target, link.symbol) for link in found.links] == [
        (LinkKind.VERIFIES, "1.1", "keeps it"),
        (LinkKind.VERIFIES, "1.2", "keeps it"),
    ]
    assert [(item.spec, item.number) for item in found.properties] == [("box", "1")]


def test_what_names_nothing_is_a_stray():
    texts = {
        "a.py": "# req: box/9.9\n# req: lid/1.1\n# req: 7.7\n# Requirements: 3.11\n",
        "a.test.ts": "// Feature: box, Property 8: X\n",
    }
    found = code_trace((note for path, text in texts.items() for note in code_notes(RelPath(path), text)), workspace(design=DESIGN))
    assert [(stray.path, stray.line, stray.reason) for stray in found.strays] == [
        ("a.py", 1, "`box` has no 9.9."),
        ("a.py", 2, "There is no spec `lid` with requirements."),
        ("a.py", 3, "No spec has 7.7."),
        ("a.test.ts", 1, "The design of `box` has no Property 8."),
    ]
    assert found.links == ()


def test_the_nearest_root_of_a_monorepo_is_meant():
    base = workspace().specs[0]
    one, two = (
        Spec(name=name, path=RelPath(f"{name}/.kiro/specs/x"), root=RelPath(f"{name}/.kiro"), requirements=base.requirements)
        for name in ("one", "two")
    )
    links = code_links({RelPath("two/src/a.py"): "# req: 1.1\n"}, Workspace(specs=(one, two)))
    assert [link.target_spec for link in links] == ["two"]


def test_overlays_of_a_lock():
    waiver = Waiver(reason="later", by="Ada", at="2026-01-01", until="2026-12-31")
    assert waiver_overlay(waiver, "2026-12-31") == Overlay(OverlayKind.WAIVED, "later", "2026-12-31")
    assert waiver_overlay(waiver, "2027-01-01") is None
    assert waiver_overlay(Waiver(reason="never", by="Ada", at=""), "2999-01-01")
    assert suspect_overlay(("1", "2", "3", "4", "5")).reason == "it changed since 1, 2, 3, 4 and 1 more was linked"


def test_coverage_counts_each_kind_and_waivers_as_met():
    place = workspace(design=DESIGN)
    traced = trace(place).specs[0]
    run = TestRun(
        at="", commit="", sources="now", files={}, results=(TestResult(place="tests.test_a", name="test_a", outcome=Outcome.PASSED),)
    )
    evidence = Evidence(
        links=code_links(CODE | TEST, place),
        book=ResultBook((run,), Sources(whole="now", files={})),
        overlays={"1.3": (Overlay(OverlayKind.WAIVED, "later"),)},
    )
    found = coverage(traced, statuses(traced, evidence), ("1", "99"))
    assert (found.uncovered, found.planned, found.implemented, found.verified) == (1, 1, 0, 1)
    assert (found.with_task, found.with_design, found.with_code, found.with_test, found.with_property) == (2, 2, 1, 1, 2)
    assert (found.shallow, found.deep, found.waived, found.properties, found.properties_tested) == (2, 2, 1, 1, 1)
    row = matrix(trace(place), "box", (), evidence)[0]
    assert [(cell.place, cell.name, cell.outcome, cell.is_proof) for cell in row.checks] == [
        ("tests/test_a.py:1", "test_a", Outcome.PASSED, True)
    ]


LINKS = st.builds(
    lambda kind, target, symbol: TraceLink(
        kind=kind,
        spec="box",
        source="1" if kind is LinkKind.TOUCHES else "a.py",
        target="a.py" if kind is LinkKind.TOUCHES else target,
        target_spec="box",
        path=RelPath("tests/test_a.py"),
        line=1,
        symbol=symbol,
    ),
    st.sampled_from([LinkKind.IMPL, LinkKind.VERIFIES, LinkKind.TOUCHES]),
    st.sampled_from(["1.1", "1.2", "1.3", "9.9"]),
    st.sampled_from(["", "test_a", "test_b", "Login > x"]),
)


# Source: the bar B6 of the EARS engine's reference: every criterion has exactly one state.
@given(
    st.lists(LINKS, max_size=8),
    st.lists(st.sampled_from(Outcome), max_size=3),
    st.lists(st.tuples(st.sampled_from("x ~-"), st.sampled_from(["1.1", "1", "1.2-1.3", "9"])), max_size=4),
)
def test_every_criterion_has_exactly_one_state(links: list[TraceLink], outcomes: list[Outcome], tasks: list[tuple[str, str]]):
    text = "".join(f"- [{box}] {number}. T\n  - _Requirements: {reference}_\n" for number, (box, reference) in enumerate(tasks, 1))
    place = workspace(text)
    run = TestRun(
        at="",
        commit="",
        sources="now",
        files={},
        results=tuple(TestResult(place="tests.test_a", name="test_a", outcome=item) for item in outcomes),
    )
    book = ResultBook((run,), Sources(whole="now", files={}))
    traced = trace(place).specs[0]
    found = statuses(traced, Evidence(links=tuple(links), book=book))
    assert [item.criterion for item in found] == ["1.1", "1.2", "1.3"]
    assert sum(count for _, count in counted(found)) == 3
    assert all((item.reason == "") is (item.state is CriterionState.VERIFIED) for item in found)
    planned = dict(traced.states)
    assert all(item.state is not CriterionState.VERIFIED or planned[item.criterion] is not CriterionState.PLANNED for item in found)
