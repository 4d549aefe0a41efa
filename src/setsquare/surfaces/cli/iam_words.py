"""Makes words that were read somewhere fit into one line of a terminal: names in trails and policies are hostile text."""

from __future__ import annotations

from setsquare.surfaces.cli.style import safe


def plain(text: str) -> str:
    r"""Make controls, direction marks and line ends visible.

    >>> plain("a\nsetsquare: b\x1b[2J")
    'a\\nsetsquare: b\\x1b[2J'
    """
    return safe(text).replace("\n", "\\n").replace("\t", "\\t")
