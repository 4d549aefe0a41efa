"""What was seen is only ever added to, merges by lines, and is never guessed at."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from setsquare.spec.evidence import EvidenceKind, Seen, encode_seen, passage, preserved_tests, read_evidence, red_tests, with_seen

DIGEST = "sha256:" + "0" * 64
OTHER = "sha256:" + "1" * 64
SEEN = Seen(
    criterion="1.2", task="3", kind=EvidenceKind.GREEN, command="make test", exit=0, output=DIGEST, run="r1", at="2026-01-02T00:00:00Z"
)


def test_what_is_written_is_read_again():
    seen = replace(SEEN, uid="u1", meaning="m", passed=3, failed=0, tests=(("tests/test_a.py", DIGEST),), base="b", tree="t")
    found = read_evidence(with_seen(None, "login", (seen,)), "login")
    assert (found.seen, found.problems, found.is_whole) == ((seen,), (), True)


def test_lines_are_added_in_order_and_no_other_byte_changes():
    first = with_seen(None, "login", (replace(SEEN, criterion="10.1"), replace(SEEN, criterion="2.1")))
    odd = first.replace(b'"run":"r1"', b'"run" : "r1"')
    more = with_seen(odd, "login", (replace(SEEN, criterion="2.1", run="r2", at="2026-01-03T00:00:00Z"), replace(SEEN, criterion="1.1")))
    assert [seen.criterion for seen in read_evidence(more, "login").seen] == ["1.1", "2.1", "2.1", "10.1"]
    assert [line for line in more.split(b"\n") if line in odd.split(b"\n")] == odd.split(b"\n")


def test_what_a_run_has_said_is_not_said_again():
    raw = with_seen(None, "login", (SEEN,))
    assert with_seen(raw, "login", (replace(SEEN, at="2026-01-09T00:00:00Z"), SEEN)) == raw


def test_the_lines_of_two_branches_merge():
    base = with_seen(None, "login", (SEEN,))
    ours, theirs = (with_seen(base, "login", (replace(SEEN, criterion=name, run=name),)) for name in ("1.1", "4.1"))
    merged = b"\n".join(dict.fromkeys((*ours.split(b"\n")[:-1], *theirs.split(b"\n")[:-1]))) + b"\n"
    assert len(read_evidence(merged, "login").seen) == 3
    assert read_evidence(merged, "login").is_whole


LINE = encode_seen(SEEN).decode()
BROKEN = {
    "a conflict": "<<<<<<< HEAD",
    "half a line": LINE[:40],
    "no evidence": "{}",
    "another type": "[]",
    "another kind": LINE.replace('"green"', '"blue"'),
    "green that failed": LINE.replace('"exit":0', '"exit":1'),
    "red that passed": LINE.replace('"green"', '"red"'),
    "no digest": LINE.replace(DIGEST, "sha256:1"),
    "the same with another result": LINE.replace("make test", "true"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_cannot_be_believed_is_a_problem_with_its_line_and_stops_writing(name):
    raw = with_seen(None, "login", (SEEN,)) + BROKEN[name].encode() + b"\n"
    found = read_evidence(raw, "login")
    assert ([problem.line for problem in found.problems], found.is_whole) == ([3], False)
    with pytest.raises(ValueError, match="left alone"):
        with_seen(raw, "login", (replace(SEEN, run="r9"),))


@pytest.mark.parametrize(
    "header",
    [
        "",
        "{}",
        '{"setsquare":"trace-lock","v":1,"spec":"login"}',
        '{"setsquare":"evidence","v":2,"spec":"login"}',
        '{"setsquare":"evidence","v":1,"spec":"other"}',
    ],
)
def test_a_header_of_something_else_or_of_a_newer_version(header):
    assert not read_evidence(f"{header}\n{LINE}\n".encode(), "login").is_whole


@given(st.binary())
def test_any_bytes_are_read(raw):
    found = read_evidence(raw, "login")
    assert found.problems or found.seen or raw.strip()


def red(path: str, name: str, at: str, task: str = "1") -> Seen:
    return replace(SEEN, criterion="1.1", task=task, kind=EvidenceKind.RED, exit=1, run=at, at=at, tests=((path, name),))


def test_the_last_word_of_a_task_says_which_test_showed_the_bug():
    lines = (red("a.py", DIGEST, "2026-01-01"), red("b.py", OTHER, "2026-01-02"), red("c.py", DIGEST, "2026-01-01", "1.2"))
    found = read_evidence(with_seen(None, "login", lines), "login")
    assert red_tests(found) == {"c.py": DIGEST, "b.py": OTHER}
    assert preserved_tests(found) == {}


def test_green_counts_as_red_to_green_only_for_the_same_bytes():
    before = red("a.py", DIGEST, "2026-01-01")
    after = replace(SEEN, tests=(("a.py", DIGEST),), at="2026-01-05")
    assert passage((before, after), after) == "red → green"
    other = replace(after, tests=(("a.py", OTHER),))
    assert passage((before, other), other) == ""
    assert json.loads(encode_seen(before))["kind"] == "red"


def test_of_two_tasks_in_one_second_the_plans_order_says_which_was_first():
    kept = replace(SEEN, task="9", kind=EvidenceKind.PRESERVED, tests=(("a.py", DIGEST),))
    fixed = replace(kept, task="10.1", run="r2")
    assert [passage((kept, fixed), one) for one in (kept, fixed)] == ["", "green → green"]
