"""Approvals on disk and in git."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

REQUIREMENTS = """# Requirements Document

## Introduction

Text.

## Requirements

### Requirement 1: Log in

#### Acceptance Criteria

1. WHEN a user logs in, THE Login_Endpoint SHALL answer 200
2. IF the password is wrong, THEN THE Login_Endpoint SHALL answer 401
"""


@pytest.fixture
def spec(run, folder: Path) -> Path:
    run("init")
    run("spec", "new", "login")
    place = folder / ".kiro" / "specs" / "login"
    (place / "requirements.md").write_text(REQUIREMENTS)
    return place


def test_an_empty_template_cannot_be_approved(run, folder: Path):
    run("init")
    run("spec", "new", "login")
    for stage in ("requirements", "design", "tasks"):
        ran = run("approve", "login", stage)
        assert ran.code == 3, stage
        assert "nothing to approve" in ran.err


# req: draft-and-approve/3.1
def test_an_approval_is_committed_with_the_file(run, spec: Path, git):
    done = run("approve", "login", "requirements", "--as", "product-owner", "--format", "json").json
    assert git("rev-parse", "HEAD").strip() == done["commit"]
    line = json.loads(git("show", "HEAD:.setsquare/approvals/login.jsonl"))
    assert (line["stage"], line["role"], line["by"]) == ("requirements", "product-owner", "Ada <ada@example.org>")
    assert git("show", f"{line['commit']}:.kiro/specs/login/requirements.md") == REQUIREMENTS
    assert "requirements.md" not in git("status", "--porcelain")


def test_a_later_stage_needs_the_earlier_one(run, spec: Path):
    (spec / "design.md").write_text("# Design\n\n## Overview\n\nWords.\n")
    ran = run("approve", "login", "design")
    assert (ran.code, "setsquare approve login requirements" in ran.err) == (3, True)


# req: draft-and-approve/3.4, draft-and-approve/3.6
def test_a_design_is_tagged_and_an_edit_voids_it(run, spec: Path, git):
    (spec / "design.md").write_text("# Design\n\n## Overview\n\nWords.\n")
    run("approve", "login", "requirements")
    assert run("approve", "login", "design", "--format", "json").json["tag"] == "design-review/login/1"
    assert git("cat-file", "-t", "design-review/login/1").strip() == "tag"
    (spec / "design.md").write_text("# Design\n\n## Overview\n\nOther words.\n")
    again = run("approve", "login", "design")
    assert "+Other words." in again.out
    assert "# Design" not in again.out, "more than the diff was shown"
    assert git("tag", "--list").split() == ["design-review/login/1", "design-review/login/2"]


def test_approving_twice_changes_nothing(run, spec: Path, git):
    run("approve", "login", "requirements")
    before = git("rev-parse", "HEAD")
    assert run("approve", "login", "requirements", "--format", "json").json["unchanged"] is True
    assert git("rev-parse", "HEAD") == before


def test_other_work_stays_as_it_is(run, spec: Path, folder: Path, git):
    (folder / "staged.txt").write_text("staged")
    (folder / "loose.txt").write_text("loose")
    git("add", "staged.txt")
    run("approve", "login", "requirements")
    assert git("status", "--porcelain", "staged.txt", "loose.txt").splitlines() == ["A  staged.txt", "?? loose.txt"]


def test_without_git_it_is_recorded_and_said(run, tmp_path: Path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run("init")
    run("spec", "new", "login")
    (tmp_path / ".kiro/specs/login/requirements.md").write_text(REQUIREMENTS)
    ran = run("approve", "login", "requirements")
    assert (ran.code, "not committed" in ran.out) == (0, True)


def test_a_broken_approvals_file_is_never_written_over(run, spec: Path, folder: Path):
    run("approve", "login", "requirements")
    log = folder / ".setsquare/approvals/login.jsonl"
    log.write_text(log.read_text() + "<<<<<<< HEAD\n")
    before = log.read_bytes()
    (spec / "requirements.md").write_text(REQUIREMENTS.replace("401", "403"))
    assert run("approve", "login", "requirements").code == 3
    assert log.read_bytes() == before
