"""`check` on the command line: formats, exit codes, paths, fixes."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

REQUIREMENTS = """# Requirements Document

## Introduction

Text.

## Requirements

### Requirement 1: Log in

#### Acceptance Criteria

1. WHEN a user logs in, THE Login_Endpoint must answer 200
2. WHEN a user logs out, THE Login_Endpoint should answer 204
"""
TASKS = """# Implementation Plan

- [ ] 1. Build the endpoint
  - _Requirements: 1.1, 1.2, 1.9_
"""


@pytest.fixture
def spec(folder: Path) -> Path:
    place = folder / ".kiro" / "specs" / "login"
    place.mkdir(parents=True)
    (place / "requirements.md").write_text(REQUIREMENTS)
    (place / "tasks.md").write_text(TASKS)
    return place


def test_findings_end_with_1_and_stand_at_their_place(run, spec: Path):
    ran = run("check", "--format", "json")
    assert ran.code == 1
    found = {(item["code"], item["path"], item["line"]) for item in ran.json["findings"]}
    assert ("EARS002", ".kiro/specs/login/requirements.md", 13) in found
    assert ("EARS002", ".kiro/specs/login/requirements.md", 14) in found
    assert ("TRC001", ".kiro/specs/login/tasks.md", 4) in found


def test_text_has_an_excerpt_with_carets(run, spec: Path):
    out = run("check").out
    assert "THE Login_Endpoint should answer 204" in out
    lines = out.splitlines()
    at = next(index for index, line in enumerate(lines) if "THE Login_Endpoint should" in line)
    carets = lines[at + 1]
    assert lines[at][carets.index("^") : carets.rindex("^") + 1] == "should"
    assert "\x1b" not in out


def test_fix_mends_what_is_safe_and_leaves_the_rest(run, spec: Path):
    before = (spec / "requirements.md").read_bytes()
    ran = run("check", "--fix", "--format", "json")
    assert (spec / "requirements.md").read_bytes() == before.replace(b"must", b"shall")
    assert ran.json["fixed"] == [".kiro/specs/login/requirements.md"]
    assert any(item["code"] == "EARS002" for item in ran.json["findings"]), "should is not mended without a person"
    assert run("check", "--fix", "--format", "json").json["fixed"] == []


def test_select_ignore_and_fail_on(run, spec: Path):
    assert {item["code"] for item in run("check", "--select", "TRC", "--format", "json").json["findings"]} == {"TRC001"}
    assert "TRC001" not in run("check", "--ignore", "trc001").out
    assert run("check", "--select", "EARS003").code == 0
    assert run("check", "--select", "NOPE").code == 2


# req: check/1.6
def test_warnings_end_with_1_unless_told_otherwise(run, folder: Path):
    place = folder / ".kiro" / "specs" / "a"
    place.mkdir(parents=True)
    (place / "requirements.md").write_text(REQUIREMENTS.replace("must", "SHALL").replace("should", "SHALL"))
    (place / "tasks.md").write_text(TASKS.replace("1.1, 1.2, 1.9", "1.1"))
    ran = run("check", "--format", "json")
    assert (ran.code, ran.json["counts"]["error"], ran.json["counts"]["warning"]) == (1, 0, 1)
    assert run("check", "--fail-on", "error").code == 0


def test_sarif_and_github_are_printed_alone(run, spec: Path):
    sarif = json.loads(run("check", "--format", "sarif").out)
    assert sarif["version"] == "2.1.0"
    assert all(line.startswith("::") for line in run("check", "--format", "github").out.splitlines())


@pytest.mark.parametrize("path", [".", ".kiro", ".kiro/specs", ".kiro/specs/login", ".kiro/specs/login/tasks.md"])
def test_any_path_in_the_tree_finds_the_dangling_reference(run, spec: Path, path: str):
    found = run("check", path, "--format", "json").json["findings"]
    assert [item["path"] for item in found if item["code"] == "TRC001"] == [".kiro/specs/login/tasks.md"]


def test_paths_outside_and_from_a_subfolder(run, spec: Path, folder: Path, tmp_path: Path, monkeypatch):
    (folder / "src").mkdir()
    monkeypatch.chdir(folder / "src")
    assert {item["path"] for item in run("check", "--format", "json").json["findings"]} >= {"../.kiro/specs/login/tasks.md"}
    monkeypatch.chdir(tmp_path)
    assert {item["path"] for item in run("check", "project", "--format", "json").json["findings"]} >= {"project/.kiro/specs/login/tasks.md"}


def test_a_missing_path_is_a_usage_error(run, folder: Path):
    ran = run("check", "nowhere", "--format", "json")
    assert (ran.code, ran.json["error"]["code"]) == (2, "unreadable")


def test_explain_prints_the_page(run, folder: Path):
    assert run("check", "--explain", "EARS002").out.startswith("# EARS002")
    assert run("check", "--explain", "ears02").code == 2


def test_a_binary_file_a_loop_and_an_empty_file_are_no_crash(run, spec: Path, folder: Path):
    (spec / "design.md").write_bytes(b"\x00\xff" * 500)
    (spec / "notes.md").write_bytes(b"")
    (spec / "loop").symlink_to(spec)
    (folder / ".kiro" / "again").symlink_to(folder / ".kiro")
    os.mkfifo(spec / "pipe.md")
    ran = run("check", "--format", "json")
    assert ran.code == 1
    assert {item["path"] for item in ran.json["skipped"]} >= {".kiro/again", ".kiro/specs/login/loop"}


def test_the_secret_itself_is_never_printed(run, folder: Path):
    (folder / ".kiro" / "settings").mkdir(parents=True)
    token = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
    (folder / ".kiro/settings/mcp.json").write_text(json.dumps({"mcpServers": {"github": {"command": "x", "env": {"TOKEN": token}}}}))
    for output_format in ("text", "json", "sarif", "github"):
        ran = run("check", "--format", output_format)
        assert ran.code == 1
        assert "MCP001" in ran.out
        assert token not in ran.out
