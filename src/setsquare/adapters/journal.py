"""Keeps the journals of a workspace's runs as lines of JSON in its state folder."""

# Names go to the kernel as they are; a path object would normalise them.
# ruff: noqa: PTH100, PTH103, PTH104, PTH113, PTH118, PTH119, PTH120, PTH123, PTH208

from __future__ import annotations

import contextlib
import itertools
import os
import re
from collections.abc import Iterator

import msgspec

from setsquare.adapters.run_claim import RunClaim
from setsquare.errors import JournalDamaged, StorageFailed, Unreadable
from setsquare.events.entry import VERSION, Entry, decode_entry, encode_entry, writable
from setsquare.events.facts import Event
from setsquare.ports.clock import Clock

_RUN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,127}")
_NAME = "journal.jsonl"
_GONE = "the run cannot go on; what it did so far stands in the workspace: see `git status`, and start again with `setsquare run SPEC`"


class FileJournal:
    """One run's journal.

    The workspace is claimed at the first `append`, not before, so that others can read a run in progress. If another process has added
    entries since this one read them, `append` refuses: what it decided rests on an old view.
    """

    def __init__(self, path: str, clock: Clock, claim: RunClaim) -> None:
        """Use the file at `path`, which exists, and `claim` for the right to append."""
        self._path = path
        self._clock = clock
        self._claim = claim
        self._descriptor: int | None = None
        self._seq = 0
        self._size = 0
        self._seen = 0
        for _ in self.entries():
            pass

    def append(self, actor: str, event: Event, *, is_deferred: bool = False) -> Entry:
        """Add an event; it is on disk on return, a deferred one with the next that is not deferred.

        Half characters, as in file names that are not UTF-8, are spelled out in texts: JSON cannot hold them. Names are kept.

        Raises:
            Refused: another process runs tasks in this workspace.
            StorageFailed: it could not be written, or another process has added to it since it was read.
        """
        descriptor = self._held()
        entry = Entry(seq=self._seq + 1, at=self._clock.now(), actor=actor, event=event, v=VERSION)
        try:
            line = encode_entry(entry)
        except UnicodeEncodeError:
            entry = writable(entry)
            line = encode_entry(entry)
        try:
            if not os.fstat(descriptor).st_nlink:
                raise FileNotFoundError("it was deleted while the run went on")
            _write_whole(descriptor, line, is_deferred=is_deferred)
        except OSError as error:
            self._take_back(descriptor)
            raise StorageFailed(
                f"cannot write entry {entry.seq} of {self._path}: {error}", "make room on the disk, then resume the run"
            ) from error
        self._seq = entry.seq
        self._size += len(line)
        self._seen = self._size
        return entry

    def entries(self) -> Iterator[Entry]:
        """Read all entries in order, without a torn last line.

        Raises:
            JournalDamaged: a line is no entry, or a number is missing.
            StorageFailed: the file cannot be read.
        """
        size = count = 0
        try:
            with open(self._path, "rb") as file:
                for line in file:
                    if not line.endswith(b"\n"):
                        break
                    entry = _decoded(line, count + 1, self._path)
                    count += 1
                    size += len(line)
                    yield entry
        except FileNotFoundError as error:
            raise StorageFailed(f"the journal {self._path} was deleted", _GONE) from error
        except OSError as error:
            raise StorageFailed(f"cannot read {self._path}: {error}", "check its permissions") from error
        if self._descriptor is None:
            self._seq, self._seen = count, size

    def claim(self) -> None:
        """Take the right to append before the first entry is due.

        Raises:
            Refused: another process runs tasks in this workspace.
            StorageFailed: another process has added to this journal since it was read.
        """
        self._held()

    def close(self) -> None:
        """Let others append."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
        self._claim.let_go()

    def _held(self) -> int:
        """Open the file for appending, alone, and set a torn last line aside."""
        if self._descriptor is not None:
            return self._descriptor
        self._claim.take(os.path.basename(os.path.dirname(self._path)))
        with contextlib.ExitStack() as undoing:
            undoing.callback(self._claim.let_go)
            self._descriptor = self._opened()
            undoing.pop_all()
        return self._descriptor

    def _opened(self) -> int:
        """Open the file for appending, if it is as it was read."""
        try:
            descriptor = os.open(self._path, os.O_RDWR | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW)
        except OSError as error:
            raise StorageFailed(f"cannot append to {self._path}: {error}", "check its permissions") from error
        try:
            self._size = self._without_torn_line(descriptor)
        except OSError as error:
            os.close(descriptor)
            raise StorageFailed(f"cannot append to {self._path}: {error}", "check its permissions and the free space") from error
        if self._size != self._seen:
            os.close(descriptor)
            raise StorageFailed(f"another process has added to {self._path} since it was read", "look at the run again, then resume it")
        return descriptor

    def _without_torn_line(self, descriptor: int) -> int:
        """Move what a crash left of a last line to a file beside; give the size of the whole lines."""
        size = os.fstat(descriptor).st_size
        tail = b""
        kept = size
        while kept > 0 and b"\n" not in tail:
            start = max(0, kept - 65536)
            tail = os.pread(descriptor, kept - start, start) + tail
            kept = start
        kept += tail.rfind(b"\n") + 1
        if kept < size:
            torn = os.open(f"{self._path}.torn", os.O_CREAT | os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC, 0o600)
            try:
                os.write(torn, os.pread(descriptor, size - kept, kept) + b"\n")
                os.fsync(torn)
            finally:
                os.close(torn)
            os.ftruncate(descriptor, kept)
            os.fsync(descriptor)
        return kept

    def _take_back(self, descriptor: int) -> None:
        try:
            os.ftruncate(descriptor, self._size)
        except OSError:
            self.close()  # the torn line is set aside when the journal is opened again


def _write_whole(descriptor: int, line: bytes, *, is_deferred: bool) -> None:
    """Write a line at once and wait for the disk, which takes every line before it along; a deferred line does not wait."""
    written = os.write(descriptor, line)
    if written != len(line):
        raise OSError(f"only {written} of {len(line)} bytes fitted")
    if not is_deferred:
        os.fdatasync(descriptor)


def _decoded(line: bytes, number: int, path: str) -> Entry:
    try:
        entry = decode_entry(line)
    except msgspec.MsgspecError as error:
        raise JournalDamaged(
            f"line {number} of {path} is not an entry: {error}", "restore the file from a backup; nothing was changed"
        ) from error
    if entry.v != VERSION:
        raise JournalDamaged(f"line {number} of {path} has version {entry.v}, and only {VERSION} is known", "use a newer Setsquare")
    if entry.seq != number:
        raise JournalDamaged(
            f"line {number} of {path} is entry {entry.seq}: entries are missing or out of order", "restore it from a backup"
        )
    return entry


def _readable(line: bytes) -> Iterator[Event]:
    """Give the event of a line, if it is one."""
    with contextlib.suppress(msgspec.MsgspecError):
        entry = decode_entry(line)
        if entry.v == VERSION:
            yield entry.event


class FileJournals:
    """The journals below `<state>/runs/<run>/`."""

    def __init__(self, state_folder: str, clock: Clock) -> None:
        """Keep journals in a state folder, dated by `clock`."""
        self._runs = os.path.join(os.path.abspath(state_folder), "runs")
        self._lock = os.path.join(os.path.abspath(state_folder), "runs.lock")
        self._clock = clock

    def create(self, run: str) -> FileJournal:
        """Start a new journal and claim the workspace for it, until it is closed or the process ends.

        Raises:
            Refused: another process runs tasks in this workspace; nothing was made.
            StorageFailed: it exists, cannot be made, or the name cannot be a folder's.
        """
        if not _RUN.fullmatch(run):
            raise StorageFailed(
                f"cannot start a journal for run {run!r}: a run is named by letters, digits, `-` and `_`", "choose another name"
            )
        folder = os.path.join(self._runs, run)
        claim = RunClaim(self._lock)
        claim.take(run)
        with contextlib.ExitStack() as undoing:
            undoing.callback(claim.let_go)
            _made(folder, run)
            undoing.pop_all()
        return FileJournal(os.path.join(folder, _NAME), self._clock, claim)

    def open(self, run: str) -> FileJournal:
        """Open an existing journal for reading and appending.

        Raises:
            Unreadable: there is no such run.
            JournalDamaged: it holds a line that is no entry.
        """
        return FileJournal(self._path(run), self._clock, RunClaim(self._lock))

    def salvaged(self, run: str) -> tuple[Event, ...]:
        """Give what can be read of a journal, in the order of its lines; nothing where nothing can be read."""
        try:
            with open(self._path(run), "rb") as file:
                return tuple(event for line in file for event in _readable(line))
        except (OSError, Unreadable):
            return ()

    def set_aside(self, run: str) -> str:
        """Rename a journal, so that the run is not listed any more; give the file's new name.

        Raises:
            Unreadable: there is no such run.
            Refused: another process runs tasks in this workspace.
            StorageFailed: it cannot be renamed.
        """
        path = self._path(run)
        claim = RunClaim(self._lock)
        claim.take(run)
        try:
            # An older one of the same name is not replaced.
            aside = next(
                name for count in itertools.count() if not os.path.lexists(name := f"{path}.aside" + (f"-{count}" if count else ""))
            )
            os.rename(path, aside)
            _sync_folder(os.path.dirname(path))
        except OSError as error:
            raise StorageFailed(f"cannot set {path} aside: {error}", "check the permissions of the state folder") from error
        finally:
            claim.let_go()
        return aside

    def _path(self, run: str) -> str:
        """Name the file of a run.

        Raises:
            Unreadable: there is no such run.
        """
        path = os.path.join(self._runs, run, _NAME)
        if not _RUN.fullmatch(run) or not os.path.isfile(path):
            raise Unreadable(f"there is no run {run!r} in this workspace", "list the runs with `setsquare log`")
        return path

    def runs(self) -> tuple[str, ...]:
        """List run ids, oldest first: ids sort by time."""
        try:
            names = os.listdir(self._runs)
        except FileNotFoundError:
            return ()
        except OSError as error:
            raise StorageFailed(f"cannot list the runs: {error}", "check the permissions of the state folder") from error
        return tuple(sorted(name for name in names if _RUN.fullmatch(name) and os.path.isfile(os.path.join(self._runs, name, _NAME))))


def _made(folder: str, run: str) -> None:
    """Make an empty journal that is there after a power cut."""
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
        os.close(os.open(os.path.join(folder, _NAME), os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600))
        for place in (folder, os.path.dirname(folder)):
            _sync_folder(place)
    except FileExistsError as error:
        raise StorageFailed(f"cannot start the journal of run {run}: it exists", "resume the run, or choose another name") from error
    except OSError as error:
        raise StorageFailed(f"cannot start the journal of run {run}: {error}", "check the state folder and the free space") from error


def _sync_folder(path: str) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
