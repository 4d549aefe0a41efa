"""Puts into words what the audit log is to tell: who, when, without secrets; and what the log tells of itself."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

from msgspec.structs import replace

from setsquare.events.audit import Actor, AuditAction, Head, Late, Mutation, RunTerms
from setsquare.events.audit_chain import Last, gap
from setsquare.ports.clock import Clock
from setsquare.text.plan import digest

_LIMIT_TEXT = 2_000


class AuditTeller:
    """Names who is at the keyboard, as git and as the operating system know them, and takes secrets out of every text."""

    def __init__(self, clock: Clock, person: Callable[[], str], redact: Callable[[str], str]) -> None:
        """Take the time, what names the person, and what takes secrets out of a text."""
        self._clock = clock
        self._person = person
        self._redact = redact

    def told(self, mutation: Mutation) -> Late:
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
            session=tuple(map(self._clean, run.session)),
        )

    def _clean(self, text: str) -> str:
        """Take secrets out of a text and make it fit for a line."""
        plain = text.encode("utf-8", "backslashreplace").decode()
        found = self._redact(plain)
        return found if len(found) <= _LIMIT_TEXT else f"{found[:_LIMIT_TEXT]}…"

    def own(self, torn: bytes, last: Last | None, head: Head | None, place: str) -> Iterator[Late]:
        """Say what the log has to tell of itself first: that it begins, was mended, or does not end where it should."""
        actor = Actor(person="platform", account=_account())
        now = self._clock.now()
        broken = gap(last, head)
        if last is None:
            yield Late(at=now, actor=actor, mutation=Mutation(action=AuditAction.LOG_BEGUN, subject=self._clock.new_id(), detail=place))
        if torn:
            why = f"a line that was cut off after {len(torn)} bytes was taken away"
            yield Late(at=now, actor=actor, mutation=Mutation(action=AuditAction.LOG_MENDED, subject="log", before=digest(torn), why=why))
        if broken is not None:
            before = head.digest if head is not None else ""
            mutation = Mutation(action=AuditAction.LOG_BROKEN, subject="log", detail=broken.kind.value, before=before, why=broken.text)
            yield Late(at=now, actor=actor, mutation=mutation)


def _account() -> str:
    """Name the account, as the operating system knows it, whatever the environment says."""
    import pwd  # noqa: PLC0415  (only where something is recorded)

    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())
