"""Keeps the audit log in a file of the state folder: chained lines, and beside it the head that says where they end."""

# Names go to the kernel as they are; a path object would normalise them.
# ruff: noqa: PTH103, PTH108, PTH112, PTH118

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Callable, Iterator

import msgspec

from setsquare.adapters.audit_head import FLAGS, keep_head, read_head, read_whole, write_whole
from setsquare.adapters.audit_teller import AuditTeller
from setsquare.adapters.file_lock import FileLock
from setsquare.errors import AuditUnavailable
from setsquare.events.audit import AuditEntry, Head, Late, Mutation, decode_audit, encode_audit, log_name
from setsquare.events.audit_chain import Anchor, AuditLog, Last
from setsquare.ports.clock import Clock
from setsquare.text.plan import digest

_RECORD_S = 5.0
_NOTE_S = 0.5
_TAIL_BYTES = 262_144


class FileAudit:
    """The log in `<state>/audit.jsonl`, its head in `<state>/audit.head`; what could not be recorded at its time waits in `<state>/audit.late`.

    An entry is on the disk before `record` returns. A line that was cut off is taken away, and a log that does not end where its head says is
    gone on with, and both are told by an entry.
    """

    def __init__(self, state_folder: str, clock: Clock, person: Callable[[], str], redact: Callable[[str], str]) -> None:
        """Keep the log in a state folder; `person` names who is at the keyboard, `redact` takes secrets out of a text."""
        self._folder = state_folder
        self._clock = clock
        self._teller = AuditTeller(clock, person, redact)
        # Names the machine and the workspace, so that a log that was replaced is known by its anchors; the names themselves are not told.
        self._place = digest(f"{socket.gethostname()}\0{state_folder}".encode("utf-8", "surrogateescape")).removeprefix("sha256:")[:16]
        self._path = os.path.join(state_folder, "audit.jsonl")
        self._head = os.path.join(state_folder, "audit.head")
        self._late = os.path.join(state_folder, "audit.late")
        self._lock = FileLock(os.path.join(state_folder, "audit.lock"))

    def record(self, mutation: Mutation) -> None:
        """Write what is about to be done.

        Raises:
            AuditUnavailable: it could not be written.
        """
        late = self._teller.told(mutation)
        try:
            with self._lock.held(_RECORD_S):
                self._append(late)
        except OSError as error:
            raise AuditUnavailable(
                f"cannot record `{mutation.action.value}` in the audit log {self._path}, so it is not done: {error}",
                "check the state folder, its permissions and the free space, then again",
            ) from error

    def note(self, mutation: Mutation) -> bool:
        """Write what was done; where the log cannot be written, beside it, for the next entry to take in."""
        late = self._teller.told(mutation)
        try:
            with self._lock.held(_NOTE_S):
                self._append(late)
        except OSError:
            return self._aside(late)
        return True

    def log(self) -> AuditLog:
        """Read the log.

        Raises:
            AuditUnavailable: it cannot be read.
        """
        try:
            if not os.path.isdir(self._folder):
                return AuditLog(place=self._place)
            with self._still():
                return AuditLog(raw=read_whole(self._path), head=read_head(self._head), place=self._place, late=len(self._waiting()))
        except OSError as error:
            raise AuditUnavailable(f"cannot read the audit log {self._path}: {error}", "check its permissions") from error

    def anchor(self) -> Anchor | None:
        """Give the head."""
        try:
            head = read_head(self._head)
        except OSError:
            return None
        return Anchor(log=head.log, seq=head.seq, digest=head.digest, place=self._place) if head is not None else None

    @contextlib.contextmanager
    def _still(self) -> Iterator[None]:
        """Keep others from writing, so that log and head belong together; where no lock can be had, as in a folder that is only read, go on."""
        with contextlib.ExitStack() as stack:
            with contextlib.suppress(OSError):
                stack.enter_context(self._lock.held(_NOTE_S))
            yield

    def _append(self, late: Late) -> None:
        """Write what waits and what is told now, each as one entry, and then the head.

        Raises:
            OSError: it could not be written; the log is as it was.
        """
        os.makedirs(self._folder, mode=0o700, exist_ok=True)
        with os.fdopen(os.open(self._path, os.O_RDWR | os.O_CREAT | FLAGS, 0o600), "r+b", buffering=0) as file:
            descriptor = file.fileno()
            size = os.fstat(descriptor).st_size
            whole, line, torn = _tail(descriptor, size)
            waiting, head = self._waiting(), read_head(self._head)
            last = _last(line, head)
            log = log_name(_first(descriptor)) if last is not None else ""
            seq, name, lines = (last.seq, str(last.digest), list[bytes]()) if last is not None else (0, "", [])
            for item in (*self._teller.own(torn, last, head, self._place), *waiting, late):
                seq += 1
                line = encode_audit(_entry(item, seq, name, self._clock.now()))
                lines.append(line + b"\n")
                name, log = digest(line), log or log_name(line)
            try:
                _write(descriptor, whole, b"".join(lines))
                keep_head(self._head, Head(seq=seq, digest=name, log=log))
            except OSError:
                # As if nothing had been tried: what is refused must not stand in the log.
                with contextlib.suppress(OSError):
                    os.ftruncate(descriptor, whole)
                raise
        if waiting:
            with contextlib.suppress(OSError):
                os.unlink(self._late)

    def _waiting(self) -> tuple[Late, ...]:
        """Read what could not be recorded at its time."""
        found = list[Late]()
        try:
            lines = read_whole(self._late).split(b"\n")
        except OSError:
            return ()
        for line in lines:
            with contextlib.suppress(msgspec.MsgspecError, UnicodeDecodeError):
                found.append(msgspec.json.decode(line, type=Late))
        return tuple(found)

    def _aside(self, late: Late) -> bool:
        """Keep something for the next entry; no lock is waited for."""
        try:
            os.makedirs(self._folder, mode=0o700, exist_ok=True)
            descriptor = os.open(self._late, os.O_CREAT | os.O_APPEND | os.O_WRONLY | FLAGS, 0o600)
            try:
                write_whole(descriptor, b"\n" + msgspec.json.encode(late) + b"\n")  # what was cut off there stays a line of its own
            finally:
                os.close(descriptor)
        except OSError:
            return False
        return True


def _entry(item: Late, seq: int, prev: str, now: str) -> AuditEntry:
    """Make an entry of what was told."""
    mutation = item.mutation
    return AuditEntry(
        seq=seq,
        at=now,
        actor=item.actor,
        action=mutation.action,
        subject=mutation.subject,
        detail=mutation.detail,
        before=mutation.before,
        after=mutation.after,
        why=mutation.why,
        run=mutation.run,
        happened=item.at if item.at != now else "",
        prev=prev,
    )


def _tail(descriptor: int, size: int) -> tuple[int, bytes | None, bytes]:
    """Find where the last whole line ends, that line (`None` without one), and what was cut off after it."""
    start = max(0, size - _TAIL_BYTES)
    raw = os.pread(descriptor, size - start, start)
    kept, _, torn = raw.rpartition(b"\n")
    if not kept and not raw.startswith(b"\n"):
        return (0, None, raw) if b"\n" not in raw else (start + 1, b"", torn)
    return size - len(torn), kept.rpartition(b"\n")[2], torn


def _last(line: bytes | None, head: Head | None) -> Last | None:
    """Read the last line; one that is no entry has the number that the head names."""
    if line is None:
        return None
    entry = decode_audit(line)
    if entry is None:
        return Last(max(head.seq if head is not None else 0, 1), digest(line), "")
    return Last(entry.seq, digest(line), entry.prev)


def _first(descriptor: int) -> bytes:
    """Read the first line."""
    return os.pread(descriptor, _TAIL_BYTES, 0).partition(b"\n")[0]


def _write(descriptor: int, place: int, raw: bytes) -> None:
    """Write lines at a place, after which the file ends, and wait for the disk.

    Raises:
        OSError: they could not be written.
    """
    os.ftruncate(descriptor, place)
    os.lseek(descriptor, place, os.SEEK_SET)
    write_whole(descriptor, raw)
    os.fsync(descriptor)
