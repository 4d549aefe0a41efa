"""What the trees of checkpoints must tell about many files at once, and what becomes of folders that no tree holds."""

# mypy: disable-error-code="arg-type"
# Paths are plain literals here.

from __future__ import annotations

import os
from itertools import pairwise
from pathlib import Path

import pytest

from setsquare.adapters.checkpoints import ShadowCheckpoints
from setsquare.errors import GitFailed
from setsquare.ports.trees import Held


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    folder = tmp_path / "workspace"
    (folder / "src").mkdir(parents=True)
    (folder / "src/a.py").write_text("".join(f"line {n}\n" for n in range(20)))
    (folder / ".gitignore").write_text("build/\n")
    return folder


@pytest.fixture
def checkpoints(tmp_path, workspace) -> ShadowCheckpoints:
    return ShadowCheckpoints(str(workspace), str(tmp_path / "state"))


def test_many_pairs_are_compared_in_order(checkpoints, workspace):
    trees = [checkpoints.take()]
    for text in ("1", "2"):
        (workspace / "src/b c.py").write_text(text)
        trees.append(checkpoints.take())
    (workspace / "src/b c.py").unlink()
    trees.append(checkpoints.take())
    found = checkpoints.trees.compared((*pairwise(trees), (trees[1], trees[1])))
    assert [[(item.path, bool(item.old), bool(item.new)) for item in one] for one in found] == [
        [("src/b c.py", False, True)],
        [("src/b c.py", True, True)],
        [("src/b c.py", True, False)],
        [],
    ]
    name = found[0][0].new.name
    assert checkpoints.trees.contents([name]) == {name: b"1"}
    assert checkpoints.trees.sizes([name]) == {name: 1}


def test_what_is_gone_from_the_record_is_an_error(checkpoints):
    tree = checkpoints.take()
    with pytest.raises(GitFailed):
        checkpoints.trees.compared((("1" * 40, tree),))
    with pytest.raises(GitFailed):
        checkpoints.trees.sizes(["1" * 40])
    with pytest.raises(GitFailed):
        checkpoints.trees.contents(["1" * 40])


def test_a_renamed_and_edited_file_is_found(checkpoints, workspace):
    old = checkpoints.take()
    (workspace / "src/a.py").rename(workspace / "moved.py")
    (workspace / "moved.py").write_text((workspace / "moved.py").read_text() + "more\n")
    assert checkpoints.trees.renames(old, checkpoints.take()) == {"src/a.py": "moved.py"}


def test_files_that_stand_nowhere_are_recorded_and_put_in_place(checkpoints, workspace):
    before = checkpoints.take()
    tree = checkpoints.trees.record({"src/run.sh": Held("100755", b"#!\n"), "src/link": Held("120000", b"a.py")})
    assert checkpoints.take() == before
    checkpoints.restore(tree, ("src/run.sh", "src/link", "src/a.py"))
    assert os.access(workspace / "src/run.sh", os.X_OK)
    assert os.readlink(workspace / "src/link") == "a.py"
    assert not (workspace / "src/a.py").exists()


def test_watched_ignored_files_are_recorded_and_come_back(checkpoints, workspace):
    (workspace / "build").mkdir()
    (workspace / "build/out").write_text("1")
    (workspace / "build/large").write_bytes(b"x" * (5 << 20))
    assert checkpoints.read(checkpoints.take(), "build/out") is None
    assert checkpoints.watched() == frozenset()
    checkpoints.watch(lambda path: path != "build/other", ("build", "nowhere"))
    (workspace / "build/other").write_text("2")
    tree = checkpoints.take()
    assert checkpoints.watched() == {"build/out"}
    assert (checkpoints.read(tree, "build/out"), checkpoints.read(tree, "build/other")) == (b"1", None)
    (workspace / "build/out").unlink()
    (change,) = checkpoints.changes(tree, checkpoints.take())
    assert (change.path, change.status) == ("build/out", "deleted")
    assert checkpoints.watched() == {"build/out"}
    checkpoints.restore(tree, ("build/out",))
    assert (workspace / "build/out").read_text() == "1"


def test_empty_folders_come_and_go(checkpoints, workspace, tmp_path):
    (workspace / "empty/inner").mkdir(parents=True)
    (workspace / "node_modules/x").mkdir(parents=True)
    (tmp_path / "outside/empty").mkdir(parents=True)
    (workspace / "link").symlink_to(tmp_path / "outside")
    assert checkpoints.folders.empty() == ("empty/inner",)
    checkpoints.folders.put(("made/deep", "link/made", ".git/x", "src"), ("empty/inner", "src", "link/empty"))
    assert (workspace / "made/deep").is_dir()
    assert not (workspace / "empty").exists()
    assert (workspace / "src").is_dir()
    assert (tmp_path / "outside/empty").is_dir()
    assert not (tmp_path / "outside/made").exists()
    assert not (workspace / ".git").exists()
