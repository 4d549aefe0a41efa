from __future__ import annotations

import pytest

from setsquare.agent.tools.wording import bounded, plain, redacted, secrets_of


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


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("export DB_PASSWORD=hunter2hunter2", ("hunter2hunter2",)),
        ('STRIPE="sk_live_abcdefgh12345678"', ("sk_live_abcdefgh12345678",)),
        ("DATABASE_URL=postgres://u:pw@h/db", ("postgres://u:pw@h/db",)),
        ("NODE_ENV=development", ()),
        ("URL=http://localhost:3000/a1", ()),
        ("TOKEN=", ()),
        ("#SECRET=abcdefgh", ()),
        ("nonsense", ()),
    ],
)
def test_secrets(line, found):
    assert secrets_of(line.encode()) == found


def test_the_longest_secret_goes_first():
    assert redacted("abcdef abcdefgh", ["abcdef", "abcdefgh"]) == "[redacted] [redacted]"


def test_bounded_keeps_both_ends():
    text = bounded("a" * 50_000 + "b" * 50_000)
    assert len(text) < 20_100
    assert (text[0], text[-1]) == ("a", "b")
