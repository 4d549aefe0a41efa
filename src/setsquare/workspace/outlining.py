"""Sees headings where people write them without `#`: a bold line, or a bare one, that names a requirement."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from msgspec.structs import replace

from setsquare.text.document import HEADING, TEXT, Document, Node
from setsquare.text.lazy_pattern import LazyPattern
from setsquare.workspace import words
from setsquare.workspace.heading_names import Name, labelled, worded
from setsquare.workspace.roles import Role, role

_BOLD: Final = ("**", "__")
_ENDS: Final = ("**", "__", "**:", "__:", "**：")
_LIMIT: Final = 160
_DEEPEST: Final = 6
_SIGN: Final = LazyPattern(r"[:：]|[-–—]\s")


def outlined(document: Document) -> Document:
    r"""Give a document for reading in which lines such as `**Requirement 2: Stop**` are headings; its bytes are the same.

    Bare lines count only where the file has no other requirement heading.

    >>> from setsquare.text.markdown import scan
    >>> from setsquare.text.paths import RelPath
    >>> seen = outlined(scan(RelPath("r.md"), b"# Bell\n\n**Requirement 1: Ring**\n\n1. THE Bell SHALL ring\n"))
    >>> [(node.depth, node.text) for node in seen.nodes if node.kind is HEADING]
    [(1, 'Bell'), (2, '**Requirement 1: Ring**')]
    """
    nodes = document.nodes
    bold = list(_bold(nodes))
    headings = [nodes[index] for index in document.headings]
    if not bold and len(headings) > 1:
        return document
    real = [(node.depth, name) for node in headings if (name := _named(node.text))]
    found = bold if bold or real else list(_bare(nodes))
    taken = {name.number for _, name in real}
    chosen = {index for index, name in found if name.number not in taken}
    return replace(document, nodes=tuple(_raised(nodes, chosen, min((depth for depth, _ in real), default=0)))) if chosen else document


def _raised(nodes: Sequence[Node], chosen: set[int], level: int) -> Iterator[Node]:
    """Turn the chosen lines into headings: of the level of the other requirement headings, else below the heading above them."""
    above, is_aside = 0, False
    for index, node in enumerate(nodes):
        if node.kind is HEADING:
            found = role(node)
            is_aside = found in (Role.ASIDE, Role.GLOSSARY)
            above = above if found is Role.CRITERIA else node.depth
        is_heading = index in chosen and not is_aside
        yield replace(node, kind=HEADING, depth=level or min(above + 1, _DEEPEST)) if is_heading else node


def _bold(nodes: Sequence[Node]) -> Iterator[tuple[int, Name]]:
    """Find bold lines that name a requirement and stand apart from the text above."""
    for index, node in enumerate(nodes):
        text = node.text
        if text[:2] not in _BOLD or node.kind is not TEXT or not text.endswith(_ENDS) or (name := _named(text)) is None:
            continue
        if not index or nodes[index - 1].kind is not TEXT:
            yield index, name


def _bare(nodes: Sequence[Node]) -> Iterator[tuple[int, Name]]:
    """Find lines of their own that name a requirement with a sign after its number."""
    for index, node in enumerate(nodes):
        if node.kind is not TEXT or node.depth or not (name := _named(node.text)) or words.has_shall(node.text):
            continue
        is_apart = not index or nodes[index - 1].kind is not TEXT
        if is_apart and (not name.title or _SIGN.search(node.text[: -len(name.title)])):
            yield index, name


def _named(text: str) -> Name | None:
    """Read a line as a requirement's name."""
    if len(text) > _LIMIT:
        return None
    plain = words.plain(text)
    return worded(plain) or labelled(plain)
