"""Reads a document's headings as nested sections."""

from __future__ import annotations

from setsquare.text.document import Document
from setsquare.text.span import Span
from setsquare.workspace.spec import Section


def sections(document: Document) -> tuple[Section, ...]:
    r"""List the sections in file order, in time linear in the number of nodes.

    >>> from setsquare.text.markdown import scan
    >>> from setsquare.text.paths import RelPath
    >>> [(s.title, s.level, len(s.span)) for s in sections(scan(RelPath("a.md"), b"# A\n## B\ntext\n## C\n"))]
    [('A', 1, 19), ('B', 2, 10), ('C', 2, 5)]
    """
    size = document.nodes[-1].span.end if document.nodes else 0
    headings = [document.nodes[index] for index in document.headings]
    ends = [size] * len(headings)
    open_headings: list[int] = []
    for index, node in enumerate(headings):
        while open_headings and headings[open_headings[-1]].depth >= node.depth:
            ends[open_headings.pop()] = node.start
        open_headings.append(index)
    return tuple(
        Section(title=node.text, level=node.depth, line=node.line, span=Span(node.start, end), body=Span(node.span.end, end))
        for node, end in zip(headings, ends, strict=True)
    )


def title(document: Document) -> str:
    r"""Name the document by its first heading of level 1, else its first heading, else nothing.

    >>> from setsquare.text.markdown import scan
    >>> from setsquare.text.paths import RelPath
    >>> title(scan(RelPath("a.md"), b"## B\n# Design: A\n"))
    'Design: A'
    """
    headings = [document.nodes[index] for index in document.headings]
    first = next((node for node in headings if node.depth == 1), headings[0] if headings else None)
    return first.text if first else ""
