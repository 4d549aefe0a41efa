"""Addresses bytes of one file and replaces them."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct


class Span(Struct, frozen=True, order=True, gc=False):
    """A half-open range of byte offsets in one file, 0 <= start <= end."""

    start: int
    end: int

    def __len__(self) -> int:
        """Count the bytes."""
        return self.end - self.start


class Edit(Struct, frozen=True, order=True):
    """Replaces the bytes of `span` by `new`; an empty span inserts."""

    span: Span
    new: bytes


class Place(Struct, frozen=True):
    """A position that a person can find: line and column, both from 1, the column in characters."""

    line: int
    column: int


# req: workspace/2.4
def apply_edits(raw: bytes, edits: Iterable[Edit]) -> bytes:
    """Apply edits that do not overlap; every byte outside their spans stays.

    Raises:
        ValueError: two edits overlap or one lies outside `raw`.

    >>> apply_edits(b"- [ ] 1. Go", [Edit(Span(3, 4), b"x")])
    b'- [x] 1. Go'
    """
    parts: list[bytes] = []
    position = 0
    for edit in sorted(edits):
        if edit.span.start < position or edit.span.end > len(raw) or edit.span.end < edit.span.start:
            msg = f"edit {edit.span.start}..{edit.span.end} overlaps another or lies outside {len(raw)} bytes"
            raise ValueError(msg)
        parts += (raw[position : edit.span.start], edit.new)
        position = edit.span.end
    parts.append(raw[position:])
    return b"".join(parts)
