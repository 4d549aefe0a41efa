"""Finds edits to sections that stood before: in an append-only design, sections are added and never changed.

Source: the append-only design mode of the tutorial's anti-drift chapter.
"""

from __future__ import annotations

from collections import Counter

from setsquare.text.document import Document, NodeKind


def edited_sections(old: Document, new: Document) -> tuple[str, ...]:
    r"""Name the old sections whose own text (without sub-sections) is not in the new document as it was, in file order.

    White space at a section's end does not count; the text before the first heading is called `(start)`.

    >>> from setsquare.text.markdown import scan
    >>> from setsquare.text.paths import RelPath
    >>> one, two, three = (
    ...     scan(RelPath("design.md"), raw) for raw in (b"# A\nx\n## B\ny\n", b"# A\nx\n## B\ny\n## C\nz\n", b"# A\nx\n## B\nother\n")
    ... )
    >>> edited_sections(one, two), edited_sections(one, three)
    ((), ('B',))
    """
    known = Counter(_own_texts(new))
    edited: list[str] = []
    for title, text in _own_texts(old):
        if known[title, text] > 0:
            known[title, text] -= 1
        else:
            edited.append(title)
    return tuple(dict.fromkeys(edited))


def _own_texts(document: Document) -> list[tuple[str, bytes]]:
    """List each heading with the bytes up to the next heading of any level."""
    found: list[tuple[str, bytes]] = []
    title, parts = "(start)", list[bytes]()
    for node in document.nodes:
        if node.kind is NodeKind.HEADING:
            found.append((title, b"".join(parts).rstrip()))
            title, parts = node.text, []
        parts.append(node.raw)
    found.append((title, b"".join(parts).rstrip()))
    return [(name, text) for name, text in found if text]
