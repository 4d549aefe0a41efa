"""Keeps results in the user's cache folder, which may be deleted at any time."""

# Names go to the kernel as they are; a path object would normalise them.
# ruff: noqa: PTH111, PTH117, PTH118

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import re
import secrets
import stat
from collections.abc import Iterator, Mapping

LIMIT_ENTRIES = 256
"""How many results are kept at most; the oldest go."""

LIMIT_BYTES = 64 << 20
"""How many bytes of results are kept at most."""

LIMIT_ENTRY_BYTES = 16 << 20
"""The longest result that is kept."""

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_KEY = re.compile(r"[0-9a-f]{64}")
_MAGIC = b"setsquare cache 1\n"
_OTHERS_MAY_WRITE = 0o022
_ABANDONED_NS = 3600 * 10**9
"""How old a file is that no running write can be making."""


def cache_folder(folder: str, environment: Mapping[str, str]) -> str:
    """Choose where results of a workspace are kept: below `$XDG_CACHE_HOME`, else below `~/.cache`; empty when caching is off or no place is fit.

    `SETSQUARE_CACHE=off` switches it off. A place inside of the workspace is unfit: what a workspace holds could forge results.
    """
    if environment.get("SETSQUARE_CACHE", "").lower() in ("off", "0", "no", "false"):
        return ""
    caches = environment.get("XDG_CACHE_HOME", "")
    if not os.path.isabs(caches):  # Source: XDG Base Directory Specification: a relative path is ignored
        home = environment.get("HOME") or os.path.expanduser("~")
        if not os.path.isabs(home):
            return ""
        caches = os.path.join(home, ".cache")
    place, real = os.path.join(os.path.realpath(caches), "setsquare", "check"), os.path.realpath(folder)
    return "" if place == real or place.startswith(real.rstrip("/") + "/") else place


def program_identity(package: str, version: str) -> str:
    """Name a program by its version and the names, sizes and times of its source files, so that a changed checkout is another program."""
    digest = hashlib.sha256(version.encode())
    pending = [package]
    while pending:
        folder = pending.pop()
        with contextlib.suppress(OSError), os.scandir(folder) as entries:
            for entry in sorted(entries, key=lambda found: found.name):
                if entry.is_dir(follow_symlinks=False):
                    if entry.name != "__pycache__":
                        pending.append(entry.path)
                elif entry.name.endswith((".py", ".toml", ".json")):
                    status = entry.stat(follow_symlinks=False)
                    digest.update(f"{entry.path}\0{status.st_size}\0{status.st_mtime_ns}\n".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


class DiskCache:
    """Results in one folder, a file each, named by key; a file begins with the digest of its content, and one that does not fit is no result.

    Folder and files are the user's alone and no links; where that is not so, nothing is read or written.
    """

    __slots__ = ("_folder", "_identity")

    def __init__(self, folder: str, identity: str) -> None:
        """Keep results in `folder`, which is made when the first one is stored."""
        self._folder = folder
        self._identity = identity

    @property
    def identity(self) -> str:
        """Name the program that computes."""
        return self._identity

    def get(self, key: str) -> bytes | None:
        """Give what was stored; `None` when it is not there, or not as it was stored."""
        if not _KEY.fullmatch(key):
            return None
        try:
            with self._opened() as folder, _file(folder, key) as descriptor, os.fdopen(descriptor, "rb", closefd=False) as file:
                raw = file.read(LIMIT_ENTRY_BYTES + 1024)
                with contextlib.suppress(OSError):
                    os.utime(descriptor)
        except OSError:
            return None
        head, value = raw[: len(_MAGIC) + 32], raw[len(_MAGIC) + 32 :]
        return value if head == _MAGIC + hashlib.sha256(key.encode() + value).digest() else None

    def put(self, key: str, value: bytes) -> None:
        """Store a result whole or not at all, then forget the oldest ones when there are too many."""
        if not _KEY.fullmatch(key) or len(value) > LIMIT_ENTRY_BYTES:
            return
        with contextlib.suppress(OSError):
            os.makedirs(self._folder, mode=0o700, exist_ok=True)  # noqa: PTH103  (see the top)
            with self._opened() as folder:
                _write(folder, key, _MAGIC + hashlib.sha256(key.encode() + value).digest() + value)
                _forget(folder)

    @contextlib.contextmanager
    def _opened(self) -> Iterator[int]:
        """Open the folder.

        Raises:
            OSError: it is not there, is a link, or is not the user's alone.
        """
        descriptor = os.open(self._folder, _FOLDER)
        try:
            _insist(os.fstat(descriptor))
            yield descriptor
        finally:
            os.close(descriptor)


@contextlib.contextmanager
def _file(folder: int, key: str) -> Iterator[int]:
    """Open a result.

    Raises:
        OSError: it is not there, is a link or no file, or is not the user's alone.
    """
    descriptor = os.open(key, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
    try:
        status = os.fstat(descriptor)
        _insist(status)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "not a regular file")
        yield descriptor
    finally:
        os.close(descriptor)


def _insist(status: os.stat_result) -> None:
    """Refuse what somebody else could have written.

    Raises:
        PermissionError: somebody could.
    """
    if status.st_uid != os.geteuid() or status.st_mode & _OTHERS_MAY_WRITE:
        raise PermissionError(errno.EPERM, "others may write it")


def _write(folder: int, key: str, raw: bytes) -> None:
    """Write a file and give it its name when it is whole."""
    passing = f".{secrets.token_hex(8)}.tmp"
    descriptor = os.open(passing, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600, dir_fd=folder)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(raw)
        os.replace(passing, key, src_dir_fd=folder, dst_dir_fd=folder)
    except OSError:
        os.unlink(passing, dir_fd=folder)
        raise


def _forget(folder: int) -> None:
    """Remove the oldest results until the rest is within the limits, and what interrupted writes left behind."""
    found: list[tuple[int, int, str]] = []
    with os.scandir(folder) as entries:
        for entry in entries:
            with contextlib.suppress(OSError):
                status = entry.stat(follow_symlinks=False)
                if _KEY.fullmatch(entry.name) or entry.name.endswith(".tmp"):
                    found.append((status.st_mtime_ns, status.st_size, entry.name))
    kept = size = 0
    newest = max((at for at, _, _ in found), default=0)
    for at, length, name in sorted(found, reverse=True):
        is_left = name.endswith(".tmp")
        kept, size = (kept, size) if is_left else (kept + 1, size + length)
        if (is_left and at < newest - _ABANDONED_NS) or (not is_left and (kept > LIMIT_ENTRIES or size > LIMIT_BYTES)):
            with contextlib.suppress(OSError):
                os.unlink(name, dir_fd=folder)
