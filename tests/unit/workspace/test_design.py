"""Sections, properties and mentions of design files, in our own words."""

from __future__ import annotations

import pytest

from setsquare.text.markdown import scan
from setsquare.text.paths import RelPath
from setsquare.workspace.design import read_design
from setsquare.workspace.spec import Design


def read(text: str) -> Design:
    return read_design(scan(RelPath(".kiro/specs/a/design.md"), text.encode()))


@pytest.mark.parametrize(
    ("head", "number", "title"),
    [
        ("### Property 4: Round trip", "4", "Round trip"),
        ("#### Property 4 - Round trip", "4", "Round trip"),
        ("**Property 4: Round trip**", "4", "Round trip"),
        ("- **Property 4: Round trip**", "4", "Round trip"),
        ("### 属性 4：往返", "4", "往返"),
        ("### プロパティ4: 往復", "4", "往復"),
        ("### 속성 4: 왕복", "4", "왕복"),
        ("### P4: Round trip", "P4", "Round trip"),
    ],
)
def test_property_heads(head: str, number: str, title: str) -> None:
    found = read(
        f"## Correctness Properties\n\n{head}\n\n*For any* lid it SHALL hold.\n\n**Validates: Requirements 2.4, 2.5**\n\n## Next\n"
    )
    (item,) = found.properties
    assert item.number in (number, number.lstrip("P"))
    assert item.title == title
    assert item.text == "*For any* lid it SHALL hold."
    assert [reference.first for reference in item.validates] == ["2.4", "2.5"]


def test_property_regions_and_repetitions() -> None:
    found = read(
        "### Property 1: A\n**Property 1**\ntext\n### Property 2: B\n**Validates: Requirements 1.1**\n#### Detail\nmore\n### Property 2: C\n## End\nrest\n"
    )
    assert [(item.number, item.title, len(item.validates)) for item in found.properties] == [("1", "A", 0), ("2", "B", 1), ("2#2", "C", 0)]


def test_sections_nest() -> None:
    found = read("# Design: Box\n## A\n### B\ntext\n## C\n")
    assert [(section.title, section.level) for section in found.sections] == [("Design: Box", 1), ("A", 2), ("B", 3), ("C", 2)]
    assert found.title == "Design: Box"
    assert len(found.sections[1].span) > len(found.sections[2].span)


def test_mentions_in_tables_and_after_keys() -> None:
    found = read(
        "## Lid\n\n- _Requirements: 1.1_\n\n## Map\n\n| Requirement | Part |\n|---|---|\n| 1.2, 1.3 | Lid 9.9 |\n| 2 | Base |\n\n"
        "## Base\n\n| Field | Detail |\n|---|---|\n| Requirements | 2.1 |\n| Version | 3.1 |\n\n### Property 1: P\n**Validates: Requirements 4.1**\n"
    )
    assert [(found.sections[item.section].title, item.reference.first) for item in found.mentions] == [
        ("Lid", "1.1"),
        ("Map", "1.2"),
        ("Map", "1.3"),
        ("Map", "2"),
        ("Base", "2.1"),
    ]


def test_code_holds_no_property() -> None:
    assert read("```\n### Property 1: A\n```\n").properties == ()
