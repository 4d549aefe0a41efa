"""Finds where a design's sections name requirements: in tables and after keys."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from setsquare.text.document import BLANK, HEADING, ITEM, TABLE, TEXT, Document, Node, encode
from setsquare.text.lazy_pattern import LazyPattern
from setsquare.workspace import words
from setsquare.workspace.references import read_references, read_value
from setsquare.workspace.spec import Mention, Property, Reference, ReferenceKind

_VERB: Final = LazyPattern(rf"[\W_]*+(?:{words.alternatives(words.VALIDATES)})", re.IGNORECASE)
_CELL: Final = LazyPattern(r"\|([^|]*)(?=\|)")
_RULE_ROW: Final = LazyPattern(r"[\s|:-]+\Z")
_REQUIREMENT_CELL: Final = LazyPattern(
    rf"(?:(?:{words.alternatives(words.REQUIREMENTS)})s?)(?:\s*(?:ids?|no\.?|numbers?|coverage|#|编号|番号|번호))?\Z",
    re.IGNORECASE,
)


def read_mentions(document: Document, properties: tuple[Property, ...]) -> tuple[Mention, ...]:
    r"""List the requirements that each section names, properties left out.

    >>> from setsquare.text.markdown import scan
    >>> from setsquare.text.paths import RelPath
    >>> raw = b"## Login\nRequirements: 1.1\n## Map\n| Requirement | Part |\n|---|---|\n| 1.2 | Form |\n"
    >>> [(m.section, m.reference.first) for m in read_mentions(scan(RelPath("design.md"), raw), ())]
    [(0, '1.1'), (1, '1.2')]
    """
    owned = iter(properties)
    own = next(owned, None)
    section = -1
    columns: tuple[int, ...] | None = None
    found: list[Mention] = []
    for node in document.nodes:
        kind = node.kind
        if kind is BLANK:
            columns = None
            continue
        if kind is HEADING:
            section += 1
        while own is not None and own.span.end <= node.start:
            own = next(owned, None)
        if own is not None and own.span.start <= node.start:
            continue
        if kind is TABLE:
            references, columns = _row(document, node, columns)
        else:
            columns = None
            is_read = kind is TEXT or kind is ITEM or kind is HEADING
            references = read_references(node.text, document.path, node.line, node.text_start) if is_read else ()
        if section >= 0 and references:
            is_validation = kind is not TABLE and _VERB.match(node.text) is not None
            found += [Mention(section, item, is_validation) for item in references if item.kind is not ReferenceKind.PROSE]
    return tuple(found)


def _row(document: Document, node: Node, columns: tuple[int, ...] | None) -> tuple[tuple[Reference, ...], tuple[int, ...]]:
    """Read one table row; the first row says which columns hold requirements."""
    cells = list(_cells(node.text))
    if columns is None:
        return (), tuple(index for index, (_, text) in enumerate(cells) if _names_requirements(text))
    if _RULE_ROW.match(node.text):
        return (), columns
    wanted = columns or ((1,) if len(cells) > 1 and _names_requirements(cells[0][1]) else ())
    references: list[Reference] = []
    for index in wanted:
        if index < len(cells):
            start, text = cells[index]
            references += read_value(text, document.path, node.line, node.text_start + len(encode(node.text[:start])))
    return tuple(references), columns


def _names_requirements(text: str) -> bool:
    return _REQUIREMENT_CELL.match(words.plain(text)) is not None


def _cells(text: str) -> Iterator[tuple[int, str]]:
    """List a row's cells with their character offsets."""
    for match in _CELL.finditer(text if text.rstrip().endswith("|") else text + "|"):
        yield match.start(1), match[1]
