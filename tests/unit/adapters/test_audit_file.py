"""The audit log on a real disk: private, whole under many writers, and mended after a kill at any byte."""

from __future__ import annotations

import os
import stat
import subprocess
import sys

import pytest

from setsquare.adapters.audit_file import FileAudit
from setsquare.adapters.clock import SystemClock
from setsquare.errors import AuditUnavailable
from setsquare.events.audit import AuditAction, Mutation, RunTerms, decode_audit
from setsquare.events.audit_chain import judged

DONE = Mutation(action=AuditAction.APPROVED, subject="login", before="sha256:a", after="sha256:b", why="read it")


def plain(text: str) -> str:
    return text


@pytest.fixture
def audit(tmp_path):
    return FileAudit(str(tmp_path / "state"), SystemClock(), lambda: "Ada <a@example.org>", plain)


def entries(audit):
    return [decode_audit(line) for line in audit.log().lines]


def test_an_entry_tells_who_what_and_why_and_is_private(audit, tmp_path):
    audit.record(DONE)
    begun, entry = entries(audit)
    assert (begun.seq, begun.action, begun.prev) == (1, AuditAction.LOG_BEGUN, "")
    assert (entry.seq, entry.action, entry.subject, entry.before, entry.after, entry.why) == (
        2,
        DONE.action,
        "login",
        "sha256:a",
        "sha256:b",
        "read it",
    )
    assert entry.actor.person == "Ada <a@example.org>"
    assert entry.actor.account
    assert entry.at.endswith("Z")
    assert entry.happened == ""
    for name in ("audit.jsonl", "audit.head"):
        assert stat.S_IMODE((tmp_path / "state" / name).stat().st_mode) == 0o600
    assert judged(audit.log()).breaks == ()


def test_names_that_are_no_text_and_endless_reasons_fit_a_line(audit):
    terms = RunTerms(mode="supervised", autonomy="full", environment="\udcff", sandbox="", model="m\nx", approved="")
    audit.record(Mutation(action=AuditAction.RUN_STARTED, subject="a\udcff\n\r\u2028b", why="w" * 100_000, run=terms))
    last = entries(audit)[-1]
    assert last.subject == "a\\udcff\n\r\u2028b"
    assert last.run.environment == "\\udcff"
    assert len(last.why) < 3_000
    assert len(audit.log().lines) == 2


def test_a_kill_at_any_byte_of_a_line_is_mended(audit, tmp_path):
    audit.record(DONE)
    path = tmp_path / "state" / "audit.jsonl"
    before = path.read_bytes()
    line = before.splitlines()[-1]
    for cut in range(1, len(line), 37):
        path.write_bytes(before + line[:cut])
        head = (tmp_path / "state" / "audit.head").read_bytes()
        audit.record(DONE)
        assert judged(audit.log()).breaks == ()
        assert [entry.action for entry in entries(audit)[2:]] == [AuditAction.LOG_MENDED, AuditAction.APPROVED]
        path.write_bytes(before)
        (tmp_path / "state" / "audit.head").write_bytes(head)


def test_many_writers_write_one_chain(audit, tmp_path):
    code = (
        "import sys; sys.path.insert(0, 'src')\n"
        "from setsquare.adapters.audit_file import FileAudit\nfrom setsquare.adapters.clock import SystemClock\n"
        "from setsquare.events.audit import AuditAction, Mutation\n"
        f"audit = FileAudit({str(tmp_path / 'state')!r}, SystemClock(), lambda: 'Bo', lambda text: text)\n"
        "for number in range(10): audit.record(Mutation(action=AuditAction.TRUSTED, subject=str(number)))\n"
    )
    children = [subprocess.Popen((sys.executable, "-c", code)) for _ in range(3)]
    for number in range(10):
        audit.record(Mutation(action=AuditAction.APPROVED, subject=str(number)))
    assert [child.wait(60) for child in children] == [0, 0, 0]
    assert len(entries(audit)) == 1 + 40
    assert judged(audit.log()).breaks == ()


def test_what_cannot_be_recorded_is_refused_or_kept_for_later(audit, tmp_path):
    audit.record(DONE)
    path = tmp_path / "state" / "audit.jsonl"
    kept = path.read_bytes()
    path.unlink()
    path.mkdir()
    with pytest.raises(AuditUnavailable, match="is not done"):
        audit.record(DONE)
    assert audit.note(Mutation(action=AuditAction.STOP_ORDERED, subject="everything"))
    path.rmdir()
    path.write_bytes(kept)
    os.utime(path)
    assert audit.log().late == 1
    audit.record(DONE)
    assert [entry.action for entry in entries(audit)][1:] == [AuditAction.APPROVED, AuditAction.STOP_ORDERED, AuditAction.APPROVED]
    assert audit.log().late == 0
    assert judged(audit.log()).breaks == ()


def test_a_note_never_raises(tmp_path):
    (tmp_path / "state").write_text("a file where the folder should be")
    audit = FileAudit(str(tmp_path / "state"), SystemClock(), lambda: "Ada", plain)
    assert audit.note(DONE) is False
    assert audit.anchor() is None
