"""Which commit is the current one, and what a repository that a stranger made cannot lead a commit or a tag into."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

import pytest
from tests.contract.repositories import commit, git, made, own_home

from setsquare.adapters.git import GitCommand
from setsquare.adapters.git_history import GitHistory
from setsquare.adapters.git_place import Repository, find_repository
from setsquare.errors import GitFailed
from setsquare.text.paths import RelPath


@pytest.fixture(autouse=True)
def _own_home(tmp_path, monkeypatch):
    own_home(tmp_path, monkeypatch)


@pytest.fixture
def repository(tmp_path) -> Path:
    return made(tmp_path / "repository")


@pytest.mark.parametrize(
    "steps",
    [
        (),
        (("pack-refs", "--all"),),
        (("switch", "-qc", "team/a-branch"),),
        (("switch", "-qc", "v1.0"),),
        (("switch", "-qc", "x"), ("pack-refs", "--all"), ("commit", "-q", "--allow-empty", "-m", "x")),
        (("checkout", "-q", "--detach"),),
        (("switch", "-q", "--orphan", "new"),),
        (("symbolic-ref", "refs/heads/alias", "refs/heads/main"), ("symbolic-ref", "HEAD", "refs/heads/alias")),
        (("tag", "-a", "-m", "x", "t"), ("symbolic-ref", "HEAD", "refs/tags/t")),
    ],
)
def test_the_current_commit_is_the_one_that_git_names(repository, steps):
    for step in steps:
        git(repository, *step)
    told = subprocess.run(
        ["git", "rev-parse", "-q", "--verify", "HEAD^{commit}"], cwd=repository, capture_output=True, text=True, check=False
    )
    assert GitCommand(str(repository)).head() == told.stdout.strip()


def test_the_current_commit_of_a_worktree(repository, tmp_path):
    git(repository, "worktree", "add", "-q", "-b", "beside", str(tmp_path / "beside"))
    (tmp_path / "beside" / "a.txt").write_text("two\n")
    made = commit(tmp_path / "beside", "a.txt")
    assert GitCommand(str(tmp_path / "beside")).head() == made
    assert GitCommand(str(repository)).head() == git(repository, "rev-parse", "main").strip() != made


def found(folder: Path) -> Repository:
    repository = find_repository(str(folder))
    assert repository
    return repository


def test_a_branch_that_is_a_link_or_no_name_is_left_to_git(repository, tmp_path):
    known = git(repository, "rev-parse", "HEAD").strip()
    branch = repository / ".git" / "refs" / "heads" / "main"
    (tmp_path / "secret").write_text("0" * 39 + "1\n")
    branch.unlink()
    branch.symlink_to(tmp_path / "secret")
    assert found(repository).head() == ""
    branch.unlink()
    for text in ("", "ref: refs/heads/other\n", f"{known}x\n", f"{known} \n", "-" * 40):
        branch.write_text(text)
        assert found(repository).head() == ""
    for text in ("ref: refs/heads/../../x\n", "ref: refs/heads/.invalid\n", "ref: refs/heads/a.lock\n", "ref: config\n"):
        (repository / ".git" / "HEAD").write_text(text)
        assert found(repository).head() == ""


@pytest.mark.parametrize("linked", ["heads/evil", "heads/main", "heads/between"])
def test_no_link_behind_a_symbolic_branch_is_written_through(repository, tmp_path, linked):
    (tmp_path / "keys").write_text("keep\n")
    git(repository, "branch", "evil")
    git(repository, "symbolic-ref", "refs/heads/main", "refs/heads/between")
    # More blanks than a look at the beginning of the file would see.
    (repository / ".git" / "refs" / "heads" / "between").write_text(f"ref:{' ' * 5000}refs/heads/evil\n")
    log = repository / ".git" / "logs" / "refs" / linked
    log.unlink(missing_ok=True)
    log.symlink_to(tmp_path / "keys")
    (repository / "a.txt").write_text("two\n")
    with pytest.raises(GitFailed, match=f"logs/refs/{linked} is a symbolic link"):
        commit(repository, "a.txt")
    assert (tmp_path / "keys").read_text() == "keep\n"


def test_no_link_behind_a_symbolic_tag_is_written_through(repository, tmp_path):
    (tmp_path / "keys").write_text("keep\n")
    git(repository, "config", "core.logAllRefUpdates", "always")
    git(repository, "symbolic-ref", "refs/tags/v1", "refs/notes/x")
    (repository / ".git" / "logs" / "refs" / "notes").mkdir(parents=True)
    (repository / ".git" / "logs" / "refs" / "notes" / "x").symlink_to(tmp_path / "keys")
    with pytest.raises(GitFailed, match="logs/refs/notes/x is a symbolic link"):
        GitCommand(str(repository)).tag("v1", "Version 1")
    assert (tmp_path / "keys").read_text() == "keep\n"


def test_a_commit_through_a_symbolic_branch_moves_what_it_leads_to(repository):
    git(repository, "branch", "real")
    git(repository, "symbolic-ref", "refs/heads/main", "refs/heads/real")
    (repository / "a.txt").write_text("two\n")
    made = commit(repository, "a.txt")
    assert git(repository, "rev-parse", "real").strip() == made == GitCommand(str(repository)).head()


def test_the_first_commit_where_files_are_named_as_revisions(tmp_path):
    folder = tmp_path / "new"
    folder.mkdir()
    git(folder, "init", "-q")
    for name in ("HEAD^{commit}", "HEAD^{tree}", "f"):
        (folder / name).write_text("x")
    made = commit(folder, "f")
    assert git(folder, "ls-tree", "--name-only", made) == "f\n"


@pytest.mark.parametrize("name", ["tmp", "t\nmp"])
def test_files_are_committed_as_they_are_when_temporary_ones_lie_in_the_workspace(repository, monkeypatch, name):
    (repository / name).mkdir()
    for number in range(3):
        (repository / str(number)).write_text("another file")
        (repository / f"wanted{number}").write_text(f"wanted {number}")
    monkeypatch.setattr(tempfile, "tempdir", str(repository / name))
    made = commit(repository, "wanted0", "wanted1", "wanted2")
    assert [git(repository, "show", f"{made}:wanted{number}") for number in range(3)] == ["wanted 0", "wanted 1", "wanted 2"]


def test_what_is_no_commit_is_not_the_current_one(repository):
    tree = git(repository, "rev-parse", "HEAD^{tree}").strip()
    made = git(repository, "rev-parse", "HEAD").strip()
    git(repository, "tag", "-a", "-m", "x", "t")
    tag = git(repository, "rev-parse", "t").strip()
    port, branch = GitCommand(str(repository)), repository / ".git" / "refs" / "heads" / "main"
    for name in (tree, "1" * 40):
        branch.write_text(f"{name}\n")
        assert port.head() == ""
        assert port.dirty((RelPath("a.txt"),)) == ("a.txt",)
        with pytest.raises(GitFailed, match="there is no commit yet"):
            GitHistory(str(repository)).resolve("HEAD")
    branch.write_text(f"{tag}\n")
    assert port.head() == made == GitHistory(str(repository)).resolve("HEAD")
