"""The user's git repository and the platform's own checkpoints."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from msgspec import Struct

from setsquare.ports.trees import Folders, Held, Trees
from setsquare.text.paths import RelPath


class TreeChange(Struct, frozen=True, order=True):
    """One path that differs between two trees: `status` is `added`, `modified` or `deleted`."""

    path: RelPath
    status: str


class CommitRequest(Struct, frozen=True, kw_only=True):
    """A commit to make from the current bytes of exactly `paths` (a missing file is a deletion) on top of HEAD.

    Those of `held` are committed as they are given there instead, `None` for a deletion, whatever stands on the disk.
    """

    paths: tuple[RelPath, ...]
    message: str
    held: Mapping[RelPath, Held | None] = {}


class Git(Protocol):
    """Reads and extends the repository that holds the workspace; never runs its configuration, hooks or filters."""

    def head(self) -> str:
        """Name the current commit, or the empty string before the first one or outside a repository."""
        ...

    def is_repository(self) -> bool:
        """Tell whether the workspace lies in a git repository."""
        ...

    def dirty(self, paths: tuple[RelPath, ...]) -> tuple[RelPath, ...]:
        """List those of `paths` whose bytes differ from HEAD (untracked and missing ones count)."""
        ...

    def uncommitted(self, recorded: Mapping[RelPath, str]) -> tuple[RelPath, ...]:
        """List the files whose bytes differ from HEAD, those that HEAD does not have included; `recorded` are `Checkpoints.files` of now."""
        ...

    def commit(self, request: CommitRequest) -> str:
        """Make a commit on the current branch that changes exactly these paths; other staged or dirty files stay as they are.

        Raises:
            GitFailed: no repository, an operation in progress (merge, rebase), a locked index, or git said no.
        """
        ...

    def tag(self, name: str, message: str) -> None:
        """Make an annotated tag on HEAD.

        Raises:
            GitFailed: the tag exists or git said no.
        """
        ...

    def show(self, ref: str, path: RelPath) -> bytes | None:
        """Read a file as it stands in a commit; `None` when it is not there.

        Raises:
            GitFailed: `ref` names no commit.
        """
        ...

    def user(self) -> str:
        """Give `Name <mail>` as configured, else the name of the account."""
        ...


class Checkpoints(Protocol):
    """Records and restores the workspace's files in a git directory of our own, outside the workspace."""

    def take(self, only: tuple[RelPath, ...] = ()) -> str:
        """Record all files that are not ignored, untracked ones included; give the tree's name.

        With `only`, the tree holds just these, ignored ones too, and later records are as if it had not been taken.
        """
        ...

    def include(self, path: RelPath) -> None:
        """Record one file from now on although it is ignored."""
        ...

    def watch(self, is_wanted: Callable[[str], bool], below: tuple[RelPath, ...]) -> None:
        """From now on, let this process record ignored files at and below these places too, those that are wanted, large ones excepted."""
        ...

    def watched(self) -> frozenset[RelPath]:
        """Name the files that are recorded although they are ignored, those that have gone since a first question included."""
        ...

    def changes(self, old: str, new: str) -> tuple[TreeChange, ...]:
        """Compare two recorded trees."""
        ...

    def read(self, tree: str, path: RelPath) -> bytes | None:
        """Read a file from a recorded tree; `None` when it is not there."""
        ...

    def files(self, tree: str) -> Mapping[RelPath, str]:
        """Name the bytes of every file of a recorded tree as git does."""
        ...

    def restore(self, tree: str, paths: tuple[RelPath, ...]) -> None:
        """Give the named paths back their bytes and modes of `tree`; a path that is not in it is deleted."""
        ...

    @property
    def trees(self) -> Trees:
        """Give what reads the recorded trees."""
        ...

    @property
    def folders(self) -> Folders:
        """Give what looks after the workspace's empty folders."""
        ...
