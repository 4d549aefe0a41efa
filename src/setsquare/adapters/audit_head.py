"""Keeps the head of the audit log, which says where the log ends, and reads and writes small files whole."""

# Names go to the kernel as they are; a path object would normalise them.
# ruff: noqa: PTH105, PTH108

from __future__ import annotations

import contextlib
import os

import msgspec

from setsquare.events.audit import Head

FLAGS = os.O_NOFOLLOW | os.O_CLOEXEC
"""How every file of the log is opened: no link is followed, and no child holds it."""


def read_head(path: str) -> Head | None:
    """Read the head; `None` when there is none that can be understood."""
    try:
        return msgspec.json.decode(read_whole(path), type=Head)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None


def keep_head(path: str, head: Head) -> None:
    """Replace the head. The log is whole without it: a head that lags by one entry is that of a program that was ended here.

    Raises:
        OSError: it could not be written.
    """
    passing = f"{path}.{os.getpid()}"
    with contextlib.suppress(FileNotFoundError):
        os.unlink(passing)
    descriptor = os.open(passing, os.O_CREAT | os.O_EXCL | os.O_WRONLY | FLAGS, 0o600)
    try:
        write_whole(descriptor, msgspec.json.encode(head) + b"\n")
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    os.replace(passing, path)


def write_whole(descriptor: int, raw: bytes) -> None:
    """Write all bytes.

    Raises:
        OSError: some could not be written.
    """
    rest = memoryview(raw)
    while rest:
        written = os.write(descriptor, rest)
        if not written:
            raise OSError("nothing was written")
        rest = rest[written:]


def read_whole(path: str) -> bytes:
    """Read a file; nothing where there is none.

    Raises:
        OSError: it cannot be read.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | FLAGS)
    except FileNotFoundError:
        return b""
    with os.fdopen(descriptor, "rb") as file:
        return file.read()
