"""What the OpenSpec commands need of the world, and no more: they start in a few dozen milliseconds."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from setsquare.ports.archive_place import ArchivePlace
from setsquare.ports.clock import Clock
from setsquare.ports.file_ages import FileAges
from setsquare.ports.file_versions import FileVersions
from setsquare.ports.files import Files
from setsquare.ports.planning import Planning
from setsquare.ports.shares import Shares
from setsquare.ports.store_world import StoreWorld
from setsquare.text.paths import RelPath


def _none(_root: str) -> ArchivePlace | None:
    """Find nothing."""
    return None


class PlanningApp(Struct, frozen=True, kw_only=True):
    """The world as OpenSpec's commands see it. All folders are absolute.

    `here` is the current folder, `home` the person's, `config_folder` where this person's settings of OpenSpec are (`config.json`),
    `data_folder` where its stores and schemas are. `files` gives the files of a folder that exists, `made` those of a folder that is made
    first where it is missing. `shares` runs work in more than one process; without it all is done in this one. `unfinished` gives the place of a root where an archive
    was cut off, or is going on. `versions` reads the history of files, where there is one; `ages` gives what knows which files of a folder below some
    others have stood still, `None` where there is no history. `codex` is the folder of Codex's own files, empty where none is looked for.
    """

    here: str
    home: str
    planning: Planning
    config_folder: str
    data_folder: str
    files: Callable[[str], Files]
    made: Callable[[str], Files]
    clock: Clock
    shares: Shares | None = None
    unfinished: Callable[[str], ArchivePlace | None] = _none
    versions: FileVersions | None = None
    ages: Callable[[str, tuple[RelPath, ...]], FileAges | None] | None = None
    stores: Callable[[], StoreWorld] | None = None
    codex: str = ""
