"""Documents: places of offsets, and removal of nodes."""

from __future__ import annotations

from setsquare.text import json_document, markdown
from setsquare.text.document import tiled
from setsquare.text.paths import RelPath
from setsquare.text.span import Place


def test_places_count_lines_and_characters() -> None:
    document = markdown.scan(RelPath("a.md"), "# é一x\r\n\n- b\n```\nc\n```\n".encode())
    raw = document.render()
    assert document.place(0) == Place(1, 1)
    assert document.place(raw.index(b"x")) == Place(1, 5)
    assert document.place(raw.index(b"b")) == Place(3, 3)
    assert document.place(raw.index(b"c")) == Place(5, 1)
    assert document.place(len(raw)) == document.place(len(raw) + 99) == Place(7, 1)


def test_places_in_a_file_whose_nodes_share_lines() -> None:
    document = json_document.scan(RelPath("a.json"), b'\xef\xbb\xbf{"a":\n  1, "b": 2}')
    raw = document.render()
    assert document.place(3) == Place(1, 1)
    assert document.place(raw.index(b"1")) == Place(2, 3)
    assert document.place(raw.index(b"2")) == Place(2, 11)


def test_places_in_an_empty_file() -> None:
    assert markdown.scan(RelPath("a.md"), b"").place(5) == Place(1, 1)


def test_removing_a_node_moves_the_later_ones() -> None:
    document = markdown.scan(RelPath("a.md"), b"# T\n```\nx\n```\n- a\n- b\n")
    smaller = document.without(1)
    assert smaller.render() == b"# T\n- a\n- b\n"
    assert tiled(smaller.nodes, len(smaller.render()))
    assert smaller == markdown.scan(RelPath("a.md"), smaller.render())


def test_headings_are_known_by_their_indices_and_follow_a_removal() -> None:
    document = markdown.scan(RelPath("a.md"), b"# T\ntext\n## U\n```\n# no heading\n```\n\nV\n=\n")
    assert [document.nodes[index].text for index in document.headings] == ["T", "U", "V"]
    assert document.without(0).headings == tuple(index - 1 for index in document.headings[1:])


def test_the_line_alone_is_that_of_the_place() -> None:
    raw = b'\xef\xbb\xbf{"a": [1,\n 2],\r\n /* x\ny */ "b": "c"}\n'
    document = json_document.scan(RelPath("a.json"), raw)
    assert [document.line(offset) for offset in range(len(raw) + 2)] == [document.place(offset).line for offset in range(len(raw) + 2)]
