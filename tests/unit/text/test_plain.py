"""Plain text by line, binary files whole."""

from __future__ import annotations

import pytest

from setsquare.text.document import NodeKind
from setsquare.text.paths import RelPath
from setsquare.text.plain import scan

PATH = RelPath("CODEOWNERS")


def test_lines_carry_their_number_text_and_place() -> None:
    raw = b"\xef\xbb\xbf* @a\r\n\n/docs @b"
    document = scan(PATH, raw)
    assert [(node.kind, node.line, node.text) for node in document.nodes] == [
        (NodeKind.BOM, 1, ""),
        (NodeKind.LINE, 1, "* @a"),
        (NodeKind.LINE, 2, ""),
        (NodeKind.LINE, 3, "/docs @b"),
    ]
    assert raw[document.nodes[3].text_start :] == b"/docs @b"
    assert document.render() == raw


@pytest.mark.parametrize("raw", [b"", b"\n", b"a", b"\r", b"a\rb\n", b"\x0b\x0c\x1c", "a\u2028b\n".encode()])
def test_only_a_line_feed_ends_a_line(raw: bytes) -> None:
    document = scan(PATH, raw)
    assert document.render() == raw
    assert len(document.nodes) == raw.count(b"\n") + (bool(raw) and not raw.endswith(b"\n"))


def test_a_binary_file_is_one_node() -> None:
    raw = b"\x89PNG\r\n\x1a\n\x00\x00"
    document = scan(RelPath("logo.png"), raw)
    assert [(node.kind, node.raw) for node in document.nodes] == [(NodeKind.BYTES, raw)]
