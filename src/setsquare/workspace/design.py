"""Reads design files: their sections and their correctness properties."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from typing import Final

from msgspec import Struct

from setsquare.text.document import BLANK, HEADING, ITEM, TEXT, Document, Node, NodeKind
from setsquare.text.lazy_pattern import LazyPattern
from setsquare.text.span import Span
from setsquare.workspace import words
from setsquare.workspace.mentions import read_mentions
from setsquare.workspace.references import read_references
from setsquare.workspace.requirements import repeated
from setsquare.workspace.sections import sections, title
from setsquare.workspace.spec import Design, Property, Reference

_NUMBER: Final = r"(?P<number>P?\d+(?:\.\d+)*)"
_AFTER: Final = r"(?:\s*[:：.、]\s*|\s*[-–—]\s+|\s+|(?=[(（])|\s*\Z)(?P<title>.*)\Z"
_WORDED: Final = LazyPattern(rf"(?:{words.alternatives(words.PROPERTY)})\s*#?\s*{_NUMBER}{_AFTER}", re.IGNORECASE | re.DOTALL)
_LETTERED: Final = LazyPattern(rf"(?:P|CP|Prop\.?)[\s-]*{_NUMBER}(?:\s*[:：.、]\s*|\s+[-–—]\s+)(?P<title>.*)\Z", re.DOTALL)
_BARE: Final = LazyPattern(rf"(?:{words.alternatives(words.PROPERTY)})\s*#?\s*\d+(?:\.\d+)*\s*[:：]", re.IGNORECASE)
_BOLD: Final = LazyPattern(r"(?:\*\*|__)(?P<head>[^*_].*?)(?:\*\*|__)[:：]?\s*(?P<rest>.*)\Z", re.DOTALL)

_MAY_OPEN: Final = LazyPattern(
    r"[\W_]*+[" + re.escape("".join(sorted({word[0] for word in (*words.PROPERTY, "p", "cp")}))) + "]", re.IGNORECASE
)
_SILENT: Final = (BLANK, NodeKind.RULE)
_BOLD_SIGNS: Final = ("**", "__")
_LINE_LEVEL: Final = 7
_LIMIT: Final = 1000


class _Start(Struct, frozen=True, kw_only=True):
    """Where a property begins: its node, its heading's level (7 for a bold line), number, title and the rest of the line."""

    index: int
    level: int
    number: str
    title: str
    rest: str


def read_design(document: Document) -> Design:
    r"""Read a design file.

    >>> from setsquare.text.markdown import scan
    >>> from setsquare.text.paths import RelPath
    >>> raw = b"### Property 4: Round trip\n*For any* name it SHALL hold.\n**Validates: Requirements 2.4**\n"
    >>> found = read_design(scan(RelPath("design.md"), raw)).properties[0]
    >>> found.number, found.title, found.text, [r.first for r in found.validates]
    ('4', 'Round trip', '*For any* name it SHALL hold.', ['2.4'])
    """
    properties = _properties(document)
    return Design(
        path=document.path,
        title=title(document),
        sections=sections(document),
        properties=properties,
        mentions=read_mentions(document, properties),
    )


def _properties(document: Document) -> tuple[Property, ...]:
    """Read each property up to the next one, or up to the next heading that does not belong to it."""
    nodes = document.nodes
    starts = _starts(nodes)
    seen: Counter[str] = Counter()
    built = []
    for start, following in zip(starts, [*(start.index for start in starts[1:]), len(nodes)], strict=False):
        end = _end(document, start, following)
        while end > start.index + 1 and nodes[end - 1].kind in _SILENT:
            end -= 1
        built.append(_property(document, start, nodes[start.index + 1 : end], seen))
    return tuple(built)


def _end(document: Document, start: _Start, following: int) -> int:
    """Find the node after a property: the next property, or before it a heading that is no part of this one."""
    headings = document.headings
    for at in range(bisect_right(headings, start.index), len(headings)):
        index = headings[at]
        if index >= following:
            break
        if document.nodes[index].depth <= start.level:
            return index
    return following


def _starts(nodes: tuple[Node, ...]) -> list[_Start]:
    """Find the lines that begin a property: headings, bold lines, and lines of their own with a number and a colon; a bold line inside a property of the same number begins none."""
    found: list[_Start] = []
    is_section = False
    section_level = 0
    for index, node in enumerate(nodes):
        kind = node.kind
        if kind is HEADING:
            if not is_section or node.depth <= section_level:
                is_section, section_level = words.label(node.text[:_LIMIT]) in words.PROPERTIES_SECTION, node.depth
            text, rest, level = words.plain(node.text[:_LIMIT]), "", node.depth
        elif (kind is not TEXT and kind is not ITEM) or not _MAY_OPEN.match(node.text):
            continue
        elif node.text[:2] in _BOLD_SIGNS and (bold := _BOLD.match(node.text)):
            text, rest, level = words.plain(bold["head"]), bold["rest"], _LINE_LEVEL
        elif kind is TEXT and index and nodes[index - 1].kind is not TEXT and _BARE.match(node.text):
            text, rest, level = words.plain(node.text[:_LIMIT]), "", _LINE_LEVEL
        else:
            continue
        match = _WORDED.match(text) or (_LETTERED.match(text) if is_section else None)
        is_repeated = level == _LINE_LEVEL and found and found[-1].level < _LINE_LEVEL and match and found[-1].number == match["number"]
        if match and not is_repeated:
            found.append(_Start(index=index, level=level, number=match["number"], title=match["title"].strip(" :："), rest=rest))
    return found


def _property(document: Document, start: _Start, below: tuple[Node, ...], seen: Counter[str]) -> Property:
    """Build one property: its text without the lines that only refer to requirements."""
    node = document.nodes[start.index]
    validates: list[Reference] = []
    lines = [start.rest] if start.rest else []
    for line in below:
        if line.kind not in (TEXT, ITEM):
            continue
        found = read_references(line.text, document.path, line.line, line.text_start)
        validates += found
        if not found:
            lines.append(line.text)
    if start.rest:
        offset = node.text_start + len(node.text.encode("utf-8", "surrogateescape")) - len(start.rest.encode("utf-8", "surrogateescape"))
        validates = [*read_references(start.rest, document.path, node.line, offset), *validates]
    return Property(
        number=repeated(start.number, seen),
        title=start.title,
        text=" ".join(lines),
        path=document.path,
        line=node.line,
        span=Span(node.start, (below[-1] if below else node).span.end),
        validates=tuple(validates),
    )
