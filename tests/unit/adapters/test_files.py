"""The workspace's files on a real disk: what is read and listed, and what is refused."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from pathlib import Path
from typing import Any

import pytest
from tests.unit.adapters.disk_files import TASKS, put, repository

from setsquare.adapters.files import DiskFiles
from setsquare.adapters.folders import opened_folder, unreadable
from setsquare.adapters.ignored import IgnoreRules
from setsquare.adapters.tree import LIMIT_DEPTH
from setsquare.errors import StorageFailed, Unreadable
from setsquare.ports.files import LEFTOVER
from setsquare.text.paths import RelPath


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return repository(tmp_path)


def test_a_snapshot_holds_the_selected_files_only(folder: Path) -> None:
    put(folder, "node_modules/x/AGENTS.md")
    put(folder, ".kiro/skills/x/node_modules/y.js")
    put(folder, "aws/POWER.md")
    put(folder, "aws/steering/a.md")
    put(folder, "aws/code.py")
    put(folder, f".kiro/.setsquare-{'0' * 16}.tmp")
    snapshot = DiskFiles(folder).snapshot()
    assert set(snapshot.files) == {TASKS, "AGENTS.md", ".kiro/skills/x/node_modules/y.js", "aws/POWER.md", "aws/steering/a.md"}
    assert snapshot.files[TASKS] == b"- [ ] 1. Go\n"
    assert snapshot.skipped == ((f".kiro/.setsquare-{'0' * 16}.tmp", LEFTOVER),)


def test_a_snapshot_below_some_places(folder: Path) -> None:
    put(folder, "aws/POWER.md")
    put(folder, "aws/steering/a.md")
    put(folder, "aws/steering/deep/b.md")
    files = DiskFiles(folder)
    assert set(files.snapshot((".kiro",)).files) == {TASKS}
    assert set(files.snapshot(("./AGENTS.md", ".kiro/specs/a/")).files) == {TASKS, "AGENTS.md"}
    assert set(files.snapshot(("aws/steering",)).files) == {"aws/steering/a.md", "aws/steering/deep/b.md"}
    assert set(files.snapshot((".",)).files) == set(files.snapshot().files)
    nothing = files.snapshot(("nowhere", "src/main.py", "../x"))
    assert nothing.files == {}
    assert nothing.skipped == (("../x", "outside the workspace"), ("nowhere", "no such file or folder"))


# req: workspace/1.5
def test_links_are_reported_and_never_followed(folder: Path, tmp_path: Path) -> None:
    secret = put(tmp_path, "outside/.kiro/steering/secret.md")
    (folder / "CLAUDE.md").symlink_to("AGENTS.md")
    (folder / ".kiro/skills").symlink_to(secret.parent)
    (folder / ".kiro/loop").symlink_to("loop")
    (folder / ".kiro/up").symlink_to("..")
    (folder / "linked").symlink_to(tmp_path / "outside")
    (folder / "src/alias.py").symlink_to("main.py")
    (folder / ".kiro/gone.md").symlink_to("nowhere")
    snapshot = DiskFiles(folder).snapshot()
    assert set(snapshot.files) == {TASKS, "AGENTS.md"}
    assert dict(snapshot.skipped) == dict.fromkeys(
        (".kiro/gone.md", ".kiro/loop", ".kiro/skills", ".kiro/up", "CLAUDE.md", "linked"), "symbolic link"
    )
    assert DiskFiles(folder).snapshot((".kiro/up",)).skipped == ((".kiro/up", "symbolic link"),)
    assert DiskFiles(folder).snapshot((".kiro/skills/secret.md",)).skipped == ((".kiro/skills/secret.md", "symbolic link"),)


def test_what_is_no_regular_file_is_reported_and_never_waited_for(folder: Path) -> None:
    os.mkfifo(folder / ".kiro/pipe")
    with socket.socket(socket.AF_UNIX) as server:
        here = os.open(folder / ".kiro", os.O_RDONLY)
        server.bind(f"/proc/self/fd/{here}/s")
        snapshot = DiskFiles(folder).snapshot()
        os.close(here)
    assert dict(snapshot.skipped) == {".kiro/pipe": "not a regular file", ".kiro/s": "not a regular file"}


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may read everything")
def test_what_is_not_permitted_is_reported(folder: Path) -> None:
    put(folder, ".kiro/steering/a.md").chmod(0)
    (put(folder, ".kiro/hooks/a.md").parent).chmod(0)
    try:
        snapshot = DiskFiles(folder).snapshot()
    finally:
        (folder / ".kiro/hooks").chmod(0o755)
    assert dict(snapshot.skipped) == dict.fromkeys((".kiro/hooks", ".kiro/steering/a.md"), "Permission denied")


def test_names_of_any_bytes_are_read(folder: Path) -> None:
    name = os.fsdecode(b".kiro/steering/\xff \n.md")
    put(folder, name, b"odd\n")
    assert DiskFiles(folder).snapshot().files[RelPath(name)] == b"odd\n"


def test_a_tree_that_hardly_ends_is_walked_to_a_limit(folder: Path) -> None:
    depth = LIMIT_DEPTH + 5
    put(folder, ".kiro/" + "e/" * (LIMIT_DEPTH - 1) + "deep.md")
    here = os.open(folder / ".kiro", os.O_RDONLY)
    for _ in range(depth):
        os.mkdir("d", dir_fd=here)
        inner = os.open("d", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = inner
    os.close(os.open("deep.md", os.O_CREAT | os.O_WRONLY, dir_fd=here))
    os.close(here)
    snapshot = DiskFiles(folder).snapshot()
    assert RelPath(".kiro/" + "e/" * (LIMIT_DEPTH - 1) + "deep.md") in snapshot.files
    assert snapshot.skipped == ((".kiro/" + "d/" * (LIMIT_DEPTH - 1) + "d", f"nested deeper than {LIMIT_DEPTH} folders"),)


def test_a_file_that_vanishes_between_listing_and_reading_is_reported(folder: Path) -> None:
    from setsquare.adapters import files

    here = os.open(folder, os.O_RDONLY)
    read = dict(files._contents(here, [RelPath("AGENTS.md"), RelPath("GEMINI.md"), RelPath("gone/AGENTS.md")]))
    os.close(here)
    assert read == {
        "AGENTS.md": b"# A\n",
        "GEMINI.md": "vanished while it was read",
        "gone/AGENTS.md": "its folder vanished or is not permitted",
    }


# req: workspace/1.4
@pytest.mark.parametrize(
    ("path", "reason"), [("nowhere", "does not exist"), ("AGENTS.md", "it is a file"), ("a\0b", "null"), ("AGENTS.md/x", "it is a file")]
)
def test_a_folder_that_cannot_be_opened_is_explained(folder: Path, path: str, reason: str) -> None:
    with pytest.raises(Unreadable) as caught:
        DiskFiles(f"{folder}/{path}").snapshot()
    assert reason in caught.value.message
    assert caught.value.hint


def test_a_folder_that_is_not_permitted_is_explained() -> None:
    refused = unreadable("private", PermissionError(13, "Permission denied"))
    assert refused.message == "Cannot load 'private': Permission denied"
    assert (refused.exit_code, bool(refused.hint)) == (2, True)


def test_the_folder_itself_may_be_a_link(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "alias").symlink_to(folder)
    assert TASKS in DiskFiles(tmp_path / "alias").snapshot().files


def test_reading_one_file(folder: Path) -> None:
    files = DiskFiles(folder)
    assert files.read(RelPath("src/main.py")) == b"print()\n"
    assert files.read(RelPath("src/none.py")) is None
    assert files.read(RelPath("none/none.py")) is None
    assert files.read(RelPath("AGENTS.md/none.py")) is None


@pytest.mark.parametrize("path", ["src", "link", "folder/x.py", "../x", "/etc/passwd", "a//b", "./a", "", "a\0", "pipe"])
def test_reading_refuses_links_folders_and_paths_that_lead_out(folder: Path, path: str) -> None:
    (folder / "link").symlink_to("AGENTS.md")
    (folder / "folder").symlink_to("src")
    os.mkfifo(folder / "pipe")
    put(folder, "src/x.py")
    with pytest.raises(StorageFailed):
        DiskFiles(folder).read(RelPath(path))


def test_existence_counts_dangling_links(folder: Path) -> None:
    (folder / "dangling").symlink_to("nowhere")
    (folder / "folder").symlink_to("src")
    files = DiskFiles(folder)
    assert all(files.exists(RelPath(path)) for path in ("src", "src/main.py", "dangling", "folder"))
    assert not any(files.exists(RelPath(path)) for path in ("none", "none/x", "folder/main.py", "AGENTS.md/x", "../x", "/etc", ""))


def test_listing_follows_ignore_files_as_git_does(folder: Path) -> None:
    put(folder, ".gitignore", b"*.log\n/build/\n!keep.log\n# c\nsecret/\r\n")
    put(folder, "src/.gitignore", b"!debug.log\ngen/*\n!gen/kept.py\n")
    for path in (
        "a.log",
        "keep.log",
        "build/x",
        "src/build/y",
        "src/debug.log",
        "src/gen/a.py",
        "src/gen/kept.py",
        "secret/k",
        ".git/config",
    ):
        put(folder, path)
    put(folder, "src-x/z")
    (folder / "link").symlink_to("src")
    files = DiskFiles(folder)
    everything = files.listing(RelPath(""), 100)
    assert everything == (
        ".gitignore",
        TASKS,
        "AGENTS.md",
        "keep.log",
        "src-x/z",
        "src/.gitignore",
        "src/build/y",
        "src/debug.log",
        "src/gen/kept.py",
        "src/main.py",
    )
    assert list(everything) == sorted(everything)
    assert files.listing(RelPath("src/gen"), 100) == ("src/gen/kept.py",)
    assert files.listing(RelPath(""), 3) == everything[:3]
    for nothing in ("build", ".git", "none", "link", "..", "AGENTS.md"):
        assert files.listing(RelPath(nothing), 9) == ()


def test_listing_agrees_with_git(folder: Path) -> None:
    put(folder, ".gitignore", b"*.tmp\nout/**\n!out/a/\n/x\n**/y/z\n\\#a\nsp ace\ntrail  \n[ab].c\n")
    for path in ("a.tmp", "out/a/b", "out/c", "x/y", "q/x", "q/y/z", "y/z", "#a", "sp ace", "trail", "a.c", "c.c", "d/b.c", "d/.gitignore"):
        put(folder, path, b"*.c\n!b.c\n")
    subprocess.run(["git", "init", "-q", str(folder)], check=True)
    listed = subprocess.run(
        ["git", "-C", str(folder), "ls-files", "--others", "--exclude-standard", "-z"], check=True, capture_output=True, text=True
    ).stdout
    assert list(DiskFiles(folder).listing(RelPath(""), 1_000)) == sorted(listed.rstrip("\0").split("\0"))


def test_listing_goes_down_step_by_step_and_holds_few_folders_open(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deep = "/".join(f"d{level}" for level in range(120))
    put(folder, f"{deep}/last.txt")
    for level in (10, 60, 118):
        put(folder, "/".join([*(f"d{at}" for at in range(level)), "e", "beside.txt"]))
    put(folder, f"{deep.rpartition('/')[0]}/.gitignore", b"*.log\n")
    put(folder, f"{deep}/left-out.log")
    opened: list[str] = []
    held: list[int] = []
    real = os.open

    def counting(path: str, *given: Any, **named: Any) -> int:
        opened.append(path)
        held.append(len(os.listdir("/proc/self/fd")))
        return real(path, *given, **named)

    before = len(os.listdir("/proc/self/fd"))
    monkeypatch.setattr(os, "open", counting)
    listed = DiskFiles(folder).listing(RelPath(""), 1_000)
    monkeypatch.setattr(os, "open", real)
    assert [path for path in listed if path.startswith("d0")] == sorted(
        path.relative_to(folder).as_posix() for path in folder.glob("d0/**/*") if path.is_file() and path.suffix != ".log"
    )
    assert len(opened) < 600, "each folder is opened once, those above a deep one a second time at most"
    assert max(held) - before < 60


def test_listing_follows_no_folder_that_becomes_a_link_on_the_way(folder: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    put(outside, "inner/secret.txt")
    put(folder, "zz/a.txt")
    put(folder, "zz/inner/b.txt")
    with opened_folder(str(folder)) as root:
        files = IgnoreRules(root).files(RelPath("zz"))
        assert next(files) == "zz/a.txt"
        shutil.rmtree(folder / "zz" / "inner")
        (folder / "zz" / "inner").symlink_to(outside / "inner")
        assert list(files) == []


# req: workspace/3.1
