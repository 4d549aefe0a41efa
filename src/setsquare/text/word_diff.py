"""Shows which words of a text changed."""

from __future__ import annotations

import re
from typing import Final

from msgspec import Struct

from setsquare.text.lazy_pattern import LazyPattern

_WORDS: Final = LazyPattern(r"\s+|[^\W_]+|.", re.DOTALL)
_LIMIT: Final = 4000


class Piece(Struct, frozen=True):
    """A stretch of two texts: `kept` in both, `removed` from the old one, `added` in the new one."""

    kind: str
    text: str


def word_diff(old: str, new: str) -> tuple[Piece, ...]:
    """Compare two texts word by word; very long ones are given as one removal and one addition.

    >>> [(piece.kind, piece.text) for piece in word_diff("within 200 ms", "within 100 ms")]
    [('kept', 'within '), ('removed', '200'), ('added', '100'), ('kept', ' ms')]
    """
    if old == new:
        return (Piece("kept", new),) if new else ()
    if len(old) + len(new) > _LIMIT:
        return tuple(Piece(kind, text) for kind, text in (("removed", old), ("added", new)) if text)
    import difflib  # noqa: PLC0415  (start-up: a check asks for it only where a lock and a text differ)

    one, two = _WORDS.findall(old), _WORDS.findall(new)
    found: list[Piece] = []
    for tag, first, last, start, end in difflib.SequenceMatcher(None, one, two, autojunk=False).get_opcodes():
        if tag == "equal":
            found.append(Piece("kept", "".join(two[start:end])))
            continue
        found += [Piece("removed", "".join(one[first:last]))] if last > first else []
        found += [Piece("added", "".join(two[start:end]))] if end > start else []
    return tuple(found)
