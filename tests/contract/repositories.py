"""Repositories for tests of the git adapters, made without what the machine's own git is configured to do."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from setsquare.adapters.git import GitCommand
from setsquare.ports.git import CommitRequest
from setsquare.text.paths import RelPath


def git(folder: Path, *args: str) -> str:
    isolated = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "GIT_CONFIG_NOSYSTEM": "1"}
    people = ("-c", "user.name=T", "-c", "user.email=t@example.org", "-c", "protocol.file.allow=always")
    return subprocess.run(["git", *people, *args], cwd=folder, env=isolated, check=True, capture_output=True, text=True).stdout


def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the test a home in which nothing is configured."""
    (tmp_path / "home").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.delenv("GIT_CONFIG_GLOBAL", raising=False)


def made(folder: Path) -> Path:
    folder.mkdir(parents=True)
    git(folder, "init", "-q", "-b", "main")
    (folder / "a.txt").write_text("one\n")
    (folder / "b.txt").write_text("one\n")
    (folder / "sub").mkdir()
    (folder / "sub" / "c.txt").write_text("one\n")
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "first")
    return folder


def commit(folder: Path, *paths: str, message: str = "Second\n\nBody: x\n") -> str:
    return GitCommand(str(folder)).commit(CommitRequest(paths=tuple(map(RelPath, paths)), message=message))
