"""What the repository's history tells."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from msgspec import Struct

from setsquare.ports.git import TreeChange
from setsquare.text.paths import RelPath


class Commit(Struct, frozen=True, kw_only=True):
    """One commit: `at` in ISO 8601 with offset, `paths` what it changed in the workspace, `trailers` such as `("Task", "login#4")` in order."""

    name: str
    at: str
    author: str
    subject: str
    paths: tuple[RelPath, ...] = ()
    trailers: tuple[tuple[str, str], ...] = ()


class History(Protocol):
    """Reads commits of the repository that holds the workspace; never runs its configuration, hooks or filters."""

    def resolve(self, ref: str) -> str:
        """Name the commit that `ref` (a branch, a tag, a commit, `HEAD~3`) leads to.

        Raises:
            GitFailed: it names none, or there is no repository; the message says which.
        """
        ...

    def base(self, ref: str) -> str:
        """Name the last common commit of `ref` and HEAD: what a branch is compared with.

        Raises:
            Usage: `ref` names no commit.
            GitFailed: there is no repository or no commit, or they have nothing in common.
        """
        ...

    def tree(self, ref: str, below: tuple[str, ...] = ()) -> Mapping[RelPath, bytes]:
        """Read regular files as they stand in a commit: those that a workspace consists of, as `Files.snapshot` does, when `below` is empty.

        With `below`, every file at and below these paths is read, code too; the empty path stands for everything.

        Raises:
            GitFailed: as for `resolve`.
        """
        ...

    def changed(self, ref: str) -> tuple[TreeChange, ...]:
        """Compare a commit with the files on disk, untracked ones that are not ignored included, sorted by path.

        Raises:
            GitFailed: as for `resolve`.
        """
        ...

    def commits(self, paths: tuple[RelPath, ...] = (), since: str = "", limit: int = 1000) -> tuple[Commit, ...]:
        """List commits of the current branch, newest first: those that touch `paths` when some are given, those after `since` when it is given.

        `since` is a commit in any spelling that `resolve` takes, or a day such as `2026-01-31`. A merge is listed without paths. There are
        none outside a repository and before the first commit.

        Raises:
            GitFailed: `since` is neither.
        """
        ...
