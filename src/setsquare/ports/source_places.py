"""Other checkouts on this machine, which are only read."""

from __future__ import annotations

import enum
from typing import Protocol

from msgspec import Struct

from setsquare.ports.files import Files
from setsquare.ports.git import Git
from setsquare.ports.history import History


class NotThere(enum.Enum):
    """Why a path leads to no folder that may be looked at."""

    MISSING = "missing"
    LINKED = "linked"
    CLOSED = "closed"


class Absent(Struct, frozen=True):
    """A path that leads nowhere: `detail` is what stands in the way, as the system says it."""

    why: NotThere
    detail: str = ""


class SourcePlace(Struct, frozen=True, kw_only=True):
    """A folder that exists: `folder` is its absolute path without links, `identity` the same for one folder by whatever name.

    `below` is the path from the workspace's folder, empty for what lies outside. `is_checkout`: a repository holds it, and `is_top`: it is the
    top of one; `has_marks`: a tool's folder stands directly in it.
    """

    folder: str
    identity: str
    is_outside: bool = False
    below: str = ""
    holds_workspace: bool = False
    is_checkout: bool = False
    is_top: bool = False
    has_marks: bool = False


class SourcePlaces(Protocol):
    """Looks for the folders that paths name; nothing is followed on the way that a repository could have made."""

    def is_outside(self, path: str) -> bool:
        """Tell of a path that a file of the workspace names whether it leads outside, by the path alone: nothing is looked at."""
        ...

    def declared(self, path: str) -> SourcePlace | Absent:
        """Find the folder of a path that a file of the workspace names; a symbolic link on the way is refused."""
        ...

    def given(self, path: str) -> SourcePlace | Absent:
        """Find the folder of a path that the person gave: relative to the current folder, links followed."""
        ...

    def files(self, place: SourcePlace) -> Files:
        """Give a folder's files without those that hold secrets by their name; nothing can be written through it."""
        ...

    def git(self, place: SourcePlace) -> Git:
        """Give the repository that a folder lies in."""
        ...

    def history(self, place: SourcePlace) -> History:
        """Give the commits of the repository that a folder lies in."""
        ...
