"""Reads the dependency graph that a task file may hold as JSON.

Source: Kiro's on-disk format, section 2.6, the waves block and its variants.
"""

from __future__ import annotations

from typing import TypeAlias

import msgspec

from setsquare.text.document import Document, Node, NodeKind

Waves: TypeAlias = tuple[tuple[str, ...], ...]


class _Wave(msgspec.Struct, frozen=True):
    """One group of task ids in the object forms."""

    tasks: tuple[str | int | float, ...] = ()


class _Graph(msgspec.Struct, frozen=True):
    """The block's object form: groups as objects or as bare lists."""

    waves: tuple[_Wave | tuple[str | int | float, ...], ...]


class _Single(msgspec.Struct, frozen=True):
    """One group on a line of its own: `{"wave": 1, "tasks": []}`."""

    wave: int | str
    tasks: tuple[str | int | float, ...] = ()


def read_waves(document: Document) -> Waves:
    r"""Read the last block that is a dependency graph; none gives no waves.

    >>> from setsquare.text.markdown import scan
    >>> from setsquare.text.paths import RelPath
    >>> read_waves(scan(RelPath("tasks.md"), b'```json\n{"waves": [{"id": 0, "tasks": ["1.1", "2"]}, {"id": 1, "tasks": ["3"]}]}\n```\n'))
    (('1.1', '2'), ('3',))
    """
    for node in reversed(document.nodes):
        if node.kind is NodeKind.FENCE and b"wave" in node.raw and (waves := _graph(_inner(node))):
            return waves
    return ()


def _inner(node: Node) -> bytes:
    """Take a fence's content without its first line and its closing line."""
    lines = node.raw.strip().splitlines()
    return b"\n".join(lines[1:-1] if len(lines) > 1 and lines[-1].strip().startswith((b"```", b"~~~")) else lines[1:])


def _graph(raw: bytes) -> Waves:
    """Decode one block in any of its forms; what cannot be decoded is no graph."""
    try:
        return tuple(_ids(wave.tasks if isinstance(wave, _Wave) else wave) for wave in msgspec.json.decode(raw, type=_Graph).waves)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    try:
        return tuple(_ids(wave.tasks) for wave in msgspec.json.decode(raw, type=tuple[_Single, ...]))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    try:
        return tuple(_ids(msgspec.json.decode(line.strip().rstrip(b","), type=_Single).tasks) for line in raw.splitlines() if line.strip())
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ()


def _ids(tasks: tuple[str | int | float, ...]) -> tuple[str, ...]:
    """Write task ids as text, without a final dot."""
    return tuple(str(task).strip().rstrip(".") for task in tasks)
