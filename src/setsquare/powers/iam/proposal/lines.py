"""Keeps the lines true that a sentence names, when the files that it speaks of are edited."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping

from setsquare.text.paths import RelPath

_LIMIT_LINES = 2_000


def with_lines(words: str, old: Mapping[RelPath, bytes], new: Mapping[RelPath, bytes]) -> str:
    r"""Name in a sentence the lines of edited files, `PATH:LINE`, as they are afterwards; `new` are the files that changed.

    >>> with_lines("see a.tf:3", {RelPath("a.tf"): b"x\ny\nz\n"}, {RelPath("a.tf"): b"x\nz\n"})
    'see a.tf:2'
    """
    for path, raw in new.items():
        if f"{path}:" not in words or path not in old:
            continue
        places = _places(old[path], raw)

        def moved(found: re.Match[str], places: Mapping[int, int] = places) -> str:
            line = int(found["line"])
            return f"{found['path']}:{places.get(line, line)}"

        words = re.sub(rf"(?<![\w./-])(?P<path>{re.escape(path)}):(?P<line>\d{{1,9}})(?!\d)", moved, words)
    return words


def _places(old: bytes, new: bytes) -> dict[int, int]:
    """Say of each line which one it is afterwards; of one that goes, the line that stands in its place."""
    one, other = old.split(b"\n"), new.split(b"\n")
    shorter = min(len(one), len(other))
    head = next((at for at in range(shorter) if one[at] != other[at]), shorter)
    tail = next((at for at in range(shorter - head) if one[-1 - at] != other[-1 - at]), shorter - head)
    places = {line: line for line in range(1, head + 1)}
    places |= {len(one) - at: len(other) - at for at in range(tail)}
    one, other = one[head : len(one) - tail], other[head : len(other) - tail]
    # Between them is what was edited; where that is long, lines that repeat tell nothing.
    matcher = difflib.SequenceMatcher(None, one, other, autojunk=len(one) > _LIMIT_LINES)
    for _, begin, end, there, until in matcher.get_opcodes():
        for line in range(begin, end):
            places[head + line + 1] = head + min(there + line - begin, max(until - 1, there)) + 1
    return places
