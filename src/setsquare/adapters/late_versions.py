"""Reads versions of files, and imports what runs git only when that is asked for: most commands never do."""

from __future__ import annotations

from setsquare.adapters.git_place import find_repository
from setsquare.ports.file_versions import Version
from setsquare.text.paths import RelPath


class LateFileVersions:
    """The history of the repository that holds a folder."""

    __slots__ = ()

    def touching(self, root: str, below: RelPath, files: tuple[RelPath, ...]) -> tuple[Version, ...]:
        """Give the commits of the current branch that changed something at or below a path, the oldest first."""
        if find_repository(root) is None:
            return ()
        from setsquare.adapters.git_versions import GitFileVersions  # noqa: PLC0415  (start-up)

        return GitFileVersions().touching(root, below, files)

    def at(self, root: str, commit: str, files: tuple[RelPath, ...]) -> Version | None:
        """Give some files as one commit has them."""
        if find_repository(root) is None:
            return None
        from setsquare.adapters.git_versions import GitFileVersions  # noqa: PLC0415  (start-up)

        return GitFileVersions().at(root, commit, files)
