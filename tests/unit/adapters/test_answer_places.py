"""What a process that answers may read: the workspace and its repository, wherever git keeps it, and never a home."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from setsquare.adapters.answer_places import answer_places


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(
        ["git", "-c", "user.name=Ada", "-c", "user.email=ada@example.org", *arguments], cwd=folder, check=True, capture_output=True
    )


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "SETSQUARE_STATE", "GIT_CONFIG_GLOBAL"):
        monkeypatch.delenv(name, raising=False)
    place = tmp_path / "home"
    for name in (".aws", ".ssh", ".kiro", ".config/git", ".config/gcloud", ".local/state/setsquare", "project", "trails"):
        (place / name).mkdir(parents=True)
    monkeypatch.setenv("HOME", str(place))
    return place


def is_open(place: Path, places: tuple[str, ...]) -> bool:
    real = os.path.realpath(place)
    return any(real == each or real.startswith(each.rstrip("/") + "/") for each in places)


# req: mcp-server/3.1
def test_of_a_home_only_what_is_needed_is_open(home: Path) -> None:
    places = answer_places(str(home / "project"), (str(home / "trails"),), os.environ)
    for name in ("project", "trails", ".kiro", ".config/git", ".local/state/setsquare"):
        assert is_open(home / name, places), name
    for name in ("", ".aws", ".ssh", ".config", ".config/gcloud"):
        assert not is_open(home / name, places), name
    assert "/" not in places


def test_the_repository_around_a_workspace_is_open_and_a_home_that_is_one_is_not(home: Path) -> None:
    git(home, "init", "-q")
    places = answer_places(str(home / "project"), (), os.environ)
    assert is_open(home / ".git", places)
    assert not is_open(home / ".ssh", places)
    git(home / "trails", "init", "-q")
    (home / "trails" / "sub").mkdir()
    assert is_open(home / "trails", answer_places(str(home / "trails" / "sub"), (), os.environ))


def test_a_linked_worktree_and_borrowed_objects_are_open(home: Path) -> None:
    main = home / "main"
    main.mkdir()
    git(main, "init", "-q")
    git(main, "commit", "-q", "--allow-empty", "-m", "Begin")
    git(main, "worktree", "add", "-q", str(home / "linked"))
    git(home, "clone", "-q", "--shared", str(main), "borrowed")
    assert is_open(main / ".git" / "objects", answer_places(str(home / "linked"), (), os.environ))
    borrowed = answer_places(str(home / "borrowed"), (), os.environ)
    assert is_open(main / ".git" / "objects", borrowed)
    assert not is_open(main / ".git" / "config", borrowed)


@pytest.mark.parametrize("text", ["gitdir: ../.ssh\n", "gitdir: ..\n", "gitdir: /\n", "\x00", ""])
def test_a_file_in_the_workspace_opens_no_other_folder(home: Path, text: str) -> None:
    (home / "project" / ".git").write_text(text)
    places = answer_places(str(home / "project"), (), os.environ)
    assert not is_open(home / ".ssh", places)
    assert not is_open(home, places)


def test_what_other_processes_hold_is_not_open(home: Path) -> None:
    """The variables of every process of the person stand below /proc, and for root the kernel keeps none of them back."""
    assert not is_open(Path(f"/proc/{os.getpid()}/environ"), answer_places(str(home / "project"), (), os.environ))
