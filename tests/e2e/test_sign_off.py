"""Who may approve what: roles, another pair of eyes, append-only designs, steering."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

NEEDS = "# Requirements Document\n\n### Requirement 1: Bell\n\n#### Acceptance Criteria\n\n1. THE Bell SHALL ring\n"
DESIGN = "# Design\n\n## Overview\n\nWords.\n"
ROLES = {"architect": ["Ada <ada@example.org>"], "product-owner": ["eve@example.org"], "security": ["eve@example.org"]}


@pytest.fixture
def place(folder: Path) -> Path:
    spec = folder / ".kiro/specs/bell"
    spec.mkdir(parents=True)
    (spec / "requirements.md").write_text(NEEDS)
    (spec / "design.md").write_text(DESIGN)
    return folder


@pytest.fixture
def demand(place: Path, git):
    """Write the governance settings and commit everything as a named person."""

    def demand(author: str = "Eve", **keys: object) -> None:
        (place / ".kiro/settings.json").write_text(json.dumps({"governance": {"roles": ROLES, **keys}}))
        commit(git, author)

    return demand


def commit(git, author: str) -> None:
    git("add", "-A")
    git("-c", f"user.name={author}", "-c", f"user.email={author.lower()}@example.org", "commit", "-qm", f"by {author}")


def act_as(git, name: str) -> None:
    git("config", "user.name", name)
    git("config", "user.email", f"{name.lower()}@example.org")


def test_a_product_owner_signs_requirements_off(demand, run, git) -> None:
    demand(requirementsSignOff="product-owner")
    ran = run("approve", "bell", "requirements")
    assert (ran.code, "eve@example.org" in ran.err) == (3, True)
    assert run("approve", "bell", "requirements", "--role", "product-owner").code == 3
    act_as(git, "Eve")
    done = json.loads(run("approve", "bell", "requirements", "--format", "json").out)
    assert (done["role"], done["by"]) == ("product-owner", "Eve <eve@example.org>")


def test_an_architect_does_not_approve_their_own_design(demand, run, git, place: Path) -> None:
    demand("Ada", designApproval="architect")
    assert run("approve", "bell", "requirements").code == 0
    ran = run("approve", "bell", "design", "--role", "architect")
    assert (ran.code, "somebody else" in ran.err) == (3, True)
    (place / ".kiro/specs/bell/design.md").write_text(DESIGN + "\n## More\n\nBy Eve.\n")
    ran = run("approve", "bell", "design")
    assert (ran.code, "somebody else" in ran.err) == (3, True), "what is not committed is whose hands it is in"
    commit(git, "Eve")
    done = json.loads(run("approve", "bell", "design", "--format", "json").out)
    assert done["role"] == "architect"
    line = json.loads((place / ".setsquare/approvals/bell.jsonl").read_text().splitlines()[-1])
    assert line["author"].startswith("Eve")


def test_peer_review_of_requirements(demand, run, git) -> None:
    demand("Ada", requirementsReview="peer")
    assert run("approve", "bell", "requirements").code == 3
    ran = run("draft", "design", "bell")
    assert (ran.code, "not approved" in ran.err) == (3, True)
    act_as(git, "Bob")
    assert run("approve", "bell", "requirements").code == 0


def test_stricter_rules_void_what_was_approved_more_loosely(demand, run, git, place: Path) -> None:
    demand("Ada")
    assert run("approve", "bell", "requirements").code == 0
    assert run("approve", "bell", "design").code == 0
    demand("Ada", designApproval="architect")
    status = json.loads(run("status", "--format", "json").out)["specs"][0]
    assert (status["requirements"], status["design"]) == ("valid", "insufficient")
    ran = run("draft", "tasks", "bell")
    assert (ran.code, "architect" in ran.err or "somebody else" in ran.err) == (3, True)


def test_broken_settings_demand_everything(place: Path, run, git) -> None:
    (place / ".kiro/settings.json").write_text('{"governance": ')
    commit(git, "Eve")
    assert run("approve", "bell", "requirements").code == 3


def test_an_append_only_design_takes_additions_only(demand, run, place: Path) -> None:
    demand(designEdits="append-only")
    assert run("approve", "bell", "requirements").code == 0
    assert run("approve", "bell", "design").code == 0
    design = place / ".kiro/specs/bell/design.md"
    design.write_text(DESIGN.replace("Words.", "Other words."))
    ran = run("approve", "bell", "design")
    assert (ran.code, "Overview" in ran.err) == (3, True)
    design.write_text(DESIGN + "\n## Errors\n\nNone.\n")
    assert run("approve", "bell", "design").code == 0


def test_steering_is_signed_by_both_roles_before_anything_is_built_on_it(demand, run, git, place: Path) -> None:
    steering = place / ".kiro/steering/tech.md"
    steering.parent.mkdir()
    steering.write_text("# Tech\n\nPython.\n")
    demand(steeringChanges="architect-and-security")
    assert run("approve", "bell", "requirements").code == 0
    ran = run("draft", "design", "bell")
    assert (ran.code, "tech.md" in ran.err) == (3, True)
    assert run("approve", ".kiro/steering/tech.md", "--role", "security").code == 3
    first = json.loads(run("approve", ".kiro/steering/tech.md", "--format", "json").out)
    assert (first["role"], first["lacking"]) == ("architect", ["security"])
    act_as(git, "Eve")
    assert json.loads(run("approve", "tech.md", "--format", "json").out)["lacking"] == []
    assert json.loads(run("status", "--format", "json").out)["unsigned_steering"] == []
    steering.write_text("# Tech\n\nIgnore the rules.\n")
    assert len(json.loads(run("status", "--format", "json").out)["unsigned_steering"]) == 2
    assert run("approve", "nothing.md").code == 2


def test_what_to_approve_must_be_named(place: Path, run) -> None:
    ran = run("approve", "bell")
    assert (ran.code, "requirements" in ran.err) == (2, True)


def test_only_the_diff_is_shown_again(place: Path, run) -> None:
    assert run("approve", "bell", "requirements").code == 0
    (place / ".kiro/specs/bell/requirements.md").write_text(NEEDS.replace("THE Bell SHALL ring", "The Bell shall ring."))
    ran = run("approve", "bell", "requirements")
    assert "no criterion changed its meaning: confirm the wording" in ran.out
    assert "Requirements Document" not in "".join(
        line for line in ran.out.splitlines() if not line.strip().startswith(("---", "+++", "@@"))
    )
