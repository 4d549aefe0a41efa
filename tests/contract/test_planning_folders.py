"""Looking at planning roots on a real disk."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from setsquare.adapters.planning_folders import DiskPlanning
from setsquare.ports.planning import EntryKind, Unreadable
from setsquare.text.paths import RelPath


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "x.md").write_text("x")
    (tmp_path / "a" / "y.md").write_text("y")
    (tmp_path / "a" / "to-file").symlink_to("y.md")
    (tmp_path / "a" / "to-folder").symlink_to("b")
    (tmp_path / "a" / "dangling").symlink_to("nowhere")
    (tmp_path / "linked").symlink_to("a")
    return tmp_path


def test_a_walk_lists_folders_files_and_links_by_path_and_enters_no_link(root: Path) -> None:
    found = {entry.path: entry.kind for entry in DiskPlanning().walk(str(root), RelPath("a"))}
    assert list(found) == sorted(found)
    assert found == {
        "a/b": EntryKind.FOLDER,
        "a/b/x.md": EntryKind.FILE,
        "a/dangling": EntryKind.OTHER,
        "a/to-file": EntryKind.LINK_TO_FILE,
        "a/to-folder": EntryKind.LINK_TO_FOLDER,
        "a/y.md": EntryKind.FILE,
    }


def test_depth_one_lists_what_stands_directly_in_a_folder(root: Path) -> None:
    assert [entry.path for entry in DiskPlanning().walk(str(root), RelPath(""), depth=1)] == ["a", "linked"]


@pytest.mark.parametrize("below", ["linked", "missing", "a/y.md"])
def test_nothing_stands_below_a_link_a_file_and_nothing(root: Path, below: str) -> None:
    assert DiskPlanning().walk(str(root), RelPath(below)) == ()


def test_times_are_those_of_files_and_of_what_links_lead_to(root: Path) -> None:
    os.utime(root / "a" / "y.md", (1000.5, 1000.5))
    found = {str(entry.path): entry.modified_s for entry in DiskPlanning().walk(str(root), RelPath("a"))}
    assert found["a/y.md"] == found["a/to-file"] == 1000.5


def test_reading_gives_bytes_nothing_or_the_reason(root: Path) -> None:
    planning = DiskPlanning()
    assert planning.read_all(str(root), (RelPath("a/y.md"), RelPath("a/to-file"), RelPath("no"), RelPath("a/y.md/z"))) == (
        b"y",
        b"y",
        None,
        None,
    )
    folder = planning.read(str(root), RelPath("a/b"))
    assert isinstance(folder, Unreadable)
    assert folder.code == "EISDIR"


def test_a_pipe_is_not_waited_for(root: Path) -> None:
    os.mkfifo(root / "pipe")
    assert isinstance(DiskPlanning().read(str(root), RelPath("pipe")), Unreadable)
