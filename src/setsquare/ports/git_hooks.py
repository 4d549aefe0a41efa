"""The scripts that git starts in the user's repository, and what stands in its index."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from msgspec import Struct

from setsquare.ports.git import TreeChange
from setsquare.text.paths import RelPath


class HookPlace(Struct, frozen=True, kw_only=True):
    """The folder that git takes hooks from, as an absolute path.

    `is_inside` says that it lies in the repository or its work tree; `setting` is the value of `core.hooksPath`, empty where it is not set.
    """

    folder: str
    is_inside: bool
    setting: str = ""


class HookScript(Struct, frozen=True, kw_only=True):
    """A file in the folder of hooks. Of a link the bytes are empty."""

    raw: bytes
    is_executable: bool
    is_link: bool = False


class GitHooks(Protocol):
    """Reads and writes the scripts; never runs one."""

    def place(self) -> HookPlace | None:
        """Find the folder, as git itself would; `None` outside of a repository.

        Raises:
            GitFailed: git is missing.
        """
        ...

    def read(self, name: str) -> HookScript | None:
        """Read a script of the folder; `None` where there is none.

        Raises:
            StorageFailed: it cannot be read, or is neither a file nor a link.
        """
        ...

    def write(self, name: str, raw: bytes) -> None:
        """Replace a script atomically; a new one is executable, another one keeps its mode.

        Raises:
            StorageFailed: it cannot be written, or is a link.
        """
        ...

    def rename(self, old: str, new: str) -> None:
        """Give a script another name that nothing has, or that of a script which it replaces when `old` is the only one left of two.

        Raises:
            StorageFailed: it cannot be renamed.
        """
        ...

    def remove(self, name: str) -> None:
        """Take a script away.

        Raises:
            StorageFailed: it cannot be removed.
        """
        ...


class Staging(Protocol):
    """Reads the index: what the next commit consists of. No filter, hook or setting of the repository runs."""

    def changed(self) -> tuple[TreeChange, ...]:
        """Compare the index with HEAD, sorted by path; before the first commit everything is added.

        Raises:
            GitFailed: there is no repository.
        """
        ...

    def files(self, below: tuple[str, ...]) -> Mapping[RelPath, bytes]:
        """Read the regular files at and below paths as they stand in the index.

        Raises:
            GitFailed: there is no repository.
        """
        ...
