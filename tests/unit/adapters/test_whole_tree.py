from __future__ import annotations

import os

from setsquare.adapters.repository_guard import run_cleanly
from setsquare.adapters.whole_tree import entries, second_names, wanted_entries
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
    assert wanted_entries(str(tmp_path), lambda path: path.endswith((".key", ".env"))) == ("ignored/deep/b.key", "src/.env")


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
