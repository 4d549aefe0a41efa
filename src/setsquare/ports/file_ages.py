"""Which files have stood still since others came."""

from __future__ import annotations

from typing import Protocol

from setsquare.text.paths import RelPath


class FileAges(Protocol):
    """Knows the history of the repository that holds one folder; reads it once, when it is first asked."""

    def has_stood_still(self, file: RelPath, raw: bytes, since: RelPath) -> bool:
        """Tell whether a file that holds `raw` now said the same in every commit from the first one on that has something at or below `since`.

        So it is where no commit has anything there, and outside a repository. Where the history cannot be read nothing has stood still.
        """
        ...
