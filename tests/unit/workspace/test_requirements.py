"""Every dialect and every awkward case of requirements files, in our own words."""

from __future__ import annotations

import pytest

from setsquare.text.markdown import scan
from setsquare.text.paths import RelPath
from setsquare.workspace.requirements import read_requirements
from setsquare.workspace.spec import Dialect, Requirements


def read(text: str | bytes, name: str = "requirements.md") -> Requirements:
    raw = text.encode() if isinstance(text, str) else text
    return read_requirements(scan(RelPath(f".kiro/specs/a/{name}"), raw))


def ids(found: Requirements) -> list[str]:
    return [criterion.id for criterion in found.criteria]


KIRO = """\
# Requirements Document

## Introduction

The Box shall be small, says the owner.

## Glossary

- **Lid_Part**: The part that
  closes the box
- `Base`: what stands below

## Requirements

### Requirement 1: Open the box

**User Story:** As a user, I want to open the box,
so that I can look inside.

#### Acceptance Criteria

1. WHEN a user lifts the lid, THE Box SHALL open
   and stay open
2. THE Box SHALL hold:
   - a pen
   - a ruler
3. IF the lid is stuck THEN THE Box SHALL say so

---

### Requirement 3 - Close the box

#### Acceptance Criteria

1. WHEN a user lowers the lid THEN the box SHALL close

## Notes

1. THE Box SHALL NOT be read from here
"""


def test_kiro_form() -> None:
    found = read(KIRO)
    assert found.dialect is Dialect.KIRO
    assert found.title == "Requirements Document"
    assert found.introduction == "The Box shall be small, says the owner."
    assert found.glossary == (("Lid_Part", "The part that closes the box"), ("Base", "what stands below"))
    assert [(r.number, r.title) for r in found.requirements] == [("1", "Open the box"), ("3", "Close the box")]
    assert found.requirements[0].story == "As a user, I want to open the box, so that I can look inside."
    assert ids(found) == ["1.1", "1.2", "1.3", "3.1"]
    assert found.criteria[0].text == "WHEN a user lifts the lid, THE Box SHALL open and stay open"
    assert found.criteria[1].text == "THE Box SHALL hold: a pen a ruler"


def test_spans_address_item_and_text() -> None:
    raw = KIRO.encode()
    first, second = read(KIRO).criteria[:2]
    assert raw[first.span.start : first.span.end].startswith(b"1. WHEN")
    assert raw[first.span.start : first.span.end].endswith(b"stay open\n")
    assert raw[first.text_span.start : first.text_span.end] == b"WHEN a user lifts the lid, THE Box SHALL open\n   and stay open"
    assert raw[second.text_span.start : second.text_span.end].endswith(b"a ruler")
    assert first.line == 22


@pytest.mark.parametrize(
    ("heading", "number", "title"),
    [
        ("### Requirement 2", "2", ""),
        ("### Requirement 2.1: A", "2.1", "A"),
        ("### 需求 22（低优先级）", "22", "（低优先级）"),
        ("### 需求 2：开", "2", "开"),
        ("### 要件2: 開く", "2", "開く"),
        ("### 요구사항 2: 열기", "2", "열기"),
        ("### Requisito 2: Abrir", "2", "Abrir"),
        ("### Exigence 2", "2", ""),
        ("### Yêu cầu 2: Mở", "2", "Mở"),
        ("### Требование 2: Открыть", "2", "Открыть"),
        ("### US-2: Open", "US-2", "Open"),
        ("### US-2：Open", "US-2", "Open"),
        ("### NFR-2: Speed", "NFR-2", "Speed"),
        ("### **REQ-2a: Open**", "REQ-2a", "Open"),
        ("## Requirement 2 - Open", "2", "Open"),
        ("#### Requirement 2: Open", "2", "Open"),
    ],
)
def test_requirement_headings(heading: str, number: str, title: str) -> None:
    found = read(f"## Requirements\n\n{heading}\n\n##### Acceptance Criteria\n\n1. WHEN a, THE Box SHALL b\n")
    assert [(r.number, r.title) for r in found.requirements] == [(number, title)]
    assert ids(found) == [f"{number}.1"]


@pytest.mark.parametrize(
    "label",
    [
        "#### Acceptance Criteria",
        "## Acceptance Criteria",
        "**Acceptance Criteria:**",
        "#### 验收标准",
        "#### 受け入れ基準",
        "#### 受入基準",
        "#### 인수 조건",
        "#### Критерии приемки",
        "#### Criterios de Aceptación",
        "#### Critérios de Aceitação",
        "#### Critères d'acceptation",
        "#### Akzeptanzkriterien",
    ],
)
def test_criteria_labels(label: str) -> None:
    found = read(f"### Requirement 1\n\nSome prose.\n\n- a bullet before\n\n{label}\n\n1. THE Box SHALL a\n2. THE Box SHALL b\n")
    assert ids(found) == ["1.1", "1.2"]


def test_bare_numbers_count_only_where_requirements_are() -> None:
    found = read(
        "# Box\n## Features\n### 1. Open\n- The box opens\n- It stays open\n### 2. Close\n- It closes\n## Colours Needed\n### 1. red\n- Red is warm\n"
    )
    assert [(r.number, r.title) for r in found.requirements] == [("1", "Open"), ("2", "Close")]
    assert ids(found) == ["1.1", "1.2", "2.1"]


def test_bare_numbers_beside_worded_headings_are_none() -> None:
    found = read("## Requirements\n### Requirement 1\n#### Acceptance Criteria\n1. THE Box SHALL a\n### 1. box.colour.red\n- Red\n")
    assert [r.number for r in found.requirements] == ["1"]


def test_section_numbers_are_no_requirement_numbers() -> None:
    found = read("# Box\n## 1. Introduction\nText.\n## 2. Requirements\n### 2.1 Open\n- THE Box SHALL open\n")
    assert [r.number for r in found.requirements] == ["2.1"]
    assert ids(found) == ["2.1.1"]


def test_dotted_headings_below_bare_ones() -> None:
    found = read("## Requirements\n### 1. Tests\n#### 1.1 Names\n- Names are short\n- Names are clear\n### 2. Docs\n- Docs exist\n")
    assert [(r.number, len(r.criteria)) for r in found.requirements] == [("1", 0), ("1.1", 2), ("2", 1)]


def test_gaps_and_repetitions_are_kept() -> None:
    part = "### 需求 {}: 盒\n#### 验收标准\n1. WHEN 打开 THEN 盒 SHALL 亮\n"
    found = read("## 需求\n" + "".join(part.format(n) for n in (6, 9, 6)))
    assert [r.number for r in found.requirements] == ["6", "9", "6#2"]
    assert ids(found) == ["6.1", "9.1", "6.1#2"]


def test_technical_sections_after_criteria_are_none() -> None:
    found = read(
        "### 需求 1: 盒\n#### 验收标准\n1. WHEN 打开 THEN 盒 SHALL 亮\n2. 盒 SHALL 关\n\n#### 技术方案\n\n**A** ✅\n\n"
        "```ts\n// 1. THE Box SHALL compile\n```\n\n1. **原则** - 简单\n2. **项目** - 新的\n"
        "\n```\nsrc/\n├── box.ts\n```\n\n## Future Features (Out of Scope)\n\n### Phase 2\n\n1. **Lock**\n   - Support for keys\n2. **Colour**\n"
    )
    assert ids(found) == ["1.1", "1.2"]


def test_a_paragraph_ends_the_list_and_a_counted_item_goes_on() -> None:
    found = read(
        "### Requirement 1\n#### Acceptance Criteria\n1. THE Box SHALL a\n\nFor the record:\n\n2. THE Box SHALL b\n- a note\n\nRemarks\n\n- another\n"
    )
    assert ids(found) == ["1.1", "1.2"]
    assert found.criteria[1].text == "THE Box SHALL b a note"


def test_code_inside_a_criterion_does_not_end_the_list() -> None:
    found = read(
        "### Requirement 1\n#### Acceptance Criteria\n1. THE Box SHALL print\n   ```\n   1. hello\n   ```\n2. THE Box SHALL stop\n"
    )
    assert ids(found) == ["1.1", "1.2"]
    assert found.criteria[0].text == "THE Box SHALL print"


def test_grouped_criteria() -> None:
    found = read(
        "### Requirement 1\n#### Acceptance Criteria\n##### Good days\n1. WHEN a, THE Box SHALL b\n##### Bad days\n2. IF c, THEN THE Box SHALL d\n"
    )
    assert ids(found) == ["1.1", "1.2"]


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        ("- THE Box SHALL a\n- THE Box SHALL b\n", ["1.1", "1.2"]),
        ("  1. THE Box SHALL a\n  2. THE Box SHALL b\n", ["1.1", "1.2"]),
        ("1. THE Box SHALL a\n1. THE Box SHALL b\n", ["1.1", "1.2"]),
        ("1. THE Box SHALL a\n3. THE Box SHALL b\n", ["1.1", "1.3"]),
        ("1. THE Box SHALL a\n2. THE Box SHALL b\n1. THE Box SHALL c\n", ["1.1", "1.2", "1.1#2"]),
        ("- 1.1 THE Box SHALL a\n- 1.3 THE Box SHALL b\n", ["1.1", "1.3"]),
        ("1.1 WHEN a, THE Box SHALL b\n1.2 WHEN c, THE Box SHALL d\n", ["1.1", "1.2"]),
        ("- [ ] THE Box SHALL a\n- [x] THE Box SHALL b\n", ["1.1", "1.2"]),
        ("1) THE Box SHALL a\n2) THE Box SHALL b\n", ["1.1", "1.2"]),
        ("1. WHEN a, THE Box SHALL b\n\n2. WHEN c, THE Box SHALL d\n", ["1.1", "1.2"]),
    ],
)
def test_markers(items: str, expected: list[str]) -> None:
    found = read(f"### Requirement 1\n#### Acceptance Criteria\n{items}")
    assert ids(found) == expected
    assert all(criterion.text.startswith(("THE", "WHEN")) for criterion in found.criteria)


def test_written_labels_are_kept_apart() -> None:
    found = read(
        "# Requirements: Box\n## Functional Requirements\n- **REQ-001**: When a, the box shall b.\n- AC-2: The box shall c.\n- HTTP2 is used.\n"
    )
    assert [(c.id, c.label, c.text) for c in found.criteria] == [
        ("1.1", "REQ-001", "When a, the box shall b."),
        ("1.2", "AC-2", "The box shall c."),
        ("1.3", "", "HTTP2 is used."),
    ]


def test_tutorial_dialect() -> None:
    found = read(
        "# Requirements: Box\n\n## Functional Requirements\n\n- The box shall open.\n- When a user pushes, the box shall close.\n\n"
        "## Non-Functional Requirements\n\n- The box shall open within 2 seconds.\n\n## Out of Scope\n\n- Locks\n"
    )
    assert found.dialect is Dialect.TUTORIAL
    assert [(r.number, r.title) for r in found.requirements] == [("1", "Functional Requirements"), ("2", "Non-Functional Requirements")]
    assert ids(found) == ["1.1", "1.2", "2.1"]


def test_quality_part_beside_numbered_requirements() -> None:
    found = read(
        "## Requirements\n### Requirement 1\n#### Acceptance Criteria\n1. THE Box SHALL a\n## Non-Functional Requirements\n### Speed\n- Quick: 3 ms\n- THE Box SHALL be quick\n"
    )
    assert ids(found) == ["1.1", "NFR.1"]


def test_clauses_without_list_markers() -> None:
    found = read(
        "# Box\n## User Story: Opening\n\nWHEN a user lifts the lid\nTHE BOX SHALL open\nAND THE BOX SHALL ring\n\nWHEN it is late\nTHE BOX SHALL NOT ring\n\n"
        "## User Story: Closing\n\nTHE BOX SHALL close\nTHE BOX SHALL lock\n\n## Non-Goals for now\n\n* Paint\n"
    )
    assert [(r.number, r.title) for r in found.requirements] == [("1", "Opening"), ("2", "Closing")]
    assert [c.text for c in found.criteria] == [
        "WHEN a user lifts the lid THE BOX SHALL open AND THE BOX SHALL ring",
        "WHEN it is late THE BOX SHALL NOT ring",
        "THE BOX SHALL close",
        "THE BOX SHALL lock",
    ]


def test_numbered_stories_without_requirement_headings() -> None:
    found = read("# Box\n## User Story 4: Opening\nWHEN a\nTHE BOX SHALL b\n")
    assert [r.number for r in found.requirements] == ["4"]


def test_unnumbered_headings_with_criteria_labels() -> None:
    found = read(
        "# Box\n## Opening\n**User Story:** As a user, I open.\n\n**Acceptance Criteria:**\n- The lid moves\n\n## Closing\n### Acceptance Criteria\n1. THE Box SHALL shut\n"
    )
    assert [(r.number, r.title) for r in found.requirements] == [("1", "Opening"), ("2", "Closing")]
    assert ids(found) == ["1.1", "2.1"]


def test_plain_sections_that_demand() -> None:
    found = read(
        "# Box needs\n## Opening\n- The box shall open.\n- Lids shall move.\n- Oil\n## Future Extensions\n- The box shall fly.\n## Parts\n- Lid\n"
    )
    assert [(r.number, r.title) for r in found.requirements] == [("1", "Opening")]
    assert ids(found) == ["1.1", "1.2"]


def test_labels_and_stories_as_items() -> None:
    found = read(
        "### Requirement 1: Open\n- **User Story:** As a user, I open\n- **Acceptance Criteria:**\n  1. THE Box SHALL a\n  2. THE Box SHALL b\n"
    )
    assert ids(found) == ["1.1", "1.2"]
    assert found.requirements[0].story == "As a user, I open"


def test_cc_sdd_dialect() -> None:
    found = read(
        "# Requirements Document\n## Project Description (Input)\nA box.\n## Requirements\n### Requirement 1: Open\n"
        "**Objective:** As a user, I want a box\n\n#### Acceptance Criteria\n1. When a user lifts, the box shall open\n"
    )
    assert found.dialect is Dialect.CC_SDD
    assert found.requirements[0].story == "As a user, I want a box"
    assert ids(found) == ["1.1"]


def test_bugfix_sections() -> None:
    found = read(
        "# Bugfix Requirements Document\n\n## Introduction\n\nIt fails.\n\n## Bug Analysis\n\n### Current Behavior (Defect)\n\n"
        "1.1 WHEN a lid is lifted THEN the system\nstays dark\n\n1.2 WHEN b THEN the system fails\n\n### Expected Behavior (Correct)\n\n"
        "2.1 WHEN a lid is lifted THEN the system SHALL ring\n\n### Unchanged Behavior (Regression Prevention)\n\n"
        "3.1 WHEN c THEN the system SHALL CONTINUE TO d\n\n## Bug Condition and Properties\n\nisBugCondition(X)\n",
        "bugfix.md",
    )
    assert found.dialect is Dialect.BUGFIX
    assert [(c.id, c.demands) for c in found.criteria] == [("1.1", False), ("1.2", False), ("2.1", True), ("3.1", True)]
    assert found.criteria[0].text == "WHEN a lid is lifted THEN the system stays dark"


@pytest.mark.parametrize(
    ("sentence", "kept"),
    [
        ("1. QUAND un utilisateur ouvre ALORS LA Boîte DOIT sonner", "QUAND"),
        ("5. WHERE 用户是管理员，THE Box SHALL 允许打开", "WHERE"),
        ("1. WHILE open, WHEN a key turns, THE Box SHALL ring", "WHILE"),
        ("1. WHEN `put` runs, IF full, THEN THE `Box_Guard` SHALL stop", "WHEN"),
        ("1. WHEN a, THE Box SHALL b; IF c, THEN THE Box SHALL d", "WHEN"),
    ],
)
def test_any_language_and_any_order(sentence: str, kept: str) -> None:
    found = read(f"### Requirement 1\n#### Acceptance Criteria\n{sentence}\n")
    assert len(found.criteria) == 1
    assert found.criteria[0].text.startswith(kept)


def test_encodings() -> None:
    raw = b"\xef\xbb\xbf### Requirement 1\r\n#### Acceptance Criteria\r\n1. THE Box SHALL say \x92hello\x92\r\n2. THE Box SHALL stop"
    found = read(raw)
    assert ids(found) == ["1.1", "1.2"]
    last = found.criteria[-1]
    assert raw[last.text_span.start : last.text_span.end] == b"THE Box SHALL stop"


@pytest.mark.parametrize("raw", [b"", b"\n", b"# Title", b"####", b"1.", b"- \n", b"**", b"|"])
def test_nothing_is_a_value(raw: bytes) -> None:
    assert read(raw).criteria == ()


AWKWARD = {
    "setext": "Requirements Document\n===\n\nRequirements\n------------\n\n### Requirement 1: Login\n\n#### Acceptance Criteria\n\n1. WHEN a, THE S SHALL b\n",
    "rows": "### Requirement 1: A\n#### Acceptance Criteria\n| ID | Criterion | Priority |\n|---|---|---|\n| 1.1 | THE S SHALL a | High |\n| 1.2 | Ring | Low |\n",
    "rows of a part": "# Requirements: A\n## Functional Requirements\n| ID | Requirement |\n|--|--|\n| FR-1 | THE S SHALL a |\n| FR-2 | THE S SHALL b |\n",
    "rows without numbers": "### Requirement 1: A\n#### Acceptance Criteria\n| # | Acceptance criterion |\n|---|---|\n| 3 | THE S SHALL a |\n| 4 | THE S SHALL b |\n",
    "chinese numerals": "## 需求\n### 需求一：登录\n#### 验收标准\n1. THE 系统 SHALL a\n### 需求十二：退出\n#### 验收标准\n１. THE 系统 SHALL b\n２．THE 系统 SHALL c\n",
    "chinese ordinals": "## 需求\n### 第二个需求：登录\n#### 验收标准\n（1）THE 系统 SHALL a\n（2）THE 系统 SHALL b\n",
    "circled": "### 要件1: A\n#### 受け入れ基準\n① システムは a すること\n② システムは b すること\n",
    "full-width": "### 需求１２：A\n#### 验收标准\n1. THE 系统 SHALL a\n",
    "roman": "### Requirement IV: A\n#### Acceptance Criteria\n1. THE S SHALL a\n",
    "bold": "# R\n\n**Requirement 1: A**\n\n**Acceptance Criteria:**\n1. THE S SHALL a\n\n**Requirement 2: B**\n\n**Acceptance Criteria:**\n1. THE S SHALL b\n",
    "bare": "Requirement 1: A\n\nAcceptance Criteria\n1. THE S SHALL a\n\nRequirement 2: B\n\nAcceptance Criteria\n1. THE S SHALL b\n",
    "groups": "### Requirement 1\n#### Acceptance Criteria\n**Happy path**\n1. THE S SHALL a\n**Errors**\n2. THE S SHALL b\n",
    "boxes": "### Requirement 1\n#### Acceptance Criteria\n- [ ] THE S SHALL a\n- [x] WHEN q, THE S SHALL b\n",
    "clause lines": "### Requirement 1\n#### Acceptance Criteria\nWHEN a\nTHE S SHALL b\nAND THE S SHALL c\n\nWHEN d\nTHE S SHALL e\n",
    "clause items": "### Requirement 1\n#### Acceptance Criteria\n- WHEN a\n- THEN THE S SHALL b\n- AND THE S SHALL c\n- WHEN d\n- THEN THE S SHALL e\n",
    "given": "### Requirement 1\n#### Acceptance Criteria\n- **GIVEN** a\n- **WHEN** b\n- **THEN** THE S SHALL c\n- **GIVEN** d\n- **WHEN** e\n- **THEN** f\n",
    "metadata": "### Requirement 1\n- **Priority:** High\n#### Acceptance Criteria\n1. THE S SHALL a\n- **Source:** a customer\n2. THE S SHALL b\n",
    "numbered parts": "# Feature Requirements\n## 1. Login\n### Acceptance Criteria\n1. THE S SHALL a\n## 3. Out\n### Acceptance Criteria\n3.1. THE S SHALL b\n",
    "labels": "### [REQ-7] A\n#### Acceptance Criteria\n- **AC-1**: THE S SHALL a\n- **AC-2**: THE S SHALL b\n",
}
EXPECTED = {
    "setext": ["1.1"],
    "rows": ["1.1", "1.2"],
    "rows of a part": ["1.1", "1.2"],
    "rows without numbers": ["1.3", "1.4"],
    "chinese numerals": ["1.1", "12.1", "12.2"],
    "chinese ordinals": ["2.1", "2.2"],
    "circled": ["1.1", "1.2"],
    "full-width": ["12.1"],
    "roman": ["4.1"],
    "bold": ["1.1", "2.1"],
    "bare": ["1.1", "2.1"],
    "groups": ["1.1", "1.2"],
    "boxes": ["1.1", "1.2"],
    "clause lines": ["1.1", "1.2"],
    "clause items": ["1.1", "1.2"],
    "given": ["1.1", "1.2"],
    "metadata": ["1.1", "1.2"],
    "numbered parts": ["1.1", "3.1"],
    "labels": ["REQ-7.1", "REQ-7.2"],
}


@pytest.mark.parametrize("case", sorted(AWKWARD))
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_awkward_layouts(case: str, newline: str) -> None:
    text = AWKWARD[case].replace("\n", newline)
    found = read(text)
    assert ids(found) == EXPECTED[case]
    raw = text.encode()
    for criterion in found.criteria:
        written = raw[criterion.text_span.start : criterion.text_span.end].decode()
        assert written.startswith(criterion.text[:6])
        assert not criterion.text.endswith(("**Errors**", "customer", "| High"))


def test_a_list_below_a_clause_is_its_parts() -> None:
    found = read(
        "### Requirement 1\n#### Acceptance Criteria\n1. WHEN x, THE S SHALL:\n   - log the event\n     - with its time\n   - send mail\n"
        "2. THE S SHALL support:\n   b) PDF\n   d) CSV\n3. THE S SHALL ring\n   - loudly\n4. Formats:\n   - PDF\n"
    )
    assert ids(found) == ["1.1", "1.2", "1.3", "1.4"]
    assert found.criteria[0].text == "WHEN x, THE S SHALL: log the event with its time send mail"
    children = [(child.id, child.parent, child.text) for criterion in found.criteria for child in criterion.children]
    assert children == [
        ("1.1.a", "1.1", "log the event with its time"),
        ("1.1.b", "1.1", "send mail"),
        ("1.2.b", "1.2", "PDF"),
        ("1.2.d", "1.2", "CSV"),
    ]
    assert [leaf.id for leaf in found.leaves] == ["1.1.a", "1.1.b", "1.2.b", "1.2.d", "1.3", "1.4"]


@pytest.mark.parametrize(
    "text",
    [
        "### Requirement 1\n#### Acceptance Criteria\n1. THE S SHALL a\n\n## Traceability\n\n**Requirement 1: A**\n",
        "### Requirement 1\n#### Acceptance Criteria\n1. THE S SHALL a\n\n| Requirement | Task |\n|---|---|\n| 1.1 | Do it |\n",
        "### Requirement 1\n#### Acceptance Criteria\n1. THE S SHALL a\n\nRequirement 2: is told elsewhere\n",
        "### Requirement 1\n#### Acceptance Criteria\n1. THE S SHALL a within\n3.5 seconds\n",
    ],
)
def test_what_only_looks_like_one_is_none(text: str) -> None:
    assert ids(read(text))[:1] == ["1.1"]
    assert len(read(text).requirements) == 1
