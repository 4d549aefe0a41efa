"""Branches of a repository elsewhere, written without a checkout: nobody's working tree is touched."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from msgspec import Struct

from setsquare.text.paths import RelPath


class Fetched(Struct, frozen=True, kw_only=True):
    """A branch as it stands: its commit, and those of its files that were asked for. `left_out` are those that are too large."""

    commit: str
    files: Mapping[RelPath, bytes]
    left_out: tuple[RelPath, ...] = ()


class OwnBranch(Struct, frozen=True, kw_only=True):
    """A branch that we may have made: `is_ours` when its last commit is ours and bears exactly what we put there; `mark` is what it says of itself."""

    commit: str
    is_ours: bool
    mark: str = ""


class BranchCommit(Struct, frozen=True, kw_only=True):
    """A commit to make on top of `base` that changes exactly these files and takes `removed` away; `mark` is kept in its message."""

    base: str
    contents: Mapping[RelPath, bytes]
    message: str
    mark: str
    removed: tuple[RelPath, ...] = ()


class CodeBranches(Protocol):
    """One repository. Every method may raise `setsquare.errors.GitFailed`, and is safe to repeat."""

    def default_branch(self) -> str:
        """Name the branch that others start from."""
        ...

    def fetched(self, branch: str, endings: tuple[str, ...]) -> Fetched:
        """Read a branch, and its files whose names end so."""
        ...

    def naming(self, commit: str, words: str) -> tuple[RelPath, ...]:
        """List the files of a commit that hold some words, of whatever kind they are."""
        ...

    def own(self, branch: str) -> OwnBranch | None:
        """Look at a branch; `None` when there is none."""
        ...

    def commit(self, request: BranchCommit) -> str:
        """Make a commit here; nobody sees it before it is pushed."""
        ...

    def push(self, branch: str, commit: str, expects: str) -> None:
        """Put a commit at a branch that still stands where it was seen; `expects` is empty for a branch that does not exist yet."""
        ...

    def patch(self, commit: str) -> bytes:
        """Write one commit as a patch with its message."""
        ...
