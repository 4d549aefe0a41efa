"""A lock is read without ever failing, written the same each time, and never written over when it was not read whole."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from setsquare.spec.link import LinkKind
from setsquare.spec.lock import Lock, LockedCriterion, Pin, Revision
from setsquare.spec.lock_file import encode_lock, is_writable, read_lock
from setsquare.spec.lock_repair import repaired

PIN = Pin(kind=LinkKind.IMPLEMENTS, source="2.1", written="1.1", target_meaning="m1")
ONE = LockedCriterion(uid="aaaa", id="1.1", text="a", wording="w1", meaning="m1", pins=(PIN,))
TWO = LockedCriterion(uid="bbbb", id="1.2", text="b", wording="w2", meaning="m2", previously=("1.1",))
LOCK = Lock(spec="login", criteria=(ONE, TWO))
HEAD, FIRST, SECOND = encode_lock(LOCK).splitlines()


# req: spec-engine/2.4
def test_it_reads_what_it_wrote() -> None:
    assert read_lock(encode_lock(LOCK), "login") == LOCK
    assert encode_lock(Lock(spec="login", criteria=(TWO, ONE))) == encode_lock(LOCK)


@pytest.mark.parametrize(
    ("lines", "line", "reason"),
    [
        ([HEAD, b"<<<<<<< HEAD", FIRST, b"=======", b">>>>>>> x"], 2, "merge conflict"),
        ([HEAD, FIRST, FIRST, SECOND], 3, "stands twice"),
        ([HEAD, FIRST, FIRST.replace(b'"text":"a"', b'"text":"c"')], 3, "two lines of different content"),
        ([HEAD.replace(b"1", b"7")], 1, "version 7"),
        ([HEAD, FIRST[:-3]], 2, "no JSON"),
        ([HEAD, FIRST.replace(b'"1.1"', b"11", 1)], 2, "no criterion"),
        ([HEAD, b"\xff\xfe"], 2, "no JSON"),
        ([HEAD, SECOND, FIRST], 3, "not sorted"),
        ([HEAD.replace(b"login", b"other"), FIRST], 1, "belongs to the spec `other`"),
        ([FIRST, SECOND], 1, "no header"),
        ([b""], 1, "empty"),
    ],
)
def test_what_cannot_be_used_is_a_problem_with_its_place(lines: list[bytes], line: int, reason: str) -> None:
    lock = read_lock(b"\n".join(lines) + b"\n", "login")
    assert lock.problems[0].line == line
    assert reason in lock.problems[0].reason
    assert lock.problems[0].mend
    assert not is_writable(lock)
    with pytest.raises(ValueError, match="must not be written over"):
        encode_lock(lock)


@given(st.binary(max_size=300))
def test_reading_never_fails(raw: bytes) -> None:
    for whole in (raw, HEAD + b"\n" + raw, encode_lock(LOCK)[: len(raw)] + raw):
        lock = read_lock(whole, "login")
        assert lock.problems or read_lock(encode_lock(lock), "login") == lock


def test_a_repair_takes_the_document_s_side_and_keeps_what_makes_a_link_suspect() -> None:
    ours = FIRST.replace(b'"text":"a"', b'"text":"c"').replace(b'"meaning":"m1"', b'"meaning":"m9"', 1).replace(b"m1", b"m9")
    raw = b"\n".join((HEAD, b"<<<<<<< HEAD", ours, b"=======", FIRST, b">>>>>>> x", SECOND)) + b"\n"
    lock = repaired(raw, "login", {"c"})
    assert lock is not None
    assert [(item.uid, item.text) for item in lock.criteria] == [("aaaa", "c"), ("bbbb", "b")]
    assert [pin.target_meaning for pin in lock.criteria[0].pins] == ["m1"]
    assert lock.criteria[0].revisions == (Revision("m1", "a"),)
    assert repaired(HEAD.replace(b"1", b"7"), "login") is None
