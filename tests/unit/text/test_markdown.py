"""The line grammar of specs: what each line is, and that size and strange input do no harm."""

from __future__ import annotations

import time

import pytest

from setsquare.text.document import Document, NodeKind
from setsquare.text.markdown import scan
from setsquare.text.paths import RelPath

PATH = RelPath("tasks.md")


def shape(raw: bytes) -> list[tuple[str, str]]:
    return [(node.kind.value, node.text) for node in scan(PATH, raw).nodes]


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"## Tasks ##\n", "Tasks"),
        (b"# C#\n", "C#"),
        (b"# a  # \r\n", "a"),
        (b"### ###\n", ""),
        (b"#\n", ""),
        (b"# a #b\n", "a #b"),
    ],
)
def test_a_heading_loses_its_closing_hashes_only(raw: bytes, text: str) -> None:
    assert shape(raw) == [("heading", text)]


def test_a_hash_without_blank_is_text() -> None:
    assert shape(b"#tag\n####### seven\n") == [("text", "#tag"), ("text", "####### seven")]


def test_items_keep_marker_depth_and_text_place() -> None:
    raw = b"\t- [ ] 2.1 Go\r\n  10) ten\n-\n"
    nodes = scan(PATH, raw).nodes
    assert [(node.marker, node.depth, node.text) for node in nodes] == [("-", 4, "[ ] 2.1 Go"), ("10)", 2, "ten"), ("-", 0, "")]
    assert raw[nodes[0].text_start :].startswith(b"[ ] 2.1")


def test_front_matter_stands_only_at_the_top_and_must_close() -> None:
    assert shape(b"\xef\xbb\xbf---\na: 1\n---\nx\n")[1][0] == "front-matter"
    assert [kind for kind, _ in shape(b"---\na: 1\n")] == ["rule", "text"]
    assert [kind for kind, _ in shape(b"x.\n---\na: 1\n---\n")] == ["text", "rule", "text", "rule"]


def test_fences_hide_what_they_hold() -> None:
    assert [kind for kind, _ in shape(b"````md\n```\n- [ ] 1. no task\n````\n- [ ] 1. task\n")] == ["fence", "item"]
    assert [kind for kind, _ in shape(b"~~~\n# no heading\n")] == ["fence"]
    assert [kind for kind, _ in shape(b"`code` line\n- `x`\n")] == ["text", "item"]


def test_comments_run_to_their_end_and_an_open_one_is_text() -> None:
    assert [kind for kind, _ in shape(b"<!-- a\n- [ ] b\n-->\n- [ ] 1. c\n")] == ["comment", "item"]
    assert [kind for kind, _ in shape(b"<!-- a -->\n<!-- b\n- [ ] 1. c\n")] == ["comment", "text", "item"]


def test_rules_and_tables() -> None:
    assert [kind for kind, _ in shape(b"---\n* * *\n-- -x\n| a | b |\n")] == ["rule", "rule", "text", "table"]


@pytest.mark.parametrize(
    "unit",
    [
        b"- [ ] 1. Go\n  - _Requirements: 1.1_\n",
        b"<!-- open\n",
        b"<!-- a -->\n",
        b"```a`\n",
        b"- ",
        b"# a #",
        b"  ",
        b"x",
        b"| ",
    ],
)
def test_scanning_takes_time_in_proportion_to_the_size(unit: bytes) -> None:
    small, large = b"# " + unit * 20_000 + b"b", b"# " + unit * 100_000 + b"b"
    assert _seconds(large) < 40 * max(_seconds(small), 0.002)


def test_a_task_file_of_10_mb_takes_no_longer_per_byte_than_one_of_2_mb() -> None:
    line = b"- [ ] 1. Build the thing and test it well\n"
    small, large = line * (2_000_000 // len(line)), line * (10_000_000 // len(line))
    assert _seconds(large) < 15 * max(_seconds(small), 0.01)


def _seconds(raw: bytes) -> float:
    began = time.process_time()
    document: Document = scan(PATH, raw)
    spent = time.process_time() - began
    assert document.nodes[-1].kind is not NodeKind.BYTES
    return spent


def test_a_title_above_a_line_is_a_heading_and_a_sentence_is_none() -> None:
    assert shape(b"Requirements\r\n============\r\n\r\nRequirement 1: Login\r\n---\r\n") == [
        ("heading", "Requirements"),
        ("blank", ""),
        ("heading", "Requirement 1: Login"),
    ]
    sentences = (b"THE Bell SHALL ring.\n---\n", b"**Validates: 1.1**\n---\n", b"a\nb\n---\n", b"- a\n---\n", b"| a |\n---\n")
    assert [node.kind.value for raw in sentences for node in scan(PATH, raw).nodes if node.kind.value == "heading"] == []
    node = scan(PATH, b"\n T\n==\nx").nodes[1]
    assert (node.start, node.line, node.depth, node.marker, node.raw, node.text_start) == (1, 2, 1, "=", b" T\n==\n", 2)
