"""Reads the files of a revision from the repository that holds a folder; runs nobody's configuration, hooks or filters."""

from __future__ import annotations

from collections.abc import Callable

from setsquare.adapters.git_place import find_repository
from setsquare.adapters.git_process import attempt_git, blobs, tree_entries
from setsquare.errors import GitFailed, Usage
from setsquare.text.paths import RelPath

_FILES = frozenset({"100644", "100755"})
_MOST = 20_000


class GitRevisions:
    """The revisions of one repository."""

    def __init__(self, folder: str) -> None:
        """Take a folder inside of the repository."""
        self._folder = folder

    def files(self, revision: str, is_wanted: Callable[[str], bool]) -> dict[RelPath, bytes]:
        """Read the wanted files of a revision, by path from the top of the repository.

        Raises:
            Usage: there is no repository, or the revision names no commit.
            GitFailed: git cannot read it, or it has more wanted files than are read.
        """
        repository = find_repository(self._folder)
        if repository is None:
            raise Usage(f"`{revision}` cannot be read: no git repository holds this folder.", "Name files or folders instead.")
        if revision.startswith("-"):
            raise Usage(f"`{revision}` is no revision.", "Write OLD..NEW, such as main..HEAD.")
        done = attempt_git(("rev-parse", "--verify", "-q", "--end-of-options", f"{revision}^{{tree}}"), repository.places, repository.top)
        if done.code != 0:
            raise Usage(f"The repository has no revision `{revision}`.", "Fetch it, or write OLD..NEW with revisions that `git log` shows.")
        entries = {
            path: entry for path, entry in tree_entries(done.line, repository.places, repository.top).items() if entry.mode in _FILES
        }
        wanted = {path: entry.name for path, entry in entries.items() if is_wanted(path)}
        if len(wanted) > _MOST:
            raise GitFailed(f"`{revision}` has more than {_MOST:,} files that may hold policies", "name a folder of them")
        found = blobs(tuple(dict.fromkeys(wanted.values())), repository.places, repository.top)
        return {RelPath(path): found[name] for path, name in wanted.items()}
