"""Finds out where in a root a folder lies, from the folders above it."""

from __future__ import annotations

import os

from setsquare.text.paths import RelPath
from setsquare.workspace.layout import inside, is_strong


# req: workspace/1.2
def surrounding(folder: str) -> RelPath:
    """Say where in a root a folder lies, such as `.kiro/specs/login`; empty when it lies in none.

    The folders of the repository that it belongs to count, and a link's own name before the place that it leads to.
    """
    written = os.path.abspath(folder)  # noqa: PTH100  (a path that is taken apart by its names)
    return _inside(written) or _inside(os.path.realpath(written))


def _inside(path: str) -> RelPath:
    names: list[str] = []
    places: list[str] = []
    above, is_in_repository = path, False
    while (split := os.path.split(above))[1] and not is_in_repository:
        is_in_repository = os.path.lexists(os.path.join(above, ".git"))  # noqa: PTH118  (nothing else here is a Path)
        # A repository may bear any name, `openspec` too; only a strong one says what it holds.
        if not is_in_repository or is_strong(split[1]):
            names.insert(0, split[1])
            places.insert(0, above)
        above = split[0]
    return inside(names, None if is_in_repository else lambda at: _members(places[at]))


def _members(folder: str) -> tuple[str, ...]:
    try:
        return tuple(os.listdir(folder))  # noqa: PTH208  (names only)
    except OSError:
        return ()
