"""Reads the defined terms of a requirements file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from setsquare.text.document import BLANK, HEADING, ITEM, TABLE, TEXT, Document, Node
from setsquare.text.lazy_pattern import LazyPattern
from setsquare.workspace.roles import Role, roles

_BOLD: Final = LazyPattern(r"(?:\*\*|__)(?P<term>[^*]+?)(?:\*\*|__)\s*(?:[:：]|[-–—](?=\s))?\s*(?P<text>.*)\Z", re.DOTALL)
_CODE: Final = LazyPattern(r"`(?P<term>[^`]+)`\s*(?:[:：]|[-–—](?=\s))\s*(?P<text>.*)\Z", re.DOTALL)
_BARE: Final = LazyPattern(r"(?P<term>[^:：*`]{1,60}?)\s*(?:[:：]|\s[-–—]\s)\s*(?P<text>.*)\Z", re.DOTALL)
_RULE_CELL: Final = LazyPattern(r":?-+:?\Z")


def read_glossary(document: Document, known: Mapping[int, Role] | None = None) -> tuple[tuple[str, str], ...]:
    r"""List term and definition of every glossary section, in file order; `known` are the headings' roles where the caller has them.

    >>> from setsquare.text.markdown import scan
    >>> from setsquare.text.paths import RelPath
    >>> read_glossary(scan(RelPath("a.md"), b"## Glossary\n- **Login_Page**: Where a user\n  logs in\n"))
    (('Login_Page', 'Where a user logs in'),)
    """
    role_of = roles(document.nodes) if known is None else known
    if Role.GLOSSARY not in role_of.values():
        return ()
    terms: list[tuple[str, list[str]]] = []
    depth = 0
    is_open = False
    for node in document.nodes:
        if node.kind is HEADING:
            if not depth or node.depth <= depth:
                depth = node.depth if role_of[node.start] is Role.GLOSSARY else 0
            is_open = False
        elif depth and (entry := _entry(node)):
            terms.append((entry[0], [entry[1]]))
            is_open = True
        elif depth and is_open and node.kind in (TEXT, ITEM):
            terms[-1][1].append(node.text)
        elif node.kind is BLANK:
            is_open = False
    return tuple((term, " ".join(part for part in parts if part)) for term, parts in terms)


def _entry(node: Node) -> tuple[str, str] | None:
    """Read one entry: a list item, a bold paragraph or a table's row."""
    if node.kind is TABLE:
        cells = [cell.strip().strip("*`") for cell in node.text.strip().strip("|").split("|")]
        is_row = len(cells) >= 2 and cells[0] and not _RULE_CELL.match(cells[0]) and cells[0].casefold() not in ("term", "术语", "用語")
        return (cells[0], cells[1]) if is_row else None
    if node.kind is ITEM and node.depth < 4:
        match = _BOLD.match(node.text) or _CODE.match(node.text) or _BARE.match(node.text)
    elif node.kind is TEXT and node.depth == 0:
        match = _BOLD.match(node.text)
    else:
        match = None
    return (match["term"].strip().rstrip(":：").strip(), match["text"].strip()) if match else None
