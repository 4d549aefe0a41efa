"""What the history of a repository says that some files were."""

from __future__ import annotations

from typing import Protocol

from msgspec import Struct

from setsquare.text.paths import RelPath


class Version(Struct, frozen=True):
    """Files as one commit has them, in the order in which they were asked for; `None` for one that it does not have."""

    commit: str
    files: tuple[bytes | None, ...]


class FileVersions(Protocol):
    """Reads files from the repository that holds a folder; runs nobody's configuration, hooks or filters.

    There is nothing to read outside a repository, before the first commit and where git cannot read it: history is a help here, never a condition.
    """

    def touching(self, root: str, below: RelPath, files: tuple[RelPath, ...]) -> tuple[Version, ...]:
        """Give the commits of the current branch that changed something at or below a path, the oldest first, each with some files; paths start at `root`."""
        ...

    def at(self, root: str, commit: str, files: tuple[RelPath, ...]) -> Version | None:
        """Give some files as one commit has them, named as git does (`HEAD`, `1f2e3d^`)."""
        ...
