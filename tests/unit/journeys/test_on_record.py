"""Nothing that changes what agents may do is done without its entry, and what then fails is said to have failed."""

from __future__ import annotations

import pytest

from setsquare.errors import AuditUnavailable, StorageFailed
from setsquare.events.audit import AuditAction, Mutation
from setsquare.events.audit_chain import AuditLog
from setsquare.journeys.on_record import on_record

TRUSTED = Mutation(action=AuditAction.TRUSTED, subject="w", after="sha256:1", why="read")


class Kept:
    def __init__(self, *, is_full=False):
        self.told = []
        self._is_full = is_full

    def record(self, mutation):
        if self._is_full:
            raise AuditUnavailable("no room")
        self.told.append(mutation)

    def note(self, mutation):
        self.told.append(mutation)
        return True

    def log(self):
        return AuditLog()

    def anchor(self):
        return None


def test_the_entry_stands_before_the_deed():
    audit = Kept()
    with on_record(audit, TRUSTED):
        assert audit.told == [TRUSTED]
    assert audit.told == [TRUSTED]


def test_a_deed_that_fails_is_said_not_to_be_done():
    audit = Kept()
    with pytest.raises(StorageFailed), on_record(audit, TRUSTED):
        raise StorageFailed("the disk is gone")
    failed = audit.told[1]
    assert (failed.action, failed.detail, failed.after, failed.why) == (AuditAction.NOT_DONE, "trusted", "", "the disk is gone")


def test_without_an_entry_nothing_is_done():
    done = []
    with pytest.raises(AuditUnavailable), on_record(Kept(is_full=True), TRUSTED):
        done.append(1)
    assert done == []
