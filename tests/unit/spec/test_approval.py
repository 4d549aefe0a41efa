from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from setsquare.spec.approval import (
    Approval,
    Standing,
    approval_digest,
    approval_state,
    approvals_path,
    approve,
    encode_approval,
    read_approvals,
    stage_path,
)
from setsquare.spec.stage import Stage, previous, progress
from setsquare.text.markdown import scan
from setsquare.text.paths import RelPath
from setsquare.workspace.spec import Spec
from setsquare.workspace.tasks import read_tasks

REQUIREMENTS = b"""# Requirements Document

## Introduction

Text.

### Requirement 1: Log in

#### Acceptance Criteria

1. WHEN a user logs in, THE Login_Endpoint SHALL answer 200
2. IF the password is wrong, THEN THE Login_Endpoint SHALL answer 401
"""
TASKS = b"""# Implementation Plan

- [ ] 1. Build the store
  - _Requirements: 1.1_
- [x] 2. Build the endpoint
  - _Requirements: 1.2_
"""


def document(raw: bytes, name: str = "requirements.md"):
    return scan(RelPath(f".kiro/specs/a/{name}"), raw)


def approved(stage: Stage, raw: bytes, name: str = "requirements.md") -> Approval:
    return approve(stage, document(raw, name), role="architect", by="Ada <ada@example.org>", at="2026-11-21T10:15:02Z", commit="c" * 40)


def test_an_approval_survives_its_own_line():
    approval = approved(Stage.REQUIREMENTS, REQUIREMENTS)
    assert read_approvals(encode_approval(approval)) == ((approval,), ())
    assert {part.name for part in approval.criteria} == {"1.1", "1.2"}


def test_nobody_approved_is_not_valid():
    state = approval_state(Stage.DESIGN, document(REQUIREMENTS), encode_approval(approved(Stage.REQUIREMENTS, REQUIREMENTS)))
    assert (state.standing, state.is_valid) == (Standing.NONE, False)


# req: draft-and-approve/3.2
def test_the_same_bytes_are_valid_and_any_other_byte_is_not():
    log = encode_approval(approved(Stage.REQUIREMENTS, REQUIREMENTS))
    assert approval_state(Stage.REQUIREMENTS, document(REQUIREMENTS), log).is_valid
    for at in range(0, len(REQUIREMENTS), 7):
        changed = REQUIREMENTS[:at] + bytes([REQUIREMENTS[at] ^ 1]) + REQUIREMENTS[at + 1 :]
        assert approval_state(Stage.REQUIREMENTS, document(changed), log).standing is Standing.VOID


def test_a_void_approval_names_what_changed():
    log = encode_approval(approved(Stage.REQUIREMENTS, REQUIREMENTS))
    state = approval_state(Stage.REQUIREMENTS, document(REQUIREMENTS.replace(b"401", b"403")), log)
    assert state.changed[0] == "1.2"
    assert "1.1" not in state.changed


def test_a_gone_file_voids_its_approval():
    state = approval_state(Stage.REQUIREMENTS, None, encode_approval(approved(Stage.REQUIREMENTS, REQUIREMENTS)))
    assert state.standing is Standing.VOID


# req: draft-and-approve/3.3
def test_a_tick_does_not_void_the_approval_of_tasks():
    log = encode_approval(approved(Stage.TASKS, TASKS, "tasks.md"))
    ticked = TASKS.replace(b"- [ ] 1.", b"- [x] 1.")
    assert approval_state(Stage.TASKS, document(ticked, "tasks.md"), log).is_valid
    assert not approval_state(Stage.TASKS, document(ticked.replace(b"store", b"cellar"), "tasks.md"), log).is_valid


def test_a_box_in_text_that_is_no_task_is_not_masked():
    before = document(b"- [ ] 1. Build\n  - accept [ ] or [x]\n", "tasks.md")
    after = document(b"- [ ] 1. Build\n  - accept [x] or [x]\n", "tasks.md")
    assert len(read_tasks(before).tasks) == 1
    assert approval_digest(Stage.TASKS, before) != approval_digest(Stage.TASKS, after)


@pytest.mark.parametrize("line", [b"<<<<<<< HEAD\n", b'{"v":1}\n', b"\xff\xfe\n", b'{"stage":"\xff"}\n'])
def test_a_damaged_log_is_no_approval(line: bytes):
    log = encode_approval(approved(Stage.REQUIREMENTS, REQUIREMENTS)) + line
    assert approval_state(Stage.REQUIREMENTS, document(REQUIREMENTS), log).standing is Standing.UNREADABLE


def test_the_last_approval_of_a_stage_counts():
    other = REQUIREMENTS.replace(b"401", b"403")
    log = encode_approval(approved(Stage.REQUIREMENTS, REQUIREMENTS)) + encode_approval(approved(Stage.REQUIREMENTS, other))
    assert approval_state(Stage.REQUIREMENTS, document(other), log).is_valid
    assert not approval_state(Stage.REQUIREMENTS, document(REQUIREMENTS), log).is_valid


def test_places():
    spec = Spec(name="Phase 1/login", path=RelPath("api/.kiro/specs/Phase 1/login"), root=RelPath("api/.kiro"), is_bugfix=True)
    assert approvals_path(spec) == ".setsquare/approvals/api/Phase 1/login.jsonl"
    assert stage_path(spec, Stage.REQUIREMENTS).endswith("/bugfix.md")


def test_stages_follow_each_other():
    assert [previous(stage) for stage in Stage] == [None, Stage.REQUIREMENTS, Stage.DESIGN, Stage.TASKS, Stage.TASKS]


def test_progress_counts_leaves_and_leaves_optional_ones_apart():
    raw = b"- [ ] 1. A\n  - [x] 1.1 B\n  - [ ] 1.2 C\n- [x] 2. D\n- [ ]* 3. E\n"
    spec = Spec(name="a", path=RelPath("a"), root=RelPath(".kiro"), tasks=read_tasks(document(raw, "tasks.md")))
    assert msgspec.structs.astuple(progress(spec)) == (2, 3, 1)


@given(st.binary(max_size=200))
@settings(max_examples=60, deadline=None)
def test_reading_a_log_never_raises(raw: bytes):
    approval_state(Stage.TASKS, document(TASKS, "tasks.md"), raw)
