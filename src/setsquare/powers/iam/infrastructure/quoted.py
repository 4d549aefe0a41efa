r"""Reads JSON inside of a quoted string of Terraform, so that it can be edited there: the text without the string's escapes, and where each byte of it stands.

Source: HCL Native Syntax Specification, "Template Expressions": `\n`, `\r`, `\t`, `\"`, `\\`, `\uNNNN` and `\UNNNNNNNN` are the escapes of quoted strings.
"""

from __future__ import annotations

from collections.abc import Sequence

from setsquare.powers.iam.infrastructure.nodes import Inscribed
from setsquare.text.lazy_pattern import LazyPattern
from setsquare.text.span import Edit, Span

_ESCAPE = LazyPattern(r'\\(?:([nrt"\\])|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))')
_SIMPLE = {"n": b"\n", "r": b"\r", "t": b"\t", '"': b'"', "\\": b"\\"}
_WRITTEN = {ord("\n"): b"\\n", ord("\r"): b"\\r", ord("\t"): b"\\t", ord('"'): b'\\"', ord("\\"): b"\\\\"}


def inscribed(raw: bytes, span: Span, holes: Sequence[Span]) -> tuple[Inscribed, tuple[Span, ...]]:
    r"""Read the content of a quoted string, whose quotes `span` covers; `holes` are its expressions, which stay as they are. Give the text and the holes in it.

    >>> raw = rb'x = "{\"a\": \"${var.b}\"}"'
    >>> text, holes = inscribed(raw, Span(4, 27), (Span(15, 23),))
    >>> text.text, holes, text.span(Span(1, 4))
    (b'{"a": "${var.b}"}', (Span(start=7, end=15),), Span(start=6, end=11))
    """
    written = raw.decode("latin-1")
    text = bytearray()
    places: list[int] = []
    inner: list[Span] = []
    at, end = span.start + 1, span.end - 1
    waiting = sorted(holes)
    while at < end:
        if waiting and waiting[0].start == at:
            hole = waiting.pop(0)
            inner.append(Span(len(text), len(text) + len(hole)))
            piece, after, step = raw[at : hole.end], hole.end, 1
        else:
            found = _ESCAPE.match(written, at, end) if written[at] == "\\" else None
            piece, after, step = (_meant(found.groups()), found.end(), 0) if found else (raw[at : at + 1], at + 1, 1)
        places += [at + step * index for index in range(len(piece))]
        text += piece
        at = after
    places.append(end)
    return Inscribed(bytes(text), tuple(places)), tuple(inner)


def outer_edits(text: Inscribed, edits: Sequence[Edit]) -> list[Edit]:
    r"""Turn edits of the text into edits of the file, with the string's escapes.

    >>> outer_edits(Inscribed(b'"', (5, 7)), [Edit(Span(0, 1), b'"a"')])
    [Edit(span=Span(start=5, end=7), new=b'\\"a\\"')]
    """
    return [Edit(text.span(each.span), _escaped(each.new)) for each in edits]


def _escaped(new: bytes) -> bytes:
    """Write the escapes again; what words of the engine stand in it were not in it before, or are copied with their own quotes."""
    parts = bytearray()
    depth = 0
    at = 0
    while at < len(new):
        opens = new[at : at + 2] in {b"${", b"%{"} and new[at - 1 : at] not in {b"$", b"%"}
        if depth or opens:
            # An expression is code, not text: its quotes are its own.
            end = at + 2 if opens and not depth else at + 1
            depth += new[at:end].count(b"{") - new[at:end].count(b"}")
            parts += new[at:end]
            at = end
        else:
            parts += _WRITTEN.get(new[at], new[at : at + 1])
            at += 1
    return bytes(parts)


def _meant(groups: Sequence[str | None]) -> bytes:
    simple, short, long = groups
    if simple:
        return _SIMPLE[simple]
    number = int(short or long or "0", 16)
    return chr(number if number < 0x110000 and not 0xD800 <= number < 0xE000 else 0xFFFD).encode()
