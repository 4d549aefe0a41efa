"""What the command line does when the workspace, the disk, git or the environment is not as it should be."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

REQUIREMENTS = """# Requirements Document

## Introduction

Text.

## Requirements

### Requirement 1: Log in

**User Story:** As a user, I want to log in, so that I can work.

#### Acceptance Criteria

1. WHEN a user logs in, THE Login_Endpoint SHALL answer 200
2. IF the password is wrong, THEN THE Login_Endpoint SHALL answer 401
"""
# Without its capabilities the superuser is held to permissions like anybody else.
COMMAND = """
import ctypes, json, os, resource, sys
told = json.loads(sys.argv[1])
if sys.platform == "linux" and os.geteuid() == 0:
    ctypes.CDLL(None).capset((ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)())
if told["limit_bytes"] is not None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (told["limit_bytes"],) * 2)
from setsquare.__main__ import main
sys.exit(main(told["argv"]))
"""


@pytest.fixture
def spec(run, folder: Path) -> Path:
    """The folder of a spec with requirements, in a trusted workspace."""
    run("init")
    run("spec", "new", "login")
    place = folder / ".kiro" / "specs" / "login"
    (place / "requirements.md").write_text(REQUIREMENTS)
    return place


def ended(*argv: str, limit_bytes: int | None = None, environ: dict[str, str | None] | None = None, timeout_s: float = 60):
    """Run a command line in a process of its own, without the superuser's rights."""
    changed = {**os.environ, **(environ or {})}
    return subprocess.run(
        [sys.executable, "-c", COMMAND, json.dumps({"argv": argv, "limit_bytes": limit_bytes})],
        env={name: value for name, value in changed.items() if value is not None},
        capture_output=True,
        text=True,
        errors="surrogateescape",
        check=False,
        timeout=timeout_s,
    )


def explained(done, code: int) -> str:
    """A failure of a documented exit code that says what to do, without a traceback and without calling itself a defect."""
    assert done.returncode == code, (done.stdout, done.stderr)
    first, hint, *more = done.stderr.splitlines()
    assert (first.startswith("setsquare: "), hint.startswith("  "), len(hint.strip()) > 10, more) == (True, True, True, [])
    assert "defect" not in done.stderr
    return str(done.stderr)


def files_of(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and ".git" not in path.parts
    }


def permit(folder: Path, mode: int) -> None:
    """Give a folder and those below it a mode."""
    for place, _, _ in os.walk(folder):
        Path(place).chmod(mode)


class TestDisk:
    def test_a_read_only_folder(self, run, folder: Path, spec: Path):
        run("approve", "login", "requirements")
        before = files_of(folder)
        permit(folder, 0o555)
        try:
            for argv in (("draft", "design", "login", "--write"), ("spec", "new", "other")):
                assert "Permission denied" in explained(ended(*argv), 4)
            (spec / "requirements.md").write_text(REQUIREMENTS.replace("401", "403"))
            assert "Permission denied" in explained(ended("approve", "login", "requirements"), 4)
            (spec / "requirements.md").write_text(REQUIREMENTS)
            for name in ("status", "check", "init", "log"):
                assert ended(name).returncode == 0, name
        finally:
            permit(folder, 0o755)
        assert files_of(folder) == before

    @pytest.mark.parametrize("limit_bytes", [0, 10, 200, 600])
    def test_a_full_disk_during_approve(self, limit_bytes, run, folder: Path, spec: Path, git):
        before = files_of(folder)
        explained(ended("approve", "login", "requirements", limit_bytes=limit_bytes), 4)
        assert files_of(folder) == before
        assert not (folder / ".git" / "index.lock").exists(), "git itself is locked out"
        assert run("approve", "login", "requirements").code == 0
        assert "approvals" not in git("status", "--porcelain", "-uall")

    @pytest.mark.parametrize("limit_bytes", [0, 10, 600])
    def test_a_full_disk_during_a_draft(self, limit_bytes, run, folder: Path, spec: Path):
        run("approve", "login", "requirements")
        before = files_of(folder)
        assert "design.md" in explained(ended("draft", "design", "login", "--write", limit_bytes=limit_bytes), 4)
        assert files_of(folder) == before

    @pytest.mark.parametrize("limit_bytes", [0, 600])
    def test_a_full_disk_during_init(self, limit_bytes, run, folder: Path):
        explained(ended("init", limit_bytes=limit_bytes), 4)
        assert files_of(folder) == {}
        assert run("init").code == 0

    @pytest.mark.parametrize(
        "body",
        [
            pytest.param("".join(f"- [ ] {n}. Task number {n}\n  - _Requirements: 1.1_\n" for n in range(1, 20_000)), id="many"),
            pytest.param("- [ ] 1. " + "x" * 10_000_000, id="one line"),
            pytest.param("- [ ] " * 1_700_000, id="boxes in a row"),
            pytest.param("\n".join(" " * n + "- [ ] x" for n in range(4_400)), id="deep"),
            pytest.param("- [ ] 1. x\n  - _Requirements: " + "1.1, " * 2_000_000 + "_", id="references"),
        ],
    )
    def test_a_task_list_of_ten_megabytes(self, body, folder: Path, spec: Path):
        (spec / "tasks.md").write_text(body)
        for command in ("check", "status"):
            done = ended(command, timeout_s=120)
            assert (done.returncode in {0, 1}, done.stderr) == (True, "")
            assert len(done.stdout) < 1_000_000


class TestNames:
    def test_loops_of_links(self, run, folder: Path, spec: Path):
        (spec.parent / "loop").symlink_to(spec.parent)
        (spec.parent / "a").symlink_to("b")
        (spec.parent / "b").symlink_to("a")
        (folder / ".kiro/steering/x.md").symlink_to("x.md")
        (folder / "self").symlink_to(folder)
        assert run("check").code == 0
        assert run("status", "--format", "json").json["specs"][0]["spec"] == "login"
        assert len(run("status", "--format", "json").json["specs"]) == 1
        assert "links are not followed" in explained(ended("approve", "loop", "requirements"), 2)
        assert run("approve", "login", "requirements").code == 0

    @pytest.mark.parametrize("target", ["inside", "outside"])
    def test_a_spec_folder_that_is_a_link(self, target, run, folder: Path, spec: Path, tmp_path: Path):
        real = folder / "real" if target == "inside" else tmp_path / "real"
        shutil.move(spec, real)
        spec.symlink_to(real)
        before = {path.name: path.read_bytes() for path in real.iterdir()}
        assert ".kiro/specs/login: symbolic link" in run("status").out
        assert run("check", "--format", "json").json["skipped"] == [{"path": ".kiro/specs/login", "reason": "symbolic link"}]
        for argv in (("approve", "login", "requirements"), ("draft", "design", "login", "--write"), ("run", "login")):
            assert ".kiro/specs/login is left out (symbolic link)" in explained(ended(*argv), 2)
        assert {path.name: path.read_bytes() for path in real.iterdir()} == before

    def test_names_that_are_not_utf_8(self, run, folder: Path, spec: Path):
        try:
            odd = Path(os.fsdecode(os.fsencode(spec.parent) + b"/caf\xe9"))
            odd.mkdir()
        except OSError:
            pytest.skip("this file system takes no such names")
        (odd / "requirements.md").write_bytes(REQUIREMENTS.encode().replace(b"Log in", b"Log \xff in"))
        (folder / ".kiro/steering/x\udcff.md").write_text("# x\n")
        for argv in (
            ("check",),
            ("status",),
            ("trust",),
            ("approve", "caf\udce9", "requirements"),
            ("draft", "design", "caf\udce9", "--write"),
        ):
            done = ended(*argv)
            expected = 1 if argv == ("check",) else 0  # the requirements hold a byte that is not UTF-8
            assert (done.returncode, done.stderr) == (expected, ""), (argv, done.stdout)
            again = ended(*argv, "--format", "json")
            assert (again.returncode, again.stderr) == (expected, ""), argv
            json.loads(again.stdout)
        assert run("trust", "--show", "--format", "json").json["standing"] == "trusted"

    def test_a_current_folder_that_is_gone(self, folder: Path, tmp_path: Path):
        for argv in ("status", "check", "check .", "init", "log", "trust", "run x", "tour", "tour --into x", "draft design x"):
            gone = tmp_path / "gone"
            line = f'mkdir "{gone}" && cd "{gone}" && rmdir "{gone}" && exec "{sys.executable}" -m setsquare {argv}'
            done = subprocess.run(["sh", "-c", line], capture_output=True, text=True, check=False)
            if "No such option" not in done.stderr:
                assert "current folder does not exist" in explained(done, 2), argv


class TestGit:
    def test_a_git_file_that_points_elsewhere(self, run, folder: Path, spec: Path, tmp_path: Path):
        other = tmp_path / "other"
        subprocess.run(["git", "init", "-q", str(other)], check=True)
        shutil.rmtree(folder / ".git")
        (folder / ".git").write_text(f"gitdir: {other}/.git\n")
        ran = run("approve", "login", "requirements")
        assert (ran.code, "not committed" in ran.out) == (0, True)
        assert subprocess.run(["git", "log"], cwd=other, check=False, capture_output=True).stdout == b"", "a foreign repository was written"

    def test_a_detached_head(self, run, folder: Path, spec: Path, git):
        git("add", "-A")
        git("commit", "-qm", "x")
        git("checkout", "-q", "--detach")
        branch = git("rev-parse", "main")
        assert run("approve", "login", "requirements", "--format", "json").json["commit"] == git("rev-parse", "HEAD").strip()
        assert git("rev-parse", "main") == branch

    @pytest.mark.parametrize(("name", "word"), [("MERGE_HEAD", "MERGE_HEAD"), ("index.lock", "index")])
    def test_a_repository_that_is_busy(self, name, word, run, folder: Path, spec: Path, git):
        git("add", "-A")
        git("commit", "-qm", "x")
        head = git("rev-parse", "HEAD")
        (folder / ".git" / name).write_text(head if name == "MERGE_HEAD" else "")
        assert word in explained(ended("approve", "login", "requirements"), 4)
        assert run("status").code == 0
        assert git("rev-parse", "HEAD") == head
        (folder / ".git" / name).unlink()
        again = run("approve", "login", "requirements", "--format", "json").json
        assert again["commit"] == git("rev-parse", "HEAD").strip(), "what could not be committed then is committed now"
        assert git("status", "--porcelain") == ""

    def test_no_git_program(self, run, folder: Path, spec: Path):
        nowhere: dict[str, str | None] = {"PATH": "/nonexistent"}
        for argv in (("status",), ("check",), ("log",), ("trust",), ("init",)):
            assert ended(*argv, environ=nowhere).returncode == 0, argv
        assert "install git" in explained(ended("approve", "login", "requirements", environ=nowhere), 4)

    def test_no_repository_and_no_git_program(self, tmp_path: Path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        nowhere: dict[str, str | None] = {"PATH": "/nonexistent"}
        assert ended("init", environ=nowhere).returncode == 0
        assert ended("spec", "new", "login", environ=nowhere).returncode == 0
        (tmp_path / ".kiro/specs/login/requirements.md").write_text(REQUIREMENTS)
        done = ended("approve", "login", "requirements", environ=nowhere)
        assert (done.returncode, "not committed" in done.stdout) == (0, True)


class TestState:
    @pytest.mark.parametrize("home", [None, "", "/nonexistent/home"])
    def test_no_home(self, home, folder: Path, spec: Path):
        bare: dict[str, str | None] = {"HOME": home, "XDG_STATE_HOME": None, "XDG_CONFIG_HOME": None}
        for argv in (("status",), ("check",), ("log",), ("trust", "--show"), ("approve", "login", "requirements")):
            done = ended(*argv, environ=bare)
            assert (done.returncode, done.stderr) == (0, ""), argv

    def test_a_state_folder_that_cannot_be_written(self, folder: Path, spec: Path, tmp_path: Path):
        closed = tmp_path / "closed"
        closed.mkdir()
        permit(closed, 0o555)
        (tmp_path / "file").write_text("")
        for place in (closed, tmp_path / "file"):
            explained(ended("trust", environ={"SETSQUARE_STATE": str(place)}), 4)
        for named in ("relative", str(folder), str(folder / ".kiro")):
            assert "SETSQUARE_STATE" in explained(ended("status", environ={"SETSQUARE_STATE": named}), 2)

    def test_workspaces_that_share_a_state_folder_keep_trust_and_runs_apart(
        self, run, folder: Path, spec: Path, tmp_path: Path, monkeypatch
    ):
        monkeypatch.setenv("SETSQUARE_STATE", str(tmp_path / "state"))
        assert run("trust", "--format", "json").json["standing"] == "trusted"
        other = tmp_path / "other" / "project"
        shutil.copytree(folder, other)
        monkeypatch.chdir(other)
        assert run("trust", "--show", "--format", "json").json["standing"] == "untrusted"


@pytest.mark.network
@pytest.mark.usefixtures("sandboxed")
@pytest.mark.parametrize("spoken", ["chat"], indirect=True)
class TestJournals:
    @pytest.fixture
    def damaged(self, run, sum_project, spoken) -> str:
        """The name of a parked run with a broken line in the middle of its journal."""
        sum_project(spoken.provider, spoken.origin)
        spoken.says(spoken.error(401))
        name = str(run("run", "sum", "--format", "json").json["run"])
        (path,) = Path(os.environ["XDG_STATE_HOME"]).rglob("journal.jsonl")
        lines = path.read_bytes().splitlines(keepends=True)
        path.write_bytes(b"".join([*lines[:2], b"\x00garbage\n", *lines[3:]]))
        return name

    def test_status_and_the_list_of_runs_survive_it(self, run, damaged, spoken):
        assert run("status", "--format", "json").json["damaged_runs"] == [damaged]
        assert f"the journal of run {damaged} cannot be read" in run("status").out
        (listed,) = run("log", "--format", "json").json["runs"]
        assert (listed["run"], listed["last"].startswith("unreadable: line 3 ")) == (damaged, True)

    def test_what_needs_it_says_so(self, damaged, spoken):
        for argv in (("log", damaged), ("run", "--resume"), ("run", "--resume", damaged), ("revert", damaged)):
            assert "line 3 of" in explained(ended(*argv), 4)

    def test_other_runs_go_on(self, run, damaged, spoken):
        spoken.says(spoken.call("write", {"path": "src/calc.py", "content": "def add(a, b):\n    return a + b\n"}), spoken.text("Done."))
        assert run("run", "sum").code == 0
        assert [item["run"] == damaged for item in run("log", "--format", "json").json["runs"]] == [True, False]
