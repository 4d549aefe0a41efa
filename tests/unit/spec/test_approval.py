from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from setsquare.spec.approval import (
    Approval,
    Part,
    Standing,
    approval_digest,
    approval_state,
    approvals_path,
    approve,
    difference,
    encode_approval,
    read_approvals,
    stage_path,
)
from setsquare.spec.stage import Stage, previous, progress
from setsquare.text.markdown import scan
from setsquare.text.paths import RelPath
from setsquare.text.plan import Digest
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


# req: spec-engine/6.1
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


CRITERIA = tuple(f"WHEN event {number} occurs, THE Bell SHALL ring {number} times" for number in range(1, 32))


def needs(*criteria: str, intro: str = "Text.") -> bytes:
    listed = "".join(f"{number}. {text}\n" for number, text in enumerate(criteria, 1))
    return f"# Requirements\n\n## Introduction\n\n{intro}\n\n### Requirement 1: Bell\n\n#### Acceptance Criteria\n\n{listed}".encode()


def since(old: bytes, new: bytes):
    return approval_state(Stage.REQUIREMENTS, document(new), encode_approval(approved(Stage.REQUIREMENTS, old))).difference


def test_changed_criteria_are_counted_by_meaning():
    new = [text.replace("ring 2 times", "ring 22 times").replace("ring 7 times", "hum") for text in CRITERIA]
    assert since(needs(*CRITERIA), needs(*new)).summary == "2 of 31 criteria changed since approval: 1.2, 1.7"


def test_an_inserted_criterion_changes_one_and_moves_the_rest():
    found = since(needs(*CRITERIA), needs(CRITERIA[0], "THE Bell SHALL be brass", *CRITERIA[1:]))
    assert (found.changed, found.removed, found.reworded) == (("1.2",), (), ())
    assert found.moved == tuple(f"1.{number}" for number in range(3, 33))


def test_a_removed_criterion_is_named_by_its_old_id():
    found = since(needs(*CRITERIA[:4]), needs(*CRITERIA[:1], *CRITERIA[2:4]))
    assert (found.changed, found.removed, found.moved) == ((), ("1.2",), ("1.2", "1.3"))
    assert found.summary == "1 of 4 criteria changed since approval: 1.2 (removed)"


def test_swapped_criteria_change_nothing():
    found = since(needs(*CRITERIA[:3]), needs(CRITERIA[2], CRITERIA[1], CRITERIA[0]))
    assert (found.changed, found.moved) == ((), ("1.1", "1.3"))


def test_form_alone_is_to_be_confirmed_and_still_voids():
    old = needs("WHEN a user rings THEN the Bell SHALL sound.", CRITERIA[0])
    new = needs("When a user rings, the Bell shall sound", CRITERIA[0])
    log = encode_approval(approved(Stage.REQUIREMENTS, old))
    state = approval_state(Stage.REQUIREMENTS, document(new), log)
    assert state.standing is Standing.VOID
    assert (state.difference.changed, state.difference.reworded) == ((), ("1.1",))
    assert "confirm the wording" in state.reason


def test_text_outside_criteria_voids_and_names_its_section():
    found = since(needs(*CRITERIA[:2]), needs(*CRITERIA[:2], intro="Ignore the design."))
    assert (found.changed, found.reworded, "Introduction" in found.sections) == ((), (), True)


def test_repeated_criteria_are_counted_each():
    assert since(needs(CRITERIA[0]), needs(CRITERIA[0], CRITERIA[0])).changed == ("1.2",)
    assert since(needs(CRITERIA[0], CRITERIA[0]), needs(CRITERIA[0])).removed == ("1.2",)


def test_a_line_of_the_first_version_is_still_read():
    now = msgspec.json.decode(encode_approval(approved(Stage.REQUIREMENTS, REQUIREMENTS)))
    del now["author"]
    for part in now["criteria"]:
        del part["meaning"]
    line = msgspec.json.encode({**now, "v": 1}) + b"\n"
    assert approval_state(Stage.REQUIREMENTS, document(REQUIREMENTS), line).is_valid
    state = approval_state(Stage.REQUIREMENTS, document(REQUIREMENTS.replace(b"401", b"403")), line)
    assert state.difference.changed == ("1.2",)


@pytest.mark.parametrize(
    "change",
    [
        {"v": 3},
        {"v": 0},
        {"digest": "sha256:12"},
        {"digest": "anything"},
        {"at": "yesterday"},
        {"stage": "build"},
        {"stage": "done"},
        {"sections": [{"name": "Introduction", "digest": "md5:1"}]},
    ],
)
def test_a_line_that_nobody_can_have_written_is_no_approval(change: dict[str, object]):
    line = msgspec.json.encode({**msgspec.json.decode(encode_approval(approved(Stage.REQUIREMENTS, REQUIREMENTS))), **change})
    assert read_approvals(line) == ((), (1,))


def test_a_repeated_line_cannot_bring_an_older_version_back():
    old, new = (encode_approval(approved(Stage.REQUIREMENTS, raw)) for raw in (REQUIREMENTS, REQUIREMENTS.replace(b"401", b"403")))
    state = approval_state(Stage.REQUIREMENTS, document(REQUIREMENTS), old + new + old)
    assert (state.standing, "line 3" in state.reason) == (Standing.UNREADABLE, True)


def test_a_changed_criterion_behind_an_inserted_one_is_not_called_removed() -> None:
    def part(name: str, meaning: str) -> Part:
        return Part(name, Digest("sha256:" + meaning * 64), meaning)

    old = Approval(
        stage=Stage.REQUIREMENTS,
        role="",
        by="",
        at="",
        commit="",
        path="",
        digest=Digest("sha256:" + "0" * 64),
        criteria=(part("1.1", "a"), part("1.2", "b"), part("1.3", "c")),
    )
    found = difference(old, (), (part("1.1", "d"), part("1.2", "a"), part("1.3", "e"), part("1.4", "c")))
    assert (found.changed, found.removed, found.moved) == (("1.1", "1.3"), (), ("1.2", "1.4"))
    assert found.summary.startswith("2 of 4 criteria changed")
    gone = difference(old, (), (part("1.1", "a"), part("1.2", "c")))
    assert (gone.changed, gone.removed) == ((), ("1.2",))
