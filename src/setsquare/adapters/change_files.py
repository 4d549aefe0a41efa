"""Hears of changes of IAM from local files: one that grows, a folder into which files of CloudTrail or EventBridge arrive, or standard input."""

# Names go to the kernel as they are; a path object would normalise them.
# ruff: noqa: PTH112, PTH118

from __future__ import annotations

import errno
import hashlib
import os
import re
import stat
import sys
import zlib
from collections.abc import Iterator

from msgspec import Struct

from setsquare.errors import Unreadable
from setsquare.ports.change_feed import Fresh
from setsquare.powers.iam.escalation.change_records import ChangeRecords, change_records, in_order
from setsquare.powers.iam.escalation.changes import Change

MOST_BYTES = 128 << 20
"""The longest file that is read, in bytes, before and after unpacking."""

_ENDINGS = (".json", ".jsonl", ".ndjson", ".log", ".gz")
_NO_EVENTS = re.compile(r"(?:^|_)CloudTrail-(?:Insight|Digest)")
_GZIP = b"\x1f\x8b"


class _Stamp(Struct, frozen=True):
    """What tells whether a file was written to."""

    inode: int
    size: int
    changed_ns: int


class _Read(Struct, frozen=True):
    """How far a text was read: bytes, whole lines, and the digest of these bytes."""

    size: int = 0
    lines: int = 0
    digest: bytes = hashlib.sha256().digest()


class ChangeFiles:
    """The events in a file or below a folder; of a file that has grown only what was added is given, of one that was written anew all."""

    __slots__ = ("_path", "_read", "_stamps")

    def __init__(self, path: str) -> None:
        """Read `path`; `-` is standard input, which is read to its end once."""
        self._path = path
        self._stamps: dict[str, _Stamp] = {}
        self._read: dict[str, _Read] = {}

    @property
    def name(self) -> str:
        """Name the source."""
        return "standard input" if self._path == "-" else self._path

    def fresh(self) -> Fresh:
        """Give what came since; below a folder a file that cannot be read is named.

        Raises:
            Unreadable: there is neither a file nor a folder of that name, or the file that was named cannot be read.
        """
        if self._path == "-":
            raw = b"" if self._read else sys.stdin.buffer.read(MOST_BYTES)
            self._read["-"] = _Read()
            return _fresh(change_records(raw))
        if os.path.isdir(self._path):
            return self._of_folder()
        try:
            return _fresh(self._of_file(self._path))
        except (OSError, zlib.error) as error:
            raise Unreadable(
                f"`{self._path}` cannot be read: {_why(error)}.", "Name a file or a folder with change events, or - for standard input."
            ) from error

    def _of_folder(self) -> Fresh:
        changes: list[Change] = []
        problems: list[str] = []
        events = 0
        for path in _files_below(self._path):
            shown = os.path.relpath(path, self._path)
            try:
                found = self._of_file(path)
            except (OSError, zlib.error) as error:
                problems.append(f"{shown} could not be read: {_why(error)}")
                continue
            changes += found.changes
            events += found.events
            problems += [f"{shown}:{number} is no event" for number in found.unread]
        return Fresh(changes=in_order(changes), events=events, problems=tuple(problems))

    def _of_file(self, path: str) -> ChangeRecords:
        """Give what a file holds more than when it was read last.

        Raises:
            OSError: it cannot be read, is no plain file, or is too long.
            zlib.error: its compression is damaged; nobody tries again before the file has changed.
        """
        # A pipe in the place of a file must not hold the reader up.
        with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:  # noqa: PTH123  (a descriptor)
            about = os.fstat(file.fileno())
            stamp = _Stamp(about.st_ino, about.st_size, about.st_mtime_ns)
            if self._stamps.get(path) == stamp:
                return ChangeRecords()
            if not stat.S_ISREG(about.st_mode):
                raise OSError(errno.EINVAL, "it is no ordinary file")
            raw = file.read(MOST_BYTES + 1)
        self._stamps[path] = stamp
        found, self._read[path] = _more(_unpacked(raw), self._read.get(path, _Read()))
        return found


def _more(raw: bytes, known: _Read) -> tuple[ChangeRecords, _Read]:
    """Give what text holds beyond what was read of it, and how far it is read now; where it does not go on from there, it is another text."""
    known = known if hashlib.sha256(raw[: known.size]).digest() == known.digest else _Read()
    piece = raw[known.size :]
    found = change_records(piece)
    lines = piece.count(b"\n")
    taken = len(piece)
    if found.unread and not found.events:
        # A document that is still being written has no line that is an event.
        taken, lines = 0, 0
    elif found.unread[-1:] == (lines + 1,):
        # So has the last line of a file that somebody adds lines to.
        taken = piece.rfind(b"\n") + 1
    size = known.size + taken
    shown = ChangeRecords(changes=found.changes, events=found.events, unread=tuple(known.lines + number for number in found.unread))
    return shown, _Read(size, known.lines + lines, hashlib.sha256(raw[:size]).digest())


def _fresh(found: ChangeRecords) -> Fresh:
    return Fresh(changes=found.changes, events=found.events, lines=found.unread)


def _why(error: OSError | zlib.error) -> str:
    return (error.strerror or str(error)) if isinstance(error, OSError) else f"its compression is damaged: {error}"


def _unpacked(raw: bytes) -> bytes:
    """Unpack gzip of one member or more.

    Raises:
        OSError: there is more of it than is read.
        zlib.error: it is damaged, or its end is missing.
    """
    found: list[bytes] = []
    size, rest = 0, raw
    while rest.startswith(_GZIP):
        member = zlib.decompressobj(31)
        found.append(member.decompress(rest, MOST_BYTES + 1 - size))
        size += len(found[-1])
        if size > MOST_BYTES:
            break
        if not member.eof:
            msg = "its end is missing"
            raise zlib.error(msg)
        rest = member.unused_data.lstrip(b"\0")
    whole = b"".join(found) if found else raw
    if len(whole) > MOST_BYTES:
        raise OSError(errno.EFBIG, f"it is longer than {MOST_BYTES >> 20} MiB")
    return whole


def _files_below(folder: str) -> Iterator[str]:
    """Give the files with events below a folder, by name; links to folders are not followed, hidden files and those that hold no events are left out."""
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and not _NO_EVENTS.search(name))
        for name in sorted(names):
            if name.lower().endswith(_ENDINGS) and not name.startswith(".") and not _NO_EVENTS.search(name):
                yield os.path.join(place, name)
