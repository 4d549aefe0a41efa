from __future__ import annotations

import pytest

from setsquare.spec.approval import stage_path
from setsquare.spec.dividing import Division, divide
from setsquare.spec.stage import APPROVED_STAGES
from setsquare.text.paths import RelPath
from setsquare.workspace.load import load

NEEDS = b"""# Requirements Document

## Introduction

Logins.

## Glossary

- **Bell**: rings

## Requirements

### Requirement 1: Log in

#### Acceptance Criteria

1. WHEN a user logs in, THE Bell SHALL ring
2. WHEN a login fails, THE Bell SHALL hum

### Requirement 2: Log out

#### Acceptance Criteria

1. WHEN a user logs out, THE Bell SHALL rest

### Requirement 3: Audit

#### Acceptance Criteria

1. WHEN a user logs in, THE Log SHALL record it
2. WHEN a login fails, THE Log SHALL record it
"""
DESIGN = b"""# Design Document

## Overview

Words.

## Components

### Bell

**Validates: Requirements 1.1**

### Log

**Validates: Requirements 3.1, 3.2**

#### Format

Lines.

## Correctness Properties

### Property 1: Both

*For any* login.

**Validates: Requirements 1.2, 3.1**
"""
TASKS = b"""# Implementation Plan

- [x] 1. Bell
  - [x] 1.1 Ring
    - _Requirements: 1.1_
- [x] 2. Log
  - [x] 2.1 Record
    - _Requirements: 3.1_
  - [ ] 2.2 Rotate
    - _Requirements: 3_
- [ ] 3. Both
  - _Requirements: 1.1-3.1_
- [ ] 4. Alone
"""


def divided(numbers: str = "3", needs: bytes = NEEDS, design: bytes = DESIGN, tasks: bytes = TASKS) -> Division:
    found = attempted(numbers, needs, design, tasks)
    assert found is not None
    return found


def attempted(numbers: str, needs: bytes = NEEDS, design: bytes = DESIGN, tasks: bytes = TASKS) -> Division | None:
    files = {"requirements.md": needs, "design.md": design, "tasks.md": tasks}
    workspace = load({RelPath(f".kiro/specs/login/{name}"): raw for name, raw in files.items()})
    spec = workspace.specs[0]
    documents = tuple(workspace.by_path[stage_path(spec, stage)].document for stage in APPROVED_STAGES)
    return divide(spec, documents, frozenset(numbers.split(",")), "audit", "Split from `login`.")


def criteria(raw: bytes) -> list[tuple[str, str]]:
    spec = load({RelPath(".kiro/specs/x/requirements.md"): raw}).specs[0]
    return [(item.id, item.text) for item in spec.requirements.criteria] if spec.requirements else []


def test_every_criterion_keeps_its_id_and_text_on_one_side() -> None:
    for numbers in ("1", "2", "3", "1,2", "1,3", "2,3"):
        found = divided(numbers)
        assert found.unsafe == ()
        left, right = criteria(found.left.requirements), criteria(found.right.requirements)
        assert sorted(left + right) == criteria(NEEDS)
        assert [name for name, _ in right] == list(found.ids)
        assert {name.partition(".")[0] for name, _ in right} == set(numbers.split(","))


def test_tasks_that_are_about_nothing_else_go_with_their_boxes() -> None:
    found = divided()
    assert found.tasks == ("2",)
    assert found.right.tasks is not None
    assert b"- [x] 2. Log\n  - [x] 2.1 Record\n" in found.right.tasks
    assert found.left.tasks == TASKS.replace(TASKS[TASKS.index(b"- [x] 2. Log") : TASKS.index(b"- [ ] 3. Both")], b"").replace(
        b"1.1-3.1", b"1.1, 1.2, 2.1, audit/3.1"
    )


def test_sections_go_whole_under_the_headings_they_stood_under() -> None:
    found = divided()
    assert found.sections == ("Log",)
    assert found.right.design == (
        b"# Design Document\n\nSplit from `login`.\n\n## Components\n\n### Log\n\n**Validates: Requirements 3.1, 3.2**\n\n#### Format\n\nLines.\n"
    )
    assert found.left.design is not None
    assert b"**Validates: Requirements 1.2, audit/3.1**" in found.left.design
    assert b"### Log" not in found.left.design


def test_the_glossary_is_copied() -> None:
    found = divided()
    assert b"- **Bell**: rings" in found.right.requirements
    assert b"- **Bell**: rings" in found.left.requirements


def test_line_ends_are_those_of_the_file() -> None:
    found = divided(needs=NEEDS.replace(b"\n", b"\r\n"), tasks=TASKS.replace(b"\n", b"\r\n"))
    for raw in (found.right.requirements, found.right.tasks or b""):
        assert raw.count(b"\n") == raw.count(b"\r\n")


@pytest.mark.parametrize("numbers", ["9", "1,2,3", ""])
def test_something_must_go_and_something_must_stay(numbers: str) -> None:
    assert attempted(numbers) is None


def test_what_nothing_is_about_stays() -> None:
    found = divided("2")
    assert (found.tasks, found.sections, found.right.tasks, found.right.design) == ((), (), None, None)
    assert found.left.design == DESIGN


def test_ids_that_would_change_are_named() -> None:
    plain = b"# Requirements: Bell\n\n## Functional Requirements\n\n- THE Bell SHALL ring\n\n## Non-Functional Requirements\n\n- THE Bell SHALL shine\n"
    found = attempted("1", needs=plain)
    assert found is None or found.unsafe


def test_documents_that_are_not_there_stay_so() -> None:
    workspace = load({RelPath(".kiro/specs/login/requirements.md"): NEEDS})
    spec = workspace.specs[0]
    found = divide(spec, (workspace.by_path[stage_path(spec, APPROVED_STAGES[0])].document, None, None), frozenset("3"), "audit", "From.")
    assert found is not None
    assert (found.left.design, found.left.tasks, found.right.design, found.right.tasks) == (None, None, None, None)


def test_an_order_of_tasks_that_crosses_the_specs_is_said() -> None:
    found = divided(tasks=TASKS.replace(b"- [ ] 4. Alone", b"- [ ] 4. Alone\n  - Depends on: 2\n"))
    assert found.crossing == ("task 4 waits for 2",)
    assert divided().crossing == ()
