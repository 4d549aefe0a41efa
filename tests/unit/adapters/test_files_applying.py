"""Plans on a real disk: applied whole or not at all, through no link, and never over what somebody else wrote meanwhile."""

from __future__ import annotations

import os
import resource
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from tests.unit.adapters.disk_files import TASKS, put, repository, tree

from setsquare.adapters.files import DiskFiles
from setsquare.adapters.swaps import write_new
from setsquare.errors import StalePlan, StorageFailed
from setsquare.text.paths import RelPath
from setsquare.text.plan import FileChange, Plan, creation, digest, replacement
from setsquare.text.span import Edit, Span


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return repository(tmp_path)


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
