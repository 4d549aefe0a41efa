"""The record of a run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from setsquare.events.entry import Entry
from setsquare.events.facts import Event


class Journal(Protocol):
    """An append-only record; an entry is on disk when `append` returns."""

    def append(self, actor: str, event: Event) -> Entry:
        """Add an event.

        Raises:
            StorageFailed: it could not be written, another process appends to it, or has added to it since it was read; nothing after
                it may happen.
        """
        ...

    def entries(self) -> Iterator[Entry]:
        """Read all entries in order; a torn last line (a crash in mid-write) is left out.

        Raises:
            JournalDamaged: any other line is not an entry, or a number is missing.
        """
        ...

    def close(self) -> None:
        """Let others append; a later `append` takes the journal again."""
        ...


class Journals(Protocol):
    """All runs of a workspace."""

    def create(self, run: str) -> Journal:
        """Start a new journal.

        Raises:
            StorageFailed: it exists, or cannot be made.
        """
        ...

    def open(self, run: str) -> Journal:
        """Open an existing journal for reading, also while a run is going on, and appending; the first append claims it for one process.

        Raises:
            Unreadable: there is no such run.
            JournalDamaged: see `Journal.entries`.
        """
        ...

    def runs(self) -> tuple[str, ...]:
        """List run ids, oldest first."""
        ...
