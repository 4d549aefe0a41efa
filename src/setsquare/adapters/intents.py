"""Keeps what is about to be written of plans with several files, and ends those whose process died.

An intent lies in the state folder of the person, is there and synced before the first byte of its plan is written, and is gone after the last.
Its process holds a lock on it: one that is not locked was left by a process that was killed. A plan of one file needs none: one rename is
atomic. Where no state can be kept (a read-only home) plans are applied without.
"""

# Names go to the kernel as they are; a path object would normalise them.
# ruff: noqa: PTH103, PTH108, PTH118, PTH208

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

from setsquare.adapters.folders import opened_folder
from setsquare.adapters.intent_record import Intent, read, written
from setsquare.adapters.state import state_root, workspace_id
from setsquare.errors import Unreadable, Usage

if TYPE_CHECKING:
    from setsquare.adapters.cut_off_plan import Ending

_SUFFIX = ".plan"


class Undertaken:
    """A plan on its way; unless it is `settled`, what is written down of it stays for the next command."""

    def __init__(self) -> None:
        """Begin with nothing settled."""
        self.is_settled = False


class Intents:
    """The intents of the plans below one folder."""

    __slots__ = ("_folder", "_id")

    def __init__(self, folder: str) -> None:
        """Take the folder; nothing is looked at yet."""
        self._folder = folder
        self._id = ""

    @contextlib.contextmanager
    def noted(self, intent: Intent | None) -> Iterator[Undertaken]:
        """Write an intent down before its plan is begun, and take it away in the end; `None` needs nothing."""
        undertaken = Undertaken()
        place, descriptor = self._put(intent) if intent is not None else ("", -1)
        try:
            yield undertaken
        finally:
            if descriptor >= 0:
                if undertaken.is_settled:
                    with contextlib.suppress(OSError):
                        os.unlink(place)
                os.close(descriptor)

    def end(self, root: int) -> tuple[Ending, ...]:
        """End the plans below the folder, open and locked, whose processes died."""
        # Nearly always there is none; that must cost nothing.
        names = _listed(_place())
        kept = _kept_at(self._folder) if names else None
        if kept is None:
            return ()
        mine = f"{self._name()}."
        endings = (_ended(root, os.path.join(kept, name)) for name in names if name.startswith(mine))
        return tuple(ending for ending in endings if ending is not None)

    def _name(self) -> str:
        self._id = self._id or workspace_id(self._folder)
        return self._id

    def _put(self, intent: Intent) -> tuple[str, int]:
        """Write an intent down, locked and synced; where that cannot be done there is none."""
        kept = _kept_at(self._folder)
        if kept is None:
            return "", -1
        place, descriptor, is_there = os.path.join(kept, f"{self._name()}.{os.urandom(8).hex()}{_SUFFIX}"), -1, False
        try:
            descriptor = _created(place)
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            view = memoryview(written(intent))
            while view:
                view = view[os.write(descriptor, view) :]
            os.fsync(descriptor)
            _sync_folder(kept)
            is_there = True
        except OSError:
            pass
        finally:
            if not is_there and descriptor >= 0:
                with contextlib.suppress(OSError):
                    os.unlink(place)
                os.close(descriptor)
        return (place, descriptor) if is_there else ("", -1)


def end_cut_off(folder: str) -> tuple[str, ...]:
    """End the plans that were cut off in a folder, in those above and below it, and in the person's home; say of each how.

    One whose process lives is left alone. It never fails: what cannot be ended is said again by the next command.
    """
    names = _listed(_place())
    kept = _kept_at(folder) if names else None
    if kept is None:
        return ()
    here, home = os.path.realpath(folder), _home()
    lines: list[str] = []
    for name in names:
        place = os.path.join(kept, name)
        intent = _read(place)
        # The name of one that is not whole still says whose it is.
        of = intent.folder if intent is not None else here if name.startswith(f"{workspace_id(here)}.") else ""
        if not of or not (_overlap(of, here) or of == home):
            continue
        with contextlib.suppress(OSError, Unreadable), opened_folder(of) as root, _tried(root):
            ending = _ended(root, place)
            lines += [ending.line] if ending is not None else []
    return tuple(lines)


def _ended(root: int, place: str) -> Ending | None:
    """End one plan whose folder is locked, unless its process lives or somebody has ended it just now."""
    from setsquare.adapters.cut_off_plan import end_plan  # noqa: PLC0415  (start-up: nearly always there is none)

    try:
        descriptor = os.open(place, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if not os.fstat(descriptor).st_nlink:
            return None
        intent = read(os.pread(descriptor, os.fstat(descriptor).st_size, 0))
        # What is not whole was never begun.
        ending = end_plan(root, intent, place) if intent is not None else None
        if ending is None or ending.is_over:
            os.unlink(place)
    except OSError:
        return None
    else:
        return ending
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _tried(root: int) -> Iterator[None]:
    """Hold a folder against plans, at once or not at all; a file system without locks is used without one.

    Raises:
        BlockingIOError: somebody applies a plan there.
    """
    descriptor = os.open(".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=root)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise
        except OSError:
            pass
        yield
    finally:
        os.close(descriptor)


def _kept_at(folder: str) -> str | None:
    """Say where intents lie; `None` where they would lie in the folder itself, where what the folder contains could forge them. A home holds its own."""
    place = _place()
    kept, real = os.path.realpath(place), os.path.realpath(folder)
    return None if not place or (kept.startswith(real.rstrip("/") + "/") and real != _home()) else kept


def _place() -> str:
    """Name the folder of all intents of this person; empty where there can be none."""
    try:
        return os.path.join(state_root(os.environ), "plans")
    except Usage:
        return ""


def _home() -> str:
    return os.path.realpath(os.environ.get("HOME") or os.path.expanduser("~"))  # noqa: PTH111  (as above)


def _listed(kept: str) -> list[str]:
    try:
        return sorted(name for name in os.listdir(kept) if name.endswith(_SUFFIX))
    except OSError:
        return []


def _read(place: str) -> Intent | None:
    try:
        descriptor = os.open(place, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return None
    with os.fdopen(descriptor, "rb") as file:
        return read(file.read())


def _overlap(one: str, other: str) -> bool:
    """Tell whether two folders are the same or one holds the other.

    >>> _overlap("/w", "/w/a"), _overlap("/w/a", "/w"), _overlap("/w", "/wa"), _overlap("/", "/w")
    (True, True, False, True)
    """
    first, second = one.rstrip("/") + "/", other.rstrip("/") + "/"
    return first.startswith(second) or second.startswith(first)


def _created(place: str) -> int:
    """Make a file that only its owner can read, and its folder where it is missing."""
    flags = os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        return os.open(place, flags, 0o600)
    except FileNotFoundError:
        os.makedirs(os.path.dirname(place), mode=0o700, exist_ok=True)  # noqa: PTH120  (as above)
        return os.open(place, flags, 0o600)


def _sync_folder(folder: str) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
