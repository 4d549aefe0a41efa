"""AT27: a symbolic link leads out of the workspace, or is put in the place of a folder between the decision and the act.

Defence: adapters/folders.py and adapters/writes.py: every path is opened part by part from the workspace's own folder and no link is followed; guard/file_access.py judges where a link leads
"""

from __future__ import annotations

import contextlib
import os
import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from setsquare import wire
from setsquare.errors import StalePlan, StorageFailed
from setsquare.guard.capability import Mode
from setsquare.text.paths import RelPath
from setsquare.text.plan import Plan, creation, replacement

TWIN = pytest.mark.parametrize("is_permissive", [False, True], ids=["real", "permissive"])
THEIRS = "what stands outside and is nobody's business"


@pytest.fixture
def linked(assault: Any) -> Any:
    """A repository with links of every kind that lead out of it, and into what is protected."""
    hostile = assault.hostile
    (hostile.outside / "theirs.txt").write_text(THEIRS)
    links = {
        "src/file": hostile.outside / "theirs.txt",
        "src/folder": hostile.outside,
        "src/relative": "../../outside",
        "src/twice": "folder",
        "src/root": "/",
        "src/proc": "/proc/self/root",
        "src/up": "..",
        "src/kiro": "../.kiro",
    }
    for name, target in links.items():
        (hostile.folder / name).symlink_to(target)
    assault.commit()
    return assault


@pytest.mark.attack("AT27")
@TWIN
def test_at27_reading_through_a_link(linked: Any, acts: Any, is_permissive: bool) -> None:
    act, _, _ = acts
    hostile = linked.hostile
    paths = (
        "src/file",
        "src/folder/theirs.txt",
        "src/relative/theirs.txt",
        "src/twice/theirs.txt",
        f"src/root{hostile.outside}/theirs.txt",
        f"src/proc{hostile.outside}/theirs.txt",
        "src/up/../outside/theirs.txt",
    )
    linked(*(act("read", path=path) for path in paths), without=("guard", "files") if is_permissive else ())
    seen = [THEIRS in text for text in hostile.results]
    assert any(seen) is is_permissive
    assert not is_permissive or sum(seen) >= len(paths) - 1


@pytest.mark.attack("AT27")
@TWIN
@pytest.mark.parametrize("path", ["src/file", "src/folder/theirs.txt", "src/relative/theirs.txt", "src/twice/theirs.txt"])
def test_at27_writing_through_a_link(linked: Any, acts: Any, path: str, is_permissive: bool) -> None:
    _, write, _ = acts
    linked(write(path, "evil"), without=("guard", "files", "comparison") if is_permissive else ())
    assert ((linked.hostile.outside / "theirs.txt").read_text() == "evil") is is_permissive


@pytest.mark.attack("AT27")
@TWIN
@pytest.mark.parametrize("target", ["outside", ".kiro"])
def test_at27_a_command_through_a_link(linked: Any, acts: Any, target: str, is_permissive: bool) -> None:
    _, _, shell = acts
    hostile = linked.hostile
    place = {"outside": "src/folder/theirs.txt", ".kiro": "src/kiro/settings.json"}[target]
    real = (hostile.folder / place).resolve()
    linked(shell(f"python3 -c \"open('{place}', 'w').write('evil')\""), without=("guard", "sandbox", "comparison") if is_permissive else ())
    assert (real.read_text() == "evil") is is_permissive


class Swapping:
    """Files, among which somebody swaps a folder or a file for a link right before they are touched."""

    def __init__(self, files: Any, swap: Callable[[], None], when: str) -> None:
        self._files, self._swap, self._when = files, swap, when

    def __getattr__(self, name: str) -> Any:
        return getattr(self._files, name)

    def read(self, path: Any) -> Any:
        if self._when == "read" and "dir" in path:
            self._swap()
        return self._files.read(path)

    def apply(self, plan: Any) -> Any:
        if self._when == "apply":
            self._swap()
        return self._files.apply(plan)


def swaps(hostile: Any) -> dict[str, Callable[[], None]]:
    folder = hostile.folder / "src/dir"

    def of_folder() -> None:
        shutil.rmtree(folder) if not folder.is_symlink() else folder.unlink()
        folder.symlink_to(hostile.outside)

    def of_file() -> None:
        (folder / "theirs.txt").unlink(missing_ok=True)
        (folder / "theirs.txt").symlink_to(hostile.outside / "theirs.txt")

    return {"folder": of_folder, "file": of_file}


@pytest.mark.attack("AT27")
@TWIN
@pytest.mark.parametrize("what", ["folder", "file"])
def test_at27_a_swap_between_decision_and_write(assault: Any, acts: Any, what: str, is_permissive: bool) -> None:
    _, write, _ = acts
    hostile = assault.hostile
    (hostile.outside / "theirs.txt").write_text(THEIRS)
    hostile.planted("src/dir/theirs.txt", "ours")
    assault.commit()
    files = wire.app_for(hostile.folder).files
    if is_permissive:
        files = _plain(assault, files)
    assault(write("src/dir/theirs.txt", "evil"), mode=Mode.AUTONOMOUS, files=Swapping(files, swaps(hostile)[what], "apply"))
    assert ((hostile.outside / "theirs.txt").read_text() != THEIRS) is is_permissive


@pytest.mark.attack("AT27")
@TWIN
@pytest.mark.parametrize("what", ["folder", "file"])
def test_at27_a_swap_between_decision_and_read(assault: Any, acts: Any, what: str, is_permissive: bool) -> None:
    act, _, _ = acts
    hostile = assault.hostile
    (hostile.outside / "theirs.txt").write_text(THEIRS)
    hostile.planted("src/dir/theirs.txt", "ours")
    assault.commit()
    files = wire.app_for(hostile.folder).files
    if is_permissive:
        files = _plain(assault, files)
    assault(act("read", path="src/dir/theirs.txt"), files=Swapping(files, swaps(hostile)[what], "read"))
    assert any(THEIRS in text for text in hostile.results) is is_permissive


def _plain(assault: Any, files: Any) -> Any:
    return assault.plain_files(files)


@pytest.mark.attack("AT27")
@TWIN
def test_at27_somebody_who_swaps_all_the_time(assault: Any, is_permissive: bool) -> None:
    """A race of two processes, many times over: with doors that are opened by name one of them is lost at last."""
    hostile = assault.hostile
    theirs = hostile.outside / "theirs.txt"
    theirs.write_text(THEIRS)
    files = wire.app_for(hostile.folder).files
    files = _plain(assault, files) if is_permissive else files
    place, done = hostile.folder / "src/dir", threading.Event()

    def swap() -> None:
        while not done.is_set():
            shutil.rmtree(f"{place}2", ignore_errors=True)
            with contextlib.suppress(OSError):
                os.makedirs(place, exist_ok=True)
                (place / "theirs.txt").write_text("ours")
                os.rename(place, f"{place}2")
                place.symlink_to(hostile.outside)
                time.sleep(0.0005)
                place.unlink()
                os.rename(f"{place}2", place)

    thread = threading.Thread(target=swap)
    thread.start()
    seen = False
    try:
        for _ in range(20_000 if is_permissive else 400):
            with contextlib.suppress(StorageFailed, StalePlan, OSError, ValueError):
                raw = files.read(RelPath("src/dir/theirs.txt"))
                seen = seen or raw == THEIRS.encode()
                change = (
                    creation(RelPath("src/dir/theirs.txt"), b"evil")
                    if raw is None
                    else replacement(RelPath("src/dir/theirs.txt"), raw, b"evil")
                )
                files.apply(Plan("x", (change,)))
            if seen or theirs.read_text() != THEIRS:
                break
    finally:
        done.set()
        thread.join()
    assert (seen or theirs.read_text() != THEIRS) is is_permissive


@pytest.mark.attack("AT27")
def test_at27_a_link_within_the_workspace_is_judged_where_it_leads(linked: Any, acts: Any) -> None:
    _, write, _ = acts
    linked(write("src/kiro/settings.json", "evil"))
    assert linked.hostile.rules == ["denied-path"]
    assert Path(linked.hostile.folder / ".kiro/settings.json").read_text() != "evil"
