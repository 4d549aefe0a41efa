from __future__ import annotations

import pytest

from setsquare.drafting.outline_design import outline_design
from setsquare.drafting.outline_reading import NothingToDraft
from setsquare.drafting.outline_tasks import outline_tasks
from setsquare.text.paths import RelPath
from setsquare.workspace.design import read_design
from setsquare.workspace.load import load, scan
from setsquare.workspace.spec import Spec, Tasks

FOLDER = ".kiro/specs/shop"


def spec_of(requirements: str, name: str = "requirements.md") -> Spec:
    return load({RelPath(f"{FOLDER}/{name}"): requirements.encode()}).specs[0]


def kiro(*groups: tuple[str, tuple[str, ...]]) -> str:
    lines = ["# Requirements Document", "", "## Requirements", ""]
    for number, (title, criteria) in enumerate(groups, 1):
        lines += [f"### Requirement {number}: {title}", "", "#### Acceptance Criteria", ""]
        lines += [*(f"{ordinal}. {text}" for ordinal, text in enumerate(criteria, 1)), ""]
    return "\n".join(lines)


def tasks_of(requirements: str) -> Tasks:
    text = outline_tasks(spec_of(requirements))
    assert isinstance(text, str)
    found = load({RelPath(f"{FOLDER}/requirements.md"): requirements.encode(), RelPath(f"{FOLDER}/tasks.md"): text.encode()}).specs[0].tasks
    assert found
    return found


def titles(requirements: str) -> list[str]:
    return [task.title for task in tasks_of(requirements).tasks]


# req: draft-and-approve/1.4
def test_what_is_called_is_built_first() -> None:
    text = kiro(
        (
            "Checkout Page",
            ("WHEN a buyer pays, THE Checkout_Page SHALL call the Payment_Service", "THE Checkout_Page SHALL show the total"),
        ),
        ("Payments", ("THE Payment_Service SHALL charge the card", "THE Payment_Service SHALL store the receipt in the Receipt_Store")),
        ("Receipts", ("THE Receipt_Store SHALL keep receipts", "THE Receipt_Store SHALL keep them for 10 years")),
    )
    found = titles(text)
    order = [next(index for index, title in enumerate(found) if word in title.lower()) for word in ("receipts", "payments", "checkout")]
    assert order == sorted(order)


def test_dependencies_name_earlier_tasks_only() -> None:
    text = kiro(
        ("A", ("THE Alpha_Service SHALL call the Beta_Service", "THE Alpha_Service SHALL sum")),
        ("B", ("THE Beta_Service SHALL call the Alpha_Service", "THE Beta_Service SHALL add")),
    )
    found = tasks_of(text)
    assert any(task.depends for task in found.tasks)
    for task in found.tasks:
        assert all(int(other) < int(task.id) for other in task.depends)


def test_large_specs_stay_below_half_of_their_criteria() -> None:
    text = kiro(*((f"Topic {n}", (f"THE Part_{n} SHALL do thing {n}",)) for n in range(1, 31)))
    found = tasks_of(text)
    assert 3 <= len(found.tasks) <= 15
    assert "Out of Scope" in [section.title for section in found.sections]


def test_a_large_requirement_is_split_where_there_is_room() -> None:
    many = tuple(f"WHEN event {n} comes, THE Store SHALL keep value {n}" for n in range(1, 13))
    text = kiro(("Keep Values", many), *((f"Topic {n}", many[:6]) for n in range(2, 5)))
    assert any(task.parent is not None for task in tasks_of(text).tasks)


def test_the_tutorial_form_is_flat() -> None:
    text = "# Requirements: Bell\n\n## Functional Requirements\n\n" + "".join(
        f"- The bell shall ring {n} times when button {n} is pressed.\n" for n in range(1, 15)
    )
    drafted = outline_tasks(spec_of(text))
    assert isinstance(drafted, str)
    assert drafted.startswith("# Tasks: Bell\n\n- [ ] 1. ")
    assert all(task.parent is None for task in tasks_of(text).tasks)


def test_a_bugfix_follows_its_own_plan() -> None:
    text = (
        "# Bugfix Requirements Document\n\n## Introduction\n\nTotals are wrong.\n\n## Bug Analysis\n\n### Current Behavior (Defect)\n\n"
        "1.1 WHEN a cart is empty THEN the system shows NaN\n\n### Expected Behavior (Correct)\n\n2.1 WHEN a cart is empty THEN the system SHALL show 0\n\n"
        "### Unchanged Behavior (Regression Prevention)\n\n3.1 WHEN a cart has items THEN the system SHALL CONTINUE TO show the sum\n"
    )
    spec = spec_of(text, "bugfix.md")
    drafted = outline_tasks(spec)
    assert isinstance(drafted, str)
    lines = [line for line in drafted.splitlines() if line.startswith("- [ ]")]
    assert [line.split(". ", 1)[1].split(" ")[0] for line in lines] == ["Write", "Write", "Fix", "Final"]
    assert "_Requirements: 1.1, 2.1_" in drafted
    assert "_Requirements: 3.1_" in drafted


def test_tasks_name_sections_of_the_design_that_exists() -> None:
    text = kiro(("Login", ("THE Auth_Service SHALL check passwords", "THE Auth_Service SHALL issue tokens")))
    raw = b"# Design\n\n## Overview\n\n## Components and Interfaces\n\n### Auth Service\n\nText.\n"
    design = read_design(scan(RelPath(f"{FOLDER}/design.md"), raw))
    drafted = outline_tasks(spec_of(text), design)
    assert isinstance(drafted, str)
    assert "_Design: Components and Interfaces / Auth Service_" in drafted


def test_a_design_without_such_sections_is_not_named() -> None:
    text = kiro(("Login", ("THE Auth_Service SHALL check passwords", "THE Auth_Service SHALL issue tokens")))
    design = read_design(scan(RelPath(f"{FOLDER}/design.md"), b"# Design\n\n## Notes\n\nText.\n"))
    drafted = outline_tasks(spec_of(text), design)
    assert isinstance(drafted, str)
    assert "_Design:" not in drafted


@pytest.mark.parametrize("text", ["", "# Requirements Document\n\n## Introduction\n\nNothing yet.\n"])
def test_nothing_is_drafted_from_nothing(text: str) -> None:
    for found in (outline_design(spec_of(text)), outline_tasks(spec_of(text))):
        assert isinstance(found, NothingToDraft)
        assert found.hint


def test_repeated_numbers_are_written_so_that_they_resolve_exactly() -> None:
    text = kiro(("A", ("THE Store SHALL keep a",))) + kiro(("B", ("THE Store SHALL keep b",))).split("## Requirements\n", 1)[1]
    drafted = outline_tasks(spec_of(text))
    assert isinstance(drafted, str)
    assert "_Requirements: 1.1, 1.1#2_" in drafted


def test_a_criterion_that_is_but_a_phrase_is_named_with_its_id() -> None:
    drafted = outline_tasks(spec_of(kiro(("Ads", ("Show the banner", "Retry and notify on failure;", "THE Store SHALL keep a")))))
    assert isinstance(drafted, str)
    assert "- Build and test: show the banner (1.1)" in drafted
    assert "- Show the banner\n" not in drafted
    assert "- Retry and notify on failure\n" not in drafted
