"""Moves a finished change into the archive and writes the specs that it changes: everything or nothing, whatever ends the process."""

from __future__ import annotations

import enum
from typing import Protocol

from msgspec import Struct

from setsquare.ports.planning import EntryKind
from setsquare.text.paths import RelPath
from setsquare.text.plan import Digest


class Spot(Struct, frozen=True):
    """What stands at a path, links followed: `kind` is `None` where nothing does, `real` the place itself below the root.

    `real` is empty where a link leads out of the root, or nowhere (`is_dangling`).
    """

    kind: EntryKind | None
    real: str = ""
    is_link: bool = False
    is_dangling: bool = False


class SpecWrite(Struct, frozen=True, kw_only=True):
    """One main spec: the bytes that it must have, `None` where there is none yet, and those that it gets, `None` where it goes."""

    path: RelPath
    old: bytes | None
    new: bytes | None


class ArchivePlan(Struct, frozen=True, kw_only=True):
    """One archive: `source` is moved to `target`. `inputs` are the files of the change as they were when the specs were worked out."""

    change: str
    source: RelPath
    target: RelPath
    writes: tuple[SpecWrite, ...] = ()
    inputs: tuple[tuple[RelPath, Digest], ...] = ()


class End(enum.Enum):
    """How an interrupted archive was ended."""

    ROLLED_BACK = "rolled-back"
    COMPLETED = "completed"


class Recovery(Struct, frozen=True, kw_only=True):
    """An interrupted archive that was found and ended. `kept` are specs that somebody has changed since, with the file that holds the old text."""

    change: str
    target: RelPath
    end: End
    kept: tuple[tuple[RelPath, RelPath], ...] = ()


class Claimed(Struct, frozen=True):
    """Why an archive cannot begin: another one is going on, or has left its claim at `path`."""

    path: RelPath


class Changed(Struct, frozen=True):
    """Why an archive was not carried out: what stands at `path` is not what the plan was made from. Nothing is different from before."""

    path: RelPath


class ArchivePlace(Protocol):
    """The `openspec/` folder of one root, as an archive sees it."""

    def spot(self, path: RelPath) -> Spot:
        """Say what stands at a path.

        Raises:
            StorageFailed: it cannot be looked at.
        """
        ...

    def inputs(self, below: RelPath) -> tuple[tuple[RelPath, Digest], ...]:
        """Name every file and link below a folder with the digest of its content, sorted.

        Raises:
            StorageFailed: a file cannot be read.
        """
        ...

    def carry_out(self, plan: ArchivePlan) -> Claimed | Changed | None:
        """Write the specs and move the change; `None` when all is done. An archive that was interrupted before is ended first.

        Raises:
            StorageFailed: it failed and everything was put back as it was.
        """
        ...

    def recovered(self) -> Recovery | None:
        """End an archive that was interrupted, by taking it back or by completing it; `None` when there is none, or when one is going on.

        Raises:
            StorageFailed: it cannot be ended; its record stays.
        """
        ...
