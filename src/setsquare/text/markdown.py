"""Splits Markdown into nodes, one per line except where lines belong together: front matter, fences, comments, tables.

The scanner knows only what the line grammar of specs needs; it never fails, and what it does not know is `TEXT`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeAlias

from setsquare.text.document import Document, Node, NodeKind, decode
from setsquare.text.paths import RelPath

_BOM = b"\xef\xbb\xbf"
_LINE = re.compile(rb"[^\n]*+\n|[^\n]++\Z")
_HEADING = re.compile(rb"[ ]{0,3}(#{1,6})(?:[ \t]+|(?=\r?\n?\Z))")
_ITEM = re.compile(rb"([ \t]*)([-*+]|\d{1,9}[.)])([ \t]+|(?=\r?\n?\Z))")
_FENCE = re.compile(rb"[ \t]*(?:[-*+][ \t]+)?(`{3,}|~{3,})([^\r\n]*)")
_RULE = re.compile(rb"[ ]{0,3}([-*_])[ \t]*+(?:\1[ \t]*+){2,}+\r?\n?\Z")
_TAB_COLUMNS = 4

Closing: TypeAlias = Callable[[bytes], bool]


def scan(path: RelPath, raw: bytes) -> Document:
    r"""Read Markdown bytes as a document whose nodes tile them.

    >>> [(node.kind.value, node.text) for node in scan(RelPath("a.md"), b"# T\n\n- [ ] 1. Go\n").nodes]
    [('heading', 'T'), ('blank', ''), ('item', '[ ] 1. Go')]
    """
    nodes: list[Node] = []
    position = 0
    if raw.startswith(_BOM):
        nodes.append(Node(kind=NodeKind.BOM, raw=_BOM, start=0, line=1))
        position = len(_BOM)
    lines = _LINE.findall(raw, position)
    index, line_number = 0, 1
    last_end = max((at for at, line in enumerate(lines) if b"-->" in line), default=-1) if b"<!--" in raw else -1
    while index < len(lines):
        kind, count = _opening(lines, index, last_end, is_first=line_number == 1)
        block = lines[index] if count == 1 else b"".join(lines[index : index + count])
        nodes.append(_node(kind, block, position, line_number))
        position += len(block)
        index += count
        line_number += count
    return Document(path=path, nodes=tuple(nodes))


def _opening(lines: list[bytes], index: int, last_end: int, *, is_first: bool) -> tuple[NodeKind, int]:
    """Tell what starts at a line and how many lines it takes; `last_end` is the last line that closes a comment, so that none is sought in vain."""
    line = lines[index]
    stripped = line.strip()
    if not stripped:
        return NodeKind.BLANK, 1
    if is_first and stripped == b"---" and line.startswith(b"---"):
        end = _closing(lines, index + 1, lambda row: row.rstrip() in (b"---", b"..."))
        if end:
            return NodeKind.FRONT_MATTER, end - index
    first = stripped[:1]
    if first == b"#" and _HEADING.match(line):
        return NodeKind.HEADING, 1
    if first in b"`~-*+" and (fence := _FENCE.match(line)):
        return _fence(lines, index, fence)
    if first in b"-*_" and _RULE.match(line):
        return NodeKind.RULE, 1
    if stripped.startswith(b"<!--"):
        return _comment(lines, index, last_end)
    if (first in b"-*+" or first.isdigit()) and _ITEM.match(line):
        return NodeKind.ITEM, 1
    return (NodeKind.TABLE if first == b"|" else NodeKind.TEXT), 1


def _fence(lines: list[bytes], index: int, opening: re.Match[bytes]) -> tuple[NodeKind, int]:
    """Measure a fenced block; one that never closes runs to the end of the file."""
    ticks = opening[1]
    if ticks[:1] == b"`" and b"`" in opening[2]:
        return (NodeKind.ITEM if _ITEM.match(lines[index]) else NodeKind.TEXT), 1
    end = _closing(lines, index + 1, lambda row: row.strip(b" \t\r\n").startswith(ticks) and not row.strip(b" \t\r\n").strip(ticks[:1]))
    return NodeKind.FENCE, (end or len(lines)) - index


def _comment(lines: list[bytes], index: int, last_end: int) -> tuple[NodeKind, int]:
    """Measure an HTML comment; one that never closes is one line of text."""
    if index > last_end:
        return NodeKind.TEXT, 1
    return NodeKind.COMMENT, (_closing(lines, index, lambda row: b"-->" in row) or len(lines)) - index


def _closing(lines: list[bytes], start: int, is_end: Closing) -> int:
    """Find the line after the first one that closes a block; 0 when none does."""
    for index in range(start, len(lines)):
        if is_end(lines[index]):
            return index + 1
    return 0


def _node(kind: NodeKind, raw: bytes, start: int, line: int) -> Node:
    """Build a node with the content of its kind."""
    if kind is NodeKind.HEADING and (heading := _HEADING.match(raw)):
        text = _without_closing_hashes(decode(raw[heading.end() :]).rstrip())
        return Node(
            kind=kind,
            raw=raw,
            start=start,
            line=line,
            depth=len(heading[1]),
            marker=decode(heading[1]),
            text=text,
            text_start=start + heading.end(),
        )
    if kind is NodeKind.ITEM and (item := _ITEM.match(raw)):
        return Node(
            kind=kind,
            raw=raw,
            start=start,
            line=line,
            depth=columns(item[1]),
            marker=decode(item[2]),
            text=decode(raw[item.end() :]).rstrip(),
            text_start=start + item.end(),
        )
    if kind in (NodeKind.TEXT, NodeKind.TABLE):
        content = raw.lstrip(b" \t")
        indent = len(raw) - len(content)
        return Node(
            kind=kind,
            raw=raw,
            start=start,
            line=line,
            depth=columns(raw[:indent]),
            text=decode(content).rstrip(),
            text_start=start + indent,
        )
    return Node(kind=kind, raw=raw, start=start, line=line, text_start=start)


def _without_closing_hashes(text: str) -> str:
    """Take the closing sequence off a heading: `#` characters after a blank, or alone."""
    bare = text.rstrip("#")
    return bare.rstrip(" \t") if bare != text and (not bare or bare[-1] in " \t") else text


def columns(indent: bytes) -> int:
    r"""Count the columns of leading white space; a tab counts 4.

    >>> columns(b"  "), columns(b"\t")
    (2, 4)
    """
    return len(indent) + indent.count(b"\t") * (_TAB_COLUMNS - 1)
