"""The folder of hooks and the index of a real repository."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from setsquare.adapters.git_staging import GitStaging
from setsquare.adapters.hook_files import HookFiles
from setsquare.errors import GitFailed, StorageFailed
from setsquare.ports.git import TreeChange
from setsquare.text.paths import RelPath


def git(folder: Path, *argv: str) -> None:
    subprocess.run(["git", "-c", "user.name=Ada", "-c", "user.email=ada@example.org", *argv], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    git(tmp_path, "init", "-q", "-b", "main")
    return tmp_path


def test_there_is_no_place_outside_of_a_repository(tmp_path: Path) -> None:
    assert HookFiles(str(tmp_path)).place() is None
    with pytest.raises(GitFailed):
        HookFiles(str(tmp_path)).read("pre-commit")
    with pytest.raises(GitFailed):
        GitStaging(str(tmp_path)).changed()


def test_scripts_are_written_executable_and_keep_their_mode(repository: Path) -> None:
    hooks = HookFiles(str(repository))
    hooks.write("pre-commit", b"#!/bin/sh\n")
    path = repository / ".git" / "hooks" / "pre-commit"
    assert path.stat().st_mode & 0o111
    path.chmod(0o700)
    hooks.write("pre-commit", b"#!/bin/sh\nexit 0\n")
    assert path.stat().st_mode & 0o777 == 0o700
    assert [item.name for item in path.parent.iterdir() if item.name.startswith(".setsquare")] == []
    path.unlink()
    path.mkdir()
    with pytest.raises(StorageFailed):
        hooks.read("pre-commit")


def test_a_script_goes_where_hooks_were_when_they_were_looked_for(repository: Path) -> None:
    hooks = HookFiles(str(repository))
    first = hooks.place()
    assert first is not None
    git(repository, "config", "core.hooksPath", "other")
    hooks.write("pre-commit", b"#!/bin/sh\n")
    assert (repository / ".git" / "hooks" / "pre-commit").is_file()
    second = hooks.place()
    assert second is not None
    assert second.setting == "other"
    hooks.write("pre-commit", b"#!/bin/sh\n")
    assert (repository / "other" / "pre-commit").is_file()


def test_a_link_is_seen_and_never_written_through(repository: Path) -> None:
    path = repository / ".git" / "hooks" / "pre-commit"
    path.parent.mkdir(exist_ok=True)
    path.symlink_to("/bin/sh")
    hooks = HookFiles(str(repository))
    script = hooks.read("pre-commit")
    assert script is not None
    assert script.is_link
    with pytest.raises(StorageFailed):
        hooks.write("pre-commit", b"x")


def test_the_index_is_read_and_not_the_disk(repository: Path) -> None:
    name = "b ü\n.md"
    (repository / "a.md").write_text("one")
    (repository / name).write_text("one")
    git(repository, "add", "-A")
    staging = GitStaging(str(repository))
    assert [change.status for change in staging.changed()] == ["added", "added"]
    git(repository, "commit", "-q", "-m", "one")
    (repository / name).write_text("two")
    git(repository, "add", "-A")
    git(repository, "rm", "-q", "a.md")
    (repository / name).write_text("three")
    assert staging.changed() == (TreeChange(RelPath("a.md"), "deleted"), TreeChange(RelPath(name), "modified"))
    assert staging.files((name, "a.md")) == {RelPath(name): b"two"}
    assert staging.files(()) == {}


def test_a_workspace_below_the_top_names_its_files_from_itself(repository: Path) -> None:
    below = repository / "sub"
    below.mkdir()
    (below / "a.md").write_text("one")
    (repository / "b.md").write_text("one")
    git(repository, "add", "-A")
    staging = GitStaging(str(below))
    assert staging.changed() == (TreeChange(RelPath("a.md"), "added"),)
    assert staging.files(("a.md",)) == {RelPath("a.md"): b"one"}
