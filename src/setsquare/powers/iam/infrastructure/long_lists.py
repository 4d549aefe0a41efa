"""Spreads a list over lines where it would make its line too long, as `terraform fmt` would have it.

Source: Terraform language, "Style conventions" (equals signs of consecutive one-line arguments stand below each other; an argument of several lines
stands in no row).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from setsquare.powers.iam.infrastructure.list_edits import indent, line_end, line_start, newline, stands_alone
from setsquare.powers.iam.infrastructure.nodes import Dialect, Field, MapNode
from setsquare.powers.iam.infrastructure.rows import length_of, row_of, spaced
from setsquare.text.lazy_pattern import LazyPattern
from setsquare.text.span import Edit, Span, apply_edits

LIMIT_COLUMNS = 100
"""A line may be so long before its list is spread."""

_WORD = LazyPattern(r'"(?:[^"\\]|\\.)*+"')
_LIST = LazyPattern(r'\[(?:\s|,|"(?:[^"\\]|\\.)*+")*+\]')
_SPREAD = frozenset({Dialect.HCL, Dialect.BLOCKS, Dialect.JSON, Dialect.HEREDOC})
_ALIGNED = frozenset({Dialect.HCL, Dialect.BLOCKS})


def fitted(raw: bytes, dialect: Dialect, node: MapNode, field: Field, edits: Sequence[Edit], step: bytes) -> list[Edit]:
    """Give the edits of a statement so that the list of one of its elements, where they make its line too long, is written with one word in a line."""
    value, key = field.value.span, field.key_span
    inside = [each for each in edits if value.start <= each.span.start and each.span.end <= value.end]
    if dialect not in _SPREAD or not inside or not stands_alone(raw, key) or b"\n" in raw[value.start : value.end]:
        return list(edits)
    text = apply_edits(raw[value.start : value.end], [_moved(each, value.start) for each in inside]).decode("utf-8", "surrogateescape")
    line = raw[line_start(raw, key.start) : line_end(raw, value.end)].rstrip(b"\r\n")
    columns = len(line[: value.start - line_start(raw, key.start)].decode("utf-8", "replace") + text)
    was = len(line.decode("utf-8", "replace"))
    if was > LIMIT_COLUMNS or columns <= LIMIT_COLUMNS or "\n" in text or not _LIST.fullmatch(text):
        return list(edits)
    margin = newline(raw) + indent(raw, key.start)
    words = [found[0].encode("utf-8", "surrogateescape") for found in _WORD.finditer(text)]
    last = b"," if dialect in _ALIGNED else b""
    spread = b"[" + b",".join(margin + step + word for word in words) + last + margin + b"]"
    others = [each for each in edits if each not in inside]
    if dialect in _ALIGNED:
        others = [*others, *_row_edits(raw, node, field, others)]
    return [*_unpadded(others, key), Edit(value, spread)]


def _moved(edit: Edit, start: int) -> Edit:
    return Edit(Span(edit.span.start - start, edit.span.end - start), edit.new)


def _unpadded(edits: list[Edit], key: Span) -> Iterator[Edit]:
    """Take away the blanks with which a new name of the element was made as wide as the old one."""
    for each in edits:
        yield Edit(each.span, each.new.rstrip(b" ")) if each.span == key else each


def _row_edits(raw: bytes, node: MapNode, field: Field, edits: Sequence[Edit]) -> Iterator[Edit]:
    """Set the signs of the rows above and below the element below each other again, if they stood so before."""
    row = row_of(raw, node.fields, field)
    names = {each.span: len(each.new.rstrip(b" ").decode("utf-8", "replace")) for each in edits}
    at = row.index(field) if row else 0
    for part in (row[:at], row[at : at + 1], row[at + 1 :]):
        lengths = [names.get(each.key_span, length_of(raw, each)) for each in part]
        for each, length in zip(part, lengths, strict=True):
            yield from spaced(raw, each, length, max(lengths))
