"""Implements the look at planning roots on this machine's disk: one pass of `scandir` per folder, one `open` per file."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from msgspec import Struct

from setsquare.adapters.files import DiskFiles
from setsquare.errors import StorageFailed, Usage
from setsquare.ports.planning import EntryKind, Standing, Unreadable
from setsquare.text.paths import RelPath

LIMIT_FILE_BYTES = 1 << 25
"""The largest file that is read."""

_READ_BY_ALL = 0o444
_LINKS = (EntryKind.LINK_TO_FILE, EntryKind.LINK_TO_FOLDER)


class PersonFolders(Struct, frozen=True, kw_only=True):
    """Where a person is and keeps things: the current folder, the home, and what is OpenSpec's in the folders for settings and data."""

    here: str
    home: str
    config: str
    data: str
    codex: str


def person_folders(environment: Mapping[str, str]) -> PersonFolders:
    """Look where the person is.

    Raises:
        Usage: the current folder does not exist any more.
    """
    try:
        here = os.path.realpath(os.getcwd())  # noqa: PTH109  (start-up: two calls of the system)
    except FileNotFoundError:
        raise Usage("The current folder does not exist any more.", "Change to a folder that exists.") from None
    home = os.path.expanduser("~")  # noqa: PTH111  (the same)
    config = environment.get("XDG_CONFIG_HOME") or f"{home}/.config"
    data = environment.get("XDG_DATA_HOME") or f"{home}/.local/share"
    codex = environment.get("CODEX_HOME") or f"{home}/.codex"
    return PersonFolders(here=here, home=home, config=f"{config}/openspec", data=f"{data}/openspec", codex=codex)


def made_folder(folder: str, tell: Callable[[str], None]) -> DiskFiles:
    """Make a folder with those above it where they are missing, and give its files; `tell` hears how a plan that was cut off there has been ended.

    Raises:
        StorageFailed: it cannot be made.
    """
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageFailed(f"Cannot make the folder {folder}: {error.strerror}", "Check its permissions.") from error
    return DiskFiles(folder, tell)


class DiskPlanning:
    """Looks at folders anywhere on the machine; keeps nothing."""

    __slots__ = ()

    def walk(self, root: str, below: RelPath, *, depth: int = 64) -> tuple[Standing, ...]:
        """List what stands below a folder, folders too, sorted by path; nothing where the folder does not exist or is a link."""
        start = f"{root.rstrip('/')}/{below}" if below else root
        if below and os.path.islink(start):  # noqa: PTH114  (a path per file would cost more than the look itself)
            return ()
        return tuple(sorted(_entries(start, f"{below}/" if below else "", depth), key=_by_path))

    def read(self, root: str, path: RelPath) -> bytes | Unreadable | None:
        """Read one file; `None` when it does not exist."""
        try:
            descriptor = os.open(f"{root.rstrip('/')}/{path}", os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (OSError, ValueError) as error:
            return _refused(error)
        try:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                return Unreadable("EISDIR" if stat.S_ISDIR(status.st_mode) else "EINVAL", "not a regular file")
            if status.st_size > LIMIT_FILE_BYTES:
                return Unreadable("EFBIG", f"larger than {LIMIT_FILE_BYTES >> 20} MiB")
            return _whole(descriptor, status.st_size)
        except OSError as error:
            return _refused(error)
        finally:
            os.close(descriptor)

    def read_all(self, root: str, paths: tuple[RelPath, ...]) -> tuple[bytes | Unreadable | None, ...]:
        """Read many files, in the order given."""
        return tuple(self.read(root, path) for path in paths)

    def link_target(self, root: str, path: RelPath) -> str | Unreadable | None:
        """Say where a link leads in the end: a path below the root, else an absolute one; `None` for what is no link."""
        full = f"{root.rstrip('/')}/{path}"
        if not os.path.islink(full):  # noqa: PTH114  (asked of a thousand files)
            return None
        try:
            real = os.path.realpath(full, strict=True)
        except OSError as error:
            return _refused(error)
        base = os.path.realpath(root) + "/"
        return real.removeprefix(base)


def _by_path(standing: Standing) -> str:
    return standing.path


def _entries(folder: str, prefix: str, depth: int) -> Iterator[Standing]:
    """List a folder and what is below; what cannot be listed holds nothing."""
    try:
        with os.scandir(folder) as listed:
            entries = list(listed)
    except (OSError, ValueError):
        return
    for entry in entries:
        try:
            kind = _kind(entry)
            status = entry.stat(follow_symlinks=kind in _LINKS)
        except OSError:
            continue
        yield Standing(RelPath(prefix + entry.name), kind, status.st_mtime, status.st_mode & _READ_BY_ALL == _READ_BY_ALL)
        if kind is EntryKind.FOLDER and depth > 1:
            yield from _entries(entry.path, f"{prefix}{entry.name}/", depth - 1)


def _kind(entry: os.DirEntry[str]) -> EntryKind:
    """Say what an entry is, a link by what it leads to."""
    if entry.is_symlink():
        try:
            target = entry.stat()
        except OSError:
            return EntryKind.OTHER
        if stat.S_ISDIR(target.st_mode):
            return EntryKind.LINK_TO_FOLDER
        return EntryKind.LINK_TO_FILE if stat.S_ISREG(target.st_mode) else EntryKind.OTHER
    if entry.is_dir(follow_symlinks=False):
        return EntryKind.FOLDER
    return EntryKind.FILE if entry.is_file(follow_symlinks=False) else EntryKind.OTHER


def _whole(descriptor: int, size: int) -> bytes:
    """Read all of an open file; it may have grown since its size was looked at."""
    parts = [os.read(descriptor, size + 1)]
    while parts[-1]:
        parts.append(os.read(descriptor, 1 << 16))
    return parts[0] if len(parts) == 2 else b"".join(parts)


def _refused(error: OSError | ValueError) -> Unreadable:
    """Name the system's reason."""
    if isinstance(error, OSError) and error.errno is not None:
        return Unreadable(errno.errorcode.get(error.errno, "EIO"), error.strerror or str(error))
    return Unreadable("EINVAL", str(error))
