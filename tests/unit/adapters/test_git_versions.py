"""Versions of files from a repository: what was committed, the oldest first, and nothing where there is no history."""

from __future__ import annotations

import subprocess
from pathlib import Path

from setsquare.adapters.git_versions import GitFileVersions
from setsquare.adapters.late_versions import LateFileVersions
from setsquare.text.paths import RelPath

A, B = RelPath("in/a b.md"), RelPath("in/é.md")


def git(root: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "commit.gpgSign=false")
    return subprocess.run(("git", *identity, *arguments), cwd=root, check=True, capture_output=True, text=True).stdout.strip()


def commit(root: Path, **texts: str) -> str:
    for name, text in texts.items():
        path = root / "w" / (A if name == "a" else B)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
    git(root, "add", "-A")
    git(root, "commit", "-qm", "x", "--allow-empty")
    return git(root, "rev-parse", "HEAD")


def test_versions_of_a_folder_below_the_top(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    first = commit(tmp_path, a="one\r\n")
    commit(tmp_path)
    last = commit(tmp_path, a="two\n", b="zwei\n")
    root = str(tmp_path / "w")
    found = LateFileVersions().touching(root, RelPath("in"), (A, B, RelPath("in/no.md"), RelPath("in")))
    assert [(one.commit, one.files) for one in found] == [
        (first, (b"one\r\n", None, None, None)),
        (last, (b"two\n", b"zwei\n", None, None)),
    ]
    before = LateFileVersions().at(root, f"{last}^", (A,))
    assert before is not None
    assert before.files == (b"one\r\n",)


def test_no_history_is_no_error(tmp_path: Path) -> None:
    assert LateFileVersions().touching(str(tmp_path), A, (A,)) == ()
    assert LateFileVersions().at(str(tmp_path), "HEAD", (A,)) is None
    git(tmp_path, "init", "-q")
    assert GitFileVersions().touching(str(tmp_path), A, (A,)) == ()
    assert GitFileVersions().at(str(tmp_path), "HEAD", (A,)) is None
    assert GitFileVersions().at(str(tmp_path), "--help", (A,)) is None
