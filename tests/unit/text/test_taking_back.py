from __future__ import annotations

import pytest

from setsquare.text.taking_back import Standing, TakenBack, moved, taken_back


@pytest.mark.parametrize(
    ("before", "after", "now", "wanted"),
    [
        (b"a\nb\n", b"a\nB\n", b"a\nB\n", b"a\nb\n"),
        (b"a\nb\n", b"a\nB\n", b"a\nb\n", b"a\nb\n"),
        (b"a\nb\nc\n", b"a\nc\n", b"a\nc\nmine\n", b"a\nb\nc\nmine\n"),
        (b"a\n", b"run\na\n", b"run\na\nmine\n", b"a\nmine\n"),
        (b"", b"run", b"run\nmine\n", b"mine\n"),
        (b"a", b"a\nrun", b"a\nrun\nmine", b"a\nmine"),
        (b"a\r\n", b"a\r\nrun\r\n", b"mine\r\na\r\nrun\r\n", b"mine\r\na\r\n"),
        (b"a\n", b"A\n", b"mine\nA\n", b"mine\na\n"),
    ],
)
def test_the_change_goes_and_the_rest_stays(before, after, now, wanted):
    assert taken_back(before, after, now) == TakenBack(wanted)


def test_a_line_that_both_changed_stays_as_it_is_and_is_named():
    made = taken_back(b"1\n2\n3\n4\n", b"1\nrun\n3\nrun too\n", b"new\n1\nmine\n3\nrun too\n")
    assert made == TakenBack(b"new\n1\nmine\n3\n4\n", (Standing(3, 3),))


def test_what_was_written_within_the_changes_lines_is_a_conflict():
    made = taken_back(b"", b"one\ntwo\n", b"one\nmine\ntwo\n")
    assert made == TakenBack(b"one\nmine\ntwo\n", (Standing(1, 3),))


def test_what_somebody_took_out_already_is_taken_out_once():
    assert taken_back(b"a\n", b"a\nrun\n", b"a\nmine\n").raw == b"a\nmine\n" or taken_back(b"a\n", b"a\nrun\n", b"a\nmine\n").conflicts
    assert taken_back(b"a\nz\n", b"a\nrun\nz\n", b"a\nz\nmine\n") == TakenBack(b"a\nz\nmine\n")


@pytest.mark.parametrize("position", range(3))
def test_bytes_are_not_compared_by_lines(position):
    texts = [b"a\n", b"b\n", b"c\n"]
    texts[position] += b"\0"
    assert taken_back(*texts).raw is None


def test_a_place_moves_with_the_lines_above_it():
    assert moved(Standing(2, 3), b"a\nb\nc\n", b"x\ny\na\nb\nc\n") == Standing(4, 5)
    assert moved(Standing(2, 2), b"a\nb\nc\n", b"a\nb\nc\nmore\n") == Standing(2, 2)
