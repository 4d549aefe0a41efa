"""Who works here, as git is told."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from setsquare.adapters.git_person import ConfiguredPerson
from setsquare.adapters.git_place import find_repository
from setsquare.adapters.git_process import attempt_git

Named = Callable[[], tuple[str, str]]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository of nobody; the person's own file stands beside it, empty."""
    subprocess.run(["git", "init", "-q", tmp_path / "place"], check=True)
    (tmp_path / "own").write_text("")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "own"))
    return tmp_path / "place"


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files of which git is asked from now on."""
    noted: list[str] = []

    def noting(args: tuple[str, ...], places: dict[str, str], folder: str) -> object:
        noted.append(args[1])
        return attempt_git(args, places, folder)

    monkeypatch.setattr("setsquare.adapters.git_person.attempt_git", noting)
    return noted


@pytest.fixture
def named(place: Path) -> Named:
    person = ConfiguredPerson(str(place))
    return lambda: person.named(find_repository(str(place)))


def test_git_is_asked_again_only_when_a_file_has_changed(place: Path, tmp_path: Path, named: Named, asked: list[str]) -> None:
    (tmp_path / "own").write_text("[user]\n name = Ada\n email = ada@x\n")
    assert [named() for _ in range(5)] == [("Ada", "ada@x")] * 5
    assert asked == ["--file", "--global"]
    (tmp_path / "own").write_text("[user]\n name = Eve\n email = eve@x\n")
    assert named() == ("Eve", "eve@x")
    subprocess.run(["git", "config", "user.name", "Own"], cwd=place, check=True)
    assert named() == ("Own", "eve@x")
    subprocess.run(["git", "config", "--unset", "user.name"], cwd=place, check=True)
    (tmp_path / "own").unlink()
    assert named() == ("", "")


def test_what_a_file_includes_is_read_each_time(tmp_path: Path, named: Named) -> None:
    (tmp_path / "inner").write_text("[user]\n name = Ada\n email = ada@x\n")
    (tmp_path / "own").write_text(f"[Include]\n path = {tmp_path / 'inner'}\n")
    assert named() == ("Ada", "ada@x")
    (tmp_path / "inner").write_text("[user]\n name = Eve\n email = eve@x\n")
    assert named() == ("Eve", "eve@x")


def test_variables_count_as_they_are_now(tmp_path: Path, named: Named, monkeypatch: pytest.MonkeyPatch) -> None:
    assert named() == ("", "")
    for what, value in (("NAME", "Bot <>"), ("EMAIL", "bot@x")):
        monkeypatch.setenv(f"GIT_COMMITTER_{what}", value)
    assert named() == ("Bot", "bot@x")
    (tmp_path / "other").write_text("[user]\n name = Ada\n email = ada@x\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "other"))
    assert named() == ("Ada", "ada@x")


@pytest.mark.parametrize("name", ["HOME", "XDG_CONFIG_HOME"])
def test_no_file_of_the_workspace_is_the_person_s_own(place: Path, named: Named, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """An empty variable names no folder, also where the current one would do."""
    (place / "git").mkdir()
    for file in (".gitconfig", "git/config"):
        (place / file).write_text("[user]\n name = Eve\n email = eve@x\n")
    monkeypatch.delenv("GIT_CONFIG_GLOBAL")
    monkeypatch.setenv(name, "")
    monkeypatch.chdir(place)
    assert named() == ("", "")
    assert os.path.isfile(".gitconfig")
