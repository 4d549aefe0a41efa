"""Repositories that try to run programs in the platform's own git, or to lead it into another repository."""

# mypy: disable-error-code="arg-type"
# Paths are plain literals here.

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from setsquare.adapters.checkpoints import ShadowCheckpoints
from setsquare.adapters.git import GitCommand
from setsquare.errors import GitFailed
from setsquare.ports.git import CommitRequest

HOOKS = (
    "pre-commit", "prepare-commit-msg", "commit-msg", "post-commit", "reference-transaction", "post-index-change", "post-checkout",
    "pre-auto-gc", "post-rewrite", "fsmonitor-watchman", "post-merge", "pre-push", "update", "proc-receive",
)  # fmt: skip


def git(folder: Path, *args: str) -> str:
    isolated = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "GIT_CONFIG_NOSYSTEM": "1"}
    people = ("-c", "user.name=T", "-c", "user.email=t@example.org")
    return subprocess.run(["git", *people, *args], cwd=folder, env=isolated, check=True, capture_output=True, text=True).stdout


@pytest.fixture
def repository(tmp_path: Path, monkeypatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    folder = tmp_path / "repository"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    (folder / "a.txt").write_text("one\n")
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "first")
    return folder


def executed(tmp_path: Path) -> list[str]:
    return sorted(place.name for place in tmp_path.glob("executed-*"))


def make_hostile(repository: Path, tmp_path: Path) -> None:
    """Plant every way that a git directory has to name a program."""
    evil = tmp_path / "evil"
    evil.write_text(f'#!/bin/sh\n: > "{tmp_path}/executed-$(basename "$0")-$$"\ncat\n')
    evil.chmod(0o755)
    hooks = tmp_path / "planted-hooks"
    hooks.mkdir()
    for name in HOOKS:
        for place in (hooks / name, repository / ".git" / "hooks" / name):
            place.parent.mkdir(exist_ok=True)
            place.write_text(evil.read_text())
            place.chmod(0o755)
    (tmp_path / "included").write_text(
        f'[filter "other"]\n\tclean = {evil}\n\tsmudge = {evil}\n\trequired = true\n[core]\n\tfsmonitor = {evil}\n'
    )
    with (repository / ".git" / "config").open("a") as file:
        file.write(f"""
[core]
	fsmonitor = {evil}
	hooksPath = {hooks}
	pager = {evil}
	editor = {evil}
	sshCommand = {evil}
	askPass = {evil}
	gitProxy = {evil}
	alternateRefsCommand = {evil}
	attributesFile = {tmp_path}/attributes
	worktree = {tmp_path}/elsewhere
[filter "evil"]
	clean = {evil}
	smudge = {evil}
	process = {evil}
	required = true
[diff]
	external = {evil}
[diff "evil"]
	command = {evil}
	textconv = {evil}
[merge "evil"]
	driver = {evil}
[gpg]
	program = {evil}
	format = ssh
[gpg "ssh"]
	program = {evil}
	defaultKeyCommand = {evil}
[commit]
	gpgSign = true
[tag]
	gpgSign = true
	forceSignAnnotated = true
[user]
	signingKey = x
[log]
	showSignature = true
[credential]
	helper = !{evil}
[alias]
	commit-tree = !{evil}
	ls-tree = !{evil}
[pager]
	tag = {evil}
	config = {evil}
[remote "origin"]
	url = ext::{evil}
	fetch = +refs/heads/*:refs/remotes/origin/*
	promisor = true
	partialclonefilter = blob:none
	uploadpack = {evil}
[extensions]
	partialClone = origin
[uploadpack]
	packObjectsHook = {evil}
[include]
	path = {tmp_path}/included
[trailer "x"]
	command = {evil}
[sequence]
	editor = {evil}
[interactive]
	diffFilter = {evil}
""")
    (tmp_path / "attributes").write_text("* filter=evil diff=evil merge=evil\n")
    (repository / ".gitattributes").write_text("* filter=evil diff=evil merge=evil\n*.txt filter=other\n")
    (repository / ".git" / "info").mkdir(exist_ok=True)
    (repository / ".git" / "info" / "attributes").write_text("* filter=evil diff=evil\n")
    (tmp_path / "elsewhere").mkdir()


def test_nothing_of_a_hostile_repository_runs(repository, tmp_path):
    make_hostile(repository, tmp_path)
    port = GitCommand(str(repository))
    (repository / "a.txt").write_text("two\n")
    (repository / "new.txt").write_text("new\n")
    assert port.is_repository()
    assert port.dirty(("a.txt", "new.txt")) == ("a.txt", "new.txt")
    assert port.show("HEAD", "a.txt") == b"one\n"
    port.user()
    made = port.commit(CommitRequest(paths=("a.txt", "new.txt"), message="Second"))
    port.tag("v1", "message")
    assert port.head() == made
    assert port.show("v1", "new.txt") == b"new\n"
    with pytest.raises(GitFailed):
        port.show("1234567890123456789012345678901234567890", "a.txt")
    checkpoints = ShadowCheckpoints(str(repository), str(tmp_path / "state"))
    old = checkpoints.take()
    (repository / "a.txt").write_text("three\n")
    changes = checkpoints.changes(old, checkpoints.take())
    checkpoints.restore(old, tuple(change.path for change in changes))
    assert (repository / "a.txt").read_text() == "two\n"
    assert executed(tmp_path) == []


def test_the_trap_works(repository, tmp_path):
    """The same repository does run programs in plain git, so the test above can fail."""
    make_hostile(repository, tmp_path)
    subprocess.run(["git", "status"], cwd=repository, check=False, capture_output=True)
    assert executed(tmp_path)


def test_a_missing_object_is_not_fetched(repository, tmp_path):
    make_hostile(repository, tmp_path)
    blob = git_blob(repository)
    (repository / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    with pytest.raises(GitFailed):
        GitCommand(str(repository)).show("HEAD", "a.txt")
    assert executed(tmp_path) == []


def git_blob(repository: Path) -> str:
    head = (repository / ".git" / "refs" / "heads" / "main").read_text().strip()
    safe = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "GIT_CONFIG_NOSYSTEM": "1", "GIT_DIR": str(repository / ".git")}
    listed = subprocess.run(["git", "ls-tree", head, "a.txt"], env=safe, check=True, capture_output=True, text=True).stdout
    return listed.split()[2]


def test_environment_of_the_user_does_not_steer_git(repository, tmp_path, monkeypatch):
    make_hostile(repository, tmp_path)
    evil = str(tmp_path / "evil")
    for name in ("GIT_EXTERNAL_DIFF", "GIT_SSH_COMMAND", "GIT_PAGER", "GIT_EDITOR", "GIT_ASKPASS", "GIT_PROXY_COMMAND", "GIT_TRACE2_EVENT"):
        monkeypatch.setenv(name, evil)
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "elsewhere" / "index"))
    (repository / "a.txt").write_text("two\n")
    GitCommand(str(repository)).commit(CommitRequest(paths=("a.txt",), message="Second"))
    assert executed(tmp_path) == []
    assert not list((tmp_path / "elsewhere").iterdir())


def test_a_planted_bare_repository_is_no_repository(repository, tmp_path):
    planted = repository / "docs"
    git(repository, "init", "-q", "--bare", str(planted))
    with (planted / "config").open("a") as file:
        file.write(f"[core]\n\tbare = false\n\tworktree = {repository}\n\tfsmonitor = {tmp_path}/evil\n")
    port = GitCommand(str(planted))
    assert port.head() == git(repository, "rev-parse", "HEAD").strip()


@pytest.mark.parametrize("way", ["file", "link", "commondir", "objects"])
def test_a_workspace_cannot_point_at_another_repository(repository, tmp_path, way):
    """A folder whose `.git` leads into the user's other repository must not extend that one."""
    trap = tmp_path / "trap"
    trap.mkdir()
    (trap / "a.txt").write_text("planted\n")
    if way == "file":
        (trap / ".git").write_text(f"gitdir: {repository}/.git\n")
    elif way == "link":
        (trap / ".git").symlink_to(repository / ".git")
    else:
        git(trap, "init", "-q", "-b", "main")
        if way == "commondir":
            (trap / ".git" / "commondir").write_text(f"{repository}/.git\n")
        else:
            subprocess.run(["rm", "-r", trap / ".git" / "objects"], check=True)
            (trap / ".git" / "objects").symlink_to(repository / ".git" / "objects")
    before = git(repository, "for-each-ref"), git(repository, "count-objects", "-v")
    port = GitCommand(str(trap))
    assert not port.is_repository()
    with pytest.raises(GitFailed):
        port.commit(CommitRequest(paths=("a.txt",), message="x"))
    assert (git(repository, "for-each-ref"), git(repository, "count-objects", "-v")) == before


def test_links_inside_the_git_directory(repository, tmp_path):
    """The index or its lock may be a link to a file of the user."""
    (tmp_path / "precious").write_text("keep")
    (repository / "a.txt").write_text("two\n")
    (repository / ".git" / "index.lock").symlink_to(tmp_path / "precious")
    with pytest.raises(GitFailed):
        GitCommand(str(repository)).commit(CommitRequest(paths=("a.txt",), message="x"))
    assert (tmp_path / "precious").read_text() == "keep"


def test_branch_names_are_data(repository):
    (repository / ".git" / "HEAD").write_text("ref: refs/heads/--upload-pack=x;touch${IFS}y\n")
    (repository / "a.txt").write_text("two\n")
    port = GitCommand(str(repository))
    assert port.head() == ""
    port.commit(CommitRequest(paths=("a.txt",), message="x"))
    assert not (repository / "y").exists()


def test_a_git_in_the_workspace_is_not_run(repository, tmp_path, monkeypatch):
    planted = repository / ".venv" / "bin" / "git"
    planted.parent.mkdir(parents=True)
    planted.write_text(f"#!/bin/sh\n: > {tmp_path}/executed-git\n")
    planted.chmod(0o755)
    (repository / "git").write_text(planted.read_text())
    (repository / "git").chmod(0o755)
    monkeypatch.setenv("PATH", f".:{planted.parent}:{os.environ['PATH']}")
    monkeypatch.chdir(repository)
    (repository / "a.txt").write_text("two\n")
    GitCommand(str(repository)).commit(CommitRequest(paths=("a.txt",), message="x"))
    ShadowCheckpoints(str(repository), str(tmp_path / "state")).take()
    assert executed(tmp_path) == []


@pytest.mark.parametrize("name", ["logs/HEAD", "logs/refs/heads/main", "logs", "refs/heads", "objects/ab", "logs/refs"])
def test_git_does_not_write_through_links(repository, tmp_path, name):
    """A reflog holds the subject of a commit; as a link to a start-up file it would plant a command."""
    place = repository / ".git" / name
    away = tmp_path / "away"
    if place.exists():
        place.rename(away)
    else:
        away.mkdir()
    place.parent.mkdir(parents=True, exist_ok=True)
    place.symlink_to(away)
    before = away.read_bytes() if away.is_file() else sorted(str(path) for path in away.rglob("*"))
    (repository / "a.txt").write_text("two\n")
    with pytest.raises(GitFailed, match="link"):
        GitCommand(str(repository)).commit(CommitRequest(paths=("a.txt",), message="x; touch planted"))
    assert (away.read_bytes() if away.is_file() else sorted(str(path) for path in away.rglob("*"))) == before


def test_a_tag_is_not_written_through_a_link(repository, tmp_path):
    (tmp_path / "away").mkdir()
    (repository / ".git" / "refs" / "tags").rmdir()
    (repository / ".git" / "refs" / "tags").symlink_to(tmp_path / "away")
    with pytest.raises(GitFailed, match="link"):
        GitCommand(str(repository)).tag("v1", "x")
    assert not list((tmp_path / "away").iterdir())


def test_a_file_as_old_as_the_index_is_not_filtered(repository, tmp_path):
    """What changed in the moment in which the index was written is compared by its bytes, and git would run a filter for that."""
    make_hostile(repository, tmp_path)
    index, tracked = repository / ".git/index", repository / "a.txt"
    racy = index.stat().st_mtime_ns
    os.utime(tracked, ns=(racy, racy))
    os.utime(index, ns=(racy, racy))
    (repository / "new.txt").write_text("new\n")
    GitCommand(str(repository)).commit(CommitRequest(paths=("new.txt",), message="Second"))
    assert executed(tmp_path) == []
