"""Takes items out of lists and puts words in, so that every byte elsewhere stays: between brackets, in YAML's lines, in HCL's blocks."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import pairwise

from setsquare.text.span import Edit, Span

_BLANK = b" \t"


def line_start(raw: bytes, at: int) -> int:
    """Find where the line of a place begins."""
    return raw.rfind(b"\n", 0, at) + 1


def line_end(raw: bytes, at: int) -> int:
    """Find where the line after a place ends, its line end included."""
    found = raw.find(b"\n", at)
    return len(raw) if found < 0 else found + 1


def indent(raw: bytes, at: int) -> bytes:
    """Give the white space that the line of a place begins with."""
    line = raw[line_start(raw, at) : at]
    return line[: len(line) - len(line.lstrip(_BLANK))]


def newline(raw: bytes) -> bytes:
    r"""Give the line end of a file.

    >>> newline(b"a\r\nb"), newline(b"a")
    (b'\r\n', b'\n')
    """
    return b"\r\n" if b"\r\n" in raw else b"\n"


def stands_alone(raw: bytes, span: Span) -> bool:
    """Tell whether a part begins its own line."""
    return not raw[line_start(raw, span.start) : span.start].strip(_BLANK)


def cuts(spans: Iterable[Span]) -> list[Edit]:
    """Take spans away, those that touch or overlap as one.

    >>> [each.span.end for each in cuts([Span(3, 5), Span(1, 3)])]
    [5]
    """
    merged: list[Span] = []
    for span in sorted(spans):
        if merged and span.start <= merged[-1].end:
            merged[-1] = Span(merged[-1].start, max(span.end, merged[-1].end))
        else:
            merged.append(span)
    return [Edit(span, b"") for span in merged]


def bracketed_cuts(raw: bytes, items: Sequence[Span], gone: Collection[int]) -> Iterator[Span]:
    r"""Give what to cut so that items of a list between brackets go; one at least stays.

    >>> raw = b'["a", "b", "c"]'
    >>> from setsquare.text.span import apply_edits
    >>> apply_edits(raw, cuts(bracketed_cuts(raw, [Span(1, 4), Span(6, 9), Span(11, 14)], {0, 2})))
    b'["b"]'
    """
    ends = [_after(raw, item) for item in items]
    last = len(items) - 1
    kept = max(index for index in range(len(items)) if index not in gone)
    tail = _tail(raw, items, kept)
    if tail is not None:
        yield tail
    for index in sorted(gone):
        item, after = items[index], ends[index]
        row = _row(raw, items, index)
        if tail is not None and index > kept:
            break
        if all(each in gone for each in row) and _fills_lines(raw, items[row[0]], ends[row[-1]]):
            yield Span(line_start(raw, items[row[0]].start), line_end(raw, ends[row[-1]]))
        elif index < last and b"\n" not in raw[after : items[index + 1].start]:
            is_last = index > kept and not stands_alone(raw, item)
            yield Span(_back(raw, item.start) if is_last else item.start, items[index + 1].start)
        else:
            yield Span(_line_before(raw, item) or _back(raw, item.start), after)
    if tail is None and kept != last and ends[last] == items[last].end and ends[kept] > items[kept].end:
        yield Span(ends[kept] - 1, ends[kept])


def _after(raw: bytes, item: Span) -> int:
    """Give where an item ends with its comma."""
    comma = _comma(raw, item.end)
    return comma + 1 if comma >= 0 else item.end


def _row(raw: bytes, items: Sequence[Span], index: int) -> range:
    """Give the items that stand on the lines of one."""
    first = last = index
    while first and b"\n" not in raw[items[first - 1].end : items[first].start]:
        first -= 1
    while last + 1 < len(items) and b"\n" not in raw[items[last].end : items[last + 1].start]:
        last += 1
    return range(first, last + 1)


def _fills_lines(raw: bytes, first: Span, after: int) -> bool:
    """Tell whether nothing else stands on the lines from an item to a place."""
    end = line_end(raw, after)
    return stands_alone(raw, first) and raw[end - 1 : end] == b"\n" and _is_idle(raw[after:end])


def _tail(raw: bytes, items: Sequence[Span], kept: int) -> Span | None:
    """Give the items behind the last one that stays as one cut, where they do not fill lines of their own and nothing but commas stands between.

    What closes the list then stands as near to the one that stays as it stood to the last.
    """
    last = len(items) - 1
    between = [raw[one.end : other.start] for one, other in pairwise(items[kept:])]
    if kept == last or any(gap.replace(b",", b"").strip() for gap in between):
        return None
    return None if _fills_lines(raw, items[kept + 1], _after(raw, items[last])) else Span(items[kept].end, items[last].end)


def line_cuts(raw: bytes, items: Sequence[Span], gone: Collection[int]) -> Iterator[Span]:
    """Give what to cut so that items of a list in YAML's lines go."""
    for index in sorted(gone):
        yield Span(line_start(raw, items[index].start), line_end(raw, items[index].end))


def block_cuts(raw: bytes, items: Sequence[Span], gone: Collection[int]) -> Iterator[Span]:
    """Give what to cut so that blocks go, with one blank line beside them."""
    for index in sorted(gone):
        start, end = line_start(raw, items[index].start), line_end(raw, items[index].end)
        before = line_start(raw, start - 1) if start else 0
        if start and not raw[before:start].strip():
            start = before
        elif raw[end : line_end(raw, end)].strip() == b"" and end < len(raw):
            end = line_end(raw, end)
        yield Span(start, end)


def _comma(raw: bytes, at: int) -> int:
    """Find the comma after an item, past white space and comments; -1 where there is none."""
    while True:
        while raw[at : at + 1] and raw[at : at + 1] in b" \t\r\n":
            at += 1
        if raw[at : at + 1] == b"#" or raw[at : at + 2] == b"//":
            at = line_end(raw, at)
        elif raw[at : at + 2] == b"/*":
            close = raw.find(b"*/", at)
            at = len(raw) if close < 0 else close + 2
        else:
            return at if raw[at : at + 1] == b"," else -1


def _is_idle(rest: bytes) -> bool:
    """Tell whether the rest of a line says nothing but a remark on what stood before it."""
    rest = rest.strip()
    return not rest or rest.startswith((b"#", b"//")) or (rest.startswith(b"/*") and rest.endswith(b"*/"))


def _line_before(raw: bytes, item: Span) -> int:
    """Give where the line before ends, for an item that begins its own line with something behind it; 0 where a remark stands there."""
    start = line_start(raw, item.start)
    if not start or not stands_alone(raw, item):
        return 0
    before = raw[line_start(raw, start - 1) : start].rstrip(b"\r\n")
    return line_start(raw, start - 1) + len(before) if b"#" not in before and b"//" not in before else 0


def _back(raw: bytes, at: int) -> int:
    while at and raw[at - 1 : at] in (b" ", b"\t"):
        at -= 1
    return at
