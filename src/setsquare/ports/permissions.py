"""The permission files of this machine, outside of the workspace."""

from __future__ import annotations

from typing import Protocol

from msgspec import Struct


class PermissionText(Struct, frozen=True, kw_only=True):
    """One file as it stands: `place` is `administrator`, `user`, `workspace`, `machine` or `repository`, `path` how a person names it.

    `problem` says why it exists and could not be read; `raw` is empty then.
    """

    place: str
    path: str
    raw: bytes = b""
    problem: str = ""


class Permissions(Protocol):
    """Finds the permission files that hold for one workspace."""

    @property
    def home(self) -> str:
        """Give the person's home folder, for which `~` stands in patterns; empty when there is none."""
        ...

    def texts(self) -> tuple[PermissionText, ...]:
        """Read the files, the outermost first. A file that lies in the workspace has the place `repository`."""
        ...


class NoPermissions(Struct, frozen=True):
    """A machine without permission files."""

    home: str = ""

    def texts(self) -> tuple[PermissionText, ...]:
        """Give nothing."""
        return ()
