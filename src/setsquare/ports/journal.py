"""The record of a run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from setsquare.events.entry import Entry
from setsquare.events.facts import Event


class Journal(Protocol):
    """An append-only record; an entry survives the end of the process when `append` returns, and a power cut unless it is deferred."""

    def append(self, actor: str, event: Event, *, is_deferred: bool = False) -> Entry:
        """Add an event, on disk on return; a deferred one is on disk, at the latest, with the next that is not.

        Only a fact on which no effect rests yet may be deferred: losing it in a power cut costs no more than finding it again.

        Raises:
            Refused: another process runs tasks in this workspace.
            StorageFailed: it could not be written, or another process has added to it since it was read; nothing after it may happen.
        """
        ...

    def claim(self) -> None:
        """Take the right to append, and with it the right to change the workspace's files by a run, before the first entry is due.

        Raises:
            Refused: another process runs tasks in this workspace.
            StorageFailed: another process has added to it since it was read.
        """
        ...

    def entries(self) -> Iterator[Entry]:
        """Read all entries in order; a torn last line (a crash in mid-write) is left out.

        Raises:
            JournalDamaged: any other line is not an entry, or a number is missing.
        """
        ...

    def close(self) -> None:
        """Let others run tasks; a later `append` claims the workspace again."""
        ...


class Journals(Protocol):
    """All runs of a workspace."""

    def create(self, run: str) -> Journal:
        """Start a new journal and claim the workspace for it.

        Raises:
            Refused: another process runs tasks in this workspace; nothing was made.
            StorageFailed: it exists, or cannot be made.
        """
        ...

    def open(self, run: str) -> Journal:
        """Open an existing journal for reading, also while a run is going on, and appending; the first append claims the workspace.

        Raises:
            Unreadable: there is no such run.
            JournalDamaged: see `Journal.entries`.
        """
        ...

    def salvaged(self, run: str) -> tuple[Event, ...]:
        """Give what can be read of a journal, in the order of its lines, whether or not it is damaged; nothing where nothing can be read."""
        ...

    def set_aside(self, run: str) -> str:
        """Take a journal out of the list of runs; it is kept, and the name of the file is given.

        Raises:
            Unreadable: there is no such run.
            Refused: another process runs tasks in this workspace.
            StorageFailed: it cannot be renamed.
        """
        ...

    def runs(self) -> tuple[str, ...]:
        """List run ids, oldest first."""
        ...
