"""Reads one file of a trail, whatever it holds and however it is broken, within bounds of memory."""

from __future__ import annotations

import errno
import os
import stat
import zlib
from collections.abc import Iterator

from setsquare.ports.trails import TrailPart
from setsquare.powers.iam.usage.envelopes import NO_RECORD, read_into, read_line
from setsquare.powers.iam.usage.folding import Fold
from setsquare.powers.iam.usage.model import Gap

MOST_DOCUMENT = 128 << 20
"""The longest document, in bytes after unpacking, that is read whole; CloudTrail's own files are far smaller. Lines are read however many there are."""

MOST_LINE = 16 << 20
"""The longest line that is read."""

FIRST = 512
"""So many bytes tell what a file is."""

_BLOCK = 1 << 20
_GZIP = b"\x1f\x8b"
_BOM = b"\xef\xbb\xbf"
_OTHERS = (
    (b"BZh", "bzip2"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"\xfd7zXZ", "xz"),
    (b"PK\x03\x04", "zip"),
    (b"PAR1", "Parquet"),
    (b"Obj\x01", "Avro"),
)


def read_file(path: str, name: str, identity: str) -> TrailPart:
    """Read a file into a piece of a trail; `name` is what a gap calls it. What cannot be read is a gap of the piece."""
    fold = Fold()
    try:
        reason = _read(path, fold)
    except (OSError, zlib.error) as error:
        reason = (error.strerror or str(error)) if isinstance(error, OSError) else f"its compression is damaged: {error}"
    except MemoryError:
        reason = "there is not memory enough for it"
    return part_of(fold, identity, name, reason)


def read_bytes(raw: bytes, name: str, identity: str) -> TrailPart:
    """Read what was fetched whole into a piece of a trail, as a file of the same bytes would be read; it is no longer than `MOST_DOCUMENT`."""
    fold = Fold()
    other = next((form for magic, form in _OTHERS if raw.startswith(magic)), "")
    if other:
        return part_of(fold, identity, name, _other(other))
    whole, fault = _unpacked(raw) if raw.startswith(_GZIP) else (raw, "")
    if len(whole) <= MOST_DOCUMENT:
        wrong = read_into(fold, whole)
        return part_of(fold, identity, name, fault or wrong)
    try:
        reason = _read_lines(fold, _unpacked_blocks(iter((raw,))) if raw.startswith(_GZIP) else iter((raw,)))
    except zlib.error as error:
        reason = f"its compression is damaged: {error}"
    return part_of(fold, identity, name, reason)


def _other(form: str) -> str:
    return f"files of the form {form} are not read"


def may_be_trail(path: str) -> bool:
    """Tell by its first bytes whether a file may hold events: JSON, packed or not, or a form of exports that is not read.

    Raises:
        OSError: it cannot be opened or read.
    """
    with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb", buffering=0) as file:  # noqa: PTH123  (a descriptor)
        raw = file.read(FIRST) or b""
    for _packed in range(2):
        if raw.startswith(_GZIP):
            try:
                raw = zlib.decompressobj(31).decompress(raw, FIRST)
            except zlib.error:
                return True
    return raw.removeprefix(_BOM).lstrip()[:1] in (b"{", b"[") or any(raw.startswith(magic) for magic, _form in _OTHERS)


def part_of(fold: Fold, identity: str, name: str, reason: str = "") -> TrailPart:
    """Make a piece of what was folded; a reason why not all of it could be read becomes its gap."""
    folded = fold.folded()
    gaps = (Gap(code="unreadable-file", reason=f"{name} could not be read whole: {reason}", scope=name),) if reason else ()
    return TrailPart(
        identity=identity,
        uses=(),
        events=folded.events,
        unread=folded.unread,
        regions=folded.seen.regions,
        days=folded.seen.days,
        gaps=gaps,
        packed=folded.packed,
        seen=folded.seen,
        reasons=folded.reasons,
    )


def _read(path: str, fold: Fold) -> str:
    """Read a file into a fold; give what is wrong with it, empty when nothing is.

    Raises:
        OSError: it cannot be opened or read.
        zlib.error: its first block is damaged already.
    """
    # A pipe in the place of a file must not hold the reader up.
    with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb", buffering=0) as file:  # noqa: PTH123  (a descriptor)
        about = os.fstat(file.fileno())
        if not stat.S_ISREG(about.st_mode):
            raise OSError(errno.EINVAL, "it is no ordinary file")
        raw = file.read(min(about.st_size, MOST_DOCUMENT) + 1) or b""
        other = next((form for magic, form in _OTHERS if raw.startswith(magic)), "")
        if other:
            return _other(other)
        is_packed = raw.startswith(_GZIP)
        whole, fault = _unpacked(raw) if is_packed else (raw, "")
        if len(whole) <= MOST_DOCUMENT and len(raw) <= MOST_DOCUMENT:
            wrong = read_into(fold, whole)
            return fault or wrong
        del whole, raw
        file.seek(0)
        blocks = iter(lambda: file.read(_BLOCK), b"")
        return _read_lines(fold, _unpacked_blocks(blocks) if is_packed else blocks)


def _unpacked(raw: bytes) -> tuple[bytes, str]:
    """Unpack gzip; what Firehose packs again comes packed from a subscription of a log group already. The second is what is wrong with it."""
    whole, fault = _members(raw)
    if fault or not whole.startswith(_GZIP) or len(whole) > MOST_DOCUMENT:
        return whole, fault
    return _members(whole)


def _members(raw: bytes) -> tuple[bytes, str]:
    """Unpack gzip, of one member or more, as far as it goes and no further than one byte over the bound; the second is what is wrong with it."""
    found: list[bytes] = []
    size = 0
    while raw:
        member = zlib.decompressobj(31)
        try:
            found.append(member.decompress(raw, MOST_DOCUMENT + 1 - size))
        except zlib.error as error:
            found.append(_prefix(raw, MOST_DOCUMENT - size))
            return b"".join(found), f"its compression is damaged: {error}"
        size += len(found[-1])
        if size > MOST_DOCUMENT:
            break
        if not member.eof:
            return b"".join(found), "it breaks off: its compression has no end"
        raw = member.unused_data.lstrip(b"\0")
    return found[0] if len(found) == 1 else b"".join(found), ""


def _prefix(raw: bytes, most: int) -> bytes:
    """Unpack what stands before the damage."""
    member = zlib.decompressobj(31)
    found = bytearray()
    for at in range(0, len(raw), 4096):
        try:
            found += member.decompress(raw[at : at + 4096], max(1, most - len(found)))
        except zlib.error:
            break
    return bytes(found)


def _unpacked_blocks(blocks: Iterator[bytes]) -> Iterator[bytes]:
    member = zlib.decompressobj(31)
    for block in blocks:
        rest = block
        while rest:
            yield member.decompress(rest, _BLOCK)
            rest = member.unconsumed_tail
            if member.eof:
                rest, member = member.unused_data.lstrip(b"\0"), zlib.decompressobj(31)


def _read_lines(fold: Fold, blocks: Iterator[bytes]) -> str:
    """Read a file that is too long to be read whole: its lines, if it consists of lines."""
    rest, lines, broken = b"", 0, 0
    for block in blocks:
        rest += block
        *whole, rest = rest.split(b"\n")
        for line in whole:
            if read_line(fold, line):
                lines += 1
            elif lines == 0:
                return f"it is longer than {MOST_DOCUMENT >> 20} MB and does not consist of lines"
            else:
                broken += 1
                fold.miss(NO_RECORD)
        if len(rest) > MOST_LINE:
            return f"it has a line, or is one document, of more than {MOST_LINE >> 20} MB"
    if rest.strip() and not read_line(fold, rest):
        broken += 1
        fold.miss(NO_RECORD)
    return f"{broken} lines are no events" if broken else ""
