"""Every written form of a reference, in our own words."""

from __future__ import annotations

import pytest

from setsquare.text.paths import RelPath
from setsquare.workspace.references import read_references, read_value

PATH = RelPath(".kiro/specs/a/tasks.md")


def ids(text: str) -> list[str]:
    return [
        {"item": item.first, "range": f"{item.first}..{item.last}", "prose": f"<{item.written}>"}[item.kind.value]
        for item in read_references(text, PATH, 1)
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("_Requirements: 1.1, 2.3_", ["1.1", "2.3"]),
        ("_Requirements: 1.1, 1.2, 1.3-1.7_", ["1.1", "1.2", "1.3..1.7"]),
        ("_Requirements: 1.2–1.4; 3_", ["1.2..1.4", "3"]),
        ("_Requirements: 1.1-4_", ["1.1..1.4"]),
        ("_Requirements: 1.1 to 1.4 and 2.1_", ["1.1..1.4", "2.1"]),
        ("_需求：22.1、22.2，3_", ["22.1", "22.2", "3"]),
        ("_要件: 1.1_", ["1.1"]),
        ("_요구사항: 1.1, 2_", ["1.1", "2"]),
        ("_Requisitos: 1.1 y 1.2_", ["1.1", "1.2"]),
        ("_Требования: 1.1_", ["1.1"]),
        ("_Exigences : 1.1_", ["1.1"]),
        ("**Requirements**: 1, 2 and 3", ["1", "2", "3"]),
        ("**Validates: Requirements 1.1, 1.3**", ["1.1", "1.3"]),
        ("Validates Requirements 1.1", ["1.1"]),
        ("**验证: 需求 1.1**", ["1.1"]),
        ("**验证需求: 1.1**", ["1.1"]),
        ("検証対象: 要件 2.1", ["2.1"]),
        ("✅ **Validates: Requirements 8.1**", ["8.1"]),
        ("Add the form _(Req 1,3)_", ["1", "3"]),
        ("Add the form (Requirements: 1.1, 2.2) now", ["1.1", "2.2"]),
        ("Add the form _Requirements: 1.1_", ["1.1"]),
        ("_Requirements: 2.x_", ["2"]),
        ("_Requirements: REQ-2, FR-001–FR-003, R1, AC-1.2_", ["REQ-2", "FR-001..FR-003", "R1", "AC-1.2"]),
        ("_Requirements: Requirement 1, Requirement 2.1_", ["1", "2.1"]),
        ("_Requirements: 1.1_ (the rest was dropped)", ["1.1"]),
        ("_Requirements: 1.1 1.2/1.3_", ["1.1", "1.2", "1.3"]),
        ("需求: 1.1-1.2-1.4", ["1.1", "1.2", "1.4"]),
        ("_Requirements: login/1.2, 3（sign-up）_", ["login/1.2", "sign-up/3"]),
        ("_Requirements: 6.1#2, 6#2_", ["6.1#2", "6#2"]),
        ("_Requirements: REQ-2a.1, NFR.3, 2a.1, US-1.2#2_", ["REQ-2a.1", "NFR.3", "2a.1", "US-1.2#2"]),
        ("_Requirements: 3D pictures_", ["<3D pictures>"]),
        ("_Requirements: User Story 2 - Report a page_", ["2"]),
        ("_Requirements: 1.1 (form, and button), 2.1_", ["1.1", "2.1"]),
        ("_Requirements: All requirements validation_", ["<All requirements validation>"]),
        ("_Requirements: Tous les requirements_", ["<Tous les requirements>"]),
        ("_Requirements: N/A_", ["<N/A>"]),
        ("_Requirements: Testing Strategy, 1.1_", ["<Testing Strategy>", "1.1"]),
        ("_Requirements: 3 retries_", ["<3 retries>"]),
        ("_需求: 无_", ["<无>"]),
        ("Validates input data", []),
        ("validates: the project 1.1 is created", []),
        ("- 验证：项目创建", []),
        ("Run the requirements check with Node 18", []),
        ("_Requirements:_", []),
        ("", []),
    ],
)
def test_reads_each_form(text: str, expected: list[str]) -> None:
    assert ids(text) == expected


def test_spans_address_the_written_bytes() -> None:
    text = "_需求：1.1、REQ-2, 1.3–1.5_"
    raw = b"xx" + text.encode()
    for item in read_references(text, PATH, 7, offset=2):
        assert raw[item.span.start : item.span.end].decode() == item.written
        assert item.line == 7


def test_value_without_key() -> None:
    assert [item.first for item in read_value("1.1, 2.3", PATH, 1)] == ["1.1", "2.3"]


def test_a_line_that_no_person_writes_is_no_reference() -> None:
    assert read_references("_Requirements: " + "1.1, " * 2000, PATH, 1) == ()
