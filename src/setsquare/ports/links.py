"""Where a path really leads."""

from __future__ import annotations

import enum
from typing import Protocol

from msgspec import Struct

from setsquare.text.paths import RelPath


class Standing(enum.Enum):
    """What stands at a place, or keeps anything from standing there."""

    NOTHING = "nothing"
    FILE = "file"
    FOLDER = "folder"
    BLOCKED = "blocked"
    OUTSIDE = "outside"


class Place(Struct, frozen=True, kw_only=True):
    """A place that a path leads to once all links are followed; `path` is free of links. `reason` says why no file can stand there."""

    path: RelPath
    standing: Standing
    reason: str = ""


class Links(Protocol):
    """Follows symbolic links by reading them, so that a file can be written where it really lies; a link that leads out is never followed."""

    def place(self, path: RelPath) -> Place:
        """Say where a path leads."""
        ...
