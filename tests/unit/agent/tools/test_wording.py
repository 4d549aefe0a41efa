from __future__ import annotations

import pytest

from setsquare.agent.tools.wording import bounded, plain, redacted


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"\x1b]8;;http://x\x07link\x1b]8;;\x07", "link"),
        (b"a\x1b[2J\x1b[Hb", "ab"),
        ("a\u202eb\u200bc\u2066d".encode(), "abcd"),
        (b"a\rb\r\nc\n", "a\nb\nc\n"),
        (b"\xff\x00tab\t", "\ufffdtab\t"),
        ("äöü 漢字 🎉".encode(), "äöü 漢字 🎉"),
    ],
)
def test_plain(raw, text):
    assert plain(raw) == text


def test_the_longest_secret_goes_first():
    assert redacted("abcdef abcdefgh", ["abcdef", "abcdefgh"]) == "[redacted] [redacted]"


def test_bounded_keeps_both_ends():
    text = bounded("a" * 50_000 + "b" * 50_000)
    assert len(text) < 20_100
    assert (text[0], text[-1]) == ("a", "b")
