"""What checkpoints must record and give back."""

# mypy: disable-error-code="arg-type"
# Paths are plain literals here.

# Names go to the kernel as they are; a path object would normalise them.

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

import pytest

from setsquare.adapters import git_process
from setsquare.adapters.checkpoints import ShadowCheckpoints
from setsquare.errors import GitFailed, StorageFailed
from setsquare.ports.git import Checkpoints, TreeChange


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    folder = tmp_path / "workspace"
    (folder / "src").mkdir(parents=True)
    (folder / "src" / "a.py").write_bytes(b"A = 1\r\n")
    (folder / "run.sh").write_text("#!/bin/sh\n")
    (folder / "run.sh").chmod(0o755)
    (folder / "link").symlink_to("src/a.py")
    (folder / ".gitignore").write_text("ignored/\n*.log\n")
    (folder / "ignored").mkdir()
    (folder / "ignored" / "x").write_text("x")
    return folder


@pytest.fixture
def checkpoints(tmp_path, workspace) -> Checkpoints:
    return ShadowCheckpoints(str(workspace), str(tmp_path / "state"))


def git(folder: Path, *args: str) -> str:
    isolated = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "GIT_CONFIG_NOSYSTEM": "1"}
    people = ("-c", "user.name=T", "-c", "user.email=t@example.org")
    return subprocess.run(["git", *people, *args], cwd=folder, env=isolated, check=True, capture_output=True, text=True).stdout


def picture(folder: Path) -> dict[str, tuple[str, bytes]]:
    """Every file with kind, right to execute and bytes."""
    found = {}
    for place in folder.rglob("*"):
        name = str(place.relative_to(folder))
        if place.is_symlink():
            found[name] = ("link", os.fsencode(os.readlink(place)))
        elif place.is_file():
            found[name] = ("exec" if place.stat().st_mode & 0o100 else "file", place.read_bytes())
    return found


def undone(checkpoints: Checkpoints, tree: str) -> tuple[TreeChange, ...]:
    changes = checkpoints.changes(tree, checkpoints.take())
    checkpoints.restore(tree, tuple(change.path for change in changes))
    return changes


def test_unchanged_files_give_the_same_tree(checkpoints):
    first = checkpoints.take()
    assert checkpoints.take() == first
    assert checkpoints.changes(first, first) == ()


def test_changes_are_named(checkpoints, workspace):
    old = checkpoints.take()
    (workspace / "src" / "a.py").write_text("A = 2\n")
    (workspace / "new.py").write_text("")
    (workspace / "link").unlink()
    (workspace / "run.sh").chmod(0o644)
    assert checkpoints.changes(old, checkpoints.take()) == (
        TreeChange("link", "deleted"),
        TreeChange("new.py", "added"),
        TreeChange("run.sh", "modified"),
        TreeChange("src/a.py", "modified"),
    )


def test_reading_a_tree(checkpoints, workspace):
    old = checkpoints.take()
    (workspace / "src" / "a.py").write_text("changed")
    assert checkpoints.read(old, "src/a.py") == b"A = 1\r\n"
    assert checkpoints.read(old, "link") == b"src/a.py"
    assert checkpoints.read(old, "ignored/x") is None
    assert checkpoints.read(old, "src") is None
    with pytest.raises(GitFailed):
        checkpoints.read("0" * 40, "src/a.py")


def test_ignored_files_are_left_alone(checkpoints, workspace):
    old = checkpoints.take()
    (workspace / "ignored" / "x").write_text("changed")
    (workspace / "noise.log").write_text("n")
    assert undone(checkpoints, old) == ()
    assert (workspace / "noise.log").exists()


def test_some_files_alone_are_recorded_without_a_trace(checkpoints, workspace, tmp_path):
    old = checkpoints.take()
    (workspace / "ignored" / ".gitignore").write_text("*\n")
    (workspace / ".gitignore").write_text("")
    (tmp_path / "state" / "checkpoints.git" / "index-alone.lock").write_text("")  # a crash left it
    alone = checkpoints.take((".gitignore", "ignored/.gitignore", "missing", "src"))
    assert set(checkpoints.files(alone)) == {".gitignore", "ignored/.gitignore"}
    assert checkpoints.read(alone, "ignored/.gitignore") == b"*\n"
    checkpoints.restore(old, (".gitignore",))
    assert checkpoints.take() == old, "nothing that is ignored is recorded from now on"


# req: guarded-run/4.4
def test_everything_comes_back(checkpoints, workspace):
    before = picture(workspace)
    old = checkpoints.take()
    (workspace / "src" / "a.py").unlink()
    (workspace / "src").rmdir()
    (workspace / "src").write_text("a file now")
    (workspace / "run.sh").unlink()
    (workspace / "run.sh").symlink_to("/etc/passwd")
    (workspace / "link").unlink()
    (workspace / "link").mkdir()
    (workspace / "link" / "inside").write_text("x")
    (workspace / "deep" / "er").mkdir(parents=True)
    (workspace / "deep" / "er" / "f").write_text("x")
    undone(checkpoints, old)
    assert picture(workspace) == before
    assert not (workspace / "deep").exists()


def test_restore_never_follows_a_link_out(checkpoints, workspace, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "a.py").write_text("not yours")
    (outside / "b.py").write_text("not yours")
    old = checkpoints.take()
    (workspace / "src" / "a.py").unlink()
    (workspace / "src").rmdir()
    (workspace / "src").symlink_to(outside)
    checkpoints.restore(old, ("src/b.py", "src/a.py"))
    assert (outside / "a.py").read_text() == "not yours"
    assert (outside / "b.py").exists()
    assert (workspace / "src" / "a.py").read_bytes() == b"A = 1\r\n"


def test_a_link_in_the_place_of_a_folder_is_seen(checkpoints, workspace, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "a.py").write_bytes(b"A = 1\r\n")
    before = picture(workspace)
    old = checkpoints.take()
    (workspace / "src" / "a.py").unlink()
    (workspace / "src").rmdir()
    (workspace / "src").symlink_to(outside)
    assert undone(checkpoints, old) == (TreeChange("src", "added"), TreeChange("src/a.py", "deleted"))
    assert picture(workspace) == before
    assert (outside / "a.py").exists()


def test_only_the_named_paths_are_restored(checkpoints, workspace):
    old = checkpoints.take()
    (workspace / "src" / "a.py").write_text("changed")
    (workspace / "run.sh").write_text("changed")
    checkpoints.restore(old, ("src/a.py", "never/there"))
    assert (workspace / "src" / "a.py").read_bytes() == b"A = 1\r\n"
    assert (workspace / "run.sh").read_text() == "changed"


def test_permissions_stay_except_the_right_to_execute(checkpoints, workspace):
    (workspace / "run.sh").chmod(0o700)
    old = checkpoints.take()
    (workspace / "run.sh").chmod(0o600)
    undone(checkpoints, old)
    assert (workspace / "run.sh").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    "name", [b"with space", b"new\nline", b"-dash", b"quo\"te'", b"back\\slash", b"\xff\xfe", "\u00fc".encode(), b":(glob)*", b"*.py"]
)
def test_any_file_name(checkpoints, workspace, name):
    place = os.path.join(os.fsencode(workspace), name)
    first = checkpoints.take()
    with open(place, "wb") as file:
        file.write(b"one")
    second = checkpoints.take()
    assert checkpoints.changes(first, second) == (TreeChange(os.fsdecode(name), "added"),)
    with open(place, "wb") as file:
        file.write(b"two")
    checkpoints.take()
    checkpoints.restore(second, (os.fsdecode(name),))
    with open(place, "rb") as file:
        assert file.read() == b"one"
    checkpoints.restore(first, (os.fsdecode(name),))
    assert not os.path.lexists(place)


def test_attributes_change_no_byte(checkpoints, workspace):
    (workspace / ".gitattributes").write_text(
        "* text=auto eol=crlf ident working-tree-encoding=UTF-16 filter=evil\n[attr]mine text\n*.txt mine\n"
    )
    (workspace / "src" / ".gitattributes").write_text("*.py text eol=lf ident\n")
    (workspace / "t.txt").write_bytes(b"$Id$ a\nb\r\n\xff")
    (workspace / "src" / "b.py").write_bytes(b"$Id$ a\nb\r\n")
    before = picture(workspace)
    old = checkpoints.take()
    for name in ("t.txt", "src/b.py"):
        (workspace / name).unlink()
    undone(checkpoints, old)
    assert picture(workspace) == before


def test_the_repository_is_not_touched(checkpoints, workspace):
    git(workspace, "init", "-q")
    git(workspace, "add", "-A")
    git(workspace, "commit", "-qm", "x")
    before = picture(workspace / ".git")
    old = checkpoints.take()
    (workspace / "src" / "a.py").write_text("changed")
    undone(checkpoints, old)
    checkpoints.restore(old, (".git/config", ".git/HEAD"))
    assert picture(workspace / ".git") == before


def test_a_repository_inside_is_recorded_as_files(checkpoints, workspace):
    old = checkpoints.take()
    inner = workspace / "vendor" / "inner"
    inner.mkdir(parents=True)
    git(inner, "init", "-q")
    (inner / "f").write_text("one")
    second = checkpoints.take()
    assert [change.path for change in checkpoints.changes(old, second)] == ["vendor/inner/f"]
    git(inner, "add", "f")
    git(inner, "commit", "-qm", "x")
    (inner / "f").write_text("two")
    (inner / "g").write_text("new")
    third = checkpoints.take()
    assert [(change.path, change.status) for change in checkpoints.changes(second, third)] == [
        ("vendor/inner/f", "modified"),
        ("vendor/inner/g", "added"),
    ]
    checkpoints.restore(second, ("vendor/inner/f", "vendor/inner/g"))
    assert (inner / "f").read_text() == "one"
    assert not (inner / "g").exists()


def test_a_lock_that_a_crash_left_is_no_obstacle(checkpoints, workspace, tmp_path):
    checkpoints.take()
    (tmp_path / "state" / "checkpoints.git" / "index.lock").write_text("")
    (workspace / "new").write_text("n")
    assert checkpoints.read(checkpoints.take(), "new") == b"n"


def test_changes_within_one_clock_tick_are_seen(checkpoints, workspace):
    trees = []
    for number in range(20):
        (workspace / "src" / "a.py").write_text(f"{number:04}")
        trees.append(checkpoints.take())
    assert len(set(trees)) == 20


def test_special_files_are_passed_over(checkpoints, workspace):
    os.mkfifo(workspace / "pipe")
    assert checkpoints.read(checkpoints.take(), "pipe") is None


def test_three_thousand_files(checkpoints, workspace):
    for folder in range(30):
        (workspace / f"d{folder}").mkdir()
        for number in range(100):
            (workspace / f"d{folder}" / f"f{number}.py").write_text(f"{folder} {number}")
    checkpoints.take()
    took = []
    for number in range(5):
        (workspace / "d3" / "f7.py").write_text(f"changed {number}")
        started = time.perf_counter()
        checkpoints.take()
        took.append(time.perf_counter() - started)
    spawn = []
    for _ in range(5):
        started = time.perf_counter()
        subprocess.run(["git", "--version"], check=True, capture_output=True)
        spawn.append(time.perf_counter() - started)
    # Below 30 ms on an idle machine, where starting git takes 1.2 ms. Judged as a ratio, widely, so that a busy machine does not decide:
    # reading all files again would take ten times as long.
    assert min(took) < max(0.03, 60 * min(spawn)), (min(took), min(spawn))


def test_what_cannot_be_restored_keeps_nothing_else_from_it(checkpoints, workspace):
    tree = checkpoints.take()
    for name in ("src/a.py", "run.sh", "link"):
        (workspace / name).unlink()
    (workspace / "link").mkdir()
    (workspace / "link/mine.log").write_text("of a person")
    with pytest.raises(StorageFailed, match="link"):
        checkpoints.restore(tree, ("link", "run.sh", "src/a.py"))
    assert (workspace / "run.sh").exists()
    assert (workspace / "src/a.py").read_bytes() == b"A = 1\r\n"
    assert (workspace / "link/mine.log").read_text() == "of a person"


def test_pipes_and_empty_folders_in_a_files_place_are_no_obstacle(checkpoints, workspace):
    tree = checkpoints.take()
    (workspace / "run.sh").unlink()
    (workspace / "run.sh/a/b").mkdir(parents=True)
    os.mkfifo(workspace / "run.sh/a/pipe")
    checkpoints.restore(tree, ("run.sh",))
    assert (workspace / "run.sh").read_text() == "#!/bin/sh\n"


def started(monkeypatch) -> list[str]:
    """Note which commands of git start from now on."""
    noted: list[str] = []
    run = git_process._run

    def noting(argv, *rest):
        noted.append(next(part for part in argv[1:] if part != "-c" and "=" not in part and not part.startswith("/") and part != "-C"))
        return run(argv, *rest)

    monkeypatch.setattr(git_process, "_run", noting)
    return noted


def test_a_record_that_nothing_changed_takes_one_process(checkpoints, workspace, monkeypatch):
    tree = checkpoints.take()
    noted = started(monkeypatch)
    assert checkpoints.take() == tree
    assert noted == ["ls-files"]
    (workspace / "new.py").write_text("")
    assert checkpoints.take() != tree
    assert noted == ["ls-files", "ls-files", "update-index", "write-tree"]


def test_a_record_that_another_process_changed_is_written_again(checkpoints, workspace, tmp_path):
    first = checkpoints.take()
    (workspace / "ignored" / "kept").write_text("kept")
    ShadowCheckpoints(str(workspace), str(tmp_path / "state")).include("ignored/kept")
    second = checkpoints.take()
    assert checkpoints.changes(first, second) == (TreeChange("ignored/kept", "added"),)


def test_a_tree_that_is_gone_is_not_given(checkpoints, tmp_path):
    tree = checkpoints.take()
    objects = tmp_path / "state" / "checkpoints.git" / "objects"
    (objects / tree[:2] / tree[2:]).unlink()
    again = checkpoints.take()
    assert again == tree
    assert (objects / tree[:2] / tree[2:]).exists()
    assert set(checkpoints.files(again)) == {".gitignore", "link", "run.sh", "src/a.py"}
