"""The workspace's files on a real disk: what is read, what is refused, and that a plan is applied whole or not at all."""

from __future__ import annotations

import os
import resource
import shutil
import socket
import stat
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from setsquare.adapters.files import DiskFiles
from setsquare.adapters.folders import opened_folder, unreadable
from setsquare.adapters.ignored import IgnoreRules
from setsquare.adapters.swaps import write_new
from setsquare.adapters.tree import LIMIT_DEPTH
from setsquare.errors import StalePlan, StorageFailed, Unreadable
from setsquare.ports.files import LEFTOVER
from setsquare.text.paths import RelPath
from setsquare.text.plan import FileChange, Plan, creation, digest, replacement
from setsquare.text.span import Edit, Span

TASKS = RelPath(".kiro/specs/a/tasks.md")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "repository"
    put(root, TASKS, b"- [ ] 1. Go\n")
    put(root, "AGENTS.md", b"# A\n")
    put(root, "src/main.py", b"print()\n")
    return root


def put(root: Path, path: str, raw: bytes = b"x\n") -> Path:
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(raw)
    return file


def tree(root: Path) -> dict[str, bytes]:
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file() and not path.is_symlink()}


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
def test_a_plan_changes_exactly_its_spans_and_keeps_the_mode(folder: Path) -> None:
    file = folder / TASKS
    file.chmod(0o640)
    plan = Plan(
        "tick", (FileChange(TASKS, digest(file.read_bytes()), (Edit(Span(3, 4), b"x"),)), creation(RelPath("new/deep/a.md"), b"A\n"))
    )
    DiskFiles(folder).apply(plan)
    assert file.read_bytes() == b"- [x] 1. Go\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert (folder / "new/deep/a.md").read_bytes() == b"A\n"
    assert file.stat().st_nlink == 1
    assert not [path for path in tree(folder) if ".tmp" in path]


def test_two_changes_of_one_file_build_on_each_other(folder: Path) -> None:
    path = RelPath("log.md")
    plan = Plan("log", (creation(path, b"a\n"), FileChange(path, digest(b"a\n"), (Edit(Span(2, 2), b"b\n"),))))
    DiskFiles(folder).apply(plan)
    assert (folder / path).read_bytes() == b"a\nb\n"


# req: workspace/3.2
@pytest.mark.parametrize(
    "change",
    [
        FileChange(TASKS, digest(b"other"), ()),
        creation(TASKS, b"x"),
        FileChange(RelPath("none.md"), digest(b""), ()),
        FileChange(RelPath("none/none.md"), digest(b""), ()),
    ],
)
def test_a_stale_plan_writes_nothing(folder: Path, change: FileChange) -> None:
    before = tree(folder)
    with pytest.raises(StalePlan) as caught:
        DiskFiles(folder).apply(Plan("tick", (creation(RelPath("first/a.md"), b"A"), change)))
    assert change.path in caught.value.message
    assert tree(folder) == before
    assert not (folder / "first").exists()


# req: workspace/3.4
@pytest.mark.parametrize(
    "path", ["link.md", "folder/x.md", "dangling.md", "../x.md", "/x.md", "src", "AGENTS.md/x", ".git/config", "x/.Git/y", "a//b", "pipe"]
)
def test_a_plan_never_writes_through_a_link_or_out_of_the_folder(folder: Path, tmp_path: Path, path: str) -> None:
    outside = put(tmp_path, "outside/kept.md", b"kept")
    (folder / "link.md").symlink_to(outside)
    (folder / "folder").symlink_to(outside.parent)
    (folder / "dangling.md").symlink_to(outside.parent / "new.md")
    os.mkfifo(folder / "pipe")
    before = tree(tmp_path)
    for change in (creation(RelPath(path), b"x"), replacement(RelPath(path), b"kept", b"x")):
        with pytest.raises((StorageFailed, StalePlan)):
            DiskFiles(folder).apply(Plan("escape", (creation(RelPath("first.md"), b"A"), change)))
    assert tree(tmp_path) == before


def test_overlapping_edits_are_refused_before_anything_is_written(folder: Path) -> None:
    before = tree(folder)
    edits = (Edit(Span(0, 2), b""), Edit(Span(1, 3), b""))
    with pytest.raises(ValueError, match="overlaps"):
        DiskFiles(folder).apply(Plan("x", (creation(RelPath("a"), b""), FileChange(TASKS, digest(b"- [ ] 1. Go\n"), edits))))
    assert tree(folder) == before


def _three(folder: Path) -> Plan:
    return Plan(
        "three",
        (
            replacement(TASKS, (folder / TASKS).read_bytes(), b"new\n"),
            creation(RelPath("new/deep/a.md"), b"A"),
            replacement(RelPath("AGENTS.md"), b"# A\n", b"B" * 100_000),
        ),
    )


# req: workspace/3.3
@pytest.mark.parametrize("failing", ["link", "rename"])
@pytest.mark.parametrize("at", [1, 2, 3])
@pytest.mark.parametrize("code", [28, 13])
def test_a_swap_that_fails_puts_everything_back(folder: Path, monkeypatch: pytest.MonkeyPatch, failing: str, at: int, code: int) -> None:
    before, calls, real = tree(folder), [0], getattr(os, failing)

    def refuse(*args: object, **kwargs: object) -> object:
        calls[0] += 1
        if calls[0] == at:
            raise OSError(code, os.strerror(code))
        return real(*args, **kwargs)

    monkeypatch.setattr(os, failing, refuse)
    if failing == "rename" and at == 3:
        DiskFiles(folder).apply(_three(folder))
        return
    with pytest.raises(StorageFailed) as caught:
        DiskFiles(folder).apply(_three(folder))
    assert os.strerror(code) in caught.value.message
    assert caught.value.hint
    assert tree(folder) == before
    assert not (folder / "new").exists()


def test_an_interruption_between_swaps_puts_everything_back(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before, real = tree(folder), os.link

    def interrupt(source: str, target: str, **kwargs: object) -> None:
        if target == "a.md":
            raise KeyboardInterrupt
        real(source, target, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "link", interrupt)
    with pytest.raises(KeyboardInterrupt):
        DiskFiles(folder).apply(_three(folder))
    assert tree(folder) == before


def test_a_file_system_without_second_names_still_gets_all_or_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before, real, moved = tree(folder), os.rename, [0]

    def no_links(*_: object, **__: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    def rename(source: str, target: str, **kwargs: object) -> None:
        moved[0] += 1
        if target == "AGENTS.md" and moved[0] == 3:
            raise OSError(5, "Input/output error")
        real(source, target, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "link", no_links)
    monkeypatch.setattr(os, "rename", rename)
    with pytest.raises(StorageFailed):
        DiskFiles(folder).apply(_three(folder))
    assert tree(folder) == before
    DiskFiles(folder).apply(_three(folder))
    assert tree(folder)["new/deep/a.md"] == b"A"


def test_a_file_edited_after_the_comparison_is_not_overwritten(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = write_new

    def edit_meanwhile(*args: object) -> None:
        (folder / TASKS).write_bytes(b"by hand\n")
        (folder / "new.md").write_bytes(b"by hand\n")
        real(*args)  # type: ignore[arg-type]

    monkeypatch.setattr("setsquare.adapters.writes.write_new", edit_meanwhile)
    for change in (replacement(TASKS, b"- [ ] 1. Go\n", b"x"), creation(RelPath("new.md"), b"x")):
        with pytest.raises(StalePlan):
            DiskFiles(folder).apply(Plan("x", (change,)))
        (folder / TASKS).write_bytes(b"- [ ] 1. Go\n")
        assert (folder / "new.md").read_bytes() == b"by hand\n"
        (folder / "new.md").unlink()


def test_a_full_disk_leaves_everything_as_it_was(folder: Path) -> None:
    before = tree(folder)
    script = """
import resource, signal, sys
from setsquare.adapters.files import DiskFiles
from setsquare.adapters.folders import opened_folder, unreadable
from setsquare.adapters.ignored import IgnoreRules
from setsquare.adapters.tree import LIMIT_DEPTH
from setsquare.errors import StorageFailed
from setsquare.text.plan import Plan, creation, replacement
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
plan = Plan("big", (replacement("AGENTS.md", b"# A\\n", b"small"), creation("new/big.md", b"x" * 100_000)))
try:
    DiskFiles(sys.argv[1]).apply(plan)
except StorageFailed as error:
    print(error.message)
"""
    done = subprocess.run([sys.executable, "-c", script, str(folder)], check=True, capture_output=True, text=True)
    assert done.stdout.startswith("Cannot write new/big.md: ")
    assert tree(folder) == before
    assert not (folder / "new").exists()
    assert resource.getrlimit(resource.RLIMIT_FSIZE) != (4096, 4096)


def test_of_concurrent_plans_each_wins_alone(folder: Path) -> None:
    path, rounds, workers = RelPath("count.txt"), 10, 4
    put(folder, path, b"0")
    barrier = threading.Barrier(workers)

    def count() -> None:
        files = DiskFiles(folder)
        barrier.wait()
        done = 0
        while done < rounds:
            old = files.read(path) or b""
            try:
                files.apply(Plan("count", (replacement(path, old, str(int(old) + 1).encode()),)))
                done += 1
            except StalePlan:
                continue

    threads = [threading.Thread(target=count) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (folder / path).read_bytes() == str(rounds * workers).encode()


def test_nothing_is_left_open(folder: Path) -> None:
    files, before = DiskFiles(folder), len(list(Path("/proc/self/fd").iterdir()))
    files.snapshot()
    files.snapshot((".kiro", "nowhere"))
    files.read(TASKS)
    files.exists(RelPath("none/x"))
    files.listing(RelPath(""), 1)
    files.apply(_three(folder))
    with pytest.raises(StalePlan):
        files.apply(Plan("x", (creation(TASKS, b""),)))
    assert len(list(Path("/proc/self/fd").iterdir())) == before
