"""Reads versions of files with two git processes: one lists the commits, one reads all contents."""

from __future__ import annotations

from collections.abc import Sequence

from setsquare.adapters.git_place import Repository, find_repository
from setsquare.adapters.git_process import attempt_git, run_git
from setsquare.errors import GitFailed
from setsquare.ports.file_versions import Version
from setsquare.text.paths import RelPath

_MOST = 200
"""So many of the newest commits are looked at."""


class GitFileVersions:
    """The history of the repository that holds a folder; bytes as they were committed."""

    __slots__ = ()

    def touching(self, root: str, below: RelPath, files: tuple[RelPath, ...]) -> tuple[Version, ...]:
        """Give the commits of the current branch that changed something at or below a path, the oldest first."""
        repository = find_repository(root)
        if repository is None:
            return ()
        try:
            args = ("rev-list", "--reverse", "--topo-order", f"--max-count={_MOST}", "HEAD", "--", repository.full(below))
            done = attempt_git(args, repository.places, repository.top)
            return _versions(repository, done.line.split(), files) if done.code == 0 else ()
        except (GitFailed, OSError):
            return ()

    def at(self, root: str, commit: str, files: tuple[RelPath, ...]) -> Version | None:
        """Give some files as one commit has them."""
        repository = find_repository(root)
        if repository is None or commit.startswith("-"):
            return None
        try:
            done = attempt_git(("rev-parse", "--verify", "-q", f"{commit}^{{commit}}"), repository.places, repository.top)
            return next(iter(_versions(repository, [done.line], files)), None) if done.code == 0 else None
        except (GitFailed, OSError):
            return None


def _versions(repository: Repository, commits: Sequence[str], files: tuple[RelPath, ...]) -> tuple[Version, ...]:
    """Read the files of all commits; a name with a line end cannot be asked for."""
    asked = [f"{commit}:{repository.full(path)}" for commit in commits for path in files if "\n" not in path]
    if not asked:
        return ()
    stdin = "".join(f"{line}\n" for line in asked).encode("utf-8", "surrogateescape")
    raw = run_git(("cat-file", "--batch"), repository.places, repository.top, stdin).output
    found: dict[str, bytes | None] = {}
    position = 0
    for line in asked:
        end = raw.index(b"\n", position)
        head = raw[position:end].rsplit(b" ", 2)
        position = end + 1
        if len(head) == 3 and head[2].isdigit():
            size = int(head[2])
            found[line] = raw[position : position + size] if head[1] == b"blob" else None
            position += size + 1
    return tuple(Version(commit, tuple(found.get(f"{commit}:{repository.full(path)}") for path in files)) for commit in commits)
