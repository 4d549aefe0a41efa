"""Keeps the audit log in a file of the state folder: chained lines, and beside it the head that says where they end."""

# Names go to the kernel as they are; a path object would normalise them.
# ruff: noqa: PTH103, PTH105, PTH108, PTH118

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Callable, Iterable

import msgspec
from msgspec.structs import replace

from setsquare.adapters.file_lock import FileLock
from setsquare.errors import AuditUnavailable
from setsquare.events.audit import Actor, AuditAction, AuditEntry, Head, Late, Mutation, RunTerms, decode_audit, encode_audit, log_name
from setsquare.events.audit_chain import Anchor, AuditLog, Last, gap
from setsquare.ports.clock import Clock
from setsquare.text.plan import digest

_RECORD_S = 5.0
_NOTE_S = 0.5
_TAIL_BYTES = 262_144
_LIMIT_TEXT = 2_000
_FLAGS = os.O_NOFOLLOW | os.O_CLOEXEC


class FileAudit:
    """The log in `<state>/audit.jsonl`, its head in `<state>/audit.head`; what could not be recorded at its time waits in `<state>/audit.late`.

    An entry is on the disk before `record` returns. A line that was cut off is taken away, and a log that does not end where its head says is
    gone on with, and both are told by an entry.
    """

    def __init__(self, state_folder: str, clock: Clock, person: Callable[[], str], redact: Callable[[str], str]) -> None:
        """Keep the log in a state folder; `person` names who is at the keyboard, `redact` takes secrets out of a text."""
        self._folder = state_folder
        self._clock = clock
        self._person = person
        self._redact = redact
        self._path = os.path.join(state_folder, "audit.jsonl")
        self._head = os.path.join(state_folder, "audit.head")
        self._late = os.path.join(state_folder, "audit.late")
        self._lock = FileLock(os.path.join(state_folder, "audit.lock"))

    def record(self, mutation: Mutation) -> None:
        """Write what is about to be done.

        Raises:
            AuditUnavailable: it could not be written.
        """
        late = self._told(mutation)
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
        late = self._told(mutation)
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
            return AuditLog(raw=_read(self._path), head=self._read_head(), place=self._place(), late=len(self._waiting()))
        except OSError as error:
            raise AuditUnavailable(f"cannot read the audit log {self._path}: {error}", "check its permissions") from error

    def anchor(self) -> Anchor | None:
        """Give the head."""
        try:
            head = self._read_head()
        except OSError:
            return None
        return Anchor(log=head.log, seq=head.seq, digest=head.digest, place=self._place()) if head is not None else None

    def _place(self) -> str:
        """Name the machine and the workspace, so that a log that was replaced is known by its anchors; the names themselves are not told."""
        return digest(f"{socket.gethostname()}\0{self._folder}".encode("utf-8", "surrogateescape")).removeprefix("sha256:")[:16]

    def _told(self, mutation: Mutation) -> Late:
        """Say who does it and when, without secrets."""
        clean = replace(
            mutation,
            subject=self._clean(mutation.subject),
            detail=self._clean(mutation.detail),
            why=self._clean(mutation.why),
            by="",
            run=self._terms(mutation.run),
        )
        actor = Actor(person=self._clean(mutation.by or self._person()), account=_account())
        return Late(at=self._clock.now(), actor=actor, mutation=clean)

    def _terms(self, run: RunTerms | None) -> RunTerms | None:
        """Take secrets out of what a run works under."""
        if run is None:
            return None
        return RunTerms(
            mode=run.mode,
            autonomy=run.autonomy,
            environment=self._clean(run.environment),
            sandbox=self._clean(run.sandbox),
            model=self._clean(run.model),
            approved=run.approved,
        )

    def _clean(self, text: str) -> str:
        """Take secrets out of a text and make it fit for a line."""
        plain = text.encode("utf-8", "backslashreplace").decode()
        found = self._redact(plain)
        return found if len(found) <= _LIMIT_TEXT else f"{found[:_LIMIT_TEXT]}…"

    def _append(self, late: Late) -> None:
        """Write what waits and what is told now, each as one entry, and then the head.

        Raises:
            OSError: it could not be written; the log is as it was.
        """
        os.makedirs(self._folder, mode=0o700, exist_ok=True)
        with os.fdopen(os.open(self._path, os.O_RDWR | os.O_CREAT | _FLAGS, 0o600), "r+b", buffering=0) as file:
            descriptor = file.fileno()
            size = os.fstat(descriptor).st_size
            whole, line, torn = _tail(descriptor, size)
            waiting, head = self._waiting(), self._read_head()
            last = _last(line, head)
            log = log_name(_first(descriptor)) if last is not None else ""
            seq, name, lines = (last.seq, str(last.digest), list[bytes]()) if last is not None else (0, "", [])
            for item in (*self._own(torn, last, head), *waiting, late):
                seq += 1
                line = encode_audit(_entry(item, seq, name, self._clock.now()))
                lines.append(line + b"\n")
                name, log = digest(line), log or log_name(line)
            try:
                _write(descriptor, whole, b"".join(lines))
                self._keep_head(Head(seq=seq, digest=name, log=log))
            except OSError:
                # As if nothing had been tried: what is refused must not stand in the log.
                with contextlib.suppress(OSError):
                    os.ftruncate(descriptor, whole)
                raise
        if waiting:
            with contextlib.suppress(OSError):
                os.unlink(self._late)

    def _own(self, torn: bytes, last: Last | None, head: Head | None) -> Iterable[Late]:
        """Say what the log has to tell of itself first: that it begins, was mended, or does not end where it should."""
        actor = Actor(person="platform", account=_account())
        now = self._clock.now()
        broken = gap(last, head)
        if last is None:
            yield Late(
                at=now, actor=actor, mutation=Mutation(action=AuditAction.LOG_BEGUN, subject=self._clock.new_id(), detail=self._place())
            )
        if torn:
            why = f"a line that was cut off after {len(torn)} bytes was taken away"
            yield Late(at=now, actor=actor, mutation=Mutation(action=AuditAction.LOG_MENDED, subject="log", before=digest(torn), why=why))
        if broken is not None:
            before = head.digest if head is not None else ""
            mutation = Mutation(action=AuditAction.LOG_BROKEN, subject="log", detail=broken.kind.value, before=before, why=broken.text)
            yield Late(at=now, actor=actor, mutation=mutation)

    def _read_head(self) -> Head | None:
        """Read the head; `None` when there is none that can be understood."""
        try:
            return msgspec.json.decode(_read(self._head), type=Head)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            return None

    def _keep_head(self, head: Head) -> None:
        """Replace the head. The log is whole without it: a head that lags by one entry is that of a program that was ended here.

        Raises:
            OSError: it could not be written.
        """
        passing = f"{self._head}.{os.getpid()}"
        with contextlib.suppress(FileNotFoundError):
            os.unlink(passing)
        descriptor = os.open(passing, os.O_CREAT | os.O_EXCL | os.O_WRONLY | _FLAGS, 0o600)
        try:
            _all(descriptor, msgspec.json.encode(head) + b"\n")
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        os.replace(passing, self._head)

    def _waiting(self) -> tuple[Late, ...]:
        """Read what could not be recorded at its time."""
        found = list[Late]()
        try:
            lines = _read(self._late).split(b"\n")
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
            descriptor = os.open(self._late, os.O_CREAT | os.O_APPEND | os.O_WRONLY | _FLAGS, 0o600)
            try:
                _all(descriptor, msgspec.json.encode(late) + b"\n")
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


def _account() -> str:
    """Name the account, as the operating system knows it, whatever the environment says."""
    import pwd  # noqa: PLC0415  (only where something is recorded)

    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())


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
    _all(descriptor, raw)
    os.fsync(descriptor)


def _all(descriptor: int, raw: bytes) -> None:
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


def _read(path: str) -> bytes:
    """Read a file; nothing where there is none.

    Raises:
        OSError: it cannot be read.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | _FLAGS)
    except FileNotFoundError:
        return b""
    with os.fdopen(descriptor, "rb") as file:
        return file.read()
