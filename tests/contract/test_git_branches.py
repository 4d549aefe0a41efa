"""Branches of a repository behind a real git server over HTTP, with a token, and behind a file address."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.contract.git_server import TOKEN, GitServer

from setsquare.adapters.git_branches import GitBranches, Login
from setsquare.adapters.remote_address import RemoteAddress, remote_address
from setsquare.errors import GitFailed
from setsquare.ports.code_branches import BranchCommit
from setsquare.text.paths import RelPath

pytestmark = pytest.mark.network
BRANCH = "setsquare/iam/ecs"


def git(folder: Path, *args: str, text: bytes = b"") -> str:
    people = {f"GIT_{role}_{what}": "a@b" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    done = subprocess.run(["git", *args], cwd=folder, input=text, capture_output=True, check=True, env={**os.environ, **people})
    return done.stdout.decode().strip()


class World:
    """A repository with two files, its address, and our branches of it."""

    def __init__(self, tmp: Path, url: str, bare: Path) -> None:
        self.bare = bare
        found = remote_address(url)
        assert found is not None
        self.address: RemoteAddress = found
        self.state = tmp / "state"
        self.branches = self.made(TOKEN)

    def made(self, token: str) -> GitBranches:
        return GitBranches(str(self.state), self.address, ("Ada", "ada@example.org"), Login("x-access-token", token) if token else None)


@pytest.fixture(params=["http", "file"])
def world(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    bare = tmp_path / "root" / "org" / "infrastructure.git"
    bare.mkdir(parents=True)
    git(bare, "init", "-q", "--bare", "--initial-branch=main")
    git(bare, "config", "http.receivepack", "true")
    work = tmp_path / "work"
    git(tmp_path, "clone", "-q", str(bare), str(work))
    git(work, "checkout", "-q", "-B", "main")
    (work / "iam").mkdir()
    (work / "iam" / "a b.tf").write_bytes(b"one\r\n")
    (work / "iam" / "a b.tf").chmod(0o755)
    (work / "x.json").write_bytes(b"{}")
    (work / "x.bin").write_bytes(b"\x00")
    (work / "link.tf").symlink_to("/etc/passwd")
    git(work, "add", ".")
    git(work, "commit", "-qm", "one")
    git(work, "push", "-q", "origin", "main")
    if request.param == "file":
        yield World(tmp_path, str(bare), bare)
        return
    server = GitServer(tmp_path / "root")
    yield World(tmp_path, server.url, bare)
    server.close()


def put(world: World, raw: bytes = b"two\r\n", mark: str = "m1", expects: str = "") -> str:
    base = world.branches.fetched("main", (".tf",))
    commit = world.branches.commit(BranchCommit(base=base.commit, contents={RelPath("iam/a b.tf"): raw}, message="iam: x\n", mark=mark))
    world.branches.push(BRANCH, commit, expects)
    return commit


def test_files_are_read_and_a_commit_changes_exactly_what_it_names(world: World) -> None:
    assert world.branches.default_branch() == "main"
    found = world.branches.fetched("main", (".tf", ".json"))
    assert dict(found.files) == {"iam/a b.tf": b"one\r\n", "x.json": b"{}"}
    assert world.branches.own(BRANCH) is None
    commit = put(world)
    assert git(world.bare, "rev-parse", BRANCH) == commit
    assert (
        git(world.bare, "diff", "--name-only", "main", BRANCH) == '"iam/a b.tf"'
        or git(world.bare, "diff", "--name-only", "main", BRANCH) == "iam/a b.tf"
    )
    assert git(world.bare, "ls-tree", BRANCH, "iam/").startswith("100755")
    assert git(world.bare, "log", "-1", "--format=%an <%ae> %s", BRANCH) == "Ada <ada@example.org> iam: x"
    own = world.branches.own(BRANCH)
    assert own is not None
    assert (own.commit, own.is_ours, own.mark) == (commit, True, "m1")
    patch = world.branches.patch(commit)
    assert b"+two" in patch
    assert b"Subject: [PATCH] iam: x" in patch


def test_our_own_commit_is_replaced_where_it_was_seen_and_nowhere_else(world: World) -> None:
    first = put(world)
    second = put(world, b"three\n", "m2", expects=first)
    assert git(world.bare, "rev-parse", BRANCH) == second
    with pytest.raises(GitFailed, match="stale info"):
        put(world, b"four\n", "m3", expects=first)
    with pytest.raises(GitFailed):
        put(world, b"four\n", "m3", expects="")
    assert git(world.bare, "rev-parse", BRANCH) == second


@pytest.mark.parametrize("how", ["on-top", "amended", "merged", "trailers-copied"])
def test_what_a_person_did_is_not_ours(world: World, tmp_path: Path, how: str) -> None:
    put(world)
    work = tmp_path / "person"
    git(tmp_path, "clone", "-q", "-b", BRANCH, str(world.bare), str(work))
    (work / "mine.tf").write_text("x")
    git(work, "add", ".")
    if how == "on-top":
        git(work, "commit", "-qm", "mine")
    elif how == "amended":
        git(work, "commit", "-q", "--amend", "--no-edit")
    elif how == "merged":
        git(work, "commit", "-q", "-m", "side")
        git(work, "checkout", "-q", "-B", "side", "HEAD")
        git(work, "checkout", "-q", "-B", "t", "HEAD~1")
        git(work, "merge", "-q", "--no-ff", "-m", "merge", "side")
    else:
        git(work, "commit", "-q", "-m", git(work, "log", "-1", "--format=%B"))
    git(work, "push", "-qf", "origin", f"HEAD:{BRANCH}")
    own = world.branches.own(BRANCH)
    assert own is not None
    assert not own.is_ours


def test_a_refused_token_is_never_shown_and_nobody_is_asked(world: World) -> None:
    if world.address.scheme == "file":
        pytest.skip("a folder needs no token")
    for token in ("wrong-t0ken-value", ""):
        with pytest.raises(GitFailed) as caught:
            world.made(token).fetched("main", (".tf",))
        assert token == "" or token not in caught.value.message + caught.value.hint
    assert TOKEN not in " ".join(path.read_text("utf-8", "replace") for path in world.state.rglob("*") if path.is_file())


def test_a_missing_branch_and_a_missing_repository_are_said(world: World) -> None:
    with pytest.raises(GitFailed, match="no branch nothing"):
        world.branches.fetched("nothing", (".tf",))
    gone = remote_address("/nonexistent/org/infrastructure.git")
    assert gone is not None
    with pytest.raises(GitFailed, match="nonexistent"):
        GitBranches(str(world.state), gone, ("a", "b")).default_branch()


def test_a_server_that_refuses_the_push_is_quoted(world: World) -> None:
    hook = world.bare / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho 'protected by rule 7' >&2\nexit 1\n")
    hook.chmod(0o755)
    with pytest.raises(GitFailed, match="push"):
        put(world)
    assert BRANCH not in git(world.bare, "for-each-ref")


def test_a_hook_of_our_repository_is_never_run(world: World, tmp_path: Path) -> None:
    world.branches.fetched("main", (".tf",))
    hook = world.state / "hooks" / "pre-push"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch '{tmp_path}/ran'\n")
    hook.chmod(0o755)
    put(world)
    assert not (tmp_path / "ran").exists()


def test_a_file_is_taken_away_and_what_names_it_is_found_in_files_of_every_kind(world: World) -> None:
    base = world.branches.fetched("main", (".json",))
    assert world.branches.naming(base.commit, "nobody names this") == ()
    assert world.branches.naming(base.commit, "one") == ("iam/a b.tf",)
    request = BranchCommit(base=base.commit, contents={}, removed=(RelPath("x.json"),), message="iam: x\n", mark="f" * 64)
    commit = world.branches.commit(request)
    world.branches.push(BRANCH, commit, "")
    own = world.branches.own(BRANCH)
    assert own is not None
    assert own.is_ours
    assert git(world.bare, "diff", "--name-status", "main", BRANCH) == "D\tx.json"
    assert b"deleted file mode" in world.branches.patch(commit)
    with pytest.raises(GitFailed, match="no plain file"):
        world.branches.commit(BranchCommit(base=base.commit, contents={}, removed=(RelPath("link.tf"),), message="x", mark="f" * 64))
    with pytest.raises(GitFailed, match="outside"):
        world.branches.commit(BranchCommit(base=base.commit, contents={}, removed=(RelPath("../x.json"),), message="x", mark="f" * 64))
