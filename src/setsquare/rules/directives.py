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
_BLANK: Final = re.compile(rb"\s*")
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


# req: spec-engine/7.2
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
    ticks, around = _Ticks(raw), _Around(document, raw)
    while opening := _OPENING.search(raw, position):
        close = raw.find(b"-->", opening.end())
        if close < 0:
            return
        position = close + 3
        node = document.nodes[_node_at(document, opening.start())]
        if node.kind not in _NO_TEXT and ticks.are_even(node.start, opening.start()):
            yield _directive(around, Span(opening.start(), position), (opening.end(), close))


def _directive(around: _Around, span: Span, body: tuple[int, int]) -> Directive:
    raw = around.raw
    found = _BODY.match(raw, *body)
    scope = {b"-section": Scope.SECTION, b"-file": Scope.FILE}.get(found["scope"] or b"", Scope.LINE) if found else Scope.LINE
    names = (
        tuple(Named(decode(name[0]), Span(*name.span())) for name in _NAME.finditer(raw, *found.span("names")))
        if found and found["names"]
        else ()
    )
    reason = decode(raw[found.end() : body[1]]).strip() if found else ""
    stretch = around.section(span) if scope is Scope.SECTION else around.line(span)
    return Directive(path=around.document.path, span=span, scope=scope, names=names, reason=" ".join(reason.split()), stretch=stretch)


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


class _Ticks:
    """Counts the back-ticks of a line up to a place; the places must be asked for in order, so that no byte is read twice."""

    __slots__ = ("_count", "_raw", "_upto")

    def __init__(self, raw: bytes) -> None:
        self._raw, self._upto, self._count = raw, 0, 0

    def are_even(self, start: int, offset: int) -> bool:
        """Tell whether a place lies outside of back-ticks, in the node that starts at `start`."""
        line = max(start, self._raw.rfind(b"\n", self._upto, offset) + 1)
        if line > self._upto:
            self._upto, self._count = line, 0
        self._count += self._raw.count(b"`", self._upto, offset)
        self._upto = offset
        return self._count % 2 == 0


class _Around:
    """Finds what comments speak of; whatever holds for many of them is looked for once."""

    def __init__(self, document: Document, raw: bytes) -> None:
        """Read a file's comments."""
        self.document, self.raw = document, raw
        self._filled = _filled(document.nodes)
        self._sections = _sections(document.nodes, len(raw))
        self._items = _items(document.nodes)

    def line(self, span: Span) -> Span:
        """Find what a comment on its own line, or at the end of another, speaks of: one line, or one list item with its further lines."""
        index = _node_at(self.document, span.start)
        node = self.document.nodes[index]
        if node.kind is NodeKind.COMMENT or (
            _BLANK.fullmatch(self.raw, span.end, node.span.end) and _BLANK.fullmatch(self.raw, node.start, span.start)
        ):
            index = self._filled[index]
        return self._items[index]

    def section(self, span: Span) -> Span:
        """Find the section that holds a comment: from the heading above it to the next one of the same level or above."""
        return self._sections[_node_at(self.document, span.start)]


def _filled(nodes: tuple[Node, ...]) -> list[int]:
    """Give for every node the next one that is not blank, itself where there is none."""
    found = list(range(len(nodes)))
    following = -1
    for index in range(len(nodes) - 1, -1, -1):
        found[index] = index if following < 0 else following
        following = following if nodes[index].kind is NodeKind.BLANK else index
    return found


def _items(nodes: tuple[Node, ...]) -> list[Span]:
    """Give for every node the list item that it belongs to, else itself."""
    found = [node.span for node in nodes]
    first = -1
    for index, node in enumerate(nodes):
        if node.kind is NodeKind.ITEM:
            first = index
        elif node.kind is not NodeKind.TEXT:
            first = -1
        is_last = index + 1 == len(nodes) or nodes[index + 1].kind is not NodeKind.TEXT
        if first >= 0 and is_last:
            found[first : index + 1] = [Span(nodes[first].start, node.span.end)] * (index + 1 - first)
    return found


def _sections(nodes: tuple[Node, ...], size: int) -> list[Span]:
    """Give for every node the section that it stands in; what comes before the first heading ends with it."""
    starts: list[int] = []
    ends: dict[int, int] = {}
    opened: list[int] = []
    current = -1
    for index, node in enumerate(nodes):
        if node.kind is NodeKind.HEADING:
            ends.setdefault(-1, node.start)
            while opened and nodes[opened[-1]].depth >= node.depth:
                ends[opened.pop()] = node.start
            opened.append(index)
            current = index
        starts.append(current)
    return [Span(nodes[at].start if at >= 0 else 0, ends.get(at, size)) for at in starts]
