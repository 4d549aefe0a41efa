"""Splits Markdown into nodes, one per line except where lines belong together: front matter, fences, comments, underlined headings.

The scanner knows only what the line grammar of specs needs; it never fails, and what it does not know is `TEXT`. Its time is linear in
any input: no line is searched twice for the same end.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeAlias

from setsquare.text.document import BLANK, FENCE, HEADING, ITEM, TABLE, TEXT, Document, Node, NodeKind
from setsquare.text.paths import RelPath

_BOM = b"\xef\xbb\xbf"
_LINE = re.compile(rb"[^\n]*+\n|[^\n]++\Z")
_HEADING = re.compile(rb"[ ]{0,3}(#{1,6})(?:[ \t]+|(?=\r?\n?\Z))")
_ITEM = re.compile(rb"([ \t]*)([-*+]|\d{1,9}[.)])([ \t]+|(?=\r?\n?\Z))")
_FENCE = re.compile(rb"[ \t]*(?:[-*+][ \t]+)?(`{3,}|~{3,})([^\r\n]*)")
_RULE = re.compile(rb"[ ]{0,3}([-*_])[ \t]*+(?:\1[ \t]*+){2,}+\r?\n?\Z")
_UNDERLINE = re.compile(rb"[ ]{0,3}(?:(=)=*+|--{2,}+)[ \t\r]*+\n?\Z")
_UNDERLINES = (b"=", b"-", b" ")
_SENTENCE_ENDS = (b".", b";", b",", b":", b"!", b"*", b"_", *(sign.encode() for sign in "。；：、，"))
_NO_TITLES = (b"*", b"_", b"`", b">", b"<", b"[", b"!", b"=")
_LIMIT_TITLE_BYTES = 160
_TAB_COLUMNS = 4
# What may open a block by its first byte that is no white space: a digit opens items only.
_HASH, _PIPE = ord("#"), ord("|")
_MARKERS = frozenset(b"-*+0123456789")
_OPENERS = frozenset(b"`~<")
_RULES = frozenset(b"-*_")
_RULE_SIGNS = b"-*_ \t"
_FENCES = frozenset(b"`~")

Closing: TypeAlias = Callable[[bytes], bool]


def scan(path: RelPath, raw: bytes) -> Document:
    r"""Read Markdown bytes as a document whose nodes tile them.

    >>> [(node.kind.value, node.text) for node in scan(RelPath("a.md"), b"# T\n\n- [ ] 1. Go\n").nodes]
    [('heading', 'T'), ('blank', ''), ('item', '[ ] 1. Go')]
    >>> [(node.kind.value, node.depth, node.text) for node in scan(RelPath("a.md"), b"Login\n=====\nText\n").nodes]
    [('heading', 1, 'Login'), ('text', 0, 'Text')]
    """
    nodes: list[Node] = []
    position = 0
    if raw.startswith(_BOM):
        nodes.append(Node(kind=NodeKind.BOM, raw=_BOM, start=0, line=1))
        position = len(_BOM)
    lines = _LINE.findall(raw, position) if b"\r" in raw else raw[position:].splitlines(keepends=True)
    last_end = max((at for at, line in enumerate(lines) if b"-->" in line), default=-1) if b"<!--" in raw else -1
    index, total = 0, len(lines)
    while index < total:
        line = lines[index]
        if line == b"\n":
            nodes.append(Node(kind=BLANK, raw=line, start=position, line=index + 1, text_start=position))
            position += 1
            index += 1
            continue
        node = _line(line, position, index + 1)
        count = 1
        if node is None:
            kind, count = _opening(lines, index, last_end)
            block = line if count == 1 else b"".join(lines[index : index + count])
            node = _block(kind, block, position, index + 1)
        if node.kind is TEXT and index + 1 < total and lines[index + 1][:1] in _UNDERLINES and (level := _underline(lines, index)):
            count = 2
            node = _titled(node, line + lines[index + 1], level)
        nodes.append(node)
        position += len(node.raw)
        index += count
    return Document(path=path, nodes=tuple(nodes))


def _line(raw: bytes, start: int, line: int) -> Node | None:
    """Read a line that its first byte decides; `None` for one that may open a block."""
    stripped = raw.strip()
    if not stripped:
        return Node(kind=BLANK, raw=raw, start=start, line=line, text_start=start)
    first = stripped[0]
    if first in _MARKERS and (item := _ITEM.match(raw)):
        end = item.end()
        after = raw[end] if end < len(raw) else 0
        return None if after == first or after in _FENCES else _item(item, raw, start, line)
    if first == _HASH and (heading := _HEADING.match(raw)):
        end = heading.end()
        return Node(
            kind=HEADING,
            raw=raw,
            start=start,
            line=line,
            depth=len(heading[1]),
            marker=heading[1].decode(),
            text=_without_closing_hashes(raw[end:].decode("utf-8", "surrogateescape").rstrip()),
            text_start=start + end,
        )
    if first in _OPENERS or (first in _RULES and not stripped.strip(_RULE_SIGNS)):
        return None
    return _text(TABLE if first == _PIPE else TEXT, raw, start, line)


def _item(item: re.Match[bytes], raw: bytes, start: int, line: int) -> Node:
    """Build a list item."""
    end = item.end()
    indent = item[1]
    return Node(
        kind=ITEM,
        raw=raw,
        start=start,
        line=line,
        depth=columns(indent) if indent else 0,
        marker=item[2].decode(),
        text=raw[end:].decode("utf-8", "surrogateescape").rstrip(),
        text_start=start + end,
    )


def _text(kind: NodeKind, raw: bytes, start: int, line: int) -> Node:
    """Build a line of text or of a table."""
    content = raw.lstrip(b" \t")
    indent = len(raw) - len(content)
    return Node(
        kind=kind,
        raw=raw,
        start=start,
        line=line,
        depth=columns(raw[:indent]) if indent else 0,
        text=content.decode("utf-8", "surrogateescape").rstrip(),
        text_start=start + indent,
    )


def _block(kind: NodeKind, raw: bytes, start: int, line: int) -> Node:
    """Build what the look at several lines found."""
    if kind is ITEM and (item := _ITEM.match(raw)):
        return _item(item, raw, start, line)
    if kind in (TEXT, ITEM):
        return _text(TEXT, raw, start, line)
    return Node(kind=kind, raw=raw, start=start, line=line, text_start=start)


def _underline(lines: list[bytes], index: int) -> int:
    """Tell whether the line below makes a line a heading: 1 for `=`, 2 for `-`, 0 for none.

    A line of hyphens is also how people draw a rule right below a sentence, so it makes a heading only of what reads like a title: one line
    after a blank one, no sentence, no emphasis.
    """
    below = lines[index + 1]
    if below.lstrip(b" ")[:1] not in (b"=", b"-") or not (match := _UNDERLINE.match(below)):
        return 0
    title = lines[index].strip()
    if (index and lines[index - 1].strip()) or len(title) > _LIMIT_TITLE_BYTES or title.startswith(_NO_TITLES):
        return 0
    if match[1]:
        return 1
    return 0 if title.endswith(_SENTENCE_ENDS) or lines[index].startswith(b"    ") else 2


def _titled(node: Node, raw: bytes, level: int) -> Node:
    """Make a line of text and the line that underlines it a heading."""
    marker = "=" if level == 1 else "-"
    return Node(
        kind=HEADING,
        raw=raw,
        start=node.start,
        line=node.line,
        depth=level,
        marker=marker,
        text=node.text,
        text_start=node.text_start,
    )


def _opening(lines: list[bytes], index: int, last_end: int) -> tuple[NodeKind, int]:
    """Tell what starts at a line and how many lines it takes; `last_end` is the last line that closes a comment, so that none is sought in vain."""
    line = lines[index]
    stripped = line.strip()
    if not index and stripped == b"---" and line.startswith(b"---"):
        end = _closing(lines, 1, lambda row: row.rstrip() in (b"---", b"..."))
        if end:
            return NodeKind.FRONT_MATTER, end
    if fence := _FENCE.match(line):
        return _fence(lines, index, fence)
    if _RULE.match(line):
        return NodeKind.RULE, 1
    if stripped.startswith(b"<!--"):
        return _comment(lines, index, last_end)
    return (ITEM if _ITEM.match(line) else TEXT), 1


def _fence(lines: list[bytes], index: int, opening: re.Match[bytes]) -> tuple[NodeKind, int]:
    """Measure a fenced block; one that never closes runs to the end of the file."""
    ticks = opening[1]
    if ticks[:1] == b"`" and b"`" in opening[2]:
        return (ITEM if _ITEM.match(lines[index]) else TEXT), 1
    end = _closing(lines, index + 1, lambda row: row.strip(b" \t\r\n").startswith(ticks) and not row.strip(b" \t\r\n").strip(ticks[:1]))
    return FENCE, (end or len(lines)) - index


def _comment(lines: list[bytes], index: int, last_end: int) -> tuple[NodeKind, int]:
    """Measure an HTML comment; one that never closes is one line of text."""
    if index > last_end:
        return TEXT, 1
    return NodeKind.COMMENT, (_closing(lines, index, lambda row: b"-->" in row) or len(lines)) - index


def _closing(lines: list[bytes], start: int, is_end: Closing) -> int:
    """Find the line after the first one that closes a block; 0 when none does."""
    for index in range(start, len(lines)):
        if is_end(lines[index]):
            return index + 1
    return 0


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
