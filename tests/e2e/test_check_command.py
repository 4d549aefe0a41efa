"""`check` on the command line: formats, exit codes, paths, fixes."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from xml.etree import ElementTree as ET

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
    assert run("check", "--explain", "modal-is-not-shall").out.startswith("# EARS002")
    family = run("check", "--explain", "tsk", "--format", "json").json
    assert (family["code"], family["name"]) == ("TSK", "")
    assert "TSK001" in family["page"]
    assert "EARS002" not in family["page"]
    assert "Off unless switched on" in run("check", "--explain", "SUP003").out
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
    for output_format in ("text", "json", "sarif", "github", "gitlab", "junit"):
        ran = run("check", "--format", output_format)
        assert ran.code == 1
        assert "MCP001" in ran.out
        assert token not in ran.out


def git(folder: Path, *args: str) -> None:
    people = ("-c", "user.name=T", "-c", "user.email=t@example.org")
    isolated = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "GIT_CONFIG_NOSYSTEM": "1"}
    subprocess.run(["git", *people, *args], cwd=folder, env=isolated, check=True, capture_output=True)


def configure(folder: Path, text: str) -> None:
    (folder / ".setsquare").mkdir(exist_ok=True)
    (folder / ".setsquare" / "check.toml").write_text(text)


def found(ran) -> list[tuple[str, int]]:
    return [(item["code"], item["line"]) for item in ran.json["findings"]]


def test_diff_shows_and_writes_nothing(run, spec: Path):
    before = (spec / "requirements.md").read_bytes()
    ran = run("check", "--diff")
    assert ran.code == 1
    assert ran.out.startswith("--- a/.kiro/specs/login/requirements.md\n+++ b/.kiro/specs/login/requirements.md\n@@")
    assert (
        "\n-1. WHEN a user logs in, THE Login_Endpoint must answer 200\n+1. WHEN a user logs in, THE Login_Endpoint shall answer 200\n"
        in ran.out
    )
    assert (spec / "requirements.md").read_bytes() == before
    assert run("check", "--diff", "--format", "json").json["diff"] == ran.out
    run("check", "--fix")
    again = run("check", "--diff")
    assert (again.code, "No fix" in again.out) == (0, True)


def test_options_that_contradict_each_other(run, spec: Path):
    for args in (("--unsafe-fixes",), ("--fix", "--diff"), ("--write-baseline", "--since", "HEAD"), ("--write-baseline", "b", "--fix")):
        ran = run("check", *args, "--format", "json")
        assert (ran.code, ran.json["error"]["code"]) == (2, "usage"), args


# req: spec-engine/7.1
def test_the_settings_of_the_team(run, spec: Path, folder: Path, monkeypatch):
    configure(folder, 'fail-on = "error"\n[rules.EARS002]\nseverity = "warning"\n[rules.TRC001]\nseverity = "off"\n')
    ran = run("check", "--format", "json")
    assert (ran.code, found(ran)) == (0, [("EARS002", 13), ("EARS002", 14)])
    assert run("check", "--fail-on", "warning").code == 1
    monkeypatch.chdir(spec)
    assert (
        found(run("check", ".", "--format", "json")) == found(run("check", "tasks.md", "requirements.md", "--format", "json")) == found(ran)
    )
    configure(folder, "[rules.EARS02]\n")
    ran = run("check", "--format", "json")
    assert (ran.code, [item["path"] for item in ran.json["findings"] if item["code"] == "CFG004"]) == (
        1,
        ["../../../.setsquare/check.toml"],
    )


def test_settings_above_a_nested_workspace_count_within_the_repository(run, folder: Path, monkeypatch):
    inner = folder / "app" / ".kiro" / "specs" / "a"
    inner.mkdir(parents=True)
    (inner / "requirements.md").write_text(REQUIREMENTS)
    configure(folder, 'ignore = ["EARS002", "TRC"]\n')
    monkeypatch.chdir(folder / "app")
    assert found(run("check", "--format", "json")) == []
    monkeypatch.chdir(folder)
    assert found(run("check", "app/.kiro", "--format", "json")) == []
    git(folder / "app", "init", "-q")
    assert ("EARS002", 13) in found(run("check", "app", "--format", "json"))


# req: spec-engine/7.3
def test_a_baseline_hides_what_is_old(run, spec: Path, folder: Path):
    ran = run("check", "--write-baseline")
    assert (ran.code, "3 in the baseline" in ran.out) == (0, True)
    assert (folder / ".setsquare" / "baseline.jsonl").read_text().startswith('{"schema":"setsquare/baseline/1"}\n')
    assert run("check").code == 1
    hidden = run("check", "--baseline", ".setsquare/baseline.jsonl", "--format", "json")
    assert (hidden.code, hidden.json["known"], found(hidden)) == (0, 3, [])
    configure(folder, '[baseline]\nfile = ".setsquare/baseline.jsonl"\n')
    (spec / "requirements.md").write_text("\n\n" + REQUIREMENTS.replace("should", "shall") + "3. THE Login_Endpoint may wait\n")
    ran = run("check", "--format", "json")
    assert ("EARS002", 17) in found(ran)
    assert (ran.json["known"], [(item["code"], item["count"]) for item in ran.json["stale"]]) == (2, [("EARS002", 1)])
    assert "1 of the baseline is mended" in run("check").out
    log = json.loads(run("check", "--format", "sarif").out)
    assert sum("suppressions" in result for result in log["runs"][0]["results"]) == 2
    assert run("check", "--write-baseline", "elsewhere.jsonl").code == 0
    assert (folder / "elsewhere.jsonl").exists()
    assert run("check", "--write-baseline", "../outside.jsonl").code == 2
    assert run("check", "--baseline", "nowhere.jsonl").code == 2


def test_since_a_commit_only_new_lines_count(run, spec: Path, folder: Path):
    git(folder, "init", "-q", "-b", "main")
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "x")
    ran = run("check", "--since", "main", "--format", "json")
    assert (ran.code, found(ran)) == (0, [])
    (spec / "requirements.md").write_text("\n" + REQUIREMENTS + "3. THE Login_Endpoint may wait\n")
    ran = run("check", "--since", "HEAD", "--format", "json")
    assert ("EARS002", 16) in found(ran)
    assert ("EARS002", 14) not in found(ran)
    ran = run("check", "--since", "nowhere", "--format", "json")
    assert (ran.code, "nowhere" in ran.json["error"]["message"]) != (0, False)


def test_gitlab_and_junit_are_printed_alone(run, spec: Path):
    assert {issue["check_name"] for issue in json.loads(run("check", "--format", "gitlab").out)} >= {"EARS002", "TRC001"}
    assert ET.fromstring(run("check", "--format", "junit").out).tag == "testsuites"  # noqa: S314  (our own output)


# req: spec-engine/7.4
def test_the_cache_lies_outside_and_can_be_switched_off(run, spec: Path, folder: Path, tmp_path: Path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    before = sorted(str(path) for path in folder.rglob("*"))
    first = run("check")
    assert len(list((tmp_path / "cache/setsquare/check").iterdir())) == 1
    assert run("check").out == first.out
    for kept in (tmp_path / "cache/setsquare/check").iterdir():
        kept.write_bytes(b"damaged")
    assert run("check").out == first.out
    run("check", "--no-cache", ".kiro/specs/login/tasks.md", "--select", "TRC")
    monkeypatch.setenv("SETSQUARE_CACHE", "off")
    run("check", "--select", "TSK")
    assert len(list((tmp_path / "cache/setsquare/check").iterdir())) == 1
    assert sorted(str(path) for path in folder.rglob("*")) == before


# req: spec-engine/7.2
def test_a_disabled_finding_is_counted(run, spec: Path):
    text = REQUIREMENTS.replace("answer 204", "answer 204 <!-- setsquare: disable=EARS002 the protocol says so -->")
    (spec / "requirements.md").write_text(text)
    ran = run("check", "--format", "json")
    assert ("EARS002", 14) not in found(ran)
    assert [(item["finding"]["line"], item["reason"]) for item in ran.json["disabled"]] == [(14, "the protocol says so")]
    assert "1 switched off by comments" in run("check").out


def test_a_baseline_that_is_no_file_is_the_users(run, spec: Path, folder: Path):
    (folder / ".setsquare").mkdir(exist_ok=True)
    (folder / "src").mkdir(exist_ok=True)
    for name in ("src", "x" * 400):
        (folder / ".setsquare/check.toml").write_text(f'[baseline]\nfile = "{name}"\n')
        ran = run("check")
        assert ran.code == 2
        assert "check.toml" in ran.err
