"""Lists what can change what agents may do, and how one line of the audit log tells of it."""

from __future__ import annotations

import enum

import msgspec
from msgspec import Struct

from setsquare.text.plan import Digest, digest

VERSION = 1


class AuditAction(enum.Enum):
    """What was done. `log-…` and `not-done` are said by the log itself: it began, was mended, was found broken; what an entry announced failed."""

    LOG_BEGUN = "log-begun"
    LOG_MENDED = "log-mended"
    LOG_BROKEN = "log-broken"
    NOT_DONE = "not-done"
    EXPLAINED = "explained"
    ANCHORED = "anchored"
    TRUSTED = "trusted"
    TRUST_REVOKED = "trust-revoked"
    APPROVED = "approved"
    STEERING_SIGNED = "steering-signed"
    FROZEN = "frozen"
    THAWED = "thawed"
    SPEC_DOWNGRADED = "spec-downgraded"
    AUTONOMY_RESTORED = "autonomy-restored"
    BUDGET_RESET = "budget-reset"
    STOP_ORDERED = "stop-ordered"
    STOP_LIFTED = "stop-lifted"
    CONSENT_ANSWERED = "consent-answered"
    RUN_STARTED = "run-started"
    RUN_RESUMED = "run-resumed"
    RUN_PARKED = "run-parked"
    RUN_FINISHED = "run-finished"
    RUN_REVERTED = "run-reverted"
    RUN_SET_ASIDE = "run-set-aside"
    FILES_RESTORED = "files-restored"
    GIT_HOOKS_INSTALLED = "git-hooks-installed"
    GIT_HOOKS_REMOVED = "git-hooks-removed"
    SPEC_CREATED = "spec-created"
    SPEC_KEPT = "spec-kept"
    SPEC_VERIFIED = "spec-verified"
    SPEC_ARCHIVED = "spec-archived"
    SPEC_UNARCHIVED = "spec-unarchived"
    SPEC_RENAMED = "spec-renamed"
    SPEC_SPLIT = "spec-split"
    SPEC_ROLLED_BACK = "spec-rolled-back"
    EVIDENCE_WRITTEN = "evidence-written"
    KEY_ROTATED = "key-rotated"
    POWER_DISABLED = "power-disabled"
    POWER_AUDITED = "power-audited"
    POWER_TOLD = "power-told"
    ROLES_REVIEWED = "roles-reviewed"
    ESCALATION_ACCEPTED = "escalation-accepted"
    ESCALATION_ALERTED = "escalation-alerted"


class RunTerms(Struct, frozen=True, kw_only=True):
    """What a run works under; `approved` is the digest of the approved task list, `sandbox` is empty where there is none.

    `session` are the rules that a person gave for this run alone.
    """

    mode: str
    autonomy: str
    environment: str
    sandbox: str
    model: str
    approved: str
    session: tuple[str, ...] = ()


class Mutation(Struct, frozen=True, kw_only=True):
    """What somebody is about to do, or did: `before` and `after` name the file or record by digest, empty where there is none.

    `detail` says which of several it was, in a few words; `why` is the reason that the person gave, or empty. `by` is given only where it
    was not the person at the keyboard.
    """

    action: AuditAction
    subject: str
    detail: str = ""
    before: str = ""
    after: str = ""
    why: str = ""
    by: str = ""
    run: RunTerms | None = None


class Actor(Struct, frozen=True, kw_only=True):
    """Who: `person` as git knows them (or `platform`), `account` as the operating system does."""

    person: str
    account: str


class AuditEntry(Struct, frozen=True, kw_only=True):
    """One line of the audit log: `seq` counts from 1 without gaps, `at` is UTC in ISO 8601, `prev` names the bytes of the line before.

    `happened` is when it was done, where it could be recorded only afterwards.
    """

    seq: int
    at: str
    actor: Actor
    action: AuditAction
    subject: str
    detail: str = ""
    before: str = ""
    after: str = ""
    why: str = ""
    run: RunTerms | None = None
    happened: str = ""
    prev: str
    v: int = VERSION


class Head(Struct, frozen=True, kw_only=True):
    """The end of the log, kept beside it: the number of the last entry, the digest of its line, and which log it is."""

    seq: int
    digest: str
    log: str


class Late(Struct, frozen=True, kw_only=True):
    """Something that was done and could not be recorded then."""

    at: str
    actor: Actor
    mutation: Mutation


_decoder = msgspec.json.Decoder(AuditEntry)


def encode_audit(entry: AuditEntry) -> bytes:
    """Write an entry as one JSON line, without its line end.

    >>> entry = AuditEntry(seq=1, at="", actor=Actor(person="Ada", account="ada"), action=AuditAction.TRUSTED, subject="w", prev="")
    >>> decode_audit(encode_audit(entry)) == entry
    True
    """
    return msgspec.json.encode(entry)


def decode_audit(line: bytes) -> AuditEntry | None:
    """Read one line; `None` when it is no entry.

    >>> decode_audit(b"{}") is None
    True
    """
    try:
        return _decoder.decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def digest_of(record: Struct | None) -> Digest | str:
    """Name a record by the digest of its JSON; empty for none.

    >>> digest_of(Head(seq=1, digest="d", log="l"))[:7], digest_of(None)
    ('sha256:', '')
    """
    return digest(msgspec.json.encode(record)) if record is not None else ""


def log_name(first: bytes) -> str:
    """Name a log by its first line: 16 hexadecimal digits.

    >>> log_name(b"")
    'e3b0c44298fc1c14'
    """
    return digest(first).removeprefix("sha256:")[:16]
