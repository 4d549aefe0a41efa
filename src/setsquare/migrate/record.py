"""The record of a migration: what each file was before, what it is after, and which source it came from.

One file a migration, `.setsquare/migrations/NNNN.json`, written with the changes, all or none.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec
from msgspec import Struct

from setsquare.text.lazy_pattern import LazyPattern
from setsquare.text.paths import RelPath

FOLDER: Final = RelPath(".setsquare/migrations")
_NAME = LazyPattern(r"\.setsquare/migrations/(\d{4,9})\.json")
_SCHEMA: Final = "setsquare/migration-record/1"


class ChangedFile(Struct, frozen=True, kw_only=True):
    """One file: its bytes before (`None`: it was not there), the digest of those after (`None`: it is gone), and the files that its text is from."""

    path: str
    old: bytes | None = None
    new: str | None = None
    sources: tuple[str, ...] = ()


class ReadFile(Struct, frozen=True, kw_only=True):
    """A source as it was read, by its digest."""

    path: str
    digest: str


class Record(Struct, frozen=True, kw_only=True):
    """One migration."""

    schema: str = _SCHEMA
    files: tuple[ChangedFile, ...] = ()
    sources: tuple[ReadFile, ...] = ()


class Past(Struct, frozen=True, kw_only=True):
    """What earlier migrations wrote: by target the digest and the sources, by source the digest it was read with."""

    targets: dict[str, ChangedFile]
    sources: dict[str, str]

    def target_of(self, source: str) -> tuple[str, ...]:
        """List the files that were written from a source."""
        return tuple(path for path, file in self.targets.items() if source in file.sources)


def number_of(path: str) -> int | None:
    """Give the number of a record by its path; `None` for any other file.

    >>> number_of(".setsquare/migrations/0012.json"), number_of(".setsquare/migrations/notes.md")
    (12, None)
    """
    match = _NAME.fullmatch(path)
    return int(match[1]) if match else None


def path_of(number: int) -> RelPath:
    """Name the file of a record.

    >>> path_of(12)
    '.setsquare/migrations/0012.json'
    """
    return RelPath(f"{FOLDER}/{number:04}.json")


def written(record: Record) -> bytes:
    """Write a record, one value a line, so that it can be read in a review.

    >>> read(written(Record(files=(ChangedFile(path="a", old=b"x"),)))).files[0].old
    b'x'
    """
    return msgspec.json.format(msgspec.json.encode(record), indent=2) + b"\n"


def read(raw: bytes) -> Record | None:
    """Read a record; `None` where it is none.

    >>> read(b"{") is None, read(b'{"schema": "other"}') is None
    (True, True)
    """
    try:
        record = msgspec.json.decode(raw, type=Record)
    except (msgspec.DecodeError, msgspec.ValidationError):
        return None
    return record if record.schema == _SCHEMA and all(_is_inner(file.path) for file in record.files) else None


def _is_inner(path: str) -> bool:
    parts = path.split("/")
    return bool(path) and not any(part in ("", ".", "..") for part in parts) and parts[0] != ".git"


def past(records: Iterable[Record]) -> Past:
    """Tell from all records, the oldest first, what stands as it was written last."""
    targets: dict[str, ChangedFile] = {}
    sources: dict[str, str] = {}
    for record in records:
        for file in record.files:
            if file.sources:
                targets[file.path] = file
        sources.update({source.path: source.digest for source in record.sources})
    return Past(targets=targets, sources=sources)
