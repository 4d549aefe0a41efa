"""Asks a person who sits somewhere else: questions and answers are files in the state folder, each bound by a key that only its owner can read.

An agent's commands see nothing of the state folder. An answer counts once, for the question whose digest it names, until the time is over;
one that is forged, changed, stale or given to another question counts as none.

Source: safety.md AT46.
"""

# Names go to the kernel as they are; a path object would normalise them.
# ruff: noqa: PTH100, PTH103, PTH108, PTH118, PTH208

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import re
import secrets
import time
from collections.abc import Callable
from datetime import UTC, datetime

import msgspec
from msgspec import Struct

from setsquare.errors import Refused, StorageFailed
from setsquare.ports.approver import Answer, Question, Verdict
from setsquare.ports.consents import Pending

WAIT_S = 3600.0
"""How long a question waits."""

_POLL_S = 0.2
_KEY_BYTES = 32
_LIMIT_BYTES = 8_000_000
_NAME = re.compile(r"[A-Za-z0-9_-]{1,80}")
_AGAIN = "See what waits: `setsquare consents`."


class _Asked(Struct, frozen=True, kw_only=True):
    """A question as it stands in its file."""

    question: Question
    asked_s: float
    until_s: float
    mac: str = ""


class _Answered(Struct, frozen=True, kw_only=True):
    """An answer as it stands in its file."""

    id: str
    digest: str
    answer: str
    by: str
    note: str
    at_s: float
    mac: str = ""


def _now_s() -> float:
    """Give seconds since 1970: two processes must agree on when the time is over."""
    return datetime.now(UTC).timestamp()  # noqa: TID251  (an adapter of time itself: the box outlives a process)


class _Box:
    """The folder of questions and answers, and its key."""

    def __init__(self, state_folder: str) -> None:
        self.folder = os.path.join(os.path.abspath(state_folder), "consents")

    def path(self, name: str, kind: str) -> str:
        """Name the file of a question or an answer."""
        return os.path.join(self.folder, f"{name}.{kind}.json")

    def key(self) -> bytes:
        """Give the key; it is made when it is first needed.

        Raises:
            StorageFailed: it cannot be made or read, or others could have read it.
        """
        path = os.path.join(self.folder, "key")
        try:
            os.makedirs(self.folder, mode=0o700, exist_ok=True)
            with contextlib.suppress(FileExistsError):
                self.write(path, secrets.token_bytes(_KEY_BYTES))
            descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
            with os.fdopen(descriptor, "rb") as file:
                status = os.fstat(file.fileno())
                raw = file.read(_KEY_BYTES + 1)
        except OSError as error:
            raise StorageFailed(f"cannot read the key of consents: {error}", "check the state folder and the free space") from error
        if len(raw) != _KEY_BYTES or status.st_mode & 0o077 or status.st_uid != os.geteuid():
            raise StorageFailed("the key of consents is not what Setsquare made, or others can read it", f"remove {path} and start again")
        return raw

    def write(self, path: str, raw: bytes) -> None:
        """Write a new file whole, readable by its owner alone.

        Raises:
            FileExistsError: it is there already.
            OSError: it could not be written.
        """
        passing = f"{path}.{os.getpid()}.{secrets.token_hex(4)}"
        flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            with os.fdopen(os.open(passing, flags, 0o600), "wb") as file:
                file.write(raw)
                file.flush()
                os.fsync(file.fileno())
            os.link(passing, path)
        finally:
            with contextlib.suppress(OSError):
                os.unlink(passing)

    def read(self, path: str) -> bytes | None:
        """Read a file of moderate size; `None` when there is none."""
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
            with os.fdopen(descriptor, "rb") as file:
                return file.read(_LIMIT_BYTES)
        except OSError:
            return None

    def remove(self, name: str) -> None:
        """Take a question and its answer away."""
        for kind in ("question", "answer"):
            with contextlib.suppress(OSError):
                os.unlink(self.path(name, kind))

    def asked(self, name: str, key: bytes) -> _Asked | None:
        """Read a question that Setsquare wrote."""
        raw = self.read(self.path(name, "question"))
        try:
            found = msgspec.json.decode(raw or b"", type=_Asked)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            return None
        is_ours = _is_mac(found.mac, key, _of_question(found)) and found.question.id == name
        return found if is_ours else None


def _mac(key: bytes, parts: tuple[str, ...]) -> str:
    """Authenticate parts, in a form in which nothing can pass for something else."""
    return hmac.new(key, repr(parts).encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


def _is_mac(given: str, key: bytes, parts: tuple[str, ...]) -> bool:
    """Compare in a time that tells nothing; what was given may be any text."""
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), _mac(key, parts).encode("ascii"))


def _of_question(asked: _Asked) -> tuple[str, ...]:
    return ("question", asked.question.digest, asked.question.id, repr(asked.asked_s), repr(asked.until_s))


def _of_answer(given: _Answered) -> tuple[str, ...]:
    return ("answer", given.id, given.digest, given.answer, given.by, given.note, repr(given.at_s))


def _storable(question: Question) -> Question:
    """Write what JSON cannot hold as replacement characters, before the digest is taken."""
    plain = [text.encode("utf-8", "replace").decode() for text in (question.kind, question.title, question.shown, question.here)]
    return Question(kind=plain[0], title=plain[1], shown=plain[2], here=plain[3], id=question.id)


# req: agent-runtime/5.4
class MailboxApprover:
    """Puts a question into the box and waits for its answer, until `limit_s` is over; an interruption ends the waiting."""

    def __init__(self, state_folder: str, *, limit_s: float = WAIT_S, notify: Callable[[str], None] | None = None) -> None:
        """Use the box of a state folder, which lies outside of the workspace; `notify` tells whoever watches that a question waits."""
        self._box = _Box(state_folder)
        self._limit_s = limit_s
        self._notify = notify or (lambda _line: None)

    def ask(self, question: Question) -> Verdict:
        """Ask and wait."""
        absent = Verdict(answer=Answer.ABSENT, digest=question.digest, note="nobody answered in time")
        name, shown = question.id, _storable(question)
        if not _NAME.fullmatch(name):
            return Verdict(answer=Answer.ABSENT, digest=question.digest, note="a question without an id cannot be answered from elsewhere")
        key = self._box.key()
        now_s = _now_s()
        asked = _Asked(question=shown, asked_s=now_s, until_s=now_s + self._limit_s)
        until = time.monotonic() + self._limit_s
        self._box.remove(name)
        try:
            self._put(name, msgspec.structs.replace(asked, mac=_mac(key, _of_question(asked))))
            self._notify(f"A question waits for your answer elsewhere: `setsquare consents show {name}`")
            while time.monotonic() < until:
                if (given := self._given(name, shown, key)) is not None:
                    return Verdict(answer=Answer(given.answer), digest=question.digest, by=given.by, note=given.note)
                time.sleep(min(_POLL_S, max(until - time.monotonic(), 0.0)))
        finally:
            self._box.remove(name)
        return absent

    def _put(self, name: str, asked: _Asked) -> None:
        """Write the question.

        Raises:
            StorageFailed: it could not be written.
        """
        try:
            self._box.write(self._box.path(name, "question"), msgspec.json.encode(asked))
        except OSError as error:
            raise StorageFailed(
                f"cannot write a question for another place: {error}", "check the state folder and the free space"
            ) from error

    def _given(self, name: str, shown: Question, key: bytes) -> _Answered | None:
        """Read the answer; one that is not good is taken away, so that a good one can come."""
        path = self._box.path(name, "answer")
        raw = self._box.read(path)
        if raw is None:
            return None
        try:
            found = msgspec.json.decode(raw, type=_Answered)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            found = None
        if (
            found is not None
            and _is_mac(found.mac, key, _of_answer(found))
            and (found.id, found.digest) == (name, shown.digest)
            and found.answer in {Answer.YES.value, Answer.NO.value}
        ):
            return found
        with contextlib.suppress(OSError):
            os.unlink(path)
        return None


class FileConsents:
    """Lists and answers what waits in the box of a state folder."""

    def __init__(self, state_folder: str) -> None:
        """Use the box of a state folder."""
        self._box = _Box(state_folder)

    def pending(self) -> tuple[Pending, ...]:
        """List the questions that wait, oldest first; what somebody else has written or changed is none."""
        try:
            names = os.listdir(self._box.folder)
        except OSError:
            return ()
        key, found = self._box.key(), []
        for name in (each.removesuffix(".question.json") for each in names if each.endswith(".question.json")):
            asked = self._box.asked(name, key) if _NAME.fullmatch(name) else None
            if asked is not None and _now_s() < asked.until_s:
                is_answered = os.path.lexists(self._box.path(name, "answer"))
                found.append(Pending(question=asked.question, asked_s=asked.asked_s, until_s=asked.until_s, is_answered=is_answered))
        return tuple(sorted(found, key=lambda each: each.asked_s))

    def answer(self, question: Question, answer: Answer, by: str, note: str = "") -> None:
        """Answer exactly this question, as it was shown.

        Raises:
            Refused: it does not wait any more, or somebody has answered it.
            StorageFailed: the answer could not be written.
        """
        key = self._box.key()
        asked = self._box.asked(question.id, key) if _NAME.fullmatch(question.id) else None
        if asked is None or _now_s() >= asked.until_s or asked.question.digest != question.digest:
            raise Refused(f"No question {question.id} waits as it was shown.", _AGAIN)
        given = _Answered(id=question.id, digest=question.digest, answer=answer.value, by=by, note=note, at_s=_now_s())
        signed = msgspec.structs.replace(given, mac=_mac(key, _of_answer(given)))
        try:
            self._box.write(self._box.path(question.id, "answer"), msgspec.json.encode(signed))
        except FileExistsError:
            raise Refused(f"Question {question.id} is answered already.", _AGAIN) from None
        except OSError as error:
            raise StorageFailed(f"cannot write the answer: {error}", "check the state folder and the free space") from error
