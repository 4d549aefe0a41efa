"""What an archive did to the main specs, kept for the team so that it can be taken back later.

A record is one JSON file per archived change; it is written with the archive and goes with its taking back.
"""

from __future__ import annotations

import msgspec
from msgspec import Struct

from setsquare.text.paths import RelPath, joined

FOLDER = RelPath(".setsquare/openspec/archived")
SCHEMA = "setsquare/openspec-archived/1"


class SpecTexts(Struct, frozen=True, kw_only=True):
    """One main spec before and after an archive, as it is in the file; `None` where there was none."""

    capability: str
    before: str | None
    after: str | None


class ArchivedRecord(Struct, frozen=True, kw_only=True):
    """What an archive changed; `bases` is the change's own record of bases as it was then, empty where it had none."""

    schema: str = SCHEMA
    change: str
    archived_as: str
    at: str
    specs: tuple[SpecTexts, ...]
    bases: str = ""


def archived_record_path(archived_as: str) -> RelPath:
    """Name the record of an archived change, below the folder that holds `openspec`.

    >>> archived_record_path("2026-01-02-louder")
    '.setsquare/openspec/archived/2026-01-02-louder.json'
    """
    return joined(FOLDER, f"{archived_as}.json")


def encode_archived(record: ArchivedRecord) -> bytes:
    """Write a record.

    >>> read_archived(encode_archived(ArchivedRecord(change="c", archived_as="d-c", at="", specs=()))).change
    'c'
    """
    return msgspec.json.format(msgspec.json.encode(record), indent=2) + b"\n"


def read_archived(raw: bytes) -> ArchivedRecord | None:
    """Read a record; `None` where it is none.

    >>> read_archived(b"{") is None
    True
    """
    try:
        record = msgspec.json.decode(raw, type=ArchivedRecord)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return record if record.schema == SCHEMA else None
