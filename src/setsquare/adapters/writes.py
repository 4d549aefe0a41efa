"""Applies a plan to the files below an open folder: compare, write beside, sync, swap; all changes or none.

While a plan is applied the folder is locked against other plans, and each file is compared once more right before it is swapped. A
swapped file's old version is kept under a second name until the last swap is done, so that putting it back needs no disk space.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import stat
from collections.abc import Iterator

from setsquare.adapters.folders import failed, is_link, linked, open_below, parts_of, read_regular
from setsquare.errors import StalePlan, StorageFailed
from setsquare.text.paths import RelPath
from setsquare.text.plan import Plan, digest

_LIMIT_BYTES = 1 << 30
_NO_LINKS = frozenset({errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EMLINK, errno.ENOSYS})
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


# req: workspace/3.1
def apply_plan(root: int, plan: Plan) -> None:
    """Apply a plan below an open folder.

    Raises:
        StalePlan: a file is not as the plan expects it; nothing was written.
        StorageFailed: a write failed; files already written were put back.
        ValueError: edits of one file overlap; nothing was written.
    """
    with locked(root):
        contents = _new_contents(root, plan)
        writing = _Writing(root)
        try:
            leaving = {old: path for path, (old, new) in contents.items() if new is None and old is not None}
            for path, (old, new) in contents.items():
                if old is not None or new is not None:
                    # A new file with the bytes of one that goes is that file moved: it keeps its rights.
                    writing.prepare(path, old, new, leaving.get(new) if old is None and new is not None else None)
            writing.swap()
        finally:
            writing.end()


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
            on_disk, current = contents[change.path]
        else:
            on_disk = current = _current(root, change.path)
        if (None if current is None else digest(current)) != change.expects:
            raise _stale(plan.title, change.path)
        contents[change.path] = (on_disk, None if change.is_removal else change.applied(current or b""))
    return contents


def _stale(title: str, path: str) -> StalePlan:
    return StalePlan(
        f"Cannot apply {title!r}: {path} is not as it was when the plan was made; nothing was written", "Run the command again."
    )


def _current(root: int, path: RelPath) -> bytes | None:
    """Read a file that is to change; `None` when nothing stands there.

    Raises:
        StorageFailed: a link, a folder or something else stands there, or it cannot be read.
    """
    *folders, name = parts_of(path)
    if any(part.lower() == ".git" for part in (*folders, name)):
        raise StorageFailed(f"Cannot write {path}: git's own files are never written", "Use git itself.")
    try:
        folder = open_below(root, tuple(folders), path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise failed("write", path, error) from error
    try:
        return read_regular(folder, name, _LIMIT_BYTES)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise (linked(path) if is_link(folder, name) else failed("write", path, error)) from error
    finally:
        os.close(folder)


class _Change:
    """One file on its way: its new bytes stand under `fresh`, its old ones under `kept` once it is swapped. A removal has no new bytes."""

    __slots__ = ("folder", "fresh", "is_removal", "is_swapped", "kept", "name", "old", "path")

    def __init__(self, path: RelPath, folder: int, old: bytes | None) -> None:
        self.path = path
        self.folder = folder
        self.name = path.rpartition("/")[2]
        self.old = old
        self.fresh = ""
        self.kept = ""
        self.is_removal = False
        self.is_swapped = False


class _Writing:
    """The state of one plan's application: whatever was begun is undone in `end` unless every swap succeeded."""

    def __init__(self, root: int) -> None:
        self.root = root
        self.folders: dict[tuple[str, ...], int] = {}
        self.made: list[tuple[int, str]] = []
        self.changes: list[_Change] = []
        self.is_done = False

    def prepare(self, path: RelPath, old: bytes | None, new: bytes | None, like: RelPath | None = None) -> None:
        """Write a file's new bytes beside it and sync them; a removal needs none. A new file gets the rights of `like`.

        Raises:
            StorageFailed: they could not be written.
        """
        parts = parts_of(path)
        try:
            change = _Change(path, self.folder(parts[:-1], path), old)
            self.changes.append(change)
            if new is None:
                change.is_removal = True
                return
            model = change if old is not None else None if like is None else _Change(like, self.folder(parts_of(like)[:-1], like), None)
            change.fresh = _write_new(change.folder, new, None if model is None else _mode(model))
        except OSError as error:
            raise failed("write", path, error) from error

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

        Removals come last, so that a process that dies in between leaves a moved file twice, never nowhere.

        Raises:
            StalePlan: a file changed since it was compared.
            StorageFailed: a swap failed.
        """
        self.changes.sort(key=_is_removal)
        for change in self.changes:
            try:
                _swap(change)
            except OSError as error:
                raise failed("write", change.path, error) from error
        self.is_done = True
        for folder in {change.folder for change in self.changes} | {above for above, _ in self.made}:
            with contextlib.suppress(OSError):
                os.fsync(folder)

    def end(self) -> None:
        """Undo what must be undone, remove what is left beside, close what was opened."""
        for change in reversed(self.changes):
            if change.is_swapped and not self.is_done:
                with contextlib.suppress(OSError):
                    _put_back(change)
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

    def remove_emptied(self) -> None:
        """Remove the folders that hold nothing any more because their files went."""
        for change in self.changes:
            parts = parts_of(change.path)[:-1] if change.is_removal else ()
            while parts and (parts[:-1] in self.folders or len(parts) == 1):
                above = self.folders[parts[:-1]] if parts[:-1] else self.root
                try:
                    os.rmdir(parts[-1], dir_fd=above)
                except OSError:
                    break
                parts = parts[:-1]


def _is_removal(change: _Change) -> bool:
    return change.is_removal


def _write_new(folder: int, raw: bytes, mode: int | None) -> str:
    """Write bytes to a new file of a random name, synced; on failure nothing is left."""
    name = _temporary_name()
    descriptor = os.open(name, _NEW, 0o666 if mode is None else 0o600, dir_fd=folder)
    is_whole = False
    try:
        with os.fdopen(descriptor, "wb", buffering=0) as file:
            view = memoryview(raw)
            while view:
                view = view[file.write(view) :]
            if mode is not None:
                os.fchmod(descriptor, mode)
            os.fsync(descriptor)
        is_whole = True
    finally:
        # An interruption (Ctrl-C) comes here as well as a failure.
        if not is_whole:
            os.unlink(name, dir_fd=folder)
    return name


def _swap(change: _Change) -> None:
    """Put one new file in its place, comparing the old one a last time."""
    if change.old is None:
        if not _links(change.folder, change.fresh, change.name, change.path):
            _move(change.folder, change.fresh, change.name)
            change.fresh = ""
    else:
        if not _is_unchanged(change):
            raise _stale("the plan", change.path)
        kept = _temporary_name()
        if change.is_removal:
            _move(change.folder, change.name, kept)
            change.kept = kept
            change.is_swapped = True
            return
        if _links(change.folder, change.name, kept, change.path):
            change.kept = kept
        _move(change.folder, change.fresh, change.name)
        change.fresh = ""
    change.is_swapped = True


def _links(folder: int, old: str, new: str, path: str) -> bool:
    """Give a file a second name, which fails when that name is taken; false where the file system has no second names.

    Raises:
        StalePlan: the new name is taken.
    """
    try:
        os.link(old, new, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
    except FileExistsError:
        raise _stale("the plan", path) from None
    except OSError as error:
        if error.errno in _NO_LINKS:
            return False
        raise
    return True


def _move(folder: int, old: str, new: str) -> None:
    """Rename within a folder, replacing what has the new name."""
    os.rename(old, new, src_dir_fd=folder, dst_dir_fd=folder)


def _temporary_name() -> str:
    return f".setsquare-{os.urandom(8).hex()}.tmp"


def _is_unchanged(change: _Change) -> bool:
    """Tell whether the file still holds the bytes that were compared."""
    try:
        return read_regular(change.folder, change.name, _LIMIT_BYTES) == change.old
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.ELOOP):
            return False
        raise


# req: workspace/3.3
def _put_back(change: _Change) -> None:
    """Undo one swap."""
    if change.old is None:
        os.unlink(change.name, dir_fd=change.folder)
    else:
        kept = change.kept or _write_new(change.folder, change.old, _mode(change))
        _move(change.folder, kept, change.name)
        change.kept = ""


def _mode(change: _Change) -> int:
    """Give the permission bits of the file that stands in the change's place."""
    return stat.S_IMODE(os.stat(change.name, dir_fd=change.folder, follow_symlinks=False).st_mode)
