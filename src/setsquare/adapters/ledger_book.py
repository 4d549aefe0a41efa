"""Holds a ledger's file: lines that are only ever appended, under a lock, and what they add up to as far as they were read."""

# Names go to the kernel as they are; a path object would normalise them.
# ruff: noqa: PTH104, PTH105, PTH108, PTH118

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Sequence

from msgspec import Struct

from setsquare.adapters.file_lock import FileLock, LockTimeoutError
from setsquare.adapters.ledger_lines import condensed, decoded, encoded, readable
from setsquare.errors import LedgerUnavailable
from setsquare.events.spending import SpendingFact
from setsquare.ports.ledger import Repaired
from setsquare.usage.tally import Tally, tallied

LOCK_S = 5.0
"""How long a lock that somebody else holds is waited for, in seconds."""

_LEAST_LINES = 200
_MOST_LINES = 5_000
_FLAGS = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW


class _Read(Struct, frozen=True, kw_only=True):
    """As far as the file was read: which file, how many bytes, the number of the next line, the sums, and how many lines it began with."""

    identity: tuple[int, int] = (0, 0)
    offset: int = 0
    number: int = 1
    tally: Tally = Tally()
    begun: int = 0

    def with_more(self, raw: bytes, facts: Sequence[SpendingFact]) -> _Read:
        """Take in the next lines."""
        number = self.number + len(facts)
        return _Read(
            identity=self.identity,
            offset=self.offset + len(raw),
            number=number,
            tally=tallied(self.tally, facts),
            begun=self.begun or number,
        )


class LedgerBook:
    """The file `<state>/ledger/calls.jsonl` and the lock beside it; `tally` and `number` hold while it is `opened`."""

    def __init__(self, state_folder: str, lock_s: float) -> None:
        """Use a state folder; nothing is made before it is needed."""
        folder = os.path.join(state_folder, "ledger")
        self._path = os.path.join(folder, "calls.jsonl")
        self._lock = FileLock(os.path.join(folder, "lock"))
        self._lock_s = lock_s
        self._read = _Read()

    @property
    def tally(self) -> Tally:
        """Give what the lines add up to."""
        return self._read.tally

    @property
    def number(self) -> int:
        """Give the number of the next line."""
        return self._read.number

    @contextlib.contextmanager
    def opened(self, most_s: float = LOCK_S) -> Iterator[None]:
        """Hold the lock, for which at most `most_s` seconds are waited, and take in what others have written.

        Raises:
            LedgerUnavailable: somebody else holds it, or the file system fails.
            LedgerDamaged: a line cannot be what was written.
        """
        with self._locked(most_s):
            descriptor = os.open(self._path, _FLAGS, 0o600)
            try:
                self._catch_up(descriptor)
            finally:
                os.close(descriptor)
            yield

    def append(self, facts: Sequence[SpendingFact]) -> None:
        """Write facts at the end, all or none."""
        if not facts:
            return
        raw = encoded(facts, self._read.number)
        descriptor = os.open(self._path, _FLAGS, 0o600)
        try:
            _write_all(descriptor, raw)
        except BaseException:
            with contextlib.suppress(OSError):
                os.ftruncate(descriptor, self._read.offset)
            raise
        finally:
            os.close(descriptor)
        self._read = self._read.with_more(raw, facts)

    def condense(self, today: str) -> None:
        """Write a ledger that has grown anew, with the ended calls added up: when a day begins, and when a day was long."""
        lines = self._read.number - 1
        is_new_day = today > self._read.tally.daily.period
        if lines < _LEAST_LINES or not (is_new_day or lines - self._read.begun > _MOST_LINES):
            return
        facts = decoded(self._raw(), 1, self._path)
        fewer = condensed(facts, self._read.tally, today)
        if len(fewer) * 2 < len(facts):
            self._write_anew(fewer)

    def facts(self) -> tuple[SpendingFact, ...]:
        """Read all facts as they stand, without the lock; a line that is just being written does not count.

        Raises:
            LedgerUnavailable: they cannot be read.
        """
        try:
            raw = self._raw()
        except OSError as error:
            raise LedgerUnavailable(f"Cannot read {self._path}: {error}.", "Check the permissions of the state folder.") from error
        return decoded(raw[: raw.rfind(b"\n") + 1], 1, self._path)

    def mend(self, name: str) -> Repaired:
        """Put a damaged file aside, under a name that ends with `name`, and go on with the lines that can be read.

        Raises:
            LedgerUnavailable: it cannot be written.
        """
        with self._locked():
            raw = self._raw()
            whole = raw[: raw.rfind(b"\n") + 1]
            facts, lost = readable(whole)
            if whole == encoded(facts, 1):
                return Repaired(kept=len(facts))
            aside = f"{self._path}.damaged-{name}"
            os.rename(self._path, aside)
            self._write_anew(facts)
            return Repaired(kept=len(facts), lost=lost, aside=aside)

    @contextlib.contextmanager
    def _locked(self, most_s: float = LOCK_S) -> Iterator[None]:
        """Hold the lock."""
        try:
            with self._lock.held(min(most_s, self._lock_s)):
                yield
        except LockTimeoutError as error:
            raise LedgerUnavailable(
                f"Cannot account for a call: the ledger's lock was not free within {self._lock_s:g} s ({error}).",
                "See which process holds it and end that; then again.",
            ) from error
        except OSError as error:
            raise LedgerUnavailable(
                f"Cannot account for a call in {self._path}: {error}.", "Check the state folder and the free space."
            ) from error

    def _catch_up(self, descriptor: int) -> None:
        """Take in the lines that were added; the beginning of a line that was never ended is cut off: what it said was not begun."""
        found, read = os.fstat(descriptor), self._read
        identity = (found.st_dev, found.st_ino)
        if identity != read.identity or found.st_size < read.offset:
            read = _Read(identity=identity)
        if found.st_size > read.offset:
            raw = _all(descriptor, read.offset)
            whole = raw[: raw.rfind(b"\n") + 1]
            read = read.with_more(whole, decoded(whole, read.number, self._path))
            if len(whole) < len(raw):
                os.ftruncate(descriptor, read.offset)
        self._read = read

    def _write_anew(self, facts: Sequence[SpendingFact]) -> None:
        """Put a new file in the ledger's place."""
        beside = f"{self._path}.{os.getpid()}"
        raw = encoded(facts, 1)
        with contextlib.suppress(FileNotFoundError):
            os.unlink(beside)
        descriptor = os.open(beside, _FLAGS | os.O_EXCL, 0o600)
        try:
            _write_all(descriptor, raw)
            os.fsync(descriptor)
            found = os.fstat(descriptor)
            os.replace(beside, self._path)
        finally:
            os.close(descriptor)
        self._read = _Read(identity=(found.st_dev, found.st_ino)).with_more(raw, facts)

    def _raw(self) -> bytes:
        """Read the whole file; one that is missing is empty."""
        try:
            descriptor = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        except FileNotFoundError:
            return b""
        try:
            return _all(descriptor, 0)
        finally:
            os.close(descriptor)


def _write_all(descriptor: int, raw: bytes) -> None:
    """Write all bytes at once.

    Raises:
        OSError: there is no room for them.
    """
    if os.write(descriptor, raw) != len(raw):
        raise OSError("there is no room for all of it")


def _all(descriptor: int, offset: int) -> bytes:
    """Read to the end of a file."""
    pieces = []
    while piece := os.pread(descriptor, 1 << 20, offset):
        pieces.append(piece)
        offset += len(piece)
    return b"".join(pieces)
