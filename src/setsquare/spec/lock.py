"""Keeps the identity of a spec's criteria across edits: one committed JSON Lines file a spec, so that branches merge.

The first line is a header with the version; every further line is one criterion, sorted by uid. A display id such as `1.2` is a position and
changes with the document; the uid never does.
"""

from __future__ import annotations

from msgspec import Struct

from setsquare.spec.approval import spec_key
from setsquare.spec.link import LinkKind
from setsquare.text.paths import RelPath, joined
from setsquare.workspace.spec import Spec

VERSION = 1


class Pin(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One link to the criterion as it was when somebody last looked at it.

    `source` and `spec` are as in `TraceLink` (`spec` is empty for the criterion's own spec); `written` is the reference as written (`1.2`, `1.1-1.4`, `3`).
    `target_meaning` and `source_digest` name both ends then. `by`, `at`, `reason` and `commit` say who cleared it and why.
    """

    kind: LinkKind
    source: str
    written: str = ""
    spec: str = ""
    target_meaning: str
    source_digest: str = ""
    by: str = ""
    at: str = ""
    commit: str = ""
    reason: str = ""


class Waiver(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A person's decision that a criterion needs no task or test, until a day (`2026-12-31`; empty: for good)."""

    reason: str
    by: str
    at: str
    until: str = ""


class Revision(Struct, frozen=True):
    """A text that a criterion had before, with its meaning; kept as long as a pin names that meaning."""

    meaning: str
    text: str


class LockedCriterion(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One criterion as it was when the lock was written.

    `id` is its display id then, `text` its text, `wording` and `meaning` its digests. `previously` lists older display ids, newest first.
    `approved_at` and `approver` are of the last approval of this meaning. `is_removed` marks one that left the document; its line stays.
    `anchor` is the name that a person wrote beside it (`<!-- ac:7f3a -->`); `revisions` are older texts that pins still name, newest first.
    """

    uid: str
    id: str
    text: str
    wording: str
    meaning: str
    previously: tuple[str, ...] = ()
    approved_at: str = ""
    approver: str = ""
    pins: tuple[Pin, ...] = ()
    waiver: Waiver | None = None
    is_removed: bool = False
    anchor: str = ""
    revisions: tuple[Revision, ...] = ()


class Lock(Struct, frozen=True, kw_only=True):
    """A spec's lock: the criteria by uid. `version` is that of the file; `problems` say, line by line, what could not be read."""

    spec: str
    criteria: tuple[LockedCriterion, ...] = ()
    version: int = VERSION
    problems: tuple[LockProblem, ...] = ()


class LockProblem(Struct, frozen=True):
    """A line of a lock that cannot be used: `line` from 1; `reason` what is wrong; `mend` what to do."""

    line: int
    reason: str
    mend: str


def lock_path(spec: Spec) -> RelPath:
    """Name the file that holds a spec's lock.

    >>> lock_path(Spec(name="login", path=RelPath(".kiro/specs/login"), root=RelPath(".kiro")))
    '.setsquare/trace/login.lock.jsonl'
    """
    return joined(".setsquare/trace", spec_key(spec) + ".lock.jsonl")
