"""The port `PastFiles`, on real repositories."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from setsquare.adapters.git_past import Bounds, GitPast
from setsquare.guard.protected import is_secret

WHO = {"GIT_AUTHOR_NAME": "A", "GIT_AUTHOR_EMAIL": "a@b", "GIT_COMMITTER_NAME": "A", "GIT_COMMITTER_EMAIL": "a@b", "PATH": "/usr/bin:/bin"}


class Repository:
    def __init__(self, folder: Path) -> None:
        self.folder, self._second = folder, 1_700_000_000
        folder.mkdir(parents=True)
        self.git("init", "-q", "-b", "main")

    def git(self, *args: str) -> str:
        self._second += 1
        dates = dict.fromkeys(("GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE"), f"{self._second} +0000")
        env = {**WHO, **dates, "HOME": str(self.folder)}
        return subprocess.run(("git", *args), cwd=self.folder, env=env, check=True, capture_output=True).stdout.decode()

    def commit(self, **files: str | None) -> None:
        for name, text in files.items():
            path = self.folder / name.replace("__", "/").replace("dot_", ".")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.unlink(missing_ok=True) if text is None else path.write_text(text)
        self.git("add", "-A", "-f")
        self.git("commit", "-q", "--allow-empty", "-m", "x")


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    made = Repository(tmp_path / "w")
    made.commit(a="1")
    return made


def texts(repository: Repository, *folders: str, bounds: Bounds | None = None) -> set[str]:
    past = GitPast(str(repository.folder), bounds or Bounds()).named(is_secret, folders or ("",))
    return {file.raw.decode() for file in past.files}


# req: agent-runtime/5.8
def test_what_was_deleted_is_found_wherever_git_still_has_it(repository):
    repository.commit(dot_env="A=deleted")
    repository.commit(dot_env=None, config__prod_key="renamed")
    repository.git("mv", "config/prod_key", "config/prod.key")
    repository.git("checkout", "-q", "-b", "side")
    repository.commit(dot_env="A=on another branch")
    repository.git("checkout", "-q", "main")
    (repository.folder / ".env.local").write_text("A=stashed")
    repository.git("add", "-f", ".env.local")
    repository.git("stash", "-q")
    repository.commit(b="2", dot_envrc="A=reset away")
    repository.git("reset", "-q", "--hard", "HEAD~1")
    (repository.folder / "x.pem").write_text("staged")
    repository.git("add", "-f", "x.pem")
    assert texts(repository) == {"A=deleted", "A=on another branch", "A=stashed", "A=reset away", "staged", "renamed"}


def test_what_a_merge_alone_brought_in_and_the_same_bytes_under_another_name(repository):
    repository.commit(notes="A=same")
    repository.commit(dot_env="A=same")
    repository.git("checkout", "-q", "-b", "side")
    repository.commit(b="2")
    repository.git("checkout", "-q", "main")
    repository.commit(c="3")
    repository.git("merge", "-q", "--no-commit", "side")
    repository.commit(dot_env="A=of the merge")
    assert texts(repository) == {"A=same", "A=of the merge"}


def test_what_nothing_leads_to_and_what_a_removed_submodule_left(repository, tmp_path):
    repository.commit(dot_env="A=dangling")
    repository.git("reset", "-q", "--hard", "HEAD~1")
    repository.git("reflog", "expire", "--expire=all", "--all")
    (repository.folder / ".git/ORIG_HEAD").unlink()
    other = Repository(tmp_path / "other")
    other.commit(dot_env="A=of a submodule")
    other.commit(dot_env=None)
    repository.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", str(other.folder), "sub/inner")
    shutil.rmtree(repository.folder / "sub")
    assert texts(repository) == {"A=dangling", "A=of a submodule"}


def test_a_repository_above_and_one_below(repository):
    repository.commit(other__dot_env="A=beside")
    inner = Repository(repository.folder / "sub/vendor/lib")
    inner.commit(dot_env="A=within")
    past = GitPast(str(repository.folder / "sub")).named(is_secret, ("", "vendor/lib"))
    assert {file.raw for file in past.files} == {b"A=beside", b"A=within"}


def test_new_commits_are_found_by_a_later_look(repository):
    repository.commit(dot_env="A=first")
    past = GitPast(str(repository.folder))
    assert len(past.named(is_secret, ("",)).files) == 1
    repository.commit(dot_env="A=second")
    repository.commit(dot_env=None)
    assert len(past.named(is_secret, ("",)).files) == 2


@pytest.mark.parametrize(
    ("bounds", "found", "said"),
    [
        (Bounds(commits=2), {"A=second"}, "newest 2 commits"),
        (Bounds(files=1), {"A=second"}, "1 contents"),
        (Bounds(file_bytes=7), set(), "2 contents"),
        (Bounds(all_bytes=10), {"A=second"}, "1 contents"),
    ],
)
def test_a_bound_that_is_hit_is_told(repository, bounds, found, said):
    repository.commit(dot_env="A=first!")
    repository.commit(dot_env="A=second")
    repository.commit(dot_env=None)
    past = GitPast(str(repository.folder), bounds)
    for _ in range(2):
        seen = past.named(is_secret, ("",))
        assert {file.raw.decode() for file in seen.files} == found
        assert len(seen.missed) == 1
        assert said in seen.missed[0]


def test_what_cannot_be_read_is_told_and_the_rest_is_found(repository):
    repository.commit(dot_env="A=old")
    repository.commit(dot_env=None)
    tree = repository.git("rev-parse", "HEAD~2^{tree}").strip()
    (repository.folder / ".git/objects" / tree[:2] / tree[2:]).unlink()
    seen = GitPast(str(repository.folder)).named(is_secret, ("",))
    assert seen.missed


@pytest.mark.soak
def test_a_history_that_lists_more_than_memory_holds_is_cut_short_and_told(repository):
    blob = repository.git("hash-object", "-w", "a").strip()
    (repository.folder / "tree").write_bytes(b"".join(b"100644 %d\0" % number + bytes.fromhex(blob) for number in range(10)))
    tree = repository.git("hash-object", "-w", "-t", "tree", "tree").strip()
    for _ in range(9):
        (repository.folder / "tree").write_bytes(b"".join(b"40000 %d\0" % number + bytes.fromhex(tree) for number in range(10)))
        tree = repository.git("hash-object", "-w", "-t", "tree", "tree").strip()
    repository.git("update-ref", "refs/heads/bomb", repository.git("commit-tree", "-m", "x", tree).strip())
    (repository.folder / "tree").unlink()
    (repository.folder / ".env").write_text("A=staged")
    repository.git("add", "-f", ".env")
    seen = GitPast(str(repository.folder)).named(is_secret, ("",))
    assert {file.raw for file in seen.files} == {b"A=staged"}
    assert "git diff-tree could not read all" in "".join(seen.missed)


def test_a_history_that_lists_too_much_is_cut_short_and_told(repository):
    repository.commit(dot_env="A=first")
    repository.commit(dot_env=None, **{f"{'long' * 20}{number}": "x" for number in range(20)})
    seen = GitPast(str(repository.folder), Bounds(listed_bytes=1_000)).named(is_secret, ("",))
    assert seen.files == ()
    assert "more than 1,000 bytes" in "".join(seen.missed)


def test_no_repository_and_no_commit(tmp_path):
    (tmp_path / "plain").mkdir()
    assert GitPast(str(tmp_path / "plain")).named(is_secret, ("",)).missed == ()
    empty = Repository(tmp_path / "empty")
    assert GitPast(str(empty.folder)).named(is_secret, ("",)) == GitPast(str(tmp_path / "plain")).named(is_secret, ("",))


def test_nothing_of_the_repository_is_run(repository, tmp_path):
    mark = tmp_path / "ran"
    repository.commit(dot_env="A=deleted", dot_gitattributes="* filter=bad diff=bad\n")
    for key in ("filter.bad.clean", "filter.bad.smudge", "diff.bad.textconv", "diff.bad.command", "core.fsmonitor", "diff.external"):
        repository.git("config", key, f"touch {mark}; cat")
    (repository.folder / ".git/info/grafts").write_text(repository.git("rev-parse", "HEAD"))
    assert texts(repository) == {"A=deleted"}
    assert not mark.exists()
