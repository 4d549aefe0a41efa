"""`setsquare git-hooks`: real commits and merges, with hooks of the user's beside ours."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

REQUIREMENTS = """# Requirements Document

## Requirements

### Requirement 1: Sign in

#### Acceptance Criteria

1. WHEN a user signs in, THE Portal SHALL answer within 200 ms
2. IF the password is wrong, THEN THE Portal SHALL refuse the sign-in
"""
OWN = b"#!/bin/sh\nset -eu\necho own >&2\nexit 0\n"


@pytest.fixture
def spec(folder: Path, git, run) -> Path:
    place = folder / ".kiro" / "specs" / "login"
    place.mkdir(parents=True)
    (place / "requirements.md").write_text(REQUIREMENTS)
    (place / "design.md").write_text("# Design\n\n`TokenStore` in `src/a.py`.\n")
    (place / "tasks.md").write_text("- [x] 1. Write `TokenStore`\n  - _Requirements: 1.1, 1.2_\n")
    assert run("trace", "lock").code == 0
    git("add", "-A")
    git("commit", "-q", "-m", "start")
    return place


@pytest.fixture
def commit(folder: Path, tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run git with a `setsquare` on the PATH."""
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "setsquare").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m setsquare "$@"\n')
    (tools / "setsquare").chmod(0o755)

    def commit(*argv: str, where: Path = folder, on_path: bool = True) -> subprocess.CompletedProcess[str]:
        path = f"{tools}:{os.environ['PATH']}" if on_path else "/usr/bin:/bin"
        return subprocess.run(["git", *argv], cwd=where, env={**os.environ, "PATH": path}, capture_output=True, text=True, check=False)

    return commit


def hook(folder: Path, name: str = "pre-commit", raw: bytes | None = None, mode: int = 0o755) -> Path:
    path = folder / ".git" / "hooks" / name
    path.parent.mkdir(exist_ok=True)
    if raw is not None:
        path.write_bytes(raw)
        path.chmod(mode)
    return path


def edit(path: Path, old: str, new: str) -> None:
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))


def test_they_warn_of_requirements_and_designs_and_let_the_commit_pass(spec, folder, run, commit) -> None:
    ran = run("git-hooks", "install", "--format", "json")
    assert [(item["name"], item["state"]) for item in json.loads(ran.out)["hooks"]] == [
        ("pre-commit", "written"),
        ("post-merge", "written"),
    ]
    edit(spec / "requirements.md", "200 ms", "100 ms")
    edit(spec / "design.md", "TokenStore", "KeyStore")
    done = commit("commit", "-q", "-a", "-m", "edit")
    assert done.returncode == 0
    assert "1.1 threshold; 1 of 1 done tasks need revision" in done.stderr
    assert "design.md is committed without tasks.md; task 1 names `TokenStore`" in done.stderr
    (folder / "x.py").write_text("x = 1\n")
    commit("add", "-A")
    done = commit("commit", "-q", "-m", "code alone")
    assert (done.returncode, done.stderr) == (0, "")


def test_what_is_staged_counts_not_what_lies_on_disk(spec, run, commit) -> None:
    run("git-hooks", "install")
    edit(spec / "requirements.md", "200 ms", "100 ms")
    edit(spec / "tasks.md", "1. Write", "1. Rewrite")
    done = commit("commit", "-q", "-m", "a part", "--", ".kiro/specs/login/tasks.md")
    assert (done.returncode, done.stderr) == (0, "")


def test_a_broken_lock_is_told_and_stops_only_where_that_was_asked_for(spec, folder, run, commit) -> None:
    run("git-hooks", "install")
    lock = folder / ".setsquare/trace/login.lock.jsonl"
    lock.write_text(f"{lock.read_text()}<<<<<<< HEAD\n")
    done = commit("commit", "-q", "-a", "-m", "broken")
    assert done.returncode == 0
    assert "login.lock.jsonl:4: a merge conflict is left in the file" in done.stderr
    assert run("git-hooks", "install", "--strict").code == 0
    lock.write_text(f"{lock.read_text()}>>>>>>> main\n")
    assert commit("commit", "-q", "-a", "-m", "broken").returncode == 1
    assert commit("commit", "-q", "-a", "-m", "broken", "--no-verify").returncode == 0


def test_a_merge_that_left_a_criterion_twice(spec, folder, run, git, commit) -> None:
    run("git-hooks", "install")
    (folder / ".gitattributes").write_text("*.jsonl merge=union\n")
    git("add", "-A")
    commit("commit", "-q", "-m", "union")
    for branch, limit in (("one", "100 ms"), ("main", "300 ms")):
        git("switch", "-q", *(["-c"] if branch == "one" else []), branch)
        (spec / "requirements.md").write_text(REQUIREMENTS.replace("200 ms", limit) if branch == "one" else REQUIREMENTS)
        lock = folder / ".setsquare/trace/login.lock.jsonl"
        lock.write_text(lock.read_text().replace("200 ms", limit))
        commit("commit", "-q", "-a", "-m", branch)
    done = commit("merge", "-q", "--no-edit", "one")
    assert done.returncode == 0, done.stderr
    assert "two lines of different content" in done.stderr


@pytest.mark.parametrize(
    ("raw", "mode"),
    [
        (OWN, 0o755),
        (b'#!/usr/bin/env bash\n[ -n "$0" ]\nexec true\n', 0o700),
        (b"#!/bin/sh\necho no line end", 0o755),
        (b"#!/bin/sh", 0o755),
        (b"", 0o755),
        (b"#!/bin/sh\r\necho odd\r\n", 0o755),
        (b"#!/usr/bin/env python3\nprint('x')\n", 0o755),
        (b"\x7fELF\0\0\0", 0o755),
        (b"#!/bin/sh\nexit 1\n", 0o644),
        (b"#!/bin/sh\n# \xff\xfe\n", 0o755),
    ],
)
def test_what_stood_there_has_its_exact_bytes_again(spec, folder, run, raw: bytes, mode: int) -> None:
    path = hook(folder, raw=raw, mode=mode)
    before = sorted(item.name for item in path.parent.iterdir())
    for argv in ((), ("--strict",), ()):
        assert run("git-hooks", "install", *argv).code == 0
    again = path.read_bytes()
    assert run("git-hooks", "install").code == 0
    assert path.read_bytes() == again
    assert run("git-hooks", "uninstall").code == 0
    assert (path.read_bytes(), stat.S_IMODE(path.stat().st_mode)) == (raw, mode)
    assert sorted(item.name for item in path.parent.iterdir()) == before


def test_one_s_own_hooks_run_and_decide(spec, folder, run, commit) -> None:
    hook(folder, raw=OWN.replace(b"exit 0", b"exit 1"))
    hook(folder, "commit-msg", b"#!/usr/bin/env python3\nimport sys\nsys.exit(open(sys.argv[1]).read().startswith('bad'))\n")
    assert run("git-hooks", "install", "pre-commit", "commit-msg").code == 0
    done = commit("commit", "-q", "--allow-empty", "-m", "good")
    assert done.returncode == 1
    assert "own" in done.stderr
    hook(folder, raw=OWN)
    assert commit("commit", "-q", "--allow-empty", "-m", "good").returncode == 0
    assert commit("commit", "-q", "--allow-empty", "-m", "bad").returncode == 1


def test_a_hook_that_was_switched_off_stays_off(spec, folder, run, commit) -> None:
    hook(folder, raw=b"#!/bin/sh\nexit 1\n", mode=0o644)
    assert run("git-hooks", "install").code == 0
    assert commit("commit", "-q", "--allow-empty", "-m", "x").returncode == 0


def test_a_link_is_not_written_through(spec, folder, run, commit) -> None:
    script = folder / "hook.sh"
    script.write_bytes(OWN)
    script.chmod(0o755)
    path = hook(folder)
    path.symlink_to("../../hook.sh")
    assert run("git-hooks", "install").code == 0
    assert script.read_bytes() == OWN
    assert "own" in commit("commit", "-q", "--allow-empty", "-m", "x").stderr
    assert run("git-hooks", "uninstall").code == 0
    assert os.readlink(path) == "../../hook.sh"


def test_without_setsquare_on_the_path_nothing_happens(spec, folder, run, commit) -> None:
    hook(folder, raw=OWN)
    run("git-hooks", "install", "--strict")
    edit(spec / "requirements.md", "200 ms", "100 ms")
    done = commit("commit", "-q", "-a", "-m", "x", on_path=False)
    assert (done.returncode, done.stderr) == (0, "own\n")


def test_a_folder_of_hooks_inside_is_used_and_named(spec, folder, run, git, commit) -> None:
    git("config", "core.hooksPath", ".githooks")
    ran = run("git-hooks", "install")
    assert str(folder / ".githooks" / "pre-commit") in ran.out
    edit(spec / "requirements.md", "200 ms", "100 ms")
    assert "threshold" in commit("commit", "-q", "-a", "-m", "x").stderr
    assert json.loads(run("git-hooks", "status", "--format", "json").out)["hooks_path"] == ".githooks"


def test_a_folder_of_hooks_outside_is_refused_unless_it_is_meant(spec, folder, tmp_path, run, git) -> None:
    outside = tmp_path / "hooks of everybody"
    git("config", "core.hooksPath", str(outside))
    ran = run("git-hooks", "install")
    assert ran.code == 3
    assert "outside of this repository" in ran.err
    assert not outside.exists()
    assert run("git-hooks", "install", "--outside").code == 0
    assert run("git-hooks", "uninstall").code == 3
    assert run("git-hooks", "uninstall", "--outside").code == 0
    assert list(outside.iterdir()) == []


def test_a_folder_of_hooks_that_is_a_link_to_the_outside_is_outside(spec, folder, tmp_path, run) -> None:
    (tmp_path / "elsewhere").mkdir()
    hooks = folder / ".git" / "hooks"
    for item in hooks.iterdir() if hooks.exists() else ():
        item.unlink()
    hooks.rmdir()
    hooks.symlink_to(tmp_path / "elsewhere")
    assert run("git-hooks", "install").code == 3
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_from_a_worktree(spec, folder, tmp_path, run, git, commit, monkeypatch) -> None:
    git("worktree", "add", "-q", "-b", "two", str(tmp_path / "tree two"))
    monkeypatch.chdir(tmp_path / "tree two")
    assert run("git-hooks", "install").code == 0
    assert hook(folder).exists()
    edit(tmp_path / "tree two/.kiro/specs/login/requirements.md", "200 ms", "100 ms")
    assert "threshold" in commit("commit", "-q", "-a", "-m", "x", where=tmp_path / "tree two").stderr


def test_linked_code_without_a_trailer(spec, folder, run, commit) -> None:
    run("git-hooks", "install", "commit-msg")
    (folder / "a b.py").write_text("# req: login/1.1\ndef a(): ...\n")
    commit("add", "-A")
    assert "a b.py is linked to login" in commit("commit", "-q", "-m", "x").stderr
    (folder / "a b.py").write_text("# req: login/1.1\ndef b(): ...\n")
    assert commit("commit", "-q", "-a", "-m", "x\n\nTask: login#1\n").stderr == ""


def test_lines_that_were_damaged_are_left_alone(spec, folder, run) -> None:
    run("git-hooks", "install")
    path = hook(folder)
    path.write_bytes(path.read_bytes().replace(b"# <<< setsquare git-hooks <<<\n", b""))
    raw = path.read_bytes()
    assert run("git-hooks", "install").code == 3
    assert run("git-hooks", "uninstall").code == 3
    assert path.read_bytes() == raw


def test_one_s_own_lines_in_our_file_stay(spec, folder, run) -> None:
    run("git-hooks", "install")
    path = hook(folder)
    path.write_bytes(path.read_bytes() + b"echo mine\n")
    assert run("git-hooks", "uninstall").code == 0
    assert path.read_bytes() == b"#!/bin/sh\necho mine\n"


def test_the_first_commit_and_a_folder_without_git(folder, run, git, commit, tmp_path, monkeypatch) -> None:
    run("git-hooks", "install", "--strict")
    place = folder / ".kiro" / "specs" / "login"
    place.mkdir(parents=True)
    (place / "requirements.md").write_text(REQUIREMENTS)
    git("add", "-A")
    done = commit("commit", "-q", "-m", "first")
    assert (done.returncode, done.stderr) == (0, "")
    monkeypatch.chdir(tmp_path)
    assert run("git-hooks", "install").code == 3


def test_the_repository_s_settings_start_nothing(spec, folder, run, git, commit, tmp_path) -> None:
    trap = tmp_path / "trap"
    for key in ("core.fsmonitor", "core.pager", "pager.config", "diff.external", "filter.x.clean", "core.sshCommand"):
        git("config", key, f"touch '{trap}'")
    (folder / ".gitattributes").write_text("* filter=x\n")
    edit(spec / "requirements.md", "200 ms", "100 ms")
    assert run("git-hooks", "install").code == 0
    assert run("git-hooks", "run", "pre-commit").code == 0
    assert not trap.exists()


def test_it_is_quick(spec, run) -> None:
    edit(spec / "requirements.md", "200 ms", "100 ms")
    subprocess.run(["git", "add", "-A"], check=True)
    taken = []
    for _ in range(3):
        started = time.process_time(), os.times().children_user
        assert run("git-hooks", "run", "pre-commit").code == 0
        taken.append(time.process_time() - started[0] + os.times().children_user - started[1])
    assert min(taken) < 0.3
