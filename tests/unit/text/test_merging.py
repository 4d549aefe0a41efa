from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from setsquare.text.merging import merge

LINES = st.lists(st.sampled_from([b"a\n", b"b\n", b"c\n", b"\n", b"d"]), max_size=8).map(b"".join)
BASE = b"one\ntwo\nthree\nfour\nfive\n"


@given(LINES, LINES)
@settings(max_examples=200, deadline=None)
def test_one_sided_changes_are_taken_whole(base: bytes, other: bytes) -> None:
    assert merge(base, base, other).raw == other
    assert merge(base, other, base).raw == other
    assert merge(base, other, other).raw == other
    assert not merge(base, other, other).conflicts


@given(LINES, LINES, LINES)
@settings(max_examples=200, deadline=None)
def test_a_merge_is_symmetric_where_it_has_no_conflict(base: bytes, ours: bytes, theirs: bytes) -> None:
    one, two = merge(base, ours, theirs), merge(base, theirs, ours)
    assert bool(one.conflicts) == bool(two.conflicts)
    if not one.conflicts:
        assert one.raw == two.raw


def test_changes_in_different_places_come_together() -> None:
    merged = merge(BASE, BASE.replace(b"one", b"ONE"), BASE.replace(b"five", b"FIVE") + b"six\n")
    assert merged == type(merged)(b"ONE\ntwo\nthree\nfour\nFIVE\nsix\n")


def test_a_conflict_keeps_our_lines_and_names_its_place() -> None:
    merged = merge(BASE, BASE.replace(b"three", b"3"), BASE.replace(b"three", b"III").replace(b"one", b"1"))
    assert merged.raw == b"1\ntwo\n3\nfour\nfive\n"
    assert [(item.line, item.base, item.ours, item.theirs) for item in merged.conflicts] == [(3, b"three\n", b"3\n", b"III\n")]


def test_a_deletion_against_an_edit_is_a_conflict() -> None:
    assert merge(BASE, BASE.replace(b"three\n", b""), BASE.replace(b"three", b"3")).conflicts
