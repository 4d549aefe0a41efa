"""What the git port must do in any repository."""

# mypy: disable-error-code="arg-type"
# Paths are plain literals here.

from __future__ import annotations

import os
import pwd
import subprocess
from pathlib import Path

import pytest
from tests.contract.repositories import commit, git, made, own_home

from setsquare.adapters.checkpoints import ShadowCheckpoints
from setsquare.adapters.git import GitCommand
from setsquare.errors import GitFailed
from setsquare.ports.git import CommitRequest
from setsquare.text.paths import RelPath


@pytest.fixture(autouse=True)
def _own_home(tmp_path, monkeypatch):
    own_home(tmp_path, monkeypatch)


@pytest.fixture
def repository(tmp_path) -> Path:
    return made(tmp_path / "repository")


def test_outside_a_repository(tmp_path):
    folder = tmp_path / "plain"
    folder.mkdir()
    (folder / "f").write_text("x")
    port = GitCommand(str(folder))
    assert (port.is_repository(), port.head(), port.dirty(("f", "g"))) == (False, "", ("f",))
    assert port.uncommitted({}) == ()
    for attempt in (lambda: commit(folder, "f"), lambda: port.tag("t", "m"), lambda: port.show("HEAD", "f")):
        with pytest.raises(GitFailed):
            attempt()


def test_reading(repository):
    port = GitCommand(str(repository))
    assert port.is_repository()
    assert port.head() == git(repository, "rev-parse", "HEAD").strip()
    assert port.show("HEAD", "sub/c.txt") == b"one\n"
    assert port.show("main", "none") is None
    assert port.show("HEAD", "sub") is None
    for ref in ("nowhere", "", "--help", "HEAD:a.txt", "-"):
        with pytest.raises(GitFailed):
            port.show(ref, "a.txt")


def test_dirty(repository):
    (repository / "a.txt").write_text("two\n")
    (repository / "b.txt").unlink()
    (repository / "new").write_text("x")
    (repository / "sub" / "c.txt").chmod(0o755)
    assert GitCommand(str(repository)).dirty(("a.txt", "b.txt", "new", "sub/c.txt", "none")) == ("a.txt", "b.txt", "new", "sub/c.txt")
    git(repository, "checkout", "-q", ".")
    assert GitCommand(str(repository)).dirty(("a.txt", "b.txt", "sub/c.txt")) == ()


def uncommitted(folder: Path) -> tuple[str, ...]:
    record = ShadowCheckpoints(str(folder), f"{os.environ['HOME']}/{len(str(folder))}")
    return GitCommand(str(folder)).uncommitted(record.files(record.take()))


def test_uncommitted(repository):
    assert uncommitted(repository) == ()
    (repository / ".gitignore").write_text("*.log\n")
    (repository / "noise.log").write_text("x")
    (repository / "a.txt").write_text("two\n")
    os.utime(repository / "b.txt", (1, 1))
    (repository / "tracked.log").write_text("x")
    git(repository, "add", "-f", "tracked.log")
    commit(repository, "tracked.log")
    (repository / "sub" / "c.txt").unlink()
    (repository / "n\nü.txt").write_text("x")
    git(repository, "add", "a.txt")
    assert uncommitted(repository) == (".gitignore", "a.txt", "n\nü.txt", "sub/c.txt")
    commit(repository, "a.txt")
    assert "a.txt" not in uncommitted(repository)
    assert uncommitted(repository / "sub") == ("c.txt",)


@pytest.mark.parametrize("flag", ["--assume-unchanged", "--skip-worktree"])
def test_uncommitted_sees_what_git_was_told_not_to_look_at(repository, flag):
    git(repository, "update-index", flag, "a.txt", "b.txt")
    (repository / "a.txt").write_text("mine\n")
    assert uncommitted(repository) == ("a.txt",)


def test_uncommitted_runs_no_program_of_the_repository(repository, tmp_path):
    (repository / ".gitattributes").write_text("*.txt filter=x diff=x\n")
    for key in ("filter.x.clean", "diff.x.textconv", "diff.x.command", "core.fsmonitor"):
        git(repository, "config", key, f"touch {tmp_path}/ran; cat")
    (repository / "a.txt").write_text("two\n")
    assert uncommitted(repository) == (".gitattributes", "a.txt")
    assert not (tmp_path / "ran").exists()


def test_commit_changes_exactly_the_paths(repository):
    before = git(repository, "rev-parse", "HEAD").strip()
    (repository / "a.txt").write_text("two\n")
    (repository / "b.txt").unlink()
    (repository / "new" / "er").mkdir(parents=True)
    (repository / "new" / "er" / "run.sh").write_text("#!/bin/sh\n")
    (repository / "new" / "er" / "run.sh").chmod(0o755)
    (repository / "link").symlink_to("a.txt")
    (repository / "sub" / "c.txt").write_text("dirty\n")
    (repository / "untracked").write_text("x")
    made_commit = commit(repository, "a.txt", "b.txt", "new/er/run.sh", "link", "none")
    assert git(repository, "rev-parse", "main").strip() == made_commit == GitCommand(str(repository)).head()
    assert git(repository, "rev-parse", "HEAD^").strip() == before
    assert git(repository, "log", "-1", "--format=%B").strip() == "Second\n\nBody: x"
    assert git(repository, "diff-tree", "-r", "--name-status", "HEAD^", "HEAD").splitlines() == [
        "M\ta.txt",
        "D\tb.txt",
        "A\tlink",
        "A\tnew/er/run.sh",
    ]
    assert git(repository, "status", "--porcelain").splitlines() == [" M sub/c.txt", "?? untracked"]
    assert git(repository, "reflog", "-1", "--format=%gs").strip() == "commit: Second"
    git(repository, "fsck", "--strict")


def test_modes_are_recorded(repository):
    (repository / "run.sh").write_text("")
    (repository / "run.sh").chmod(0o755)
    (repository / "link").symlink_to("a.txt")
    commit(repository, "run.sh", "link")
    assert [line.split()[0] for line in git(repository, "ls-tree", "HEAD", "link", "run.sh").splitlines()] == ["120000", "100755"]


def test_other_staged_changes_stay_staged(repository):
    (repository / "b.txt").write_text("staged\n")
    git(repository, "add", "b.txt")
    (repository / "b.txt").write_text("dirty on top\n")
    (repository / "a.txt").write_text("two\n")
    commit(repository, "a.txt")
    assert git(repository, "status", "--porcelain").splitlines() == ["MM b.txt"]
    assert git(repository, "show", ":b.txt") == "staged\n"


def test_a_staged_version_of_a_committed_path_gives_way(repository):
    (repository / "a.txt").write_text("staged\n")
    git(repository, "add", "a.txt")
    (repository / "a.txt").write_text("final\n")
    commit(repository, "a.txt")
    assert git(repository, "status", "--porcelain") == ""
    assert git(repository, "show", "HEAD:a.txt") == "final\n"


def test_file_and_folder_change_places(repository):
    (repository / "a.txt").unlink()
    (repository / "a.txt").mkdir()
    (repository / "a.txt" / "x").write_text("x")
    (repository / "sub" / "c.txt").unlink()
    (repository / "sub").rmdir()
    (repository / "sub").write_text("file")
    commit(repository, "a.txt", "a.txt/x", "sub", "sub/c.txt")
    assert git(repository, "ls-tree", "-r", "--name-only", "HEAD").split() == ["a.txt/x", "b.txt", "sub"]
    assert git(repository, "status", "--porcelain") == ""


def test_first_commit(tmp_path):
    folder = tmp_path / "fresh"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "trunk")
    (folder / "f").write_text("x")
    assert GitCommand(str(folder)).head() == ""
    assert GitCommand(str(folder)).dirty(("f", "g")) == ("f",)
    made_commit = commit(folder, "f")
    assert git(folder, "rev-parse", "trunk").strip() == made_commit
    assert git(folder, "status", "--porcelain") == ""


def test_detached_head(repository):
    git(repository, "checkout", "-q", "--detach")
    main = git(repository, "rev-parse", "main")
    (repository / "a.txt").write_text("two\n")
    assert commit(repository, "a.txt") == git(repository, "rev-parse", "HEAD").strip()
    assert git(repository, "rev-parse", "main") == main


def test_workspace_in_a_subfolder(repository):
    (repository / "sub" / "c.txt").write_text("two\n")
    (repository / "sub" / "d.txt").write_text("new\n")
    port = GitCommand(str(repository / "sub"))
    assert port.dirty(("c.txt", "d.txt")) == ("c.txt", "d.txt")
    commit(repository / "sub", "c.txt", "d.txt")
    assert git(repository, "diff-tree", "-r", "--name-only", "HEAD^", "HEAD").split() == ["sub/c.txt", "sub/d.txt"]
    assert port.show("HEAD", "d.txt") == b"new\n"
    assert port.dirty(("c.txt", "d.txt")) == ()


def test_worktree(repository, tmp_path):
    other = tmp_path / "other"
    git(repository, "worktree", "add", "-q", "-b", "side", str(other))
    (other / "a.txt").write_text("two\n")
    made_commit = commit(other, "a.txt")
    assert git(repository, "rev-parse", "side").strip() == made_commit
    assert git(other, "status", "--porcelain") == ""
    assert git(repository, "status", "--porcelain") == ""


def test_submodule(repository, tmp_path):
    outer = made(tmp_path / "outer")
    git(outer, "submodule", "add", "-q", str(repository), "inner")
    (outer / "inner" / "a.txt").write_text("two\n")
    commit(outer / "inner", "a.txt")
    assert git(outer / "inner", "show", "HEAD:a.txt") == "two\n"
    assert GitCommand(str(outer)).show("HEAD", "inner") is None


def test_any_file_name(repository):
    names = ("new\nline", "back\\slash", "-dash", ":(top)x", os.fsdecode(b"\xff\xfe"), 'quo"te', "ü")
    for name in names:
        (repository / name).write_text("x")
    commit(repository, *names)
    assert git(repository, "status", "--porcelain") == ""
    assert all(GitCommand(str(repository)).show("HEAD", name) == b"x" for name in names)


@pytest.mark.parametrize("marker", ["MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD", "rebase-merge", "rebase-apply"])
def test_operation_in_progress(repository, marker):
    (repository / ".git" / marker).mkdir() if marker.startswith("rebase") else (repository / ".git" / marker).write_text("x")
    (repository / "a.txt").write_text("two\n")
    with pytest.raises(GitFailed, match=marker):
        commit(repository, "a.txt")


def test_locked_index(repository):
    lock = repository / ".git" / "index.lock"
    lock.write_text("")
    (repository / "a.txt").write_text("two\n")
    before = git(repository, "rev-parse", "HEAD")
    with pytest.raises(GitFailed, match="index"):
        commit(repository, "a.txt")
    assert lock.exists()
    assert git(repository, "rev-parse", "HEAD") == before
    lock.unlink()
    commit(repository, "a.txt")
    assert not lock.exists()


def test_the_lock_of_a_dead_setsquare_is_no_obstacle(repository):
    with subprocess.Popen(["true"]) as gone:
        pass
    (repository / ".git" / "index.lock").write_text(f"setsquare {gone.pid}")
    (repository / ".git" / f"index.setsquare-{gone.pid}").write_text("")
    (repository / "a.txt").write_text("two\n")
    commit(repository, "a.txt")
    (repository / ".git" / "index.lock").write_text(f"setsquare {os.getpid()}")
    (repository / "a.txt").write_text("three\n")
    with pytest.raises(GitFailed, match="index"):
        commit(repository, "a.txt")
    assert sorted(place.name for place in (repository / ".git").glob("index*")) == ["index", "index.lock"]


def test_a_failed_commit_changes_nothing(repository):
    (repository / "a.txt").write_text("two\n")
    index = (repository / ".git" / "index").read_bytes()
    before = git(repository, "rev-parse", "HEAD")
    (repository / ".git" / "refs" / "heads" / "main.lock").write_text("")
    with pytest.raises(GitFailed):
        commit(repository, "a.txt")
    assert (repository / ".git" / "index").read_bytes() == index
    assert git(repository, "rev-parse", "HEAD") == before
    assert not list((repository / ".git").glob("index.*"))


def test_nothing_to_commit(repository):
    with pytest.raises(GitFailed, match="last commit"):
        commit(repository, "a.txt")


def test_a_link_to_a_folder_is_not_followed(repository, tmp_path):
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret").write_text("tell-nobody")
    (repository / "way").symlink_to(tmp_path / "outside")
    (repository / "a.txt").write_text("two\n")
    commit(repository, "a.txt", "way/secret")
    assert "way" not in git(repository, "ls-tree", "-r", "--name-only", "HEAD")


def test_tag(repository):
    port = GitCommand(str(repository))
    port.tag("spec/one-v1", "Approved\n\n# kept by whom\n")
    assert git(repository, "cat-file", "-t", "spec/one-v1").strip() == "tag"
    assert git(repository, "rev-parse", "spec/one-v1^{commit}").strip() == port.head()
    for name in ("spec/one-v1", "bad..name", "-d", ""):
        with pytest.raises(GitFailed):
            port.tag(name, "x")


def test_people_of_a_build_server(repository, monkeypatch):
    monkeypatch.setenv("GIT_COMMITTER_NAME", "Build <b>")
    monkeypatch.setenv("GIT_COMMITTER_EMAIL", "build@example.org")
    port = GitCommand(str(repository))
    assert port.user() == "Build b <build@example.org>"
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Ann")
    monkeypatch.setenv("GIT_AUTHOR_EMAIL", "ann@example.org")
    assert port.user() == "Ann <ann@example.org>"
    git(repository, "config", "user.name", "Bob")
    git(repository, "config", "user.email", "bob@example.org")
    assert port.user() == "Bob <bob@example.org>"


def test_people(repository, tmp_path):
    port = GitCommand(str(repository))
    assert port.user() == pwd.getpwuid(os.getuid()).pw_name
    (repository / "a.txt").write_text("two\n")
    commit(repository, "a.txt")
    assert (
        git(repository, "log", "-1", "--format=%an <%ae> %cn <%ce>").strip()
        == "Setsquare <setsquare@localhost> Setsquare <setsquare@localhost>"
    )
    (tmp_path / "home" / ".gitconfig").write_text("[user]\n name = Ann Example\n email = ann@example.org\n")
    assert port.user() == "Ann Example <ann@example.org>"
    git(repository, "config", "user.name", "Bob\tB\u00f6b")
    assert port.user() == "BobB\u00f6b <ann@example.org>"
    (repository / "a.txt").write_text("three\n")
    commit(repository, "a.txt")
    assert git(repository, "log", "-1", "--format=%an <%ae>").strip() == "BobB\u00f6b <ann@example.org>"


def test_sha256_repository(tmp_path):
    folder = tmp_path / "long"
    folder.mkdir()
    git(folder, "init", "-q", "--object-format=sha256")
    (folder / "f").write_text("x")
    assert len(commit(folder, "f")) == 64
    assert GitCommand(str(folder)).dirty(("f",)) == ()
    (folder / "f").unlink()
    (folder / "g").write_text("x")
    commit(folder, "f", "g")
    assert git(folder, "status", "--porcelain") == ""
    assert uncommitted(folder) == ()
    (folder / "g").write_text("y")
    assert uncommitted(folder) == ("g",)


def test_only_deletions_in_a_repository_without_commits(tmp_path):
    folder = tmp_path / "new"
    folder.mkdir()
    git(folder, "init", "-q", "--object-format=sha256")
    (folder / "f").write_text("x")
    git(folder, "add", "f")
    (folder / "f").unlink()
    commit(folder, "f")
    assert git(folder, "ls-files") == ""


def test_many_files_with_any_bytes_are_committed_as_they_are(repository):
    held = {f"many/{number}": bytes([number, 10, 13, 0]) * number for number in range(30)}
    (repository / "many").mkdir()
    for path, raw in held.items():
        (repository / path).write_bytes(raw)
    (repository / "many" / "link").symlink_to("0")
    (repository / "many" / "0").chmod(0o755)
    (repository / ".gitattributes").write_text("* text eol=crlf\n")
    port = GitCommand(str(repository))
    made = port.commit(CommitRequest(paths=(*held, "many/link", "b.txt"), held={RelPath("b.txt"): None}, message="Many"))
    assert {path: port.show(made, path) for path in held} == held
    modes = dict(line.split(" ")[::-1] for line in git(repository, "ls-tree", "-r", "--format=%(objectmode) %(path)", made).splitlines())
    assert (modes["many/0"], modes["many/1"], modes["many/link"]) == ("100755", "100644", "120000")
    assert "b.txt" not in modes
    assert port.show(f"{made}~1", "b.txt") == b"one\n"
    assert port.show(made, "b.txt") is None


@pytest.mark.parametrize("own", ["", "[user]\n name = Eve\n name =\n", '[user]\n email\n name = "\\n"\n'])
def test_what_a_repository_says_of_a_person_and_what_it_leaves_open(repository, tmp_path, own):
    with (repository / ".git" / "config").open("a") as file:
        file.write(own)
    (tmp_path / "home" / ".gitconfig").write_text("[user]\n name = Old\n email = a@x\n name = Ann\n")
    assert GitCommand(str(repository)).user() == "Ann <a@x>"
    git(repository, "config", "--replace-all", "user.email", "own@x")
    assert GitCommand(str(repository)).user() == "Ann <own@x>"
