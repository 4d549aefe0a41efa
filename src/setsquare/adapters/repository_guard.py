"""Sees to it that a command leaves nothing behind that starts programs and that nobody would look at: repositories, compiled Python."""

# Names go to the kernel as they are; a path object would normalise them.
# ruff: noqa: PTH108, PTH112, PTH114

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Callable, Collection

from msgspec.structs import replace

from setsquare.adapters.whole_tree import CLOSED, listed
from setsquare.errors import SandboxFailed
from setsquare.ports.sandbox import Execution


def run_cleanly(folder: str, run: Callable[[], Execution]) -> Execution:
    """Run a command, then remove what it left below a folder: every `.git` that was not there before, and compiled Python that it wrote.

    Git, editors and shell prompts run programs that a repository's configuration names as soon as they come across it. Python runs a
    compiled file instead of the source beside it; commands are told to write none, and git ignores them.

    Raises:
        SandboxFailed: one could not be removed, or the command could not be started.
    """
    before = _startable(folder)
    removed: tuple[str, ...] = ()
    try:
        ended = run()
    finally:
        after = _startable(folder, [path for path in before if path.rpartition("/")[2] in CLOSED])
        removed = tuple(sorted(path for path in after if path not in before or (after[path] and after[path] != before[path])))
        for path in removed:
            _remove(f"{folder}/{path}")
    return replace(ended, removed=removed) if removed else ended


def _startable(folder: str, closed: Collection[str] | None = None) -> dict[str, tuple[int, ...]]:
    """Name repositories, closed folders, and compiled files with what no command can forge about them: where the bytes are and when they last changed.

    Closed folders are those of dependencies and tools; with `closed`, only these very ones are. Every command waits for this twice.
    """
    found: dict[str, tuple[int, ...]] = {}
    pending = [""]
    while pending:
        above = pending.pop()
        for entry in listed(f"{folder}/{above}"):
            name = entry.name
            ending = name[-4:].lower()
            if ending == ".git" and len(name) == 4:
                found[above + name] = ()
            elif entry.is_dir(follow_symlinks=False):
                if (name in CLOSED) if closed is None else (above + name in closed):
                    if closed is None:
                        found[above + name] = ()
                else:
                    pending.append(f"{above}{name}/")
            elif ending == ".pyc":
                with contextlib.suppress(OSError):
                    status = entry.stat(follow_symlinks=False)
                    found[above + name] = (status.st_ino, status.st_size, status.st_ctime_ns)
    return found


def _remove(place: str) -> None:
    """Remove a file, link or folder."""
    with contextlib.suppress(FileNotFoundError):
        try:
            if os.path.isdir(place) and not os.path.islink(place):
                shutil.rmtree(place)
            else:
                os.unlink(place)
        except OSError as error:
            raise SandboxFailed(f"cannot remove {place}, which a command made: {error}", "remove it by hand") from error
