"""Holds one file as nodes that tile it: the file is written from its nodes, never from a kept copy."""

from __future__ import annotations

import enum
from bisect import bisect_right
from collections.abc import Iterable
from functools import cached_property
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from setsquare.text.paths import RelPath
from setsquare.text.span import Place, Span


class NodeKind(enum.Enum):
    """What a stretch of a file is, as far as its syntax tells."""

    BOM = "bom"
    FRONT_MATTER = "front-matter"
    HEADING = "heading"
    ITEM = "item"
    TEXT = "text"
    BLANK = "blank"
    FENCE = "fence"
    COMMENT = "comment"
    RULE = "rule"
    TABLE = "table"
    PUNCTUATION = "punctuation"
    STRING = "string"
    LITERAL = "literal"
    SPACE = "space"
    LINE = "line"
    BYTES = "bytes"


# Readers ask every line of every file for its kind, and CPython 3.11 takes ten times as long for a member of an enum as for a name.
BLANK: Final = NodeKind.BLANK
FENCE: Final = NodeKind.FENCE
HEADING: Final = NodeKind.HEADING
ITEM: Final = NodeKind.ITEM
TABLE: Final = NodeKind.TABLE
TEXT: Final = NodeKind.TEXT


class Node(Struct, frozen=True, kw_only=True, gc=False):
    """A stretch of a file.

    `raw` are its bytes with the line end. `start` is its byte offset, `line` its first line from 1. `depth` is a heading's
    level (1 to 6) or an item's indentation in columns (a tab counts 4). `marker` is an item's marker as written (`-`, `1.`).
    `text` is the content without marker, markup of the line's kind and line end; `text_start` its byte offset in the file.
    """

    kind: NodeKind
    raw: bytes
    start: int
    line: int
    depth: int = 0
    marker: str = ""
    text: str = ""
    text_start: int = 0

    @property
    def span(self) -> Span:
        """Address the node's bytes."""
        return Span(self.start, self.start + len(self.raw))


# req: workspace/2.2, workspace/2.3
class Document(Struct, frozen=True, kw_only=True, dict=True):
    """One file as nodes that tile it without gap or overlap, in file order."""

    path: RelPath
    nodes: tuple[Node, ...]

    @cached_property
    def headings(self) -> tuple[int, ...]:
        """Give the indices of the headings."""
        return tuple([index for index, node in enumerate(self.nodes) if node.kind is HEADING])

    def render(self) -> bytes:
        """Write the file's bytes from its nodes."""
        return b"".join([node.raw for node in self.nodes])

    def without(self, index: int) -> Document:
        """Remove one node: exactly its bytes go, the offsets and lines of the later nodes follow."""
        gone = self.nodes[index]
        lines = gone.raw.count(b"\n")
        later = (
            replace(
                node,
                start=node.start - len(gone.raw),
                line=node.line - lines,
                text_start=node.text_start - len(gone.raw),
            )
            for node in self.nodes[index + 1 :]
        )
        return replace(self, nodes=(*self.nodes[:index], *later))

    def line(self, offset: int) -> int:
        """Say the line of a byte offset alone, which takes the same time however long the line is."""
        index = bisect_right(self.nodes, offset, key=lambda node: node.start) - 1
        if index < 0:
            return 1
        node = self.nodes[index]
        return node.line + node.raw[: offset - node.start].count(b"\n")

    def place(self, offset: int) -> Place:
        """Say line and column of a byte offset; past the end gives the end. A byte order mark takes no column."""
        index = bisect_right(self.nodes, offset, key=lambda node: node.start) - 1
        if index < 0:
            return Place(1, 1)
        node = self.nodes[index]
        before = node.raw[: offset - node.start]
        line, same_line = node.line + before.count(b"\n"), [before]
        while index and b"\n" not in same_line[-1]:
            index -= 1
            same_line.append(self.nodes[index].raw)
        text = b"".join(reversed(same_line))
        column = len(decode(text[text.rfind(b"\n") + 1 :]).removeprefix("\ufeff")) + 1
        return Place(line, column)


# req: workspace/2.1
def decode(raw: bytes) -> str:
    r"""Read bytes as UTF-8 such that `encode` gives the same bytes back, whatever they are.

    >>> encode(decode(b"\x92 quote")) == b"\x92 quote"
    True
    """
    return raw.decode("utf-8", "surrogateescape")


def encode(text: str) -> bytes:
    r"""Write text that `decode` read.

    >>> encode("naïve"), encode(decode(b"\xff"))
    (b'na\xc3\xafve', b'\xff')
    """
    return text.encode("utf-8", "surrogateescape")


def tiled(nodes: Iterable[Node], size: int) -> bool:
    """Tell whether nodes cover `size` bytes without gap or overlap.

    >>> nodes = Document(path=RelPath("a"), nodes=()).nodes
    >>> tiled(nodes, 0), tiled(nodes, 1)
    (True, False)
    """
    position = 0
    for node in nodes:
        if node.start != position:
            return False
        position += len(node.raw)
    return position == size
