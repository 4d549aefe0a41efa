"""Reads the comments in Markdown files that switch rules off for a line, a section or a file."""

from __future__ import annotations

import enum
import re
from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from setsquare.text.document import Document, Node, NodeKind, decode
from setsquare.text.paths import RelPath
from setsquare.text.span import Span

_OPENING: Final = re.compile(rb"<!--[ \t\r\n]*(?:setsquare|spec-lint)[ \t]*:[ \t]*(?=disable)")
_BODY: Final = re.compile(
    rb"disable(?P<scope>-section|-file)?(?:[ \t]*=[ \t]*(?P<names>[^\s,]+(?:[ \t]*,[ \t]*[^\s,]+)*)?)?(?![^\s])", re.DOTALL
)
_NAME: Final = re.compile(rb"[^\s,]+")
_NO_TEXT: Final = frozenset({NodeKind.FENCE, NodeKind.FRONT_MATTER})


class Scope(enum.Enum):
    """What a comment speaks of."""

    LINE = "line"
    SECTION = "section"
    FILE = "file"


class Named(Struct, frozen=True):
    """A rule's code or name, or a family, as written in a comment."""

    name: str
    span: Span


class Directive(Struct, frozen=True, kw_only=True):
    """One comment: where it stands, the rules that it names (none when it cannot be followed), why, and the bytes it speaks of."""

    path: RelPath
    span: Span
    scope: Scope
    names: tuple[Named, ...]
    reason: str
    stretch: Span

    def covers(self, path: str, at: int) -> bool:
        """Tell whether a place lies in what the comment speaks of."""
        return path == self.path and (self.scope is Scope.FILE or self.stretch.start <= at < self.stretch.end)


def read_directives(document: Document, raw: bytes) -> Iterator[Directive]:
    r"""Read a file's comments; those in code are text.

    >>> from setsquare.text.markdown import scan
    >>> raw = b"1. THE X should go <!-- setsquare: disable=EARS002,AMB agreed with Ann -->\n"
    >>> [
    ...     (found.scope.value, [named.name for named in found.names], found.reason)
    ...     for found in read_directives(scan(RelPath("a.md"), raw), raw)
    ... ]
    [('line', ['EARS002', 'AMB'], 'agreed with Ann')]
    """
    position = 0
    while opening := _OPENING.search(raw, position):
        close = raw.find(b"-->", opening.end())
        if close < 0:
            return
        position = close + 3
        index = _node_at(document, opening.start())
        if not _is_code(document.nodes[index], opening.start()):
            yield _directive(document, index, Span(opening.start(), position), (opening.end(), close), raw)


def _directive(document: Document, index: int, span: Span, body: tuple[int, int], raw: bytes) -> Directive:
    found = _BODY.match(raw, *body)
    scope = {b"-section": Scope.SECTION, b"-file": Scope.FILE}.get(found["scope"] or b"", Scope.LINE) if found else Scope.LINE
    names = (
        tuple(Named(decode(name[0]), Span(*name.span())) for name in _NAME.finditer(raw, *found.span("names")))
        if found and found["names"]
        else ()
    )
    reason = decode(raw[found.end() : body[1]]).strip() if found else ""
    stretch = _section(document, index, raw) if scope is Scope.SECTION else _line(document, index, span, raw)
    return Directive(path=document.path, span=span, scope=scope, names=names, reason=" ".join(reason.split()), stretch=stretch)


def _node_at(document: Document, offset: int) -> int:
    """Find the node that holds a byte."""
    low, high = 0, len(document.nodes) - 1
    while low < high:
        middle = (low + high + 1) // 2
        if document.nodes[middle].start <= offset:
            low = middle
        else:
            high = middle - 1
    return low


def _is_code(node: Node, offset: int) -> bool:
    """Tell whether a place lies in a code block or between back-ticks."""
    before = node.raw[: offset - node.start]
    line = before[before.rfind(b"\n") + 1 :]
    return node.kind in _NO_TEXT or line.count(b"`") % 2 == 1


def _line(document: Document, index: int, span: Span, raw: bytes) -> Span:
    """Find what a comment on its own line, or at the end of another, speaks of: one line, or one list item with its further lines."""
    nodes = document.nodes
    node = nodes[index]
    around = raw[node.start : span.start] + raw[span.end : node.start + len(node.raw)]
    if node.kind is NodeKind.COMMENT or not around.strip():
        index = next((later for later in range(index + 1, len(nodes)) if nodes[later].kind is not NodeKind.BLANK), index)
    first = index
    while first and nodes[first].kind is NodeKind.TEXT and nodes[first - 1].kind in (NodeKind.TEXT, NodeKind.ITEM):
        first -= 1
    if nodes[first].kind is not NodeKind.ITEM:
        return nodes[index].span
    last = first
    while last + 1 < len(nodes) and nodes[last + 1].kind is NodeKind.TEXT:
        last += 1
    return Span(nodes[first].start, nodes[last].span.end)


def _section(document: Document, index: int, raw: bytes) -> Span:
    """Find the section that holds a comment: from the heading above it to the next one of the same level or above."""
    nodes = document.nodes
    heading = next((nodes[at] for at in range(index, -1, -1) if nodes[at].kind is NodeKind.HEADING), None)
    level = heading.depth if heading else 6
    end = next(
        (node.start for node in nodes[index + 1 :] if node.kind is NodeKind.HEADING and node.depth <= level and node is not heading),
        len(raw),
    )
    return Span(heading.start if heading else 0, end)
