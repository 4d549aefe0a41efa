from __future__ import annotations

import os
import time

from setsquare.adapters.repository_guard import Listings, run_cleanly
from setsquare.adapters.whole_tree import KnownTree, entries, second_names
from setsquare.ports.sandbox import Execution

ENDED = Execution(exit_code=0, output=b"", duration_s=0.1)


def filled(folder):
    for name in (".git/config", "src/a.py", "src/.env", "node_modules/x/y.pem", ".venv/bin/python", "ignored/deep/b.key"):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    (folder / ".gitignore").write_text("*\n")
    (folder / "src/out").symlink_to("/etc")


def test_everything_is_named_once_and_links_are_not_followed(tmp_path):
    filled(tmp_path)
    found = sorted(entries(str(tmp_path)))
    assert found == [".git", ".gitignore", ".venv", "ignored/deep/b.key", "node_modules", "src/.env", "src/a.py", "src/out"]
    assert "node_modules/x/y.pem" in set(entries(str(tmp_path), closed=(".venv",)))


def test_ignored_files_are_found(tmp_path):
    filled(tmp_path)
    assert KnownTree(str(tmp_path)).wanted(lambda path: path.endswith((".key", ".env"))) == ("ignored/deep/b.key", "src/.env")


def test_second_names(tmp_path):
    filled(tmp_path)
    (tmp_path / "src/twin").hardlink_to(tmp_path / ".git/config")
    assert second_names(str(tmp_path), (".git",)) == {"src/twin"}
    assert second_names(str(tmp_path), ("src/a.py", "absent")) == frozenset()


def test_what_a_command_leaves_is_removed_and_named(tmp_path):
    filled(tmp_path)
    (tmp_path / "src/old.pyc").write_bytes(b"old")
    (tmp_path / "src/kept.pyc").write_bytes(b"kept")

    def command():
        status = os.stat(tmp_path / "src/old.pyc")
        (tmp_path / "src/old.pyc").write_bytes(b"new")
        os.utime(tmp_path / "src/old.pyc", ns=(status.st_atime_ns, status.st_mtime_ns))
        (tmp_path / "src/sub/.git").mkdir(parents=True)
        (tmp_path / "venv/x").mkdir(parents=True)
        (tmp_path / "venv/x/.git").write_text("gitdir: ..")
        return ENDED

    assert run_cleanly(str(tmp_path), command).removed == ("src/old.pyc", "src/sub/.git", "venv/x/.git")
    assert (tmp_path / "src/kept.pyc").exists()
    assert not (tmp_path / "src/old.pyc").exists()
    assert (tmp_path / ".git/config").exists()


def test_nothing_left_nothing_removed(tmp_path):
    filled(tmp_path)
    assert run_cleanly(str(tmp_path), lambda: ENDED) is ENDED


def test_known_names_are_those_that_are_there(tmp_path, monkeypatch):
    filled(tmp_path)
    tree = KnownTree(str(tmp_path))
    monkeypatch.setattr("setsquare.adapters.whole_tree.time.time_ns", lambda: 1 << 62)
    for change in (
        lambda: None,
        (tmp_path / "ignored/deep/new").mkdir,
        lambda: (tmp_path / "ignored/deep/new/.env").write_text("x"),
        (tmp_path / "src/.env").unlink,
        lambda: (tmp_path / "ignored").rename(tmp_path / "moved"),
        lambda: (tmp_path / "ignored").symlink_to(tmp_path / "moved"),
    ):
        time.sleep(0.02)  # Some systems tell times of change only to a hundredth of a second.
        change()
        assert tree.wanted(lambda _: True) == tuple(sorted(entries(str(tmp_path))))
    monkeypatch.setattr("setsquare.adapters.whole_tree.listed", lambda _: [])
    assert tree.wanted(lambda path: path.endswith(".env")) == ("moved/deep/new/.env",)


def later(monkeypatch, seconds):
    """Let the listings take the clock for one that much later, so that folders made just now count as settled."""
    time.sleep(0.02)  # Some systems tell times of change only to a hundredth of a second.
    now = time.time_ns
    monkeypatch.setattr("setsquare.adapters.repository_guard.time.time_ns", lambda: now() + seconds * 1_000_000_000)


def test_a_folder_that_did_not_change_is_not_read_again(tmp_path, monkeypatch):
    filled(tmp_path)
    known = Listings()
    before = known.startable(str(tmp_path))
    later(monkeypatch, 10)
    assert known.startable(str(tmp_path)) == before
    monkeypatch.setattr("setsquare.adapters.repository_guard.listed", lambda _: [])
    assert known.startable(str(tmp_path)) == before


def test_a_folder_that_changed_just_now_is_read_again(tmp_path, monkeypatch):
    filled(tmp_path)
    known = Listings()
    known.startable(str(tmp_path))
    monkeypatch.setattr("setsquare.adapters.repository_guard.listed", lambda _: [])
    assert known.startable(str(tmp_path)) == {}


def test_what_comes_into_known_folders_is_found_whatever_their_times_say(tmp_path, monkeypatch):
    filled(tmp_path)
    (tmp_path / "src/old.pyc").write_bytes(b"old")
    (tmp_path / "src/deep/er").mkdir(parents=True)
    (tmp_path / "elsewhere/x/.git").mkdir(parents=True)
    known = Listings()
    later(monkeypatch, 10)
    run_cleanly(str(tmp_path), lambda: ENDED, known)

    def command():
        status = os.stat(tmp_path / "src/deep/er")
        (tmp_path / "src/deep/er/.git").mkdir()
        os.utime(tmp_path / "src/deep/er", ns=(status.st_atime_ns, status.st_mtime_ns))
        (tmp_path / "src/old.pyc").write_bytes(b"new")
        (tmp_path / "elsewhere/x").rename(tmp_path / "src/moved")
        return ENDED

    assert run_cleanly(str(tmp_path), command, known).removed == ("src/deep/er/.git", "src/moved/.git", "src/old.pyc")


def test_what_a_person_makes_between_two_commands_stays(tmp_path, monkeypatch):
    filled(tmp_path)
    known = Listings()
    later(monkeypatch, 10)
    run_cleanly(str(tmp_path), lambda: ENDED, known)
    (tmp_path / "src/theirs/.git").mkdir(parents=True)
    assert run_cleanly(str(tmp_path), lambda: ENDED, known) is ENDED
    assert (tmp_path / "src/theirs/.git").is_dir()


def test_a_link_in_a_known_folders_place_is_not_followed(tmp_path, monkeypatch):
    (tmp_path / "w/src").mkdir(parents=True)
    (tmp_path / "outside/.git").mkdir(parents=True)
    known = Listings()
    later(monkeypatch, 10)

    def command():
        (tmp_path / "w/src").rmdir()
        (tmp_path / "w/src").symlink_to(tmp_path / "outside")
        return ENDED

    assert run_cleanly(str(tmp_path / "w"), command, known) is ENDED
    assert (tmp_path / "outside/.git").is_dir()
