"""Rewrites the references that name another criterion than when they were pinned: exactly their bytes, nothing else."""

from __future__ import annotations

from collections.abc import Iterable

from setsquare.spec.link_state import Shift
from setsquare.text.document import encode
from setsquare.text.paths import RelPath
from setsquare.text.span import Edit


def renumbering(shifts: Iterable[Shift]) -> dict[RelPath, tuple[Edit, ...]]:
    """Plan the edits of each file; a shift that only a person can write anew is left out.

    >>> renumbering(())
    {}
    """
    found: dict[RelPath, dict[Edit, None]] = {}
    for shift in shifts:
        if shift.new:
            edit = Edit(shift.reference.span, encode(shift.new))
            found.setdefault(shift.reference.path, {})[edit] = None
    return {path: tuple(sorted(_apart(edits))) for path, edits in found.items()}


def _apart(edits: Iterable[Edit]) -> list[Edit]:
    """Leave out what overlaps an earlier edit: two readings of the same bytes must not both be written."""
    taken: list[Edit] = []
    for edit in sorted(edits):
        if not taken or edit.span.start >= taken[-1].span.end:
            taken.append(edit)
    return taken
