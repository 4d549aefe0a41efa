"""Whatever is done to the lines of an audit log is found, and at the first entry that it concerns."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from setsquare.events.audit import Actor, AuditAction, AuditEntry, Head, encode_audit, log_name
from setsquare.events.audit_chain import Anchor, AuditLog, BreakKind, judged
from setsquare.text.plan import digest

WHO = Actor(person="Ada", account="ada")


def log_of(subjects: list[str]) -> AuditLog:
    lines: list[bytes] = []
    for number, subject in enumerate(subjects, 1):
        at = f"2026-11-25T10:{number // 60:02d}:{number % 60:02d}Z"
        prev = digest(lines[-1]) if lines else ""
        lines.append(encode_audit(AuditEntry(seq=number, at=at, actor=WHO, action=AuditAction.APPROVED, subject=subject, prev=prev)))
    return with_lines(lines, Head(seq=len(lines), digest=digest(lines[-1]), log=log_name(lines[0])))


def with_lines(lines: list[bytes], head: Head | None) -> AuditLog:
    return AuditLog(raw=b"".join(line + b"\n" for line in lines), head=head, place="here")


logs = st.lists(st.text(max_size=12), min_size=3, max_size=12).map(log_of)


@given(logs)
def test_a_log_as_it_was_written_is_whole(log):
    assert judged(log).breaks == ()


@given(logs, st.data())
def test_an_edited_entry_is_named(log, data):
    lines = log.lines
    place = data.draw(st.integers(0, len(lines) - 1))
    lines[place] = lines[place].replace(b'"account":"ada"', b'"account":"eve"')
    first = judged(with_lines(lines, log.head)).breaks[0]
    assert (first.kind, first.seq) == (BreakKind.EDITED, place + 1)


@given(logs, st.data())
def test_a_line_of_anything_is_found(log, data):
    lines = log.lines
    place = data.draw(st.integers(0, len(lines) - 1))
    lines[place] = data.draw(st.binary(max_size=40).filter(lambda raw: b"\n" not in raw))
    first = judged(with_lines(lines, log.head)).breaks[0]
    assert (first.kind, first.seq) == (BreakKind.EDITED, place + 1)


@given(logs, st.data())
def test_deleted_entries_are_named(log, data):
    lines = log.lines
    start = data.draw(st.integers(0, len(lines) - 2))
    end = data.draw(st.integers(start + 1, len(lines) - 1))
    first = judged(with_lines([*lines[:start], *lines[end:]], log.head)).breaks[0]
    assert (first.kind, first.seq) == (BreakKind.DELETED, start + 1)


@given(logs, st.data())
def test_a_cut_tail_is_named(log, data):
    lines = log.lines
    kept = data.draw(st.integers(0, len(lines) - 1))
    first = judged(with_lines(lines[:kept], log.head)).breaks[0]
    assert (first.kind, first.seq) == (BreakKind.TRUNCATED, kept + 1)


@given(logs, st.data())
def test_two_swapped_entries_are_named(log, data):
    lines = log.lines
    one = data.draw(st.integers(0, len(lines) - 2))
    other = data.draw(st.integers(one + 1, len(lines) - 1))
    lines[one], lines[other] = lines[other], lines[one]
    first = judged(with_lines(lines, log.head)).breaks[0]
    assert (first.kind, first.seq) == (BreakKind.REORDERED, one + 1)


@given(logs, st.data())
def test_an_entry_that_is_there_twice_is_a_fork(log, data):
    lines = log.lines
    place = data.draw(st.integers(1, len(lines) - 1))
    lines.insert(place + 1, lines[place])
    found = judged(with_lines(lines, log.head)).breaks
    assert any(each.kind is BreakKind.FORKED and each.seq == place + 1 for each in found)


@given(logs, st.data())
def test_a_history_that_was_written_anew_is_found_by_an_anchor_alone(log, data):
    seq = data.draw(st.integers(2, len(log.lines)))
    anchor = Anchor(log=log.name, seq=seq, digest=digest(log.lines[seq - 1]), place="here")
    kept = data.draw(st.integers(1, seq - 1))
    lines = log.lines[:kept]
    for number in range(kept + 1, len(log.lines) + 1):
        at = f"2026-11-25T10:{number // 60:02d}:{number % 60:02d}Z"
        entry = AuditEntry(seq=number, at=at, actor=WHO, action=AuditAction.TRUSTED, subject="other", prev=digest(lines[-1]))
        lines.append(encode_audit(entry))
    forged = with_lines(lines, Head(seq=len(lines), digest=digest(lines[-1]), log=log.name))
    assert judged(forged).breaks == ()
    assert [(each.kind, each.seq) for each in judged(forged, (anchor,)).breaks] == [(BreakKind.FORKED, seq)]
    assert [each.kind for each in judged(forged, (), anchor.digest).breaks] == [BreakKind.TRUNCATED]
    assert [each.kind for each in judged(forged, (), anchor.text).breaks] == [BreakKind.FORKED]
