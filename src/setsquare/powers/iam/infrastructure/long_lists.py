"""Spreads a list over lines where it would make its line too long, as `terraform fmt` would have it.

Source: Terraform language, "Style conventions" (equals signs of consecutive one-line arguments stand below each other; an argument of several lines
stands in no row).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from setsquare.powers.iam.infrastructure.list_edits import indent, line_end, line_start, newline, stands_alone
from setsquare.powers.iam.infrastructure.nodes import Dialect, Field, MapNode
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
    fields = sorted(node.fields, key=lambda each: each.key_span.start)
    at = fields.index(field)
    first = at
    while first and _follows(raw, fields[first - 1], fields[first]):
        first -= 1
    last = at
    while last + 1 < len(fields) and _follows(raw, fields[last], fields[last + 1]):
        last += 1
    row = fields[first : last + 1]
    if len({_sign(raw, each) - line_start(raw, each.key_span.start) for each in row}) != 1 or any(_sign(raw, each) < 0 for each in row):
        return
    names = {each.span: each.new.rstrip(b" ") for each in edits}
    for part in (fields[first:at], [field], fields[at + 1 : last + 1]):
        lengths = [len(names.get(each.key_span, raw[each.key_span.start : each.key_span.end]).decode("utf-8", "replace")) for each in part]
        for each, length in zip(part, lengths, strict=True):
            gap = Span(each.key_span.end, _sign(raw, each))
            blanks = b" " * (max(lengths) - length + 1)
            if raw[gap.start : gap.end] != blanks:
                yield Edit(gap, blanks)


def _follows(raw: bytes, above: Field, below: Field) -> bool:
    """Tell whether an element stands on the line above another one, each on a line of its own."""
    start = line_start(raw, below.key_span.start)
    is_next = line_end(raw, above.value.span.end) == start and stands_alone(raw, below.key_span) and stands_alone(raw, above.key_span)
    return is_next and not any(b"\n" in raw[each.key_span.start : each.value.span.end] for each in (above, below))


def _sign(raw: bytes, field: Field) -> int:
    """Find the sign between name and value; -1 where something else stands there too."""
    between = raw[field.key_span.end : field.value.span.start]
    return field.key_span.end + between.index(b"=") if between.strip() == b"=" else -1
