"""Lays a merged main spec out: parts joined by one blank line, runs of blank lines outside fences made one, one line end at the end.

Source: the behaviour of `openspec archive` 1.13.2, observed from outside.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from setsquare.text.lazy_pattern import LazyPattern
from setsquare.workspace.openspec.model import MainSpec
from setsquare.workspace.openspec.text import INLINE_SPACE, SPACE, trimmed, unfenced

_FENCE = LazyPattern(rf"[{INLINE_SPACE}]*(`{{3,}}|~{{3,}})(.*)")
_FOREIGN = LazyPattern(rf"(?m)^ {{0,3}}#{{1,3}}(?:[{INLINE_SPACE}].*)?$")


class ForeignPart(Struct, frozen=True):
    """What a block holds that is no part of its requirement: the header that begins it, and all from there on."""

    header: str
    text: str


def laid_out(spec: MainSpec, blocks: Iterable[str]) -> str:
    r"""Write a main spec with other requirement blocks.

    >>> from setsquare.text.paths import RelPath
    >>> from setsquare.workspace.openspec.main_spec import read_main_spec
    >>> laid_out(read_main_spec("a", RelPath("a"), "# a\n## Requirements\nnote\n## After\nx"), ["### Requirement: B"])
    '# a\n\n## Requirements\n\nnote\n\n### Requirement: B\n\n## After\nx\n'
    """
    if spec.has_requirements:
        before, _, title = spec.before.rpartition("\n")
    else:
        before, title = spec.before, "## Requirements"
    parts = (before.rstrip(SPACE), title, spec.preamble.rstrip(SPACE), *(block.rstrip(SPACE) for block in blocks), spec.after.rstrip(SPACE))
    return single_spaced("\n\n".join(part for part in parts if part)) + "\n"


def single_spaced(text: str) -> str:
    r"""Make every run of blank lines outside fences one blank line; a line with spaces is not blank.

    >>> single_spaced("a\n\n\nb\n```\n\n\n```")
    'a\n\nb\n```\n\n\n```'
    """
    if "\n\n\n" not in text and not text.startswith("\n\n"):
        return text
    kept: list[str] = []
    fence = ""
    for line in text.split("\n"):
        if not fence and not line and kept and not kept[-1]:
            continue
        found = _FENCE.match(line)
        if found is not None:
            if not fence:
                fence = found[1]
            elif found[1][0] == fence[0] and len(found[1]) >= len(fence) and not trimmed(found[2]):
                fence = ""
        kept.append(line)
    return "\n".join(kept)


def foreign_part(raw: str) -> ForeignPart | None:
    r"""Find the first header of level 1 to 3 in a requirement's block, below its own.

    >>> foreign_part("### Requirement: A\nIt SHALL.\n### Note\nfoo").header
    '### Note'
    """
    own = raw.find("\n")
    found = _FOREIGN.search(unfenced(raw), own + 1) if own >= 0 else None
    return None if found is None else ForeignPart(trimmed(found[0]), trimmed(raw[found.start() :]))
