"""Which lines of a file are new."""

from __future__ import annotations

import time

import pytest

from setsquare.rules.changed import changed_spans, touches
from setsquare.text.span import Span


@pytest.mark.parametrize(
    ("old", "new", "lines"),
    [
        (b"a\nb\nc\n", b"a\nb\nc\n", []),
        (b"", b"a\nb\n", [b"a\nb\n"]),
        (b"a\nb\n", b"", [b""]),
        (b"a\nb\nc\n", b"a\nX\nc\n", [b"X\n"]),
        (b"a\nb\nc\n", b"X\na\nb\nc\n", [b"X\n"]),
        (b"a\nb\nc\n", b"a\nb\nc\nX", [b"X"]),
        (b"a\nb\nc\nd\n", b"a\nX\nc\nY\n", [b"X\n", b"Y\n"]),
        (b"a\nb\nc\n", b"a\nb\n", [b""]),
        (b"a\r\nb\r\n", b"a\nb\n", [b"a\nb\n"]),
        (b"a\xff\n", b"a\xfe\n", [b"a\xfe\n"]),
    ],
)
def test_new_lines(old: bytes, new: bytes, lines: list[bytes]) -> None:
    assert [new[span.start : span.end] for span in changed_spans(old, new)] == lines


def test_a_moved_line_is_one_change() -> None:
    assert len(changed_spans(b"a\nb\nc\nd\n", b"b\nc\nd\na\n")) <= 2


def test_large_changes_take_little_time() -> None:
    old, new = (b"".join(b"%d %d\n" % (salt, number % 7) for number in range(100_000)) for salt in (1, 2))
    started = time.process_time()
    assert changed_spans(old, new) == (Span(0, len(new)),)
    assert time.process_time() - started < 2


def test_touching() -> None:
    assert touches((Span(4, 8),), 0, 5)
    assert touches((Span(4, 8),), 7, 99)
    assert not touches((Span(4, 8),), 0, 4)
    assert not touches((Span(4, 8),), 8, 8)
