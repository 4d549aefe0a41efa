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
        ("**Validates: All Requirements**", ["<All Requirements>"]),
        ("**Validates: Testing Strategy**", ["<Testing Strategy>"]),
        ("Validates: error handling", []),
        ("Validates: N/A", ["<N/A>"]),
        ("验证：错误处理", []),
        ("_Vereisten: 1.1, 2.2_", ["1.1", "2.2"]),
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


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Requirements 1-3", ["1..3"]),
        ("_Requirements 1.1, 1.2_", ["1.1", "1.2"]),
        ("_All requirements_", ["<All requirements>"]),
        ("*Toutes les exigences*", ["<Toutes les exigences>"]),
        ("_Requirements: 2.x, 1.*, 3.2_", ["2", "1", "3.2"]),
        ("_Requirements: 1.2(a), 1.3.b_", ["1.2.a", "1.3.b"]),
        ("_需求：１.１，２.３_", ["1.1", "2.3"]),
        ("**Requirements Reference**: Requirement 2.1, 2.2", ["2.1", "2.2"]),
        ("**Requirement IDs:** REQ-1, REQ-2", ["REQ-1", "REQ-2"]),
        ("[x] Write tests _(relates to Req 1,5,6)_", ["1", "5", "6"]),
        ("[x] Write tests _(relates Req 1,3)_", ["1", "3"]),
        ("Requirement 1: Connection Resilience (10/10 criteria)", []),
        ("Requirements 3 and the rest are open", []),
        ("Write code in src/mod_1.py", []),
        ("*For any* input, behaviour 2 holds.", []),
    ],
)
def test_more_written_forms(text: str, expected: list[str]) -> None:
    assert ids(text) == expected


@pytest.mark.parametrize("mark", ["_", "*", "**"])
@pytest.mark.parametrize("key", ["Requirements:", "Requirement:", "Validates: Requirements", "需求：", "要件:"])
@pytest.mark.parametrize("value", ["1.1", "1.1, 2.3", "1.1,2.3, 10.12"])
def test_the_short_way_reads_what_the_long_way_reads(mark: str, key: str, value: str) -> None:
    short = read_references(f"{mark}{key} {value}{mark}", PATH, 1, 7)
    long = read_references(f"{mark}{key} {value} {mark}", PATH, 1, 7)
    assert short == long
    assert [item.first for item in short] == [part.strip() for part in value.split(",")]
