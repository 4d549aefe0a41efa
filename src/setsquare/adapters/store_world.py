"""Implements what stores and worksets need of this machine."""

# Paths go to the kernel as they are; a path object would normalise them.
# ruff: noqa: PTH102, PTH104, PTH106, PTH108, PTH112, PTH114, PTH116, PTH118, PTH120

from __future__ import annotations

import contextlib
import errno
import os
import stat
import time
from collections.abc import Iterator

from setsquare.errors import StorageFailed
from setsquare.ports.store_world import Ground, LockBusyError, StoreWorld
from setsquare.text.paths import RelPath

_WAIT_S = 5.0
"""How long OpenSpec waits for a lock, too."""

_POLL_S = 0.02
_MARK = b"setsquare "


def store_world() -> StoreWorld:
    """Give this machine."""
    from setsquare.adapters.store_git import ProcessStoreGit  # noqa: PLC0415  (start-up: most commands have no store to make)
    from setsquare.adapters.store_programs import TerminalPrograms  # noqa: PLC0415  (the same)

    return StoreWorld(places=DiskStorePlaces(), git=ProcessStoreGit(), programs=TerminalPrograms())


class DiskStorePlaces:
    """Folders on this machine's disk; keeps nothing."""

    __slots__ = ()

    def ground(self, path: str) -> Ground:
        """Say what stands at a path."""
        try:
            found = os.stat(path)
        except FileNotFoundError:
            return Ground.NOTHING
        except (OSError, ValueError) as error:
            raise _failed("stat", path, error) from error
        return Ground.FOLDER if stat.S_ISDIR(found.st_mode) else Ground.OTHER

    def resolved(self, path: str) -> str:
        """Give the path without links and dots, whether anything stands there or not."""
        return os.path.realpath(path)

    def make_folders(self, root: str, paths: tuple[RelPath, ...], *, is_private: bool = False) -> tuple[str, ...]:
        """Make folders below a root, and the root, where they are missing; give those that were made, outer ones first."""
        made: list[str] = []
        for path in (root, *(f"{root}/{below}" for below in paths)):
            try:
                made += _made(path, 0o700 if is_private else 0o777)
            except OSError as error:
                self.discard((), tuple(made))
                raise _failed("mkdir", path, error) from error
        return tuple(made)

    def make_private(self, path: str) -> None:
        """Let nobody but this person read a file that was just written; a link is left alone."""
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOFOLLOW)
            try:
                os.fchmod(descriptor, 0o600)
            finally:
                os.close(descriptor)
        except OSError as error:
            if error.errno != errno.ELOOP:
                raise _failed("chmod", path, error) from error

    def discard(self, files: tuple[str, ...], folders: tuple[str, ...]) -> None:
        """Take away what was just made: files, then folders that are empty now."""
        for path in files:
            with contextlib.suppress(OSError):
                os.unlink(path)
        for path in reversed(folders):
            with contextlib.suppress(OSError):
                os.rmdir(path)

    def delete(self, path: str) -> None:
        """Delete a folder with all in it; of a link the link alone. A half-deleted folder is never left under its name."""
        import shutil  # noqa: PLC0415  (start-up)

        above, name = os.path.split(path.rstrip("/"))
        aside = os.path.join(above, f".{name}.removed-by-setsquare")
        try:
            if os.path.islink(path):
                os.unlink(path)
                return
            # What an earlier removal that was cut off left there was already to go.
            if os.path.isdir(aside) and not os.path.islink(aside):
                shutil.rmtree(aside)
            if os.path.isdir(path):
                os.rename(path, aside)
                shutil.rmtree(aside)
        except OSError as error:
            raise _failed("delete", path, error) from error

    @contextlib.contextmanager
    def locked(self, path: str) -> Iterator[None]:
        """Hold the lock that a file's existence is, as OpenSpec does; one that a dead Setsquare left is taken over."""
        until = time.monotonic() + _WAIT_S
        descriptor = _claimed(path)
        while descriptor is None:
            if time.monotonic() > until:
                raise LockBusyError(path)
            time.sleep(_POLL_S)
            descriptor = _claimed(path)
        try:
            yield
        finally:
            # Away before it is let go: who waits at the old file sees that it has none any more.
            with contextlib.suppress(FileNotFoundError):
                os.unlink(path)
            os.close(descriptor)


def _claimed(path: str) -> int | None:
    """Make the lock file, or take over one whose Setsquare is gone: the kernel has let its lock go."""
    import fcntl  # noqa: PLC0415  (start-up)

    try:
        with contextlib.suppress(FileExistsError):
            descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            os.write(descriptor, _MARK + str(os.getpid()).encode())
            return descriptor
    except OSError as error:
        raise _failed("lock", path, error) from error
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return None
    with contextlib.suppress(OSError):
        if os.read(descriptor, len(_MARK)) == _MARK:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.path.samestat(os.fstat(descriptor), os.stat(path, follow_symlinks=False)):
                return descriptor
    os.close(descriptor)
    return None


def _made(path: str, mode: int) -> list[str]:
    """Make a folder with those above it; give those that were missing."""
    missing = [path] if not os.path.isdir(path) else []
    while missing and not os.path.lexists(above := os.path.dirname(missing[-1])):
        missing.append(above)
    made: list[str] = []
    try:
        for folder in reversed(missing):
            try:
                os.mkdir(folder, mode)
            except FileExistsError:
                if not os.path.isdir(folder):
                    raise
                continue  # another command made it in between
            made.append(folder)
    except OSError:
        for folder in reversed(made):
            with contextlib.suppress(OSError):
                os.rmdir(folder)
        raise
    return made


def _failed(action: str, path: str, error: OSError | ValueError) -> StorageFailed:
    """Name the system's reason first, as OpenSpec does."""
    if isinstance(error, OSError) and error.errno is not None:
        code = errno.errorcode.get(error.errno, "EIO")
        return StorageFailed(f"{code}: {(error.strerror or '').lower()}, {action} '{path}'", "Check the path and its permissions.")
    return StorageFailed(f"EINVAL: {error}, {action} '{path}'", "Check the path.")
