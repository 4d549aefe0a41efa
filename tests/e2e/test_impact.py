"""`setsquare impact` as a person meets it."""

from __future__ import annotations

from pathlib import Path

import pytest

REQUIREMENTS = """# Requirements Document

## Requirements

### Requirement 1: Sign in

#### Acceptance Criteria

1. WHEN a user signs in, THE Portal SHALL answer within 200 ms
2. IF the password is wrong, THEN THE Portal SHALL refuse the sign-in
"""


@pytest.fixture
def spec(folder: Path, git) -> Path:
    place = folder / ".kiro" / "specs" / "login"
    place.mkdir(parents=True)
    (place / "requirements.md").write_text(REQUIREMENTS)
    (place / "tasks.md").write_text("- [x] 1. Go\n  - _Requirements: 1.1_\n- [ ] 2. No\n  - _Requirements: 1.2_\n")
    git("add", "-A")
    git("commit", "-q", "-m", "start")
    return place


def edit(spec: Path, old: str, new: str) -> None:
    path = spec / "requirements.md"
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))


def test_nothing_changed(spec, run) -> None:
    ran = run("impact", "--exit-code")
    assert (ran.code, ran.out.strip()) == (0, "No criterion changed.")


def test_wording_alone_never_fails(spec, run) -> None:
    edit(spec, "WHEN a user signs in, THE Portal", "When a user signs in THEN the Portal")
    ran = run("impact", "--exit-code")
    assert ran.code == 0
    assert "Nothing that was done is touched" in ran.out


# req: spec-engine/4.1
def test_a_change_is_followed_and_marked(spec, run) -> None:
    edit(spec, "200 ms", "100 ms")
    ran = run("impact", "--format", "json", "--exit-code")
    assert ran.code == 1
    found = ran.json["specs"][0]
    assert found["affected"][0]["effect"] == "done-needs-revision"
    assert found["affected"][0]["reason"] == ["1.1 threshold 200 ms → 100 ms, tightened", "task 1 (done)"]
    assert (found["done_tasks"], found["done_tasks_to_revise"], found["is_branch_proposed"]) == (1, 1, True)
    assert run("impact", "--mark").code == 0
    assert (spec / "tasks.md").read_text() == (
        "- [x] 1. Go\n  - _Requirements: 1.1_\n  - _Needs revision: 1.1 (threshold)_\n- [ ] 2. No\n  - _Requirements: 1.2_\n"
    )
    edit(spec, "100 ms", "200 ms")
    assert run("impact", "--mark").code == 0
    assert "Needs revision" not in (spec / "tasks.md").read_text()


def test_since_a_branch_was_left(spec, run, git) -> None:
    git("switch", "-q", "-c", "work")
    edit(spec, "refuse", "delay")
    git("commit", "-q", "-a", "-m", "edit")
    assert run("impact").out.strip() == "No criterion changed."
    ran = run("impact", "login", "--since", "main", "--format", "json")
    assert [item["change"] for item in ran.json["specs"][0]["changes"]] == ["response"]


def test_the_approved_requirements_are_the_default_base(spec, run, git) -> None:
    assert run("approve", "login", "requirements").code == 0
    edit(spec, "200 ms", "300 ms")
    git("commit", "-q", "-a", "-m", "edit")
    assert "loosened" in run("impact").out


def test_refusals(spec, run, tmp_path, monkeypatch) -> None:
    assert run("impact", "nope").code == 2
    mistyped = run("impact", "--since", "no-such-ref")
    assert (mistyped.code, "no commit" in mistyped.err) == (2, True)
    assert "did you mean 'main'?" in run("check", "--since", "mian").err
    assert run("impact", "--since", "--output=x").code == 2
    bare = tmp_path / "bare"
    (bare / ".kiro" / "specs").mkdir(parents=True)
    monkeypatch.chdir(bare)
    assert run("impact").code == 3


def test_an_approval_of_the_change_takes_no_mark_away_before_somebody_looked(spec, run) -> None:
    assert run("approve", "login", "requirements").code == 0
    edit(spec, "200 ms", "100 ms")
    assert run("impact", "--mark").code == 0
    marked = (spec / "tasks.md").read_text()
    assert "_Needs revision: 1.1 (threshold)_" in marked
    ran = run("approve", "login", "requirements")
    assert "setsquare draft tasks login --changed" in ran.out
    ran = run("impact", "--mark")
    assert "No criterion changed." in ran.out
    assert "1 link still leads to what a criterion meant before: setsquare trace suspect" in ran.out
    assert (spec / "tasks.md").read_text() == marked
    assert run("trace", "clear", "--all", "login", "--reason", "done again").code == 0
    ran = run("impact", "--mark")
    assert "marked" in ran.out
    assert "Needs revision" not in (spec / "tasks.md").read_text()


def test_a_weaker_demand_voids_no_work_and_no_test(spec, run, folder) -> None:
    (folder / "test_a.py").write_text("import pytest\n\n\n@pytest.mark.req('login/1.1')\ndef test_a(): ...\n")
    assert run("trace", "lock").code == 0
    edit(spec, "THE Portal SHALL answer", "THE Portal MAY answer")
    ran = run("impact", "--format", "json")
    assert [(item["kind"], item["effect"]) for item in ran.json["specs"][0]["affected"]] == [("task", "kept")]
    assert "needs-revision" not in run("trace", "explain", "1.1").out
