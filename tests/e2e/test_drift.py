"""`setsquare drift` as a person meets it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

REQUIREMENTS = """# Requirements Document

## Requirements

### Requirement 1: Sign in

#### Acceptance Criteria

1. WHEN a user signs in, THE Portal SHALL answer within 200 ms
2. IF the password is wrong, THEN THE Portal SHALL refuse the sign-in
"""
CODE = '''"""Signs in."""


# req: login/1.1
def answer(user):
    return user


# req: login/1.2
def refuse(user):
    return None
'''
TEST = '''def test_answer():
    """Validates: login/1.1"""
    assert True
'''
TYPES = "// req: login/1.2\nexport function refuse(user: string) { return null; }\nexport const other = () => 1;\n"


@pytest.fixture
def project(folder: Path, git, run) -> Path:
    for name, text in {
        ".kiro/specs/login/requirements.md": REQUIREMENTS,
        ".kiro/specs/login/design.md": "# Design\n\n## Overview\n\n`src/login.py` and `src/extra.py`.\n",
        ".kiro/specs/login/tasks.md": "# Plan\n\n- [ ] 1. Go\n  - Write `src/login.py`\n  - _Requirements: 1.1, 1.2_\n",
        "src/login.py": CODE,
        "src/extra.py": "x = 1\n",
        "tests/test_login.py": TEST,
        "web/login.ts": TYPES,
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    git("add", "-A")
    git("commit", "-q", "-m", "start")
    assert run("trace", "lock").code == 0
    git("add", "-A")
    git("commit", "-q", "-m", "lock")
    return folder


def edit(path: Path, old: str, new: str) -> None:
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))


def findings(ran) -> list[tuple[str, str, str]]:
    return [(item["level"], item["criterion"], item["path"]) for item in json.loads(ran.out)["findings"]]


# req: spec-engine/5.1
def test_before_there_is_a_lock_it_names_the_first_step(project, run) -> None:
    (project / ".setsquare/trace/login.lock.jsonl").unlink()
    ran = run("drift")
    assert ran.code == 0
    assert "First: setsquare trace lock" in ran.out


def test_layout_is_no_drift_and_words_are(project, run) -> None:
    edit(project / "src/login.py", "    return user\n", "    # as it is\n    return (user)\n")
    edit(project / "web/login.ts", "{ return null; }", "{\n  // no\n  return null;\n}")
    edit(project / "web/login.ts", "() => 1", "() => 2")
    assert run("drift", "--fail-on", "info").code == 0
    edit(project / "src/login.py", "return None", "return False")
    edit(project / "web/login.ts", "null", "undefined")
    assert run("drift").code == 0
    ran = run("drift", "--fail-on", "warn", "--format", "json")
    assert ran.code == 1
    assert findings(ran) == [("D1", "login/1.2", "src/login.py"), ("D1", "login/1.2", "web/login.ts")]
    assert json.loads(ran.out)["findings"][0]["accept"] == "setsquare drift --accept login/1.2 --path src/login.py --reason TEXT"


def test_a_reason_is_asked_for_and_what_was_accepted_is_recorded(project, run, git, monkeypatch) -> None:
    edit(project / "src/login.py", "return None", "return False")
    assert run("drift", "--accept", "login/1.2").code == 2
    assert run("drift", "--accept", "login/1.2", "--reason", " ").code == 2
    assert run("drift", "--reason", "x").code == 2
    monkeypatch.chdir(project / "src")
    assert run("drift", "--accept", "login/1.2", "--path", "login.py", "--reason", "read it").code == 0
    assert run("drift", "--fail-on", "info").code == 0
    lock = (project / ".setsquare/trace/login.lock.jsonl").read_text()
    assert '"reason":"read it"' in lock
    assert git("rev-parse", "HEAD").strip() in lock
    assert '"kind":"accepted"' in (project / ".setsquare/history/login.jsonl").read_text()


def test_a_deleted_test_fails_by_default(project, run) -> None:
    (project / "tests/test_login.py").unlink()
    ran = run("drift", "--format", "json")
    assert ran.code == 1
    assert findings(ran) == [("D4", "login/1.1", "tests/test_login.py")]


def test_a_failing_report_fails(project, run) -> None:
    report = project / "junit.xml"
    report.write_text('<testsuite><testcase classname="tests.test_login" name="test_answer"><failure message="no"/></testcase></testsuite>')
    ran = run("drift", "--results", "junit.xml")
    assert ran.code == 1
    assert "the test failed" in ran.out


def test_a_scope_changed_and_its_spec_did_not(project, run, git) -> None:
    git("switch", "-q", "-c", "work")
    edit(project / "src/extra.py", "1", "2")
    git("commit", "-q", "-a", "-m", "edit")
    assert findings(run("drift", "--since", "main", "--format", "json")) == [("D2", "", "src/extra.py")]
    edit(project / ".kiro/specs/login/design.md", "Overview", "Outline")
    assert [item for item in findings(run("drift", "--since", "main", "--format", "json")) if item[0] == "D2"] == []
    assert run("drift", "--since", "nowhere").code == 2
    assert run("drift", "--since", "--output=x").code == 2


def test_a_design_committed_after_its_tasks(project, run, git) -> None:
    edit(project / ".kiro/specs/login/design.md", "`src/login.py`", "`src/session.py`")
    git("commit", "-q", "-a", "-m", "design")
    edit(project / ".kiro/specs/login/tasks.md", "- [ ] 1.", "- [x] 1.")
    git("commit", "-q", "-a", "-m", "a tick is no edit")
    reasons = [item["reason"] for item in json.loads(run("drift", "--format", "json").out)["findings"]]
    assert any("the design was edited, its tasks are as they were when they were committed" in reason for reason in reasons)
    assert any("task 1 names `src/login.py`" in reason for reason in reasons)
    assert any("the design names `src/session.py`, which the repository does not have" in reason for reason in reasons)


def test_tasks_that_are_right_for_the_new_design_are_approved_again_as_they_are(project, run) -> None:
    for stage in ("requirements", "design", "tasks"):
        assert run("approve", "login", stage).code == 0
    edit(project / ".kiro/specs/login/design.md", "Overview", "Outline")
    assert run("approve", "login", "design").code == 0
    assert "the design was edited, its tasks are as they were when they were approved" in run("drift").out
    assert json.loads(run("approve", "login", "tasks", "--format", "json").out)["unchanged"] is False
    assert "the design was edited" not in run("drift").out
    assert json.loads(run("approve", "login", "tasks", "--format", "json").out)["unchanged"] is True
    assert run("approve", "login", "--verify").code == 0


def test_without_the_extra_it_is_said_once_and_nothing_fails(project, run, monkeypatch) -> None:
    for name in ("tree_sitter", "tree_sitter_typescript"):
        monkeypatch.setitem(sys.modules, name, None)
    edit(project / "web/login.ts", "null", "undefined")
    ran = run("drift", "--fail-on", "info")
    assert ran.code == 0
    assert ran.out.count("setsquare[code]") == 1
    (project / ".setsquare/trace/login.lock.jsonl").unlink()
    assert run("trace", "lock").code == 0
    assert "(bytes)" in (project / ".setsquare/trace/login.lock.jsonl").read_text()
    edit(project / "web/login.ts", "undefined", "null")
    assert "whole file" in run("drift").out


def test_names_that_mean_something_to_a_shell_or_a_terminal(folder, git, run) -> None:
    place = folder / ".kiro" / "specs" / "a b"
    place.mkdir(parents=True)
    (place / "requirements.md").write_text(REQUIREMENTS)
    odd = folder / "src $(id)\x1b[31m" / "x;'y.py"
    odd.parent.mkdir()
    odd.write_text("# req: 1.1\ndef answer(): return 1\n")
    git("add", "-A")
    git("commit", "-q", "-m", "start")
    assert run("trace", "lock").code == 0
    edit(odd, "return 1", "return 2")
    ran = run("drift")
    assert "\x1b[31m" not in ran.out
    (item,) = json.loads(run("drift", "--format", "json").out)["findings"]
    assert item["spec"] == "a b"
    done = subprocess.run(["sh", "-c", f"printf '%s\\n' {item['accept']}"], capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[3] == "a b/1.1"
    assert run("drift", "--accept", "a b/1.1", "--reason", "fine").code == 0
    assert run("drift", "--fail-on", "info").code == 0
