"""Conversion keeps what the other form cannot hold, and what people wrote after it."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from setsquare.migrate.carried import CARRIED, page, read_page
from setsquare.migrate.converted import Converted, Form, Source
from setsquare.migrate.kiro_to_openspec import kiro_to_openspec
from setsquare.migrate.openspec_to_kiro import openspec_to_kiro
from setsquare.migrate.proving import Verdict, proof
from setsquare.migrate.speckit_to_kiro import constitution_to_steering, speckit_to_kiro
from setsquare.migrate.steps import Scenario, criterion_of, rewritten, scenario_of
from setsquare.spec.openspec.issue import is_valid
from setsquare.spec.openspec.validating_spec import spec_issues
from setsquare.text.markdown import scan
from setsquare.text.paths import RelPath
from setsquare.workspace.requirements import read_requirements

BELL = """# bell Specification

## Purpose
Rings when somebody stands at the door, day and night, for everybody in the house.

## Requirements

### Requirement: Ring
The bell SHALL ring.

#### Scenario: Pressed
- **WHEN** the button is pressed
- **THEN** the bell rings
- **AND** the lamp is lit

#### Scenario: Held

Prose that is no step.
- **WHEN** the button is held

### Requirement: Rest
The bell SHALL rest at night.

#### Scenario: Night
- **WHEN** it is night
- **THEN** the bell SHALL rest
"""
DOOR = """# Requirements Document

## Introduction

Lets people into the house and keeps everybody else out of it, at any time.

## Requirements

### Requirement 1: Open

**User Story:** As a guest, I want to come in, so that I am warm.

#### Acceptance Criteria

1. WHEN the bell rings, THE Door SHALL open
2. WHEN the bell rings THEN the Door SHALL light the hall
3. IF nobody is there, THEN THE Door SHALL close

### Requirement 2: Close

#### Acceptance Criteria

1. THE Door SHALL close by itself
"""


def source(form: Form, files: Mapping[str, str | bytes], name: str = "bell") -> Source:
    roots = {Form.CAPABILITY: "openspec/specs", Form.CHANGE: "openspec/changes", Form.KIRO: ".kiro/specs", Form.SPECKIT: "specs"}
    raw = {key: value if isinstance(value, bytes) else value.encode() for key, value in files.items()}
    return Source(form=form, name=name, folder=RelPath(f"{roots[form]}/{name}"), files=raw)


def edited(converted: Converted, name: str, old: str, new: str) -> Source:
    text = converted.files[name].decode()
    assert old in text
    made = converted.as_source(converted.source.name)
    return Source(
        form=made.form, name=made.name, folder=made.folder, files={**made.files, name: text.replace(old, new).encode()}, record=made.record
    )


# req: openspec-interop/4.1
def test_a_capability_becomes_requirements_whose_criteria_are_its_scenarios() -> None:
    made = openspec_to_kiro(source(Form.CAPABILITY, {"spec.md": BELL}), RelPath(".kiro/specs/bell"))
    read = read_requirements(scan(RelPath("r.md"), made.files["requirements.md"]))
    assert [(one.id, one.text) for one in read.criteria if one.id != "1.2"] == [
        ("1.1", "**Pressed:** WHEN the button is pressed THEN the bell rings AND the lamp is lit"),
        ("2.1", "**Night:** WHEN it is night THEN the bell SHALL rest"),
    ]
    assert read.criteria[1].text.startswith("**Held:** Prose that is no step.")
    assert [(loss.line, loss.is_words) for loss in made.losses] == [(17, False)]
    assert [kept.line for kept in made.record.kept] == [8], "only the requirement that differs is kept"


def test_an_edit_costs_the_wording_of_its_own_requirement_only() -> None:
    made = openspec_to_kiro(source(Form.CAPABILITY, {"spec.md": BELL}), RelPath(".kiro/specs/bell"))
    back = kiro_to_openspec(edited(made, "requirements.md", "the bell SHALL rest", "the bell SHALL sleep"), RelPath("openspec/specs/bell"))
    assert back.files["spec.md"].decode() == BELL.replace("the bell SHALL rest", "the bell SHALL sleep")


def test_a_new_requirement_goes_back_beside_the_kept_ones() -> None:
    made = openspec_to_kiro(source(Form.CAPABILITY, {"spec.md": BELL}), RelPath(".kiro/specs/bell"))
    new = "### Requirement 1: First\n\nThe bell SHALL be red.\n\n#### Acceptance Criteria\n\n1. WHEN seen THEN the bell SHALL be red\n\n"
    back = kiro_to_openspec(
        edited(made, "requirements.md", "### Requirement 1: Ring", f"{new}### Requirement 2: Ring"), RelPath("openspec/specs/bell")
    )
    text = back.files["spec.md"].decode()
    assert text.index("### Requirement: First") < text.index("### Requirement: Ring")
    assert "Prose that is no step.\n- **WHEN**" in text


@pytest.mark.parametrize("ends", [b"\n", b"\r\n", b"\r"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_marks_and_line_ends_come_back(ends: bytes, mark: bytes) -> None:
    raw = mark + BELL.encode().replace(b"\n", ends)
    made = openspec_to_kiro(source(Form.CAPABILITY, {"spec.md": raw}), RelPath(".kiro/specs/bell"))
    assert [each.verdict for each in proof(made)] == [Verdict.IDENTICAL]


def test_a_spec_of_kiro_becomes_a_valid_capability_and_comes_back_without_its_page() -> None:
    made = kiro_to_openspec(source(Form.KIRO, {"requirements.md": DOOR}, "door"), RelPath("openspec/specs/door"))
    assert made.form is Form.CAPABILITY
    assert is_valid(spec_issues(made.files["spec.md"].decode()), is_strict=True)
    assert made.record.kept == ()
    assert [(each.verdict, each.alone) for each in proof(made)] == [(Verdict.IDENTICAL, Verdict.IDENTICAL)]


def test_a_spec_with_work_becomes_a_change_and_back() -> None:
    files = {
        "requirements.md": DOOR,
        "tasks.md": "- [x] 1. Hang it\n",
        "design.md": "# Design\n",
        ".config.kiro": "{}",
        "proposal.md": "mine",
    }
    made = kiro_to_openspec(source(Form.KIRO, files, "door"), RelPath("openspec/changes/door"))
    assert made.form is Form.CHANGE
    assert made.files["specs/door/spec.md"].startswith(b"# door Specification")
    assert b"## ADDED Requirements" in made.files["specs/door/spec.md"]
    assert {each.verdict for each in proof(made)} == {Verdict.IDENTICAL}


def test_a_requirement_without_criteria_is_named() -> None:
    made = kiro_to_openspec(
        source(Form.KIRO, {"requirements.md": "# R\n\n### Requirement 1: A\n\nIt is.\n"}), RelPath("openspec/specs/bell")
    )
    assert [note.line for note in made.notes] == [3]
    assert is_valid(spec_issues(made.files["spec.md"].decode()))


CHANGE = {
    "proposal.md": "# Proposal\n\n## Why\nBecause.\n",
    "tasks.md": "## 1. A\n- [x] 1.1 Do\n",
    "specs/a/spec.md": "## MODIFIED Requirements\n\n### Requirement: A\nIt SHALL.\n\n#### Scenario: B\n- **WHEN** c\n- **THEN** d\n\n"
    "## REMOVED Requirements\n\n### Requirement: Old\n**Reason**: gone\n",
    "specs/b/c/spec.md": "## ADDED Requirements\n### Requirement: E\nIt MUST.\n#### Scenario: F\n- **WHEN** g\n- **THEN** h",
}


def test_a_change_keeps_its_framing_and_says_where_each_requirement_belongs() -> None:
    made = openspec_to_kiro(source(Form.CHANGE, CHANGE, "x"), RelPath(".kiro/specs/x"))
    text = made.files["requirements.md"].decode()
    assert "**Delta:** MODIFIED, a" in text
    assert "**Delta:** ADDED, b/c" in text
    assert made.files["tasks.md"] == CHANGE["tasks.md"].encode()
    assert [(loss.file, loss.line) for loss in made.losses if loss.is_words] == [("specs/a/spec.md", line) for line in (10, 12, 13)]
    assert {each.verdict for each in proof(made)} == {Verdict.IDENTICAL}


def test_edits_of_a_changes_requirement_go_into_its_delta() -> None:
    made = openspec_to_kiro(source(Form.CHANGE, CHANGE, "x"), RelPath(".kiro/specs/x"))
    back = kiro_to_openspec(edited(made, "requirements.md", "WHEN g", "WHEN gone"), RelPath("openspec/changes/x"))
    assert back.files["specs/b/c/spec.md"] == CHANGE["specs/b/c/spec.md"].replace("** g", "** gone").encode()
    assert back.files["specs/a/spec.md"] == CHANGE["specs/a/spec.md"].encode()


def test_the_page_forgets_what_somebody_edited_in_it() -> None:
    made = openspec_to_kiro(source(Form.CAPABILITY, {"spec.md": BELL}), RelPath(".kiro/specs/bell"))
    text = made.page().decode()
    whole, cut = read_page(text), read_page(text.replace("Prose that is no step.", "Something else."))
    assert whole
    assert cut
    assert (len(whole.kept), len(cut.kept)) == (1, 0)
    assert read_page("# Notes\n") is None
    assert read_page(page(made.record, ()).decode().replace('"origin"', '"ursprung"')) is None
    assert CARRIED not in made.files


def test_names_that_repeat_are_told_apart_and_come_back() -> None:
    again = DOOR.replace("Requirement 2: Close", "Requirement 2: Open")
    made = kiro_to_openspec(source(Form.KIRO, {"requirements.md": again}, "door"), RelPath("openspec/specs/door"))
    assert "### Requirement: Open (2)" in made.files["spec.md"].decode()
    assert "#### Scenario: the bell rings (2)" in made.files["spec.md"].decode()
    assert {each.verdict for each in proof(made)} == {Verdict.IDENTICAL}


@pytest.mark.parametrize(
    "lines",
    [
        ("- **WHEN** a", "- **THEN** b"),
        ("- **WHEN** a", "- **THEN** b", "- **AND** c"),
        ("- **IF** a,", "- **THEN** b"),
        ("- **WHEN** a", "  - b"),
    ],
)
def test_a_scenario_is_a_criterion_and_back(lines: tuple[str, ...]) -> None:
    scenario = Scenario("Name", lines)
    assert scenario_of(criterion_of(scenario, 7)) == scenario


def test_given_when_then_is_rewritten_on_request_only() -> None:
    assert rewritten(("- **GIVEN** a", "- **WHEN** b", "- **THEN** the x SHALL c", "- **AND** d")) == (
        "- **WHILE** a,",
        "- **WHEN** b,",
        "- the x SHALL c",
        "- AND THE System SHALL ensure that d",
    )
    made = openspec_to_kiro(source(Form.CAPABILITY, {"spec.md": BELL}), RelPath(".kiro/specs/bell"), rewrites=True)
    assert b"THE System SHALL ensure that the bell rings" in made.files["requirements.md"]
    assert {each.verdict for each in proof(made)} == {Verdict.IDENTICAL}, "the original is kept"


KIT = """# Feature Specification: Pay
**Status**: Draft
**Input**: User description: "pay by card"
## User Scenarios & Testing *(mandatory)*
### User Story 1 - Card (Priority: P1)
As a buyer, I pay by card.
**Acceptance Scenarios**:
1. **Given** a cart, **When** I pay, **Then** it is sent
### Edge Cases
- What happens when the card is stolen?
## Requirements *(mandatory)*
### Functional Requirements
- **FR-001**: System MUST take cards
- **FR-002**: System MUST sign in by [NEEDS CLARIFICATION: which way?]
- **FR-001**: System MUST log
## Success Criteria *(mandatory)*
- **SC-001**: 9 of 10 pay within a minute
## Odd Section
Something nobody expects.
"""
KIT_TASKS = """# Tasks: Pay
- [P] tasks = different files
## Phase 1: Setup
- [x] T001 Create (FR-001)
## Phase 3: User Story 1 - Card (Priority: P1)
- [ ] T002 [P] [US1] Pay in src/pay.py (depends on T001)
- [X] T003 No story here
- [ ] T003 [US9] Wrong story
"""


# req: openspec-interop/4.3
def test_a_feature_becomes_a_spec_with_its_ids_as_aliases() -> None:
    kit = source(Form.SPECKIT, {"spec.md": KIT, "tasks.md": KIT_TASKS, "checklists/requirements.md": "- [ ] CHK001 Clear?\n"}, "001-pay")
    made = speckit_to_kiro(kit, RelPath(".kiro/specs/pay"))
    read = read_requirements(scan(RelPath("r.md"), made.files["requirements.md"]))
    assert [(one.id, one.label) for one in read.criteria] == [("1.1", ""), ("2.1", "FR-001"), ("2.2", "FR-002"), ("2.3", "FR-001")]
    text = made.files["requirements.md"].decode()
    assert "[NEEDS CLARIFICATION: which way?] (spec.md, line 14)" in text
    assert "**Given** a cart, **When** I pay, **Then** it is sent" in text
    assert "(depends on T001)\n  - _Requirements: 1_\n- [X] T003 No story here\n" in made.files["tasks.md"].decode()
    assert [(loss.line, loss.text) for loss in made.losses] == [(18, "Odd Section"), (19, "Something nobody expects.")]
    assert [kept.text for kept in made.record.kept] == [KIT]
    assert [(note.path.rpartition("/")[2], note.line) for note in made.notes] == [
        ("spec.md", 14),
        ("spec.md", 15),
        ("spec.md", 14),
        ("tasks.md", 7),
        ("tasks.md", 8),
        ("tasks.md", 7),
        ("tasks.md", 8),
        ("requirements.md", 1),
    ]


def test_a_constitution_is_always_included_and_its_text_stays() -> None:
    raw = b"# House Constitution\r\n\r\n### I. Care\r\n"
    made = constitution_to_steering(raw, ".specify/memory/constitution.md")
    assert made.startswith(b"---\r\ninclusion: always\r\n---\r\n")
    assert made.endswith(raw)


@pytest.mark.parametrize(
    ("head", "named"),
    [
        ("# Requirements\n\n", ["# Requirements"]),
        ("# REQUIREMENTS\n\n## Introduction\n\nWords.\n\n## Requirements\n\n", ["# REQUIREMENTS"]),
        ("# Purpose\n\n## Introduction\n\nWords.\n\n## requirements\n\n", ["# Purpose"]),
        ("# Door\n\n## Introduction\n\nWords.\n\n### Requirements\n\nMore.\n\n## Requirements\n\n", ["### Requirements"]),
        ("# Door\n\n# Requirements\n\n## Overview\n\nWords.\n\n", ["# Requirements"]),
        ("# Door\n\n```\n# Requirements\n```\n\n## Purpose\n\nWords.\n\n## Requirements\n\n", []),
    ],
)
# req: openspec-interop/4.1, openspec-interop/4.2
def test_a_heading_that_would_hide_a_section_gets_another_name_and_comes_back(head: str, named: list[str]) -> None:
    text = head + DOOR.partition("## Requirements\n\n")[2]
    done = kiro_to_openspec(source(Form.KIRO, {"requirements.md": text}, "door"), RelPath("openspec/specs/door"))
    assert is_valid(spec_issues(done.files["spec.md"].decode()), is_strict=False)
    notes = [note for note in done.notes if "for the section of that name" in note.text]
    assert [f"`{mark}`" in note.text for mark, note in zip(named, notes, strict=True)] == [True] * len(named)
    assert [text.split("\n")[note.line - 1] for note in notes] == named
    assert [one.verdict for one in proof(done)] == [Verdict.IDENTICAL]
