# Names go to the kernel as they are; a path object would normalise them.

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from setsquare.adapters.workspace_view import layout, mend_links, opened_places, placeholders
from setsquare.errors import SandboxFailed
from setsquare.ports.sandbox import Confinement


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "w" / "src").mkdir(parents=True)
    (tmp_path / "w" / ".env").write_text("x")
    return tmp_path / "w"


def test_layout_sorts_by_what_stands_there(folder):
    (folder / "way").symlink_to("src")
    view = layout(
        str(folder),
        Confinement(writable=("", "way", "none"), read_only=("src", "way", ".vscode"), hidden=(".env", "a/b/.env", "src/x")),
    )
    assert view.writable == ("",)
    assert (view.read_only, view.hidden) == (("src",), (".env",))
    assert view.missing == (".vscode", "a/b/.env")
    assert view.linked == (("way", "src"),)
    assert view.pinned == ("a", "a/b")


def test_nothing_is_missing_where_nothing_can_be_made(folder):
    view = layout(str(folder), Confinement(writable=("src",), hidden=("a", "src/b")))
    assert view.missing == ("src/b",)


@pytest.mark.parametrize("path", ["..", "../x", "/etc", "a/../../b", "a\0b"])
def test_paths_that_leave_are_refused(folder, path):
    with pytest.raises(SandboxFailed):
        layout(str(folder), Confinement(read_only=(path,)))


def test_placeholders_come_and_go(folder):
    view = layout(str(folder), Confinement(writable=("",), read_only=(".vscode", "deep/er/.env")))
    with placeholders(view):
        assert (folder / ".vscode").is_dir()
        assert (folder / "deep" / "er" / ".env").is_dir()
    assert sorted(os.listdir(folder)) == [".env", "src"]


def test_placeholders_of_a_crash_are_removed_by_the_next_run(folder):
    confinement = Confinement(writable=("",), read_only=(".vscode",))
    code = f"""
import os
from setsquare.adapters.workspace_view import layout, placeholders
from setsquare.ports.sandbox import Confinement
with placeholders(layout({str(folder)!r}, Confinement(writable=("",), read_only=(".vscode",)))):
    os._exit(9)
"""
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 9
    assert (folder / ".vscode").is_dir()
    with placeholders(layout(str(folder), confinement)):
        assert (folder / ".vscode").is_dir()
    assert not (folder / ".vscode").exists()


def test_overlapping_runs_share_a_placeholder(folder):
    confinement = Confinement(writable=("",), read_only=(".vscode",))
    with placeholders(layout(str(folder), confinement)):
        with placeholders(layout(str(folder), confinement)):
            pass
        assert (folder / ".vscode").is_dir()
    assert not (folder / ".vscode").exists()


def test_empty_folder_of_the_user_stays(folder):
    (folder / ".vscode").mkdir()
    with placeholders(layout(str(folder), Confinement(writable=("",), read_only=(".vscode",)))):
        pass
    assert (folder / ".vscode").is_dir()


def test_places_are_opened_and_unused_ones_taken_back(folder, tmp_path):
    (folder / "way").symlink_to(tmp_path)
    with opened_places(str(folder), Confinement(writable=("out/a.json", "out/b.json", "build/x", "way/out", "src/new"))):
        (folder / "out" / "a.json").write_text("{}")
        assert (folder / "build" / "x").is_dir()
    assert sorted(os.listdir(folder)) == [".env", "out", "src", "way"]
    assert os.listdir(folder / "out") == ["a.json"]
    assert sorted(os.listdir(tmp_path)) == ["w"]


@pytest.mark.parametrize("left", ["file", "folder", "other link", "nothing"])
def test_replaced_links_come_back(folder, left):
    (folder / "way").symlink_to("src")
    view = layout(str(folder), Confinement(writable=("",), read_only=("way",)))
    (folder / "way").unlink()
    if left == "file":
        (folder / "way").write_text("x")
    elif left == "folder":
        (folder / "way" / "in").mkdir(parents=True)
    elif left == "other link":
        (folder / "way").symlink_to("/etc")
    mend_links(view)
    assert os.readlink(folder / "way") == "src"
    assert (folder / "src").is_dir()
