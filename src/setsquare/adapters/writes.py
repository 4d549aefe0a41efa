"""Applies a plan to the files below an open folder: compare, write beside, sync, swap; all changes or none.

While a plan is applied the folder is locked against other plans, and each file is compared once more right before it is swapped. A
swapped file's old version is kept under a second name until the last swap is done, so that putting it back needs no disk space. What a plan
of several files is about to do is written down first, so that the next command ends it when its process is killed.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping

from msgspec import Struct

from setsquare.adapters.folders import failed, open_below, parts_of, read_regular
from setsquare.adapters.intent_record import Intent, IntentFile
from setsquare.adapters.intents import Intents
from setsquare.adapters.swaps import LIMIT_BYTES, current, links, move, stale, temporary_name, write_new
from setsquare.text.paths import RelPath, parent
from setsquare.text.plan import Plan, digest


class _Wanted(Struct, frozen=True, kw_only=True):
    """One file of a plan: its bytes before and after (`None`: it is not there), and the names beside it for the new and the old ones.

    A new file takes the rights of `like`.
    """

    path: RelPath
    old: bytes | None
    new: bytes | None
    fresh: str = ""
    kept: str = ""
    like: RelPath | None = None


# req: workspace/3.1
def apply_plan(root: int, plan: Plan, folder: str, tell: Callable[[str], None]) -> None:
    """Apply a plan below an open folder, whose path is `folder`; `tell` hears how a plan ended that had been cut off there.

    Raises:
        StalePlan: a file is not as the plan expects it; nothing was written.
        StorageFailed: a write failed; files already written were put back.
        ValueError: edits of one file overlap; nothing was written.
    """
    intents = Intents(folder)
    with locked(root):
        for ending in intents.end(root):
            # One that waits for a person was told when the command began, and is no hindrance.
            if ending.is_over:
                tell(ending.line)
        wanted = _wanted(_new_contents(root, plan))
        intent = _intent(root, folder, plan, wanted) if len(wanted) > 1 else None
        with intents.noted(intent) as undertaken:
            writing = _Writing(root)
            try:
                for one in wanted:
                    writing.prepare(one)
                writing.swap()
            finally:
                undertaken.is_settled = writing.end()


@contextlib.contextmanager
def locked(root: int) -> Iterator[None]:
    """Hold the folder against other plans; a file system without locks is used without one."""
    descriptor = os.open(".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=root)
    try:
        with contextlib.suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


# req: workspace/3.2
def _new_contents(root: int, plan: Plan) -> dict[RelPath, tuple[bytes | None, bytes | None]]:
    """Compare every file with what the plan expects and work out its new bytes (`None`: it goes); a later change of one file builds on the earlier."""
    contents: dict[RelPath, tuple[bytes | None, bytes | None]] = {}
    for change in plan.changes:
        if change.path in contents:
            on_disk, now = contents[change.path]
        else:
            on_disk = now = current(root, change.path)
        if (None if now is None else digest(now)) != change.expects:
            raise stale(plan.title, change.path)
        contents[change.path] = (on_disk, None if change.is_removal else change.applied(now or b""))
    return contents


def _wanted(contents: Mapping[RelPath, tuple[bytes | None, bytes | None]]) -> tuple[_Wanted, ...]:
    """Give every file its names, in the order of the swaps.

    Removals come last, so that a moved file is for a moment at two places, never nowhere. A file that is alone needs no old bytes beside it:
    nothing that comes after its swap can fail.
    """
    there = {path: (old, new) for path, (old, new) in contents.items() if old is not None or new is not None}
    # A new file with the bytes of one that goes is that file moved: it keeps its rights.
    leaving = {old: path for path, (old, new) in there.items() if new is None and old is not None}
    wanted = [
        _Wanted(
            path=path,
            old=old,
            new=new,
            fresh="" if new is None else temporary_name(),
            kept="" if old is None or (new is not None and len(there) == 1) else temporary_name(),
            like=leaving.get(new) if old is None and new is not None else None,
        )
        for path, (old, new) in there.items()
    ]
    return tuple(sorted(wanted, key=lambda one: one.new is None))


def _intent(root: int, folder: str, plan: Plan, wanted: tuple[_Wanted, ...]) -> Intent:
    """Write down what is about to be done."""
    files = tuple(
        IntentFile(
            path=one.path,
            before=None if one.old is None else digest(one.old),
            after=None if one.new is None else digest(one.new),
            fresh=one.fresh,
            kept=one.kept,
        )
        for one in wanted
    )
    made = _missing_folders(root, (one.path for one in wanted if one.old is None))
    return Intent(folder=os.path.realpath(folder), title=plan.title, files=files, made=made)


def _missing_folders(root: int, paths: Iterable[RelPath]) -> tuple[RelPath, ...]:
    """List the folders that files need and that do not exist, outermost first."""
    missing: dict[RelPath, bool] = {}
    for path in paths:
        above = parent(path)
        while above and above not in missing:
            try:
                os.stat(above, dir_fd=root, follow_symlinks=False)
            except OSError:
                missing[above] = True
            else:
                missing[above] = False
                break
            above = parent(above)
    return tuple(sorted((path for path, is_missing in missing.items() if is_missing), key=lambda path: path.count("/")))


class _Change:
    """One file on its way: its new bytes stand under `fresh` once they are written, its old ones under `kept` once it is swapped."""

    __slots__ = ("folder", "fresh", "is_swapped", "kept", "name", "wanted")

    def __init__(self, wanted: _Wanted, folder: int) -> None:
        self.wanted = wanted
        self.folder = folder
        self.name = wanted.path.rpartition("/")[2]
        self.fresh = ""
        self.kept = ""
        self.is_swapped = False


class _Writing:
    """The state of one plan's application: whatever was begun is undone in `end` unless every swap succeeded."""

    def __init__(self, root: int) -> None:
        self.root = root
        self.folders: dict[tuple[str, ...], int] = {}
        self.made: list[tuple[int, str]] = []
        self.changes: list[_Change] = []
        self.is_done = False

    def prepare(self, wanted: _Wanted) -> None:
        """Write a file's new bytes beside it and sync them; a removal needs none.

        Raises:
            StorageFailed: they could not be written.
        """
        path = wanted.path
        try:
            change = _Change(wanted, self.folder(parts_of(path)[:-1], path))
            self.changes.append(change)
            if wanted.new is not None:
                write_new(change.folder, wanted.fresh, wanted.new, self.mode(change))
                change.fresh = wanted.fresh
        except OSError as error:
            raise failed("write", path, error) from error

    def mode(self, change: _Change) -> int | None:
        """Give the rights that a file's new bytes get: those of the old ones, or of the file that a new one is like, else those of any new file."""
        if change.wanted.old is not None:
            return _mode(change.folder, change.name)
        like = change.wanted.like
        return None if like is None else _mode(self.folder(parts_of(like)[:-1], like), parts_of(like)[-1])

    def folder(self, parts: tuple[str, ...], shown: str) -> int:
        """Open a folder, making it and those above it where they are missing."""
        if not parts:
            return self.root
        if parts not in self.folders:
            above = self.folder(parts[:-1], shown)
            with contextlib.suppress(FileExistsError):
                os.mkdir(parts[-1], dir_fd=above)
                self.made.append((above, parts[-1]))
            self.folders[parts] = open_below(above, parts[-1:], shown)
        return self.folders[parts]

    def swap(self) -> None:
        """Put every new file in its place, then take the removed ones away, and sync the folders.

        Raises:
            StalePlan: a file changed since it was compared.
            StorageFailed: a swap failed.
        """
        for change in self.changes:
            try:
                _swap(change)
            except OSError as error:
                raise failed("write", change.wanted.path, error) from error
        self.is_done = True
        for folder in {change.folder for change in self.changes} | {above for above, _ in self.made}:
            with contextlib.suppress(OSError):
                os.fsync(folder)

    def end(self) -> bool:
        """Undo what must be undone, remove what is left beside, close what was opened; false where something could not be put back."""
        is_whole = True
        for change in reversed(self.changes):
            if change.is_swapped and not self.is_done:
                try:
                    _put_back(change)
                except OSError:
                    # Its old bytes stay beside it, for whoever ends the plan.
                    is_whole = False
                    continue
            for name in filter(None, (change.fresh, change.kept)):
                with contextlib.suppress(OSError):
                    os.unlink(name, dir_fd=change.folder)
        for above, name in () if self.is_done else reversed(self.made):
            with contextlib.suppress(OSError):
                os.rmdir(name, dir_fd=above)
        if self.is_done:
            self.remove_emptied()
        for descriptor in self.folders.values():
            os.close(descriptor)
        return is_whole

    def remove_emptied(self) -> None:
        """Remove the folders that hold nothing any more because their files went."""
        for change in self.changes:
            parts = parts_of(change.wanted.path)[:-1] if change.wanted.new is None else ()
            while parts and (parts[:-1] in self.folders or len(parts) == 1):
                above = self.folders[parts[:-1]] if parts[:-1] else self.root
                try:
                    os.rmdir(parts[-1], dir_fd=above)
                except OSError:
                    break
                parts = parts[:-1]


def _swap(change: _Change) -> None:
    """Put one new file in its place, comparing the old one a last time."""
    wanted = change.wanted
    if wanted.old is None:
        if not links(change.folder, change.fresh, change.name, wanted.path):
            move(change.folder, change.fresh, change.name)
            change.fresh = ""
    else:
        if not _is_unchanged(change):
            raise stale("the plan", wanted.path)
        if wanted.new is None:
            move(change.folder, change.name, wanted.kept)
            change.kept = wanted.kept
        else:
            if wanted.kept and links(change.folder, change.name, wanted.kept, wanted.path):
                change.kept = wanted.kept
            move(change.folder, change.fresh, change.name)
            change.fresh = ""
    change.is_swapped = True


def _is_unchanged(change: _Change) -> bool:
    """Tell whether the file still holds the bytes that were compared."""
    try:
        return read_regular(change.folder, change.name, LIMIT_BYTES) == change.wanted.old
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.ELOOP):
            return False
        raise


# req: workspace/3.3
def _put_back(change: _Change) -> None:
    """Undo one swap."""
    if change.wanted.old is None:
        os.unlink(change.name, dir_fd=change.folder)
    else:
        if not change.kept:
            kept = change.wanted.kept or temporary_name()
            write_new(change.folder, kept, change.wanted.old, _mode(change.folder, change.name))
            change.kept = kept
        move(change.folder, change.kept, change.name)
        change.kept = ""


def _mode(folder: int, name: str) -> int:
    """Give the permission bits of a file."""
    return stat.S_IMODE(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode)
