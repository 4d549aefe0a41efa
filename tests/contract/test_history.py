"""What the history port must do in any repository, also in one made by a stranger."""

# mypy: disable-error-code="arg-type"
# Paths are plain literals here.

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from setsquare.adapters.git_history import GitHistory
from setsquare.errors import GitFailed, Usage
from setsquare.ports.git import TreeChange

REQUIREMENTS = ".kiro/specs/login/requirements.md"


def git(folder: Path, *args: str, at: str = "2026-03-04T05:06:07+02:00") -> str:
    isolated = {
        "PATH": os.environ["PATH"],
        "HOME": "/nonexistent",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_AUTHOR_DATE": at,
        "GIT_COMMITTER_DATE": at,
    }
    people = ("-c", "user.name=Ann Example", "-c", "user.email=ann@example.org", "-c", "protocol.file.allow=always")
    done = subprocess.run(["git", *people, *args], cwd=folder, env=isolated, check=True, capture_output=True)
    return done.stdout.decode("utf-8", "surrogateescape").strip()


def write(folder: Path, path: str, text: str | bytes) -> None:
    place = folder / path
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(text if isinstance(text, bytes) else text.encode())


def committed(folder: Path, message: str, at: str = "2026-03-04T05:06:07+02:00") -> str:
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "--allow-empty", "--cleanup=verbatim", "-m", message, at=at)
    return git(folder, "rev-parse", "HEAD")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "repository"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    write(folder, REQUIREMENTS, "one\n")
    write(folder, "src/a.py", "a = 1\n")
    committed(folder, "First")
    return folder


def changed(folder: Path, ref: str = "HEAD") -> dict[str, str]:
    changes = GitHistory(str(folder)).changed(ref)
    assert list(changes) == sorted(changes)
    return {change.path: change.status for change in changes}


def test_outside_a_repository_and_before_the_first_commit(tmp_path):
    history = GitHistory(str(tmp_path))
    attempts = (
        lambda: history.resolve("HEAD"),
        lambda: history.base("HEAD"),
        lambda: history.tree("HEAD"),
        lambda: history.changed("HEAD"),
    )
    for attempt in attempts:
        with pytest.raises(GitFailed, match="no repository"):
            attempt()
    assert history.commits() == ()
    git(tmp_path, "init", "-q")
    for attempt in attempts:
        with pytest.raises(GitFailed, match="no commit yet"):
            attempt()
    assert history.commits() == ()


def test_resolve(repository):
    first = git(repository, "rev-parse", "HEAD")
    git(repository, "tag", "-a", "-m", "x", "v1")
    second = committed(repository, "Second")
    history = GitHistory(str(repository))
    assert [history.resolve(ref) for ref in ("HEAD", "main", "v1", "HEAD~1", first[:12])] == [second, second, first, first, first]
    for ref in ("", "-", "--all", "nowhere", "HEAD:src", "HEAD^{tree}", "^main", "main..HEAD", "a\0b", "HEAD~9", "0" * 40):
        with pytest.raises(GitFailed):
            history.resolve(ref)
        with pytest.raises(Usage, match="no commit"):
            history.base(ref)


def test_base_is_where_a_branch_began(repository):
    first = git(repository, "rev-parse", "HEAD")
    git(repository, "checkout", "-q", "-b", "side")
    committed(repository, "Side")
    git(repository, "checkout", "-q", "main")
    committed(repository, "Main")
    history = GitHistory(str(repository))
    assert history.base("side") == first
    assert history.base("HEAD") == history.resolve("HEAD")
    git(repository, "checkout", "-q", "--orphan", "alone")
    committed(repository, "Alone")
    with pytest.raises(GitFailed, match="in common"):
        history.base("main")


def test_tree_gives_bytes_as_committed(repository):
    write(repository, REQUIREMENTS, b"caf\xff\r\n")
    write(repository, ".gitattributes", "* text=auto eol=crlf\n")
    git(repository, "-c", "core.autocrlf=false", "add", "-A")
    git(repository, "rm", "-q", "--cached", ".gitattributes")
    git(repository, "commit", "-qm", "x")
    recorded = subprocess.run(["git", "cat-file", "blob", f"HEAD:{REQUIREMENTS}"], cwd=repository, check=True, capture_output=True).stdout
    write(repository, REQUIREMENTS, "on disk\n")
    history = GitHistory(str(repository))
    assert history.tree("HEAD") == {REQUIREMENTS: recorded}
    assert history.tree("HEAD~1", (".kiro",)) == {REQUIREMENTS: b"one\n"}
    assert history.tree("HEAD", ("src/a.py", "none")) == {"src/a.py": b"a = 1\n"}
    assert sorted(history.tree("HEAD", ("",))) == [REQUIREMENTS, "src/a.py"]
    assert history.tree("HEAD", ("sr",)) == {}


def test_tree_leaves_out_links_and_submodules(repository, tmp_path):
    write(tmp_path / "inner", "f", "x")
    git(tmp_path / "inner", "init", "-q")
    committed(tmp_path / "inner", "x")
    git(repository, "submodule", "add", "-q", str(tmp_path / "inner"), "inner")
    (repository / "link.md").symlink_to("/etc/passwd")
    committed(repository, "x")
    assert sorted(GitHistory(str(repository)).tree("HEAD", ("",))) == [".gitmodules", REQUIREMENTS, "src/a.py"]
    assert changed(repository) == {}


def test_changed(repository):
    write(repository, ".gitignore", "*.log\n")
    write(repository, "tracked.log", "x")
    git(repository, "add", "-f", "tracked.log")
    committed(repository, "x")
    assert changed(repository) == {}
    write(repository, "noise.log", "x")
    write(repository, "tracked.log", "y")
    write(repository, "staged.log", "x")
    git(repository, "add", "-f", "staged.log")
    write(repository, "new/file.md", "x")
    (repository / "src/a.py").chmod(0o755)
    (repository / REQUIREMENTS).unlink()
    assert changed(repository) == {
        REQUIREMENTS: "deleted", "new/file.md": "added", "src/a.py": "modified", "staged.log": "added", "tracked.log": "modified",
    }  # fmt: skip
    assert changed(repository, "HEAD~1")[".gitignore"] == "added"


def test_changed_sees_a_rename_as_two_paths(repository):
    git(repository, "mv", "src/a.py", "src/b.py")
    assert changed(repository) == {"src/a.py": "deleted", "src/b.py": "added"}


def test_changed_sees_kinds_change(repository):
    (repository / "src/a.py").unlink()
    (repository / "src/a.py").symlink_to("b.py")
    (repository / REQUIREMENTS).unlink()
    write(repository, f"{REQUIREMENTS}/inside", "x")
    assert changed(repository) == {REQUIREMENTS: "deleted", f"{REQUIREMENTS}/inside": "added", "src/a.py": "modified"}


@pytest.mark.parametrize("flag", ["--assume-unchanged", "--skip-worktree"])
def test_changed_sees_what_git_was_told_not_to_look_at(repository, flag):
    git(repository, "update-index", flag, "src/a.py")
    write(repository, "src/a.py", "mine\n")
    assert changed(repository) == {"src/a.py": "modified"}


def test_a_workspace_below_the_top(repository):
    write(repository, "app/" + REQUIREMENTS, "app\n")
    write(repository, "apple.md", "x")
    name = committed(repository, "App\n\nTask: login#4\n")
    write(repository, "app/new.md", "x")
    write(repository, "src/a.py", "changed outside\n")
    history = GitHistory(str(repository / "app"))
    assert history.tree("HEAD") == {REQUIREMENTS: b"app\n"}
    assert history.changed("HEAD") == (TreeChange("new.md", "added"),)
    newest, oldest = history.commits()
    assert (newest.name, newest.paths, oldest.paths) == (name, (REQUIREMENTS,), ())
    assert [commit.name for commit in history.commits((REQUIREMENTS,))] == [name]


def test_a_worktree_and_a_submodule(repository, tmp_path):
    git(repository, "worktree", "add", "-q", "-b", "side", str(tmp_path / "side"))
    write(tmp_path / "side", "src/a.py", "side\n")
    assert changed(tmp_path / "side") == {"src/a.py": "modified"}
    assert changed(repository) == {}
    outer = tmp_path / "outer"
    outer.mkdir()
    git(outer, "init", "-q")
    git(outer, "submodule", "add", "-q", str(repository), "inner")
    assert GitHistory(str(outer / "inner")).resolve("HEAD") == git(repository, "rev-parse", "HEAD")


def test_a_git_file_that_leads_into_another_repository_is_not_followed(repository, tmp_path):
    trap = tmp_path / "trap"
    trap.mkdir()
    (trap / ".git").write_text(f"gitdir: {repository}/.git\n")
    with pytest.raises(GitFailed, match="trusted"):
        GitHistory(str(trap)).resolve("HEAD")
    assert GitHistory(str(trap)).commits() == ()
    linked = tmp_path / "linked"
    linked.mkdir()
    (linked / ".git").symlink_to(repository / ".git")
    with pytest.raises(GitFailed, match="trusted"):
        GitHistory(str(linked)).tree("HEAD")


def test_any_file_name(repository):
    names = ("new\nline", "back\\slash", "-dash", ":(top)x", ":100644 x", os.fsdecode(b"\xff\xfe.md"), 'quo"te', "ü", "a" * 40, " lead")
    for name in names:
        write(repository, name, "x")
    assert set(changed(repository)) == set(names)
    committed(repository, "x")
    history = GitHistory(str(repository))
    assert set(history.commits(limit=1)[0].paths) == set(names)
    assert set(history.tree("HEAD", ("",))) == {*names, REQUIREMENTS, "src/a.py"}
    for name in names:
        write(repository, name, "y")
        assert [commit.subject for commit in history.commits((name,))] == ["x"]
    assert set(changed(repository)) == set(names)


def test_a_path_named_like_an_older_commit_confuses_nothing(repository):
    first = git(repository, "rev-parse", "HEAD")
    write(repository, first, "x")
    second = committed(repository, "Second")
    commits = GitHistory(str(repository)).commits()
    assert [(commit.name, commit.paths) for commit in commits] == [(second, (first,)), (first, (REQUIREMENTS, "src/a.py"))]


def test_commits(repository):
    first = git(repository, "rev-parse", "HEAD")
    write(repository, "src/a.py", "a = 2\n")
    message = "Add a\nsecond subject line\n\nBody: not a trailer.\n\nTask: login#4\nRefs: 1.2,\n 1.3\nSigned-off-by: Bob <b@example.org>\n"
    second = committed(repository, message, at="2026-05-06T07:08:09-03:30")
    history = GitHistory(str(repository))
    newest, oldest = history.commits()
    assert (newest.name, newest.at, newest.author) == (second, "2026-05-06T07:08:09-03:30", "Ann Example <ann@example.org>")
    assert newest.subject == "Add a second subject line"
    assert newest.paths == ("src/a.py",)
    assert newest.trailers == (("Task", "login#4"), ("Refs", "1.2, 1.3"), ("Signed-off-by", "Bob <b@example.org>"))
    assert (oldest.name, oldest.subject, oldest.trailers) == (first, "First", ())
    assert [commit.name for commit in history.commits(limit=1)] == [second]
    assert [commit.name for commit in history.commits(since=first)] == [second]
    assert [commit.name for commit in history.commits(since="2026-04-01")] == [second]
    assert [commit.name for commit in history.commits((REQUIREMENTS,))] == [first]
    assert history.commits(("none",)) == ()
    for since in ("nowhere", "--all"):
        with pytest.raises(GitFailed):
            history.commits(since=since)


def test_a_paragraph_of_prose_holds_no_trailers(repository):
    committed(repository, "Fix: the thing\n\nNote: this\nis prose.\n")
    committed(repository, "Task: login#4")
    assert [commit.trailers for commit in GitHistory(str(repository)).commits(limit=2)] == [(), ()]


def test_a_merge_is_listed_without_paths(repository):
    git(repository, "checkout", "-q", "-b", "side")
    write(repository, "side.md", "x")
    committed(repository, "Side")
    git(repository, "checkout", "-q", "main")
    write(repository, "main.md", "x")
    committed(repository, "Main")
    git(repository, "merge", "-q", "--no-ff", "-m", "Merge", "side")
    assert {commit.subject: commit.paths for commit in GitHistory(str(repository)).commits(limit=3)} == {
        "Merge": (), "Main": ("main.md",), "Side": ("side.md",),
    }  # fmt: skip


def test_messages_in_any_bytes(repository):
    tree, parent = git(repository, "rev-parse", "HEAD^{tree}"), git(repository, "rev-parse", "HEAD")
    for raw, expected in (
        (b"author \xe9 <x> 99999999999 +0000\ncommitter nobody\nencoding latin1\n\ncaf\xe9\n", ("café", "")),
        (
            b"author A <x> 1 +0000\ncommitter A <x> 86400 +0100\nencoding no-such\n\ncaf\xff \x1b[31m\n",
            ("caf\ufffd \x1b[31m", "1970-01-02T01:00:00+01:00"),
        ),
    ):
        stored = f"tree {tree}\nparent {parent}\n".encode() + raw
        name = (
            subprocess.run(
                ["git", "hash-object", "-t", "commit", "-w", "--stdin", "--literally"],
                cwd=repository,
                input=stored,
                check=True,
                capture_output=True,
            )
            .stdout.decode()
            .strip()
        )
        git(repository, "update-ref", "refs/heads/main", name)
        commit = GitHistory(str(repository)).commits(limit=1)[0]
        assert (commit.subject, commit.at) == expected


def test_no_program_of_the_repository_runs(repository, tmp_path):
    evil = f"touch {tmp_path}/ran; cat"
    write(repository, ".gitattributes", "* filter=x diff=x merge=x\n")
    committed(repository, "x\n\nTask: a#1\n")
    keys = (
        "filter.x.clean", "filter.x.smudge", "filter.x.process", "diff.x.textconv", "diff.x.command", "diff.external", "core.fsmonitor",
        "core.pager", "core.sshCommand", "core.alternateRefsCommand", "gpg.program", "trailer.Task.command", "trailer.Task.cmd",
        "pager.log", "alias.rev-list", "alias.diff-tree", "remote.origin.uploadpack", "uploadpack.packObjectsHook", "merge.x.driver",
    )  # fmt: skip
    for key in keys:
        git(repository, "config", key, f"!{evil}" if key.startswith("alias") else evil)
    git(repository, "config", "log.showSignature", "true")
    git(repository, "config", "remote.origin.url", f"ext::sh -c touch% {tmp_path}/ran")
    git(repository, "config", "remote.origin.promisor", "true")
    for name in ("post-index-change", "reference-transaction", "fsmonitor-watchman", "post-checkout"):
        hook = repository / ".git" / "hooks" / name
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(f"#!/bin/sh\n{evil}\n")
        hook.chmod(0o755)
    write(repository, "src/a.py", "changed\n")
    index = (repository / ".git" / "index").read_bytes()
    history = GitHistory(str(repository))
    history.resolve("HEAD")
    history.base("HEAD~1")
    history.tree("HEAD", ("",))
    assert history.changed("HEAD") == (TreeChange("src/a.py", "modified"),)
    assert history.commits((REQUIREMENTS, "src/a.py"))[0].subject == "First"
    assert not (tmp_path / "ran").exists()
    assert (repository / ".git" / "index").read_bytes() == index


def test_a_link_on_disk_is_not_followed(repository, tmp_path):
    write(tmp_path / "outside", "a.py", "secret")
    write(repository, "way/a.py", "x")
    committed(repository, "x")
    (repository / "way/a.py").unlink()
    (repository / "way").rmdir()
    (repository / "way").symlink_to(tmp_path / "outside")
    assert changed(repository) == {"way": "added", "way/a.py": "deleted"}


def test_an_object_that_is_gone_is_said(repository):
    blob = git(repository, "rev-parse", f"HEAD:{REQUIREMENTS}")
    (repository / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    with pytest.raises(GitFailed, match="cannot read"):
        GitHistory(str(repository)).tree("HEAD")


def test_sha256_repository(tmp_path):
    git(tmp_path, "init", "-q", "--object-format=sha256")
    write(tmp_path, REQUIREMENTS, "x")
    name = committed(tmp_path, "x")
    assert len(name) == 64
    assert GitHistory(str(tmp_path)).tree(name) == {REQUIREMENTS: b"x"}
    assert changed(tmp_path) == {}
    assert GitHistory(str(tmp_path)).commits()[0].paths == (REQUIREMENTS,)
