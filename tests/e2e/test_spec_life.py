"""Specs over their life, on disk and in git: status, audit, archive, rename, split, rollback."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

NEEDS = """# Requirements Document

## Introduction

Text.

## Requirements

### Requirement 1: Log in

#### Acceptance Criteria

1. WHEN a user logs in, THE Login_Endpoint SHALL answer 200
2. IF the password is wrong, THEN THE Login_Endpoint SHALL answer 401

### Requirement 2: Audit

#### Acceptance Criteria

1. WHEN a user logs in, THE Audit_Log SHALL record the time
"""
DESIGN = "# Design\n\n## Overview\n\nWords.\n\n## Log\n\n**Validates: Requirements 2.1**\n"
TASKS = "# Plan\n\n- [ ] 1. Endpoint\n  - _Requirements: 1.1, 1.2_\n- [ ] 2. Log\n  - _Requirements: 2.1_\n"
Made = Callable[..., Any]


@pytest.fixture
def said(run) -> Made:
    """Run a command line as JSON and give its value."""

    def said(*argv: str, code: int = 0) -> Any:
        ran = run(*argv, "--format", "json")
        assert ran.code == code, ran.err or ran.out
        return json.loads(ran.out)

    return said


@pytest.fixture
def project(run, folder: Path, git) -> Path:
    """A committed repository with one approved spec, a second that refers to it, and code and tests that do."""
    run("init")
    run("spec", "new", "login")
    for name, text in (("requirements", NEEDS), ("design", DESIGN), ("tasks", TASKS)):
        (folder / f".kiro/specs/login/{name}.md").write_text(text)
    files = {
        ".kiro/specs/other/requirements.md": NEEDS,
        ".kiro/specs/other/tasks.md": "- [ ] 1. Go\n  - _Requirements: login/2.1, 1.1_\n- see #spec:login\n",
        "src/login.py": '# req: login/1.1\nPATH = "login/1.html"\n',
        "tests/test_login.py": '@pytest.mark.req("login/2.1")\ndef test_it(): ...\n',
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    git("add", "-A")
    git("commit", "-qm", "start")
    for stage in ("requirements", "design", "tasks"):
        assert run("approve", "login", stage).code == 0
    return folder


def tree(folder: Path) -> dict[str, bytes]:
    found = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    return {name: path.read_bytes() for name, path in sorted(found.items()) if not name.startswith(".git/")}


def without_history(files: dict[str, bytes]) -> dict[str, bytes]:
    return {name: raw for name, raw in files.items() if not name.startswith(".setsquare/history/")}


def test_a_status_is_recorded_committed_and_listed(project: Path, said: Made, git) -> None:
    done = said("spec", "status", "login", "--set", "on-hold", "--owner", "Eve", "--label", "q3")
    assert (done["status"], done["owner"], done["labels"], done["state"]) == ("on-hold", "Eve", ["q3"], "tasks generated")
    assert git("rev-parse", "HEAD").strip() == done["commit"]
    assert [item["spec"] for item in said("spec", "list", "--status", "on-hold")["specs"]] == ["login"]
    assert said("spec", "list", "--status", "active")["specs"] == []
    assert said("spec", "status", "login", "--label=-q3")["labels"] == []
    kinds = [entry["kind"] for entry in said("spec", "history", "login")["entries"]]
    assert kinds == ["created", "approved", "approved", "approved", "status", "status"]


def test_complete_needs_all_tasks_done(project: Path, run, said: Made) -> None:
    ran = run("spec", "status", "login", "--set", "complete")
    assert (ran.code, "2 of 2 tasks are open" in ran.err) == (3, True)
    tasks = project / ".kiro/specs/login/tasks.md"
    tasks.write_text(tasks.read_text().replace("[ ]", "[x]"))
    assert said("spec", "status", "login", "--set", "complete")["state"] == "complete"


def test_verified_is_remembered(project: Path, said: Made) -> None:
    done = said("spec", "verified", "login", "--note", "walked through")
    assert done["verified_by"] == "Ada <ada@example.org>"
    assert said("spec", "audit")["specs"][0]["verified_at"] == done["verified_at"]


def test_a_broken_history_line_is_reported_and_kept(project: Path, said: Made) -> None:
    log = project / ".setsquare/history/login.jsonl"
    log.write_text(log.read_text() + "<<<<<<< HEAD")
    assert said("spec", "status", "login")["broken_lines"] == [5]
    assert said("spec", "status", "login", "--owner", "Eve")["owner"] == "Eve"
    assert "<<<<<<< HEAD\n" in log.read_text()


# req: spec-engine/6.3
def test_the_archive_gives_every_byte_back(project: Path, said: Made, run) -> None:
    (project / ".kiro/specs/login/picture.png").write_bytes(b"\x89PNG\0")
    before = tree(project)
    done = said("spec", "archive", "login")
    assert done["spec"] == "_archived/login"
    assert {(item["path"], item["text"]) for item in done["references"]} == {
        ("src/login.py", "login/1.1"),
        ("tests/test_login.py", "login/2.1"),
        (".kiro/specs/other/tasks.md", "login/2.1"),
        (".kiro/specs/other/tasks.md", "#spec:login"),
    }
    assert not (project / ".kiro/specs/login").exists()
    assert said("approve", "_archived/login", "--verify", code=1)["approvals"][0]["problems"] == ["the record is not committed as it is"]
    assert run("spec", "archive", "_archived/login").code == 3
    assert said("spec", "unarchive", "login")["spec"] == "login"
    assert without_history(tree(project)) == without_history(before)
    kinds = [entry["kind"] for entry in said("spec", "history", "login")["entries"]]
    assert kinds[-2:] == ["archived", "unarchived"]


def test_a_link_in_a_spec_is_not_left_behind(project: Path, run) -> None:
    (project / ".kiro/specs/login/link.md").symlink_to(project / "src/login.py")
    before = tree(project)
    ran = run("spec", "archive", "login")
    assert (ran.code, "link.md" in ran.err) == (3, True)
    assert tree(project) == before


def test_a_taken_place_is_not_written_over(project: Path, run) -> None:
    assert run("spec", "rename", "login", "other", "--write").code == 3
    assert run("spec", "rename", "login", "Not Kebab").code == 2
    assert run("spec", "rename", "nobody", "x").code == 2


def test_a_rename_is_shown_first_and_leaves_nothing_that_names_the_old_one(project: Path, said: Made, git) -> None:
    before = tree(project)
    shown = said("spec", "rename", "login", "auth")
    assert (shown["written"], tree(project)) == (False, before)
    assert "-# req: login/1.1" in shown["diff"]
    dangling = [item["dangling"] for item in said("spec", "audit")["specs"]]
    done = said("spec", "rename", "login", "auth", "--write")
    assert set(done["edited"]) == {".kiro/specs/other/tasks.md", "src/login.py", "tests/test_login.py"}
    after = tree(project)
    assert after["src/login.py"] == b'# req: auth/1.1\nPATH = "login/1.html"\n'
    assert b"auth/2.1, 1.1" in after[".kiro/specs/other/tasks.md"]
    assert b"#spec:auth" in after[".kiro/specs/other/tasks.md"]
    assert [item["dangling"] for item in said("spec", "audit")["specs"]] == dangling
    states = {item["spec"]: item for item in said("status")["specs"]}
    assert (states["auth"]["requirements"], states["auth"]["design"], states["auth"]["tasks"]) == ("valid", "valid", "valid")
    git("add", "-A")
    git("commit", "-qm", "rename")
    assert said("approve", "auth", "--verify")["proved"] is True


def test_a_split_keeps_ids_and_links(project: Path, said: Made) -> None:
    before = tree(project)
    shown = said("spec", "split", "login", "audit", "--requirements", "2")
    assert (shown["written"], tree(project)) == (False, before)
    done = said("spec", "split", "login", "audit", "--requirements", "2", "--write")
    assert (done["criteria"], done["tasks"], done["sections"]) == (["2.1"], ["2"], ["Log"])
    assert set(done["voided"]) == {"requirements", "design", "tasks"}
    after = tree(project)
    assert b"audit/2.1, 1.1" in after[".kiro/specs/other/tasks.md"]
    assert b'mark.req("audit/2.1")' in after["tests/test_login.py"]
    assert after["src/login.py"] == before["src/login.py"]
    status = said("trace", "status")
    assert status["references"]["dangling"] == 0 if "references" in status else True
    assert said("spec", "history", "audit")["entries"][-1]["kind"] == "split"


def test_a_rollback_undoes_what_was_committed_and_keeps_what_was_not(project: Path, said: Made, git, run) -> None:
    design, tasks = project / ".kiro/specs/login/design.md", project / ".kiro/specs/login/tasks.md"
    design.write_text(DESIGN.replace("Words.", "Bad words."))
    tasks.write_text(TASKS.replace("- [ ] 1. Endpoint", "- [x] 1. Endpoint").replace("2. Log", "2. Log everything"))
    git("commit", "-qam", "bad")
    design.write_text(DESIGN.replace("Words.", "Bad words.") + "\n## Later\n\nBy hand.\n")
    shown = said("spec", "rollback", "login")
    assert (shown["written"], "-Bad words." in shown["diff"]) == (False, True)
    done = said("spec", "rollback", "login", "--write")
    assert done["written"] is True
    assert design.read_text() == DESIGN + "\n## Later\n\nBy hand.\n"
    assert tasks.read_text() == TASKS.replace("- [ ] 1. Endpoint", "- [x] 1. Endpoint")
    assert done["kept"] == [".kiro/specs/login/design.md"]
    assert said("spec", "rollback", "login", "--write", "--discard-edits")["kept"] == []
    assert design.read_text() == DESIGN
    assert said("spec", "rollback", "login")["documents"] == []


def test_an_edit_in_the_way_stops_a_rollback(project: Path, run, git) -> None:
    design = project / ".kiro/specs/login/design.md"
    design.write_text(DESIGN.replace("Words.", "Bad words."))
    git("commit", "-qam", "bad")
    design.write_text(DESIGN.replace("Words.", "Worse words."))
    before = tree(project)
    ran = run("spec", "rollback", "login", "--write")
    assert (ran.code, "conflict" in ran.out) == (3, True)
    assert tree(project) == before


def test_a_rollback_to_a_commit(project: Path, said: Made, git, run) -> None:
    first = git("rev-list", "--max-parents=0", "HEAD").strip()
    design = project / ".kiro/specs/login/design.md"
    design.write_text(DESIGN + "\n## More\n")
    git("commit", "-qam", "more")
    said("spec", "rollback", "login", "--to", first, "--only", "design", "--write")
    assert design.read_text() == DESIGN
    assert run("spec", "rollback", "login", "--to", "nowhere").code == 4
    assert run("spec", "rollback", "other").code == 3


# req: spec-engine/6.4
def test_a_drill_changes_nothing_but_its_record(project: Path, said: Made) -> None:
    before = tree(project)
    done = said("spec", "rollback", "login", "--drill")
    assert [item["path"].rpartition("/")[2] for item in done["documents"]] == ["requirements.md", "design.md", "tasks.md"]
    assert without_history(tree(project)) == without_history(before)
    assert said("spec", "status", "login")["drilled_at"] == done["drilled_at"]


def test_a_drill_fails_where_the_approved_commit_does_not_hold_what_was_approved(project: Path, run) -> None:
    log = project / ".setsquare/approvals/login.jsonl"
    lines = log.read_text().splitlines()
    forged = json.loads(lines[1])
    forged["digest"] = "sha256:" + "0" * 64
    log.write_text("\n".join([lines[0], json.dumps(forged), lines[2]]) + "\n")
    assert run("spec", "rollback", "login", "--drill").code == 3
    assert "drill" not in (project / ".setsquare/history/login.jsonl").read_text()


def test_forged_approvals_are_told_from_real_ones(project: Path, said: Made, git) -> None:
    assert said("approve", "login", "--verify")["proved"] is True
    log = project / ".setsquare/approvals/login.jsonl"
    line = json.loads(log.read_text().splitlines()[0])
    head = git("rev-parse", "HEAD").strip()
    forgeries = [
        {**line, "digest": "sha256:" + "1" * 64},
        {**line, "commit": "f" * 40},
        {**line, "commit": ""},
        {**line, "commit": head, "path": ".kiro/specs/login/none.md"},
        {**line, "by": "Eve <eve@example.org>"},
    ]
    log.write_text("".join(json.dumps(item) + "\n" for item in (line, *forgeries)))
    git("commit", "-qam", "forge")
    found = said("approve", "login", "--verify", code=1)["approvals"]
    assert [bool(item["problems"] or item["notes"]) for item in found] == [False, True, True, True, True, True]
    assert [bool(item["problems"]) for item in found] == [False, True, True, True, True, False]
    audited = said("spec", "audit", "--verify", code=1)["approvals"]
    assert sum(bool(item["problems"]) for item in audited) == 4


def aged(folder: Path, name: str, days: int, when: str = "2020-01-01T00:00:00+00:00") -> None:
    """Commit a spec long ago."""
    place = folder / f".kiro/specs/{name}"
    place.mkdir(parents=True)
    (place / "requirements.md").write_text(NEEDS)
    (place / "tasks.md").write_text(TASKS)
    env = {"GIT_AUTHOR_DATE": when, "GIT_COMMITTER_DATE": when, "PATH": "/usr/bin:/bin", "HOME": str(folder)}
    for argv in (["add", "-A"], ["commit", "-qm", f"{name} {days}"]):
        subprocess.run(["git", "-c", "user.name=Ada", "-c", "user.email=ada@example.org", *argv], cwd=folder, env=env, check=True)


def test_old_specs_are_named_and_archived_only_on_demand(folder: Path, run, said: Made) -> None:
    aged(folder, "old", 1)
    run("spec", "new", "fresh")
    found = said("spec", "audit")
    assert {item["spec"]: item["is_old"] for item in found["specs"]} == {"fresh": False, "old": True}
    assert found["idle"] == ["fresh", "old"]
    assert (folder / ".kiro/specs/old").is_dir()
    said("spec", "status", "old", "--set", "on-hold")
    assert said("spec", "audit", "--archive-old")["archived"] == []
    said("spec", "status", "old", "--set", "draft")
    assert said("spec", "audit", "--archive-old")["archived"] == ["old"]
    assert (folder / ".kiro/specs/_archived/old/tasks.md").read_text() == TASKS
    said("spec", "unarchive", "old")
    assert (folder / ".kiro/specs/old/tasks.md").read_text() == TASKS


def test_twenty_idle_specs_are_sprawl(folder: Path, said: Made, run) -> None:
    for number in range(20):
        place = folder / f".kiro/specs/s{number:02}"
        place.mkdir(parents=True)
        (place / "requirements.md").write_text(NEEDS)
    found = said("spec", "audit")
    assert (found["sprawl"], len(found["idle"])) == (True, 20)
    (folder / ".kiro/specs/s00/requirements.md").unlink()
    assert said("spec", "audit")["sprawl"] is False
    page = run("spec", "audit", "--format", "md").out
    assert page.startswith("# Spec audit, ")
    assert "| s01 | requirements written | draft | nobody |" in page


def test_an_empty_folder_is_no_error(folder: Path, said: Made, run) -> None:
    assert said("spec", "list")["specs"] == []
    assert said("spec", "audit")["specs"] == []
    assert run("spec", "audit").code == 0
