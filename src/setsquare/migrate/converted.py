"""Holds what is converted and what comes of it."""

from __future__ import annotations

import enum
from collections.abc import Mapping

from msgspec import Struct

from setsquare.migrate.carried import CARRIED, Record, mark_of, page
from setsquare.migrate.parts import Loss
from setsquare.text.paths import RelPath


class Form(enum.Enum):
    """The form of a spec in its tool."""

    KIRO = "kiro"
    CAPABILITY = "capability"
    CHANGE = "change"
    SPECKIT = "speckit"


class Source(Struct, frozen=True, kw_only=True):
    """A folder with a spec: `files` are its own, by path below it, without the page of an earlier conversion, which is `record`."""

    form: Form
    name: str
    folder: RelPath
    files: Mapping[str, bytes]
    record: Record | None = None


class Note(Struct, frozen=True, kw_only=True):
    """Something that a person should know about a conversion: where in the source, and what."""

    path: str
    line: int
    text: str


class Converted(Struct, frozen=True, kw_only=True):
    """A spec in its new form: `files` by path below `folder`, without the page; `alone` is the main document as the new form alone gives it back."""

    source: Source
    form: Form
    folder: RelPath
    files: Mapping[str, bytes]
    record: Record
    losses: tuple[Loss, ...] = ()
    notes: tuple[Note, ...] = ()
    alone: Mapping[str, str] = {}

    def page(self) -> bytes:
        """Write the page that stands beside the files."""
        return page(self.record, self.losses)

    def as_source(self, name: str) -> Source:
        """Give the result as what is converted back."""
        return Source(form=self.form, name=name, folder=self.folder, files=self.files, record=self.record)


def finished(record: Record, source: Source, files: Mapping[str, bytes]) -> Record:
    """Complete a record by the files of both sides."""
    from msgspec.structs import replace  # noqa: PLC0415  (small)

    return replace(
        record,
        read=tuple(mark_of(name, raw) for name, raw in sorted(source.files.items())),
        wrote=tuple(mark_of(name, raw) for name, raw in sorted(files.items()) if name != CARRIED),
    )
