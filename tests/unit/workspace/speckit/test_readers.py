"""Spec Kit's files as repositories write them: suffixes, legends, odd ids, older templates."""

from __future__ import annotations

import pytest

from setsquare.text.paths import RelPath
from setsquare.workspace.speckit.feature import read_feature
from setsquare.workspace.speckit.model import Feature
from setsquare.workspace.speckit.tasks import read_checks, read_kit_tasks


def feature(*lines: str) -> Feature:
    return read_feature(RelPath("spec.md"), "\n".join(lines))


# req: openspec-interop/4.3
def test_headings_keep_their_suffix_and_lines_their_blanks() -> None:
    found = feature(
        "# Feature Specification: Pay  ",
        "**Status**: Draft  ",
        "## User Scenarios & Testing *(mandatory)*",
        "### User Story 2 – Card (Priority: P3) 🎯",
        "Prose.",
    )
    assert (found.title, found.fields) == ("Pay", (("Status", "Draft"),))
    assert [(story.number, story.title, story.priority, story.line) for story in found.stories] == [("2", "Card", "P3", 4)]


def test_an_older_template_has_one_story() -> None:
    found = feature(
        "# Feature Specification: Pay",
        "### Primary User Story",
        "As a buyer.",
        "### Acceptance Scenarios",
        "1. **Given** a, **When** b, **Then** c",
        "### Edge Cases",
        "- d?",
    )
    assert [(story.number, len(story.scenarios)) for story in found.stories] == [("1", 1)]
    assert [line.text for line in found.edge_cases] == ["d?"]


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("- **FR-001**: It MUST", "FR-001"),
        ("- **FR-001:** It MUST", "FR-001"),
        ("* FR-012a: It MUST", "FR-012a"),
        ("1. **NFR-3**: It MUST", "NFR-3"),
        ("- **PAY-FR-001**: It MUST", "PAY-FR-001"),
        ("- **FR-AUTH-001**：It MUST", "FR-AUTH-001"),
    ],
)
def test_ids_of_demands(line: str, name: str) -> None:
    (demand,) = feature("### Functional Requirements", line).demands
    assert (demand.id, demand.text, demand.line) == (name, "It MUST", 2)


def test_groups_in_headings_are_no_demands_and_fences_are_not_read() -> None:
    found = feature("#### Core (FR-001 to FR-027)", "```", "## FR", "```", "- **SC-001**: 9 of 10", "  more")
    assert found.demands == ()
    assert [(one.id, one.text) for one in found.outcomes] == [("SC-001", "9 of 10 more")]


def test_open_questions_stand_where_they_are_asked() -> None:
    found = feature(
        "## Execution Flow (main)",
        "Mark with [NEEDS CLARIFICATION: like this]",
        "## Requirements",
        "- **FR-001**: By [NEEDS CLARIFICATION: which?] or [NEEDS CLARIFICATION]",
    )
    assert [(line.line, line.text.startswith("which?")) for line in found.unclear] == [(4, True), (4, False)]


def test_every_line_is_in_a_value_or_in_the_rest() -> None:
    found = feature("# Feature Specification: Pay", "## Assumptions", "- People have cards", "## Odd", "word", "- item")
    assert [(title, [line.text for line in lines]) for title, lines in found.sections] == [("Assumptions", ["- People have cards"])]
    assert [line.line for line in found.rest] == [4, 5, 6]


def test_only_a_box_is_a_task() -> None:
    text = "- [P] tasks = different files\n- [Story] label maps\n- [X] SKIP: T039 (later)\n- [ ] **T012a** [P] [US2] Go (depends on T001, T002)\n- [] [US1-001] x\n- [~] T9 no"
    found = read_kit_tasks(text)
    assert [(task.id, task.is_done, task.is_parallel, task.story, task.depends) for task in found] == [
        ("", True, False, "", ()),
        ("T012a", False, True, "2", ("T001", "T002")),
        ("US1-001", False, False, "", ()),
    ]


def test_a_task_knows_whether_its_phase_is_a_storys() -> None:
    found = read_kit_tasks("## Phase 1: Setup\n- [ ] T001 a\n## Phase 3: User Story 1 - Card\n- [ ] T002 b\n")
    assert [task.is_in_story for task in found] == [False, True]


def test_a_check_is_a_reviewers_mark() -> None:
    assert [(check.id, check.is_accepted, check.line) for check in read_checks("# C\n- [x] CHK001 a\n- [ ] b\n")] == [
        ("CHK001", True, 2),
        ("", False, 3),
    ]


@pytest.mark.parametrize(
    ("heading", "edges", "entities", "scenario"),
    [
        ("用户故事 1 - T（优先级：P2）", "边界情况", "关键实体", "**给定** a，**当** b，**那么** c"),
        ("ユーザーストーリー1：T（優先度: P2）", "エッジケース", "主要エンティティ", "**前提** a、**もし** b、**ならば** c"),
        ("사용자 스토리 1 - T (우선순위: P2)", "엣지 케이스", "핵심 엔터티", "**먼저** a, **만일** b, **그러면** c"),
        ("Histoire utilisateur 1 — T (Priorité : P2)", "Cas limites", "Entités clés", "**Étant donné** a, **quand** b, **alors** c"),
        ("Historia de usuario nº 1 - T (Prioridad: P2)", "Casos límite", "Entidades clave", "**Dado** a, **Cuando** b, **Entonces** c"),
        ("Benutzergeschichte 1: T (Priorität: P2)", "Randfälle", "Schlüsselentitäten", "**Gegeben sei** a, **wenn** b, **dann** c"),
        ("Kasutajalugu 1 - T (Prioriteet: P2)", "Edge Cases", "Key Entities", "**Givet** a, **När** b, **Så** c"),
    ],
)
def test_stories_and_scenarios_of_other_languages(heading: str, edges: str, entities: str, scenario: str) -> None:
    found = feature(f"### {heading}", "Wörter", f"1. {scenario}", f"### {edges}", "- e", "## X", f"### {entities}", "- **K**: k")
    (story,) = found.stories
    assert (story.number, story.title, story.priority) == ("1", "T", "P2")
    assert [line.text for line in story.scenarios] == [scenario]
    assert ([line.text for line in found.edge_cases], [line.text for line in found.entities]) == (["e"], ["**K**: k"])
    (task,) = read_kit_tasks(f"## Phase 3: {heading}\n- [ ] T001 a\n")
    assert task.is_in_story == (not heading.startswith("Kas"))


@pytest.mark.parametrize("heading", ["Phase 1 - Setup", "Phase 1 - Setup (when: P1)x", "Option 2 - b (cost: high)", "3 - x (a: P1)"])
def test_other_headings_are_no_stories(heading: str) -> None:
    assert feature(f"#### {heading}", "1. **Note**: a", "1. **Given** a, **Then** b").stories == ()


def test_an_aside_in_a_title_is_no_priority() -> None:
    (story,) = feature("### User Story 1 - Pay (scope: all)").stories
    assert (story.title, story.priority) == ("Pay (scope: all)", "")
