"""Sees to it that a command leaves nothing behind that starts programs and that nobody would look at: repositories, compiled Python."""

# Names go to the kernel as they are; a path object would normalise them.
# ruff: noqa: PTH108, PTH112, PTH114

from __future__ import annotations

import contextlib
import os
import shutil
import time
from collections.abc import Callable, Collection

from msgspec import Struct
from msgspec.structs import replace

from setsquare.adapters.whole_tree import CLOSED, Mark, is_settled, listed, mark_of
from setsquare.errors import SandboxFailed
from setsquare.ports.sandbox import Execution


class _Listing(Struct, frozen=True):
    """What stands in one folder."""

    mark: Mark
    folders: tuple[str, ...]
    repositories: tuple[str, ...]
    compiled: tuple[str, ...]


class Listings:
    """Remembers what stood in each folder, so that a folder with no name that came or went is not read again."""

    def __init__(self) -> None:
        """Start with nothing known."""
        self._known: dict[str, _Listing] = {}

    # A file that is rewritten does not change its folder, so compiled files are looked at one by one.
    def startable(self, folder: str, closed: Collection[str] | None = None) -> dict[str, tuple[int, ...]]:
        """Name repositories, closed folders, and compiled files with what no command can forge about them: where the bytes are and when they last changed.

        Closed folders are those of dependencies and tools; with `closed`, only these very ones are. Every command waits for this twice.
        """
        found: dict[str, tuple[int, ...]] = {}
        known: dict[str, _Listing] = {}
        began_ns = time.time_ns()
        pending = [""]
        while pending:
            above = pending.pop()
            listing = self._listing(f"{folder}/{above}"[:-1], above)
            if listing is None:
                continue
            if is_settled(listing.mark, began_ns):
                known[above] = listing
            found.update((above + name, ()) for name in listing.repositories)
            for name in listing.folders:
                if (name in CLOSED) if closed is None else (above + name in closed):
                    if closed is None:
                        found[above + name] = ()
                else:
                    pending.append(f"{above}{name}/")
            for name in listing.compiled:
                with contextlib.suppress(OSError):
                    status = os.lstat(f"{folder}/{above}{name}")
                    found[above + name] = (status.st_ino, status.st_size, status.st_ctime_ns)
        self._known = known
        return found

    def _listing(self, place: str, above: str) -> _Listing | None:
        """List a folder unless it is as it was; `None` when there is none."""
        mark = mark_of(place)
        before = self._known.get(above)
        if mark is None or (before is not None and before.mark == mark):
            return before if mark else None
        return _read(place, mark)


def _read(place: str, mark: Mark) -> _Listing:
    """List a folder."""
    folders: list[str] = []
    repositories: list[str] = []
    compiled: list[str] = []
    for entry in listed(place):
        name = entry.name
        ending = name[-4:].lower()
        if ending == ".git" and len(name) == 4:
            repositories.append(name)
        elif entry.is_dir(follow_symlinks=False):
            folders.append(name)
        elif ending == ".pyc":
            compiled.append(name)
    return _Listing(mark, tuple(folders), tuple(repositories), tuple(compiled))


class Cleaning:
    """Removes what one command leaves behind below a folder: every `.git` that was not there before, and compiled Python that it wrote.

    Git, editors and shell prompts run programs that a repository's configuration names as soon as they come across it. Python runs a
    compiled file instead of the source beside it; commands are told to write none, and git ignores them.
    """

    def __init__(self, folder: str, known: Listings) -> None:
        """Take the folder, and what earlier commands in it found."""
        self._folder, self._known = folder, known
        self._before: dict[str, tuple[int, ...]] | None = None

    def look(self, own: Collection[str] = ()) -> None:
        """See what is there before the command begins; what stands at `own` is the platform's and goes away again."""
        self._before = self._known.startable(self._folder)
        for path in own:
            self._before.pop(path, None)

    def clear(self) -> tuple[str, ...]:
        """Remove what the command left, and name it; nothing when nobody looked, for then no command began.

        Raises:
            SandboxFailed: something could not be removed.
        """
        before = self._before
        if before is None:
            return ()
        after = self._known.startable(self._folder, [path for path in before if path.rpartition("/")[2] in CLOSED])
        removed = tuple(sorted(path for path in after if path not in before or (after[path] and after[path] != before[path])))
        for path in removed:
            _remove(f"{self._folder}/{path}")
        return removed


def run_cleanly(folder: str, run: Callable[[], Execution], known: Listings | None = None) -> Execution:
    """Run a command, then remove what it left below a folder, as `Cleaning` does; `known` is what earlier commands in the same folder found.

    Raises:
        SandboxFailed: something could not be removed, or the command could not be started.
    """
    cleaning = Cleaning(folder, Listings() if known is None else known)
    cleaning.look()
    removed: tuple[str, ...] = ()
    try:
        ended = run()
    finally:
        removed = cleaning.clear()
    return replace(ended, removed=removed) if removed else ended


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
