"""Plans that take files away: moves are whole, and a failure loses nothing."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from setsquare.adapters import writes
from setsquare.adapters.files import DiskFiles
from setsquare.errors import StalePlan, StorageFailed
from setsquare.text.paths import RelPath
from setsquare.text.plan import FileChange, Plan, creation, removal, replacement

OLD, NEW = RelPath(".kiro/specs/a/tasks.md"), RelPath(".kiro/specs/_archived/a/tasks.md")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for path, raw in ((OLD, b"tasks\n"), (".kiro/specs/a/deep/note.txt", b"note\n"), (".kiro/specs/b/tasks.md", b"b\n")):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(raw)
    return tmp_path


def tree(root: Path) -> dict[str, bytes]:
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def move() -> Plan:
    return Plan("Move", (creation(NEW, b"tasks\n"), removal(OLD, b"tasks\n")))


def test_a_move_leaves_the_bytes_in_one_place(folder: Path) -> None:
    before = tree(folder)
    DiskFiles(folder).apply(move())
    after = tree(folder)
    assert after[NEW] == before.pop(OLD)
    assert {path: after[path] for path in before} == before
    assert set(after) == {*before, NEW}


def test_folders_that_are_emptied_go_and_others_stay(folder: Path) -> None:
    files = DiskFiles(folder)
    files.apply(move())
    assert (folder / ".kiro/specs/a/deep").is_dir()
    files.apply(Plan("Remove", (removal(RelPath(".kiro/specs/a/deep/note.txt"), b"note\n"),)))
    assert not (folder / ".kiro/specs/a").exists()
    assert (folder / ".kiro/specs/b").is_dir()


def test_a_removal_of_other_bytes_is_stale_and_nothing_happens(folder: Path) -> None:
    before = tree(folder)
    with pytest.raises(StalePlan):
        DiskFiles(folder).apply(Plan("Move", (creation(NEW, b"x"), removal(OLD, b"other\n"))))
    with pytest.raises(StalePlan):
        DiskFiles(folder).apply(Plan("Remove", (removal(NEW, b"x"),)))
    assert tree(folder) == before


def test_a_failure_after_a_removal_gives_the_file_back(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.chmod(folder / OLD, 0o640)
    before = tree(folder)
    real, calls = writes._swap, []

    def swap(change: writes._Change) -> None:
        calls.append(change.wanted.new is None)
        if len(calls) == 3:
            raise OSError(28, "No space left on device")
        real(change)

    monkeypatch.setattr(writes, "_swap", swap)
    plan = Plan("Move", (removal(OLD, b"tasks\n"), creation(NEW, b"tasks\n"), removal(RelPath(".kiro/specs/b/tasks.md"), b"b\n")))
    with pytest.raises(StorageFailed):
        DiskFiles(folder).apply(plan)
    assert calls == [False, True, True]
    assert tree(folder) == before
    assert stat.S_IMODE((folder / OLD).stat().st_mode) == 0o640


def test_a_file_changed_right_before_its_removal_stays(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = writes._swap

    def swap(change: writes._Change) -> None:
        if change.wanted.new is None:
            (folder / OLD).write_bytes(b"a person was here\n")
        real(change)

    monkeypatch.setattr(writes, "_swap", swap)
    with pytest.raises(StalePlan):
        DiskFiles(folder).apply(move())
    assert tree(folder)[OLD] == b"a person was here\n"
    assert NEW not in tree(folder)


def test_changes_of_one_file_build_on_each_other(folder: Path) -> None:
    files = DiskFiles(folder)
    files.apply(Plan("Edit and remove", (replacement(OLD, b"tasks\n", b"x"), removal(OLD, b"x"))))
    assert files.read(OLD) is None
    files.apply(Plan("Make and remove", (creation(NEW, b"x"), removal(NEW, b"x"))))
    assert files.read(NEW) is None
    files.apply(Plan("Make, remove, make", (creation(NEW, b"x"), removal(NEW, b"x"), creation(NEW, b"y"))))
    assert files.read(NEW) == b"y"


def test_a_link_is_never_removed(folder: Path) -> None:
    (folder / "link.md").symlink_to(folder / OLD)
    with pytest.raises(StorageFailed):
        DiskFiles(folder).apply(Plan("Remove", (removal(RelPath("link.md"), b"tasks\n"),)))
    assert (folder / "link.md").is_symlink()


def test_a_removal_has_no_edits() -> None:
    change = removal(OLD, b"x")
    assert isinstance(change, FileChange)
    assert (change.edits, change.applied(b"x")) == ((), b"")


def test_a_moved_file_keeps_its_rights(folder: Path) -> None:
    os.chmod(folder / OLD, 0o700)
    DiskFiles(folder).apply(move())
    assert stat.S_IMODE((folder / NEW).stat().st_mode) == 0o700
