"""Finds what git leaves in a file whose merge nobody has finished.

OpenSpec 1.13.2 reads such a file as if the marks were text, so that an archive would make both sides part of the spec for good.
"""

from __future__ import annotations

from setsquare.text.lazy_pattern import LazyPattern
from setsquare.workspace.openspec.text import line_at, unfenced

_CONFLICT = LazyPattern(r"(?ms)^<{7}(?: [^\n]*)?$.*?^={7}$.*?^>{7}(?: [^\n]*)?$")


def conflict_line(text: str) -> int:
    r"""Give the line where the first conflict begins, 0 when there is none; a conflict shown in a fence is none.

    >>> conflict_line("a\n<<<<<<< HEAD\nb\n=======\nc\n>>>>>>> other\n"), conflict_line("<<<<<<< HEAD\n"), conflict_line("a\n=======\n")
    (2, 0, 0)
    """
    if "<<<<<<<" not in text:
        return 0
    found = _CONFLICT.search(unfenced(text))
    return line_at(text, found.start()) if found else 0
