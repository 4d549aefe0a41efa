"""The record of an archive that is under way: written and synced before the first change, removed after the last.

It holds the old and the new bytes of every spec, so that whoever finds it can go either way.
"""

from __future__ import annotations

import msgspec
from msgspec import Struct

from setsquare.ports.archive_place import ArchivePlan
from setsquare.text.paths import RelPath

RECORD = RelPath("openspec/changes/.setsquare-archive.json")
"""A hidden file beside the changes, which are folders: no reader of the folder takes it for one."""

FRESH = RelPath(f"{RECORD}.new")
CLAIM_DRAFT = RelPath("openspec/changes/.setsquare-archive-claim")
COPY = RelPath("openspec/changes/archive/.setsquare-archive-copy")
GONE = RelPath("openspec/changes/.setsquare-archive-gone")
CLAIM = RelPath("openspec/changes/archive/.openspec-archive.lock")
"""The file by which OpenSpec 1.13 claims an archive; sharing its name keeps both from working at once."""

ARCHIVE = RelPath("openspec/changes/archive")
NONCE = "setsquare"


class Record(Struct, frozen=True, kw_only=True):
    """What was planned: `made` are folders that did not exist before, outermost first; `modes` the permission bits of the specs that are there.

    `folder` is the device and the number of the folder that the record lies in: a record that came with a repository from elsewhere is not ours.
    """

    version: int = 1
    folder: tuple[int, int]
    plan: ArchivePlan
    made: tuple[RelPath, ...] = ()
    modes: tuple[tuple[RelPath, int], ...] = ()


class Claim(Struct, frozen=True):
    """What the claim file holds; `nonce` begins with our name in a claim of ours."""

    pid: int
    nonce: str


def written(record: Record) -> bytes:
    """Write a record."""
    return msgspec.json.encode(record)


def read(raw: bytes, folder: tuple[int, int]) -> Record | None:
    """Read a record; `None` where it is none, or none that was made in this folder."""
    try:
        record = msgspec.json.decode(raw, type=Record)
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError):
        return None
    return record if record.folder == folder else None


def claimed(claim: Claim) -> bytes:
    """Write a claim."""
    return msgspec.json.encode(claim)


def is_own_claim(raw: bytes) -> bool:
    """Tell whether a claim was made by Setsquare.

    >>> is_own_claim(b'{"pid":1,"nonce":"setsquare-2"}'), is_own_claim(b'{"pid":1,"nonce":"x"}'), is_own_claim(b"")
    (True, False, False)
    """
    try:
        return msgspec.json.decode(raw, type=Claim).nonce.startswith(NONCE)
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError):
        return False


def may_be_between(now: bytes, old: bytes | None, new: bytes | None) -> bool:
    r"""Tell whether bytes can be what an interrupted write in place has left: at each place the old byte, the new one or a zero.

    >>> may_be_between(b"neold", b"older", b"newer"), may_be_between(b"mine", b"older", b"newer"), may_be_between(b"ne", None, b"new")
    (False, False, True)
    >>> may_be_between(b"neder\0\0", b"older", b"newer!!")
    True
    """
    before, after = old or b"", new or b""
    if len(now) > max(len(before), len(after)):
        return False
    return all(
        byte == 0 or (at < len(before) and byte == before[at]) or (at < len(after) and byte == after[at]) for at, byte in enumerate(now)
    )
