"""What the platform's own record of a workspace's files holds: trees that can be compared, read and written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

from msgspec import Struct

from setsquare.text.paths import RelPath


class Recorded(Struct, frozen=True):
    """A file in a recorded tree: `mode` is `100644`, `100755` or `120000` (link), `name` is git's name for its bytes."""

    mode: str
    name: str


class Difference(Struct, frozen=True, kw_only=True):
    """One path that differs between two trees, as it stands in each; `None` where it is not."""

    path: RelPath
    old: Recorded | None
    new: Recorded | None


class Held(Struct, frozen=True):
    """A file as bytes: `mode` as in `Recorded`; of a link, `raw` is where it leads."""

    mode: str
    raw: bytes


class Trees(Protocol):
    """Reads many files of many recorded trees with a few processes."""

    def compared(self, pairs: tuple[tuple[str, str], ...]) -> tuple[tuple[Difference, ...], ...]:
        """Compare pairs of trees; the answers stand in the same order."""
        ...

    def renames(self, old: str, new: str) -> Mapping[RelPath, RelPath]:
        """Say where files of one tree that are gone from another stand in that: under a new name, alike in most lines."""
        ...

    def entries(self, tree: str) -> Mapping[RelPath, Recorded]:
        """List the files of a tree."""
        ...

    def sizes(self, names: Iterable[str]) -> Mapping[str, int]:
        """Count the bytes that git's names stand for."""
        ...

    def contents(self, names: Iterable[str]) -> Mapping[str, bytes]:
        """Read the bytes that git's names stand for."""
        ...

    def record(self, files: Mapping[RelPath, Held]) -> str:
        """Record files that need stand nowhere as a tree of their own; give its name."""
        ...


class Folders(Protocol):
    """Looks after folders without anything in them, which no tree can hold."""

    def empty(self) -> tuple[RelPath, ...]:
        """List them, ignored ones and those of repositories and of dependencies left out."""
        ...

    def put(self, made: tuple[RelPath, ...], removed: tuple[RelPath, ...]) -> None:
        """Make folders that are missing, and remove others if there is nothing in them."""
        ...
