"""What a killed process left in a workspace goes away, and nothing else does."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from setsquare import wire
from setsquare.adapters.leftovers import clear_leftovers
from setsquare.adapters.workspace_view import layout, placeholders
from setsquare.ports.sandbox import Confinement

CONFINEMENT = Confinement(writable=("",), read_only=("AGENTS.md", "deep/er/mcp.json"), hidden=(".env",))
DYING = """
import os, sys
from setsquare.adapters.workspace_view import layout, placeholders
from setsquare.ports.sandbox import Confinement
confinement = Confinement(writable=("",), read_only=("AGENTS.md", "deep/er/mcp.json"), hidden=(".env",))
with placeholders(layout(sys.argv[1], confinement)):
    os.kill(os.getpid(), 9)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "w"
    place.mkdir()
    (place / "README.md").write_text("# A\n")
    return place


@pytest.fixture
def left(folder: Path) -> Path:
    """A workspace in which a process was killed during a confined command."""
    assert subprocess.run([sys.executable, "-c", DYING, str(folder)], check=False).returncode == -9
    assert sorted(os.listdir(folder)) == [".env", "AGENTS.md", "README.md", "deep"]
    return folder


def notes() -> list[str]:
    return [path.name for path in Path(os.environ["XDG_STATE_HOME"]).rglob("placeholders/*")]


def test_they_go_and_so_does_the_note(left):
    assert len(notes()) == 1
    clear_leftovers(str(left))
    assert os.listdir(left) == ["README.md"]
    assert notes() == []


@pytest.mark.parametrize("build", [wire.app_for, wire.files_at])
def test_they_go_when_an_app_is_built_and_before_a_check(left, build):
    build(left)
    assert os.listdir(left) == ["README.md"]


def test_a_living_process_keeps_its_own(folder):
    with placeholders(layout(str(folder), CONFINEMENT)):
        clear_leftovers(str(folder))
        assert sorted(os.listdir(folder)) == [".env", "AGENTS.md", "README.md", "deep"]
    assert os.listdir(folder) == ["README.md"]
    assert notes() == []


def test_a_living_process_keeps_those_that_it_found(left):
    """A command that came later relies on what the dead one left, and takes it away at its end."""
    with placeholders(layout(str(left), CONFINEMENT)):
        clear_leftovers(str(left))
        assert {".env", "AGENTS.md", "deep"} <= set(os.listdir(left))
    clear_leftovers(str(left))
    assert os.listdir(left) == ["README.md"]
    assert notes() == []


def test_whichever_of_two_commands_ends_last_takes_them_away(folder):
    view = layout(str(folder), CONFINEMENT)
    first, second = placeholders(view), placeholders(view)
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert (folder / "AGENTS.md").is_dir()
    second.__exit__(None, None, None)
    assert not (folder / "AGENTS.md").exists()


def test_what_is_somebody_elses_stays(left, tmp_path):
    outside = tmp_path / "outside"
    (outside / "er" / "mcp.json").mkdir(parents=True)
    mark = (left / "AGENTS.md").stat().st_mtime_ns
    os.utime(outside / "er" / "mcp.json", ns=(mark, mark))
    (left / "AGENTS.md").rmdir()
    (left / "AGENTS.md").mkdir()  # a person's own, empty too
    (left / ".env").rmdir()
    (left / ".env").write_text("A=1\n")
    subprocess.run(["rm", "-r", str(left / "deep")], check=True)
    (left / "deep").symlink_to(outside)
    clear_leftovers(str(left))
    assert (left / "AGENTS.md").is_dir()
    assert (left / ".env").read_text() == "A=1\n"
    assert (outside / "er" / "mcp.json").is_dir(), "no link is followed"
    assert notes() == []


def test_a_marked_folder_that_is_not_noted_stays(left):
    (left / "mine").mkdir()
    mark = (left / "AGENTS.md").stat().st_mtime_ns
    os.utime(left / "mine", ns=(mark, mark))
    clear_leftovers(str(left))
    assert sorted(os.listdir(left)) == ["README.md", "mine"]


def test_a_folder_that_a_person_uses_by_now_stays(left):
    (left / "deep" / "notes.txt").write_text("mine")
    clear_leftovers(str(left))
    assert [str(path.relative_to(left)) for path in sorted(left.rglob("*"))] == ["README.md", "deep", "deep/notes.txt"]


def test_without_a_note_nothing_is_looked_at(folder, monkeypatch):
    def unused(*_args):
        msg = "the workspace was opened"
        raise AssertionError(msg)

    monkeypatch.setattr("setsquare.adapters.leftovers.opened_folder", unused)
    clear_leftovers(str(folder))
    clear_leftovers("/nonexistent/folder")


def test_a_state_folder_that_cannot_be_used_stops_no_command(folder, monkeypatch):
    monkeypatch.setenv("SETSQUARE_STATE", str(folder / "README.md" / "state"))
    with placeholders(layout(str(folder), CONFINEMENT)):
        assert (folder / "AGENTS.md").is_dir()
    clear_leftovers(str(folder))
    assert os.listdir(folder) == ["README.md"]
