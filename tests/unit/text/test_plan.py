"""Plans as values."""

from __future__ import annotations

from setsquare.text.paths import RelPath
from setsquare.text.plan import creation, digest, replacement

PATH = RelPath("a.md")


def test_a_creation_expects_nothing_and_a_replacement_the_old_bytes() -> None:
    assert (creation(PATH, b"new").expects, creation(PATH, b"new").applied(b"")) == (None, b"new")
    change = replacement(PATH, b"old", b"new")
    assert (change.expects, change.applied(b"old")) == (digest(b"old"), b"new")


def test_a_digest_names_bytes() -> None:
    assert digest(b"a") == digest(b"a") != digest(b"b")
    assert len(digest(b"a")) == len("sha256:") + 64
