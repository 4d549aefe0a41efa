"""Splits text that has no grammar of ours (YAML, CODEOWNERS, scripts) into one node per line, and keeps binary files whole."""

from __future__ import annotations

from setsquare.text.document import Document, Node, NodeKind, decode
from setsquare.text.paths import RelPath

_BOM = b"\xef\xbb\xbf"


def scan(path: RelPath, raw: bytes) -> Document:
    r"""Read bytes as a document of `LINE` nodes; bytes that hold a NUL are binary and become one `BYTES` node.

    >>> [node.text for node in scan(RelPath("CODEOWNERS"), b"* @a\r\n/docs @b").nodes]
    ['* @a', '/docs @b']
    >>> [node.kind.value for node in scan(RelPath("logo.png"), b"\x89PNG\x00\n").nodes]
    ['bytes']
    """
    if b"\0" in raw:
        return whole(path, raw)
    nodes: list[Node] = []
    position = 0
    if raw.startswith(_BOM):
        nodes.append(Node(kind=NodeKind.BOM, raw=_BOM, start=0, line=1))
        position = len(_BOM)
    for number, line in enumerate(_lines(raw[position:]), 1):
        text = decode(line).rstrip("\r\n")
        nodes.append(Node(kind=NodeKind.LINE, raw=line, start=position, line=number, text=text, text_start=position))
        position += len(line)
    return Document(path=path, nodes=tuple(nodes))


def whole(path: RelPath, raw: bytes) -> Document:
    r"""Keep bytes as one node; no bytes give no node.

    >>> len(whole(RelPath("a.bin"), b"\x00").nodes), len(whole(RelPath("a.bin"), b"").nodes)
    (1, 0)
    """
    return Document(path=path, nodes=(Node(kind=NodeKind.BYTES, raw=raw, start=0, line=1),) if raw else ())


def _lines(raw: bytes) -> list[bytes]:
    """Split after each line feed only: a lone carriage return ends no line here, as in every other scanner."""
    lines = [line + b"\n" for line in raw.split(b"\n")]
    lines[-1] = lines[-1][:-1]
    return lines if lines[-1] else lines[:-1]
