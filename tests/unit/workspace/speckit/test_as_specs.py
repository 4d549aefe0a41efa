"""Features of Spec Kit as specs: names, criteria with their places, tasks with the stories and ids that they name."""

from __future__ import annotations

import pytest

from setsquare.spec.approval import stage_path
from setsquare.spec.stage import Stage
from setsquare.text.paths import RelPath
from setsquare.workspace.load import load
from setsquare.workspace.model import Workspace
from setsquare.workspace.spec import Dialect, Spec, SpecForm

SPEC = """# Feature Specification: Pay

**Input**: User description: "pay by card"

## User Scenarios & Testing *(mandatory)*

### User Story 1 - Card (Priority: P1)

As a buyer, I pay.

**Acceptance Scenarios**:

1. **Given** a cart, **When** I pay,
   **Then** it is sent
2. **Given** no money, **When** I pay, **Then** it is refused

### User Story 2 - Refund (Priority: P2)

1. **Given** a bill, **When** I ask, **Then** I am paid

## Requirements *(mandatory)*

- **FR-001**: System MUST charge
  the card once
- **FR-002**: System MUST send a bill
- **NFR-001**: It MUST be quick

## Success Criteria

- **SC-001**: 9 of 10 pay
"""
TASKS = """# Tasks: Pay

- [P] tasks = different files

## Phase 1: User Story 1

- [X] T001 [P] [US1] Charge in src/pay.py (FR-001)
- [ ] T002 [US1] Send it, covers FR-002 and NFR-001
- [ ] T003 Tidy up for FR-999 and AC-1
- [ ] T004 [US9] Nothing
"""


def loaded(files: dict[str, str | bytes], inside: str = "") -> Workspace:
    """Load files."""
    return load({RelPath(path): raw if isinstance(raw, bytes) else raw.encode() for path, raw in files.items()}, (), inside)


def feature(spec: str | bytes = SPEC, **more: str) -> tuple[Workspace, Spec]:
    """Load one feature."""
    files = {"specs/001-pay/spec.md": spec, **{f"specs/001-pay/{name}.md": text for name, text in more.items()}}
    workspace = loaded(files)
    (found,) = workspace.specs
    return workspace, found


# req: openspec-interop/1.2
def test_stories_and_ids_are_criteria_with_the_places_of_their_words() -> None:
    workspace, spec = feature()
    assert (spec.name, spec.path, spec.root, spec.form) == ("001-pay", "specs/001-pay", "specs", SpecForm.FEATURE)
    needs = spec.requirements
    assert needs is not None
    assert (needs.dialect, needs.title, needs.introduction) == (Dialect.SPECKIT, "Pay", 'User description: "pay by card"')
    assert [one.number for one in needs.requirements] == ["1", "2", "FR", "SC"]
    assert [(one.id, one.label) for one in needs.criteria] == [
        ("1.1", ""),
        ("1.2", ""),
        ("2.1", ""),
        ("FR-001", "FR-001"),
        ("FR-002", "FR-002"),
        ("NFR-001", "NFR-001"),
        ("SC-001", "SC-001"),
    ]
    raw = workspace.render("specs/001-pay/spec.md")
    cut = {one.id: raw[one.span.start : one.span.end].decode() for one in needs.criteria}
    assert cut["1.1"] == "1. **Given** a cart, **When** I pay,\n   **Then** it is sent"
    assert cut["FR-001"] == "- **FR-001**: System MUST charge\n  the card once"
    assert cut["SC-001"] == "- **SC-001**: 9 of 10 pay"
    assert needs.criteria[0].text == "Given a cart, When I pay, Then it is sent"


@pytest.mark.parametrize("turn", [lambda raw: raw.replace(b"\n", b"\r\n"), lambda raw: b"\xef\xbb\xbf" + raw, lambda raw: raw.rstrip()])
def test_places_are_those_of_the_bytes(turn) -> None:
    raw = turn(SPEC.encode())
    workspace, spec = feature(raw)
    assert workspace.render("specs/001-pay/spec.md") == raw
    assert spec.requirements is not None
    assert len(spec.requirements.criteria) == 7
    for one in spec.requirements.criteria:
        cut = raw[one.span.start : one.span.end]
        assert one.label.encode() in cut
        assert cut.strip() == cut
        assert raw[: one.span.start].count(b"\n") + 1 == one.line


# req: openspec-interop/1.2
def test_tasks_name_stories_by_their_mark_and_known_ids_in_their_words() -> None:
    workspace, spec = feature(tasks=TASKS)
    assert spec.tasks is not None
    assert [(task.id, [one.first for one in task.references]) for task in spec.tasks.tasks] == [
        ("T001", ["1", "FR-001"]),
        ("T002", ["1", "FR-002", "NFR-001"]),
        ("T003", ["FR-999"]),
        ("T004", ["9"]),
    ]
    raw = workspace.render("specs/001-pay/tasks.md")
    for task in spec.tasks.tasks:
        for one in task.references:
            assert raw[one.span.start : one.span.end].decode() == one.written
            assert raw[: one.span.start].count(b"\n") + 1 == one.line


def test_where_no_story_can_be_read_a_mark_names_nothing() -> None:
    _, spec = feature("### Saga\n- **FR-001**: a\n", tasks=TASKS)
    assert spec.tasks is not None
    assert [one.first for task in spec.tasks.tasks for one in task.references] == ["FR-001", "FR-002", "FR-999"]


def test_an_id_that_stands_twice_carries_its_occurrence() -> None:
    _, spec = feature("- **FR-001**: a\n- **FR-001**: b\n### User Story 1 - A\n1. **Given** x\n### User Story 1 - B\n1. **Given** y\n")
    assert spec.requirements is not None
    assert [one.id for one in spec.requirements.criteria] == ["1.1", "1#2.1", "FR-001", "FR-001#2"]


def test_code_is_no_demand() -> None:
    _, spec = feature("- **FR-001**: a\n```\n- **FR-002**: an example\n1. **Given** x\n```\n")
    assert spec.requirements is not None
    assert [one.id for one in spec.requirements.criteria] == ["FR-001"]


# req: openspec-interop/1.2
def test_names_folders_and_what_is_no_feature() -> None:
    workspace = loaded(
        {
            "specs/001-pay/spec.md": SPEC,
            "specs/001-pay/plan.md": "# Plan\n\n## Summary\nx\n",
            "specs/001-pay/contracts/api.yaml": "a: 1\n",
            "specs/002-draft/plan.md": "# Plan\n",
            "specs/notes/spec.md": SPEC,
            "api/specs/20251101-120000-refund/spec.md": SPEC,
            ".kiro/specs/001-pay/requirements.md": "# Requirements\n",
            "openspec/specs/003-x/spec.md": "# X\n",
            ".specify/memory/constitution.md": "# C\n",
        }
    )
    assert [(spec.name, spec.path) for spec in workspace.specs] == [
        ("001-pay", ".kiro/specs/001-pay"),
        ("20251101-120000-refund", "api/specs/20251101-120000-refund"),
        ("003-x", "openspec/specs/003-x"),
        ("speckit/001-pay", "specs/001-pay"),
    ]
    pay = workspace.specs[-1]
    assert pay.whole_names == ("speckit/001-pay",)
    assert workspace.specs[1].whole_names == ("20251101-120000-refund", "speckit/20251101-120000-refund")
    assert pay.extras == ("specs/001-pay/contracts/api.yaml",)
    assert pay.design is not None
    assert [stage_path(pay, stage) for stage in (Stage.REQUIREMENTS, Stage.DESIGN, Stage.TASKS)] == [
        f"specs/001-pay/{name}.md" for name in ("spec", "plan", "tasks")
    ]


@pytest.mark.parametrize(("inside", "path", "root"), [("specs/001-pay", "", ""), ("specs", "001-pay", ""), ("api/specs", "001-pay", "")])
def test_a_part_of_a_root_shows_its_features_too(inside: str, path: str, root: str) -> None:
    prefix = f"{path}/" if path else ""
    workspace = loaded({f"{prefix}spec.md": SPEC, f"{prefix}tasks.md": TASKS}, inside)
    (spec,) = workspace.specs
    assert (spec.name, spec.path, spec.root) == ("001-pay", path, root)
    assert spec.tasks is not None
