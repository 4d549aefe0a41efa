"""Goes through the lines of a text that stand in no fenced block of code."""

from __future__ import annotations

from collections.abc import Iterator

from setsquare.text.lazy_pattern import LazyPattern

_FENCE = LazyPattern(r"[ \t>]*(?:[-*+][ \t]+)?(`{3,}|~{3,})(.*)")


def outside_fences(text: str) -> Iterator[tuple[int, str]]:
    r"""Give the lines outside of code with their numbers from 1, without their ends.

    >>> list(outside_fences("a\n```sh\nb\n```\nc"))
    [(1, 'a'), (5, 'c')]
    """
    fence = ""
    for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), 1):
        match = _FENCE.match(line)
        if match and not fence:
            fence = match[1]
        elif match and match[1][0] == fence[0] and len(match[1]) >= len(fence) and not match[2].strip():
            fence = ""
        elif not fence:
            yield number, line
