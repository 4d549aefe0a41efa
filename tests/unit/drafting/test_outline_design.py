from __future__ import annotations

import pytest

from setsquare.drafting.outline_design import outline_design
from setsquare.text.paths import RelPath
from setsquare.workspace.load import load

FOLDER = ".kiro/specs/shop"

REQUIREMENTS = """# Requirements Document: Shop

## Introduction

A shop.

## Glossary

- **Order**: A record with a number, a buyer and a total
- **Buyer**: A person who buys
- **Order_Store**: The database of orders

## Requirements

### Requirement 1: Orders

#### Acceptance Criteria

1. WHEN a Buyer sends `POST /orders`, THE Order_Service SHALL create an Order in the Order_Store and answer with HTTP 201
2. IF the total is negative, THEN THE Order_Service SHALL answer with HTTP 422
3. THE Order_Store SHALL NOT delete an Order
4. WHILE the shop is closed, THE Order_Service SHALL refuse orders
5. THE Order_Service SHALL answer in an appropriate way within 200 ms
6. For any Order, encoding it and decoding the result SHALL give an equal Order
"""


def drafted(text: str) -> str:
    design = outline_design(load({RelPath(f"{FOLDER}/requirements.md"): text.encode()}).specs[0])
    assert isinstance(design, str)
    return design


def section(design: str, title: str) -> str:
    return design.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]


@pytest.mark.parametrize(
    ("title", "parts"),
    [
        ("Architecture", ("```mermaid", "**Order_Store**: the database of orders")),
        ("Components and Interfaces", ("### Order_Service", "### Order_Store", "**Requirements:** 1.3")),
        ("Data Models", ("### Order\n", "| number |", "| buyer |", "| total |", "To decide: what is the key of Order")),
        ("API Contracts", ("`POST /orders`", "`201`", "`422`", "To decide: who may call `POST /orders`?")),
        ("Error Handling", ("| The total is negative | Answer with HTTP 422 | Order_Service | 1.2 |",)),
        ("Correctness Properties", ("*For any* Order, encoding it", "SHALL NOT delete an Order", "**Validates: Requirements 1.3**")),
        ("Performance Limits", ("| within 200 ms |",)),
        ("Scope Boundary", ("- Orders", "what does “appropriate way” mean in 1.5?")),
        ("Requirements", ("| 1.1 | Order_Service |", "| 1.6 |")),
    ],
)
def test_sections_say_what_the_requirements_say(title: str, parts: tuple[str, ...]) -> None:
    found = section(drafted(REQUIREMENTS), title)
    for part in parts:
        assert part in found


def test_a_person_is_no_component_and_no_data() -> None:
    assert "### Buyer" not in drafted(REQUIREMENTS)


# req: draft-and-approve/1.3
def test_what_is_not_said_is_asked() -> None:
    text = "# Requirements Document\n\n### Requirement 1: Show\n\n#### Acceptance Criteria\n\n1. THE system SHALL show the list\n"
    found = drafted(text)
    assert "To decide: no criterion describes a failure" in found
    assert "## API Contracts" not in found
    assert "## Correctness Properties" not in found


@pytest.mark.parametrize(
    "text",
    [
        "# 需求文档\n\n### 需求 1: 登录\n\n#### 验收标准\n\n1. WHEN 用户登录，THE System SHALL 显示首页\n2. 系统应记录时间\n",
        "# Requirements\n\n### Exigence 1: Connexion\n\n#### Critères d'acceptation\n\n1. QUAND l'utilisateur se connecte ALORS le système DOIT afficher la page\n",
    ],
)
def test_other_languages_are_drafted_too(text: str) -> None:
    found = drafted(text)
    for title in ("Overview", "Architecture", "Components and Interfaces", "Data Models", "Error Handling", "Testing Strategy"):
        assert f"\n## {title}\n" in found
    assert "1.1" in section(found, "Requirements")


def test_markup_of_a_criterion_does_not_change_the_document() -> None:
    text = "# Requirements Document\n\n### Requirement 1: A | B\n\n#### Acceptance Criteria\n\n1. IF a | b fails, THEN THE system SHALL show `x | y` <!-- and\n"
    found = drafted(text)
    rows = [line for line in section(found, "Error Handling").splitlines() if line.startswith("| A")]
    assert rows
    assert rows[0].count("|") == 5
    assert "<!--" not in found
