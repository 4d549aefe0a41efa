"""The first commands in a fresh repository."""

from __future__ import annotations

from pathlib import Path


def test_init_makes_a_working_folder_that_checks_clean(run, folder: Path):
    (folder / "tests").mkdir()
    (folder / "tests" / "test_app.py").write_text("import unittest\n")
    first = run("init", "--format", "json")
    assert first.code == 0
    assert first.json["test_command"] == "python3 -m unittest discover -s tests"
    assert first.json["trusted"] is True
    assert run("check").code == 0
    assert run("trust", "--show", "--format", "json").json["standing"] == "trusted"


def test_init_never_overwrites(run, folder: Path):
    (folder / ".kiro" / "steering").mkdir(parents=True)
    own = folder / ".kiro" / "steering" / "product.md"
    own.write_bytes(b"# Ours\r\n")
    ran = run("init", "--format", "json")
    assert own.read_bytes() == b"# Ours\r\n"
    assert ran.json["kept"] == [".kiro/steering/product.md"]
    assert ran.json["trusted"] is False, "a file that a stranger may have written became trusted"
    again = run("init", "--format", "json")
    assert again.json["written"] == []


def test_spec_new_makes_three_files_and_refuses_the_second_time(run, folder: Path):
    run("init")
    made = run("spec", "new", "user-authentication", "--format", "json")
    assert made.json["written"] == [f".kiro/specs/user-authentication/{name}.md" for name in ("requirements", "design", "tasks")]
    assert run("check").code == 0
    again = run("spec", "new", "user-authentication")
    assert (again.code, "exists already" in again.err) == (3, True)


def test_spec_new_refuses_names_that_leave_the_folder(run, folder: Path):
    for name in ("../evil", "/etc", "A B", "", "a/../b", ".hidden", "a" * 200):
        ran = run("spec", "new", name)
        assert ran.code == 2, name
    assert "user-login" in run("spec", "new", "UserLogin").err


def test_templates_of_the_workspace_are_used(run, folder: Path):
    (folder / ".kiro" / "templates").mkdir(parents=True)
    (folder / ".kiro" / "templates" / "requirements.md").write_text("# Ours: {{title}}\n")
    run("spec", "new", "big-thing")
    assert (folder / ".kiro/specs/big-thing/requirements.md").read_text() == "# Ours: Big Thing\n"


def test_trust_lists_and_revokes_and_notices_a_change(run, folder: Path):
    run("init")
    (folder / ".kiro" / "hooks").mkdir()
    (folder / ".kiro" / "hooks" / "a.kiro.hook").write_text("{}")
    assert run("trust", "--show", "--format", "json").json["standing"] == "changed"
    granted = run("trust", "--format", "json").json
    assert granted["standing"] == "trusted"
    assert [item["path"] for item in granted["files"] if item["new"]] == [".kiro/hooks/a.kiro.hook"]
    assert run("trust", "--revoke", "--format", "json").json["standing"] == "untrusted"


def test_a_clone_cannot_trust_itself(run, folder: Path):
    (folder / ".setsquare").mkdir()
    (folder / ".setsquare" / "trust.json").write_text('{"digest": "x", "by": "me", "at": "now"}')
    assert run("trust", "--show", "--format", "json").json["standing"] == "untrusted"


def test_paths_are_relative_to_the_current_folder(run, folder: Path, monkeypatch):
    run("init")
    (folder / "src").mkdir()
    monkeypatch.chdir(folder / "src")
    made = run("spec", "new", "a-b", "--format", "json")
    assert made.json["path"] == "../.kiro/specs/a-b"
