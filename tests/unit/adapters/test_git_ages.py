"""Which files have stood still, in histories with branches and merges."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from setsquare.adapters.git_ages import GitFileAges
from setsquare.text.paths import RelPath

SPEC = RelPath("openspec/specs/bell/spec.md")
SINCE = RelPath("openspec/changes/c/specs")
BELOW = (RelPath("openspec/changes"), RelPath("openspec/specs"))


class History:
    def __init__(self, root: Path) -> None:
        self.root = root
        self.git("init", "-q", "-b", "main")

    def git(self, *args: str) -> None:
        named = ("-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
        subprocess.run(["git", *named, *args], cwd=self.root, check=True, capture_output=True)

    def write(self, path: str, text: str) -> None:
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_bytes(text.encode())

    def commit(self, path: str, text: str) -> None:
        self.write(path, text)
        self.git("add", "-A")
        self.git("commit", "-qm", "x")

    def is_still(self, raw: bytes = b"one\n", since: RelPath = SINCE) -> bool:
        return GitFileAges(str(self.root), BELOW).has_stood_still(SPEC, raw, since)


@pytest.fixture
def history(tmp_path: Path) -> History:
    found = History(tmp_path)
    found.commit(SPEC, "one\n")
    found.commit(f"{SINCE}/bell/spec.md", "delta\n")
    return found


def test_a_spec_that_nobody_changed_since_has_stood_still(history: History) -> None:
    assert history.is_still()
    assert history.is_still(b"one\r\n")
    history.commit(f"{SINCE}/bell/spec.md", "another delta\n")
    history.commit("openspec/specs/door/spec.md", "other\n")
    assert history.is_still()


def test_a_spec_that_was_changed_since_has_not(history: History) -> None:
    assert not history.is_still(b"not committed\n")
    history.commit(SPEC, "two\n")
    assert not history.is_still(b"two\n")
    history.commit(SPEC, "one\n")
    assert not history.is_still()


def test_a_change_that_no_commit_has_was_written_to_what_stands_there(history: History) -> None:
    assert history.is_still(b"whatever\n", RelPath("openspec/changes/new/specs"))


@pytest.mark.parametrize("is_change_merged", [False, True])
def test_what_came_in_with_a_merge_counts_though_its_commit_is_older(tmp_path: Path, *, is_change_merged: bool) -> None:
    history = History(tmp_path)
    history.commit(SPEC, "one\n")
    history.git("branch", "side")
    history.git("checkout", "-q", "side")
    history.commit(SPEC, "two\n")
    history.git("checkout", "-q", "main")
    history.commit(f"{SINCE}/bell/spec.md", "delta\n")
    if is_change_merged:
        history.git("checkout", "-q", "side")
        history.git("merge", "-q", "--no-ff", "-m", "m", "main")
    else:
        history.git("merge", "-q", "--no-ff", "-m", "m", "side")
    assert not history.is_still(b"two\n")


def test_without_a_commit_or_a_repository_all_stands_still(tmp_path: Path) -> None:
    assert GitFileAges(str(tmp_path), BELOW).has_stood_still(SPEC, b"x", SINCE)
    assert History(tmp_path).is_still()


def test_a_history_that_cannot_be_read_vouches_for_nothing(history: History) -> None:
    for file in (history.root / ".git/objects").rglob("*"):
        if file.is_file():
            file.chmod(0o600)
            file.write_bytes(b"")
    assert not history.is_still()
