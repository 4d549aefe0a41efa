"""Keeps the signs of arguments that stand below each other in a row there, as `terraform fmt` has it.

Source: Terraform language, "Style conventions": equals signs of consecutive one-line arguments stand below each other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from setsquare.powers.iam.infrastructure.list_edits import line_end, line_start, stands_alone
from setsquare.powers.iam.infrastructure.nodes import Field
from setsquare.text.span import Edit, Span


def row_of(raw: bytes, fields: Sequence[Field], field: Field) -> tuple[Field, ...]:
    """Give the arguments of one line each that stand right above and below one, itself included, if their signs stand below each other; else none."""
    ordered = sorted(fields, key=lambda each: each.key_span.start)
    at = ordered.index(field)
    first = at
    while first and _follows(raw, ordered[first - 1], ordered[first]):
        first -= 1
    last = at
    while last + 1 < len(ordered) and _follows(raw, ordered[last], ordered[last + 1]):
        last += 1
    row = tuple(ordered[first : last + 1])
    is_row = len({_sign(raw, each) - line_start(raw, each.key_span.start) for each in row}) == 1 and all(
        _sign(raw, each) >= 0 for each in row
    )
    return row if is_row else ()


def spaced(raw: bytes, field: Field, length: int, width: int) -> Iterator[Edit]:
    """Set the sign of an argument whose name has a length so that names of a width fit before it."""
    gap = Span(field.key_span.end, _sign(raw, field))
    blanks = b" " * (width - length + 1)
    if raw[gap.start : gap.end] != blanks:
        yield Edit(gap, blanks)


def length_of(raw: bytes, field: Field) -> int:
    """Count the characters of an argument's name."""
    return len(raw[field.key_span.start : field.key_span.end].decode("utf-8", "replace"))


def _follows(raw: bytes, above: Field, below: Field) -> bool:
    """Tell whether an argument stands on the line above another one, each on a line of its own."""
    start = line_start(raw, below.key_span.start)
    is_next = line_end(raw, above.value.span.end) == start and stands_alone(raw, below.key_span) and stands_alone(raw, above.key_span)
    return is_next and not any(b"\n" in raw[each.key_span.start : each.value.span.end] for each in (above, below))


def _sign(raw: bytes, field: Field) -> int:
    """Find the sign between name and value; -1 where something else stands there too."""
    between = raw[field.key_span.end : field.value.span.start]
    return field.key_span.end + between.index(b"=") if between.strip() == b"=" else -1
