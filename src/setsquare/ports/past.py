"""What the history of the repositories in a workspace still holds of files that may be long gone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from msgspec import Struct


class PastFile(Struct, frozen=True):
    """What a file held once; `path` is its place in the repository."""

    path: str
    raw: bytes


class Past(Struct, frozen=True, kw_only=True):
    """Files of the past, each content once, and one sentence for each reason why some were `missed`."""

    files: tuple[PastFile, ...] = ()
    missed: tuple[str, ...] = ()


class PastFiles(Protocol):
    """Reads what a program finds in the workspace's `.git` although no file shows it; runs nobody's configuration, hooks or filters."""

    def named(self, is_wanted: Callable[[str], bool], folders: tuple[str, ...]) -> Past:
        """Read all that was ever committed, staged or stashed under a wanted name, in the repositories that hold the `folders`.

        What cannot be read, or goes beyond a bound, is told in `missed`, never an exception.
        """
        ...


class NoPast:
    """There is no history."""

    def named(self, is_wanted: Callable[[str], bool], folders: tuple[str, ...]) -> Past:  # noqa: ARG002  (the port's signature)
        """Find nothing."""
        return Past()
