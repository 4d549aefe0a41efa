"""Bytes to code units and back, and incremental changes, against a slow reading of the protocol."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lsprotocol import types

from setsquare.surfaces.lsp.positions import Lines, cut, edited, units
from setsquare.text.span import Span

TEXTS = st.text(st.sampled_from("ab 求é𝄞\u2028\x0b\r\n"), max_size=30)
ENCODINGS = st.sampled_from(("utf-8", "utf-16", "utf-32"))


def slow(text: str, index: int, encoding: str) -> types.Position:
    """The position of a character, by splitting as the protocol says."""
    before = text[:index].replace("\r\n", "\n")
    lines = before.replace("\r", "\n").split("\n")
    width = {"utf-8": 1, "utf-16": 2, "utf-32": 4}[encoding]
    return types.Position(len(lines) - 1, len(lines[-1].encode(encoding + ("-le" if width > 1 else ""))) // width)


@given(TEXTS, ENCODINGS, st.data())
def test_every_byte_has_a_place_and_every_place_its_byte(text: str, encoding: str, data: st.DataObject):
    index = data.draw(st.integers(0, len(text)))
    is_inside_an_end = text[index - 1 : index + 1] == "\r\n"
    lines = Lines(text.encode(), encoding)
    if not is_inside_an_end:
        found = lines.position(len(text[:index].encode()))
        assert found == slow(text, index, encoding)
        assert lines.offset(found) == len(text[:index].encode())


@given(TEXTS, TEXTS, ENCODINGS, st.data())
def test_a_change_replaces_exactly_its_range(text: str, new: str, encoding: str, data: st.DataObject):
    marks = [at for at in range(len(text) + 1) if text[at - 1 : at + 1] != "\r\n"]
    start, end = sorted((data.draw(st.sampled_from(marks)), data.draw(st.sampled_from(marks))))
    found = types.Range(slow(text, start, encoding), slow(text, end, encoding))
    change = types.TextDocumentContentChangePartial(range=found, text=new)
    assert edited(text, change, encoding) == text[:start] + new + text[end:]


def test_a_place_outside_is_brought_inside():
    lines = Lines(b"ab\nc")
    assert lines.offset(types.Position(0, 99)) == 2
    assert lines.offset(types.Position(99, 0)) == 4
    assert lines.position(99) == types.Position(1, 1)
    assert lines.line(99) == ""
    assert lines.start(99) == 4
    assert lines.span_of(types.Range(types.Position(1, 0), types.Position(0, 0))) == Span(0, 3)


def test_a_shown_range_leaves_the_line_end_out_and_an_edited_one_does_not():
    lines = Lines(b"ab\r\nc")
    assert lines.range(Span(0, 4)).end == types.Position(0, 2)
    assert lines.exact(Span(0, 4)).end == types.Position(1, 0)


def test_a_whole_document_replaces_all():
    assert edited("a", types.TextDocumentContentChangeWholeDocument("求"), "utf-16") == "求"


@pytest.mark.parametrize(("encoding", "count"), [("utf-8", 4), ("utf-16", 2), ("utf-32", 1)])
def test_units_of_a_character_beyond_the_first_plane(encoding: str, count: int):
    assert units("𝄞", encoding) == count
    assert cut("𝄞a", count, encoding) == 1


def test_bytes_that_are_no_text_count_as_one_sign_each():
    lines = Lines(b"a\xffb\x92c")
    assert lines.position(4) == types.Position(0, 4)
