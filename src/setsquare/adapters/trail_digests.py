"""Reads the digest files of a trail in a folder: what they prove of hours without events, and which log files that they name are not there."""

# Names go to the kernel as they are; a path object would normalise them.
# ruff: noqa: PTH119, PTH123

from __future__ import annotations

import os
import zlib
from collections.abc import Callable, Iterable
from operator import itemgetter

from setsquare.ports.trails import TrailPart
from setsquare.powers.iam.usage.digests import digest_in, joined
from setsquare.powers.iam.usage.model import Gap, Seen, Stretch
from setsquare.text.counted import counted

MOST_BYTES = 32 << 20
"""The longest digest, in bytes after unpacking, that is read; those of CloudTrail are far smaller."""

MOST_NAMED = 3
_GZIP = b"\x1f\x8b"


def read_digests(digests: Iterable[tuple[str, str]], present: Iterable[str], is_wanted: Callable[[str], bool]) -> TrailPart:
    """Read digests, given by path and name; `present` are the names of the log files that are there, `is_wanted` tells of a key whether its file should be.

    The part has no events. One that cannot be read proves nothing, so that its hour is missing.
    """
    contents = ((name, _content(path)) for path, name in sorted(digests, key=itemgetter(1)))
    return evidence_in(contents, present, is_wanted, "the folder")


def evidence_in(digests: Iterable[tuple[str, bytes]], present: Iterable[str], is_wanted: Callable[[str], bool], place: str) -> TrailPart:
    """Say what digests prove, given by name and what they hold, packed or not; `place` is what the log files are missing in."""
    there = {_bare(name) for name in present}
    stretches: list[Stretch] = []
    absent: set[str] = set()
    for name, raw in digests:
        found = digest_in(name, _unpacked(raw))
        if found is not None:
            stretches.append(found.stretch)
            absent.update(key for key in found.files if is_wanted(key) and _bare(key) not in there)
    return TrailPart(identity="", uses=(), gaps=_gaps(absent, place), seen=Seen(stretches=joined(stretches)))


def _gaps(absent: set[str], place: str) -> tuple[Gap, ...]:
    if not absent:
        return ()
    names = sorted(os.path.basename(key) for key in absent)
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    reason = f"the digests name {counted(len(names), 'log file')} that {place} does not have: {', '.join(names[:MOST_NAMED])}{more}"
    return (Gap(code="files-missing", reason=reason),)


def _bare(name: str) -> str:
    """Give a file's name as it is with and without compression."""
    return os.path.basename(name).removesuffix(".gz")


def _content(path: str) -> bytes:
    """Give what a file holds; nothing for one that cannot be read."""
    try:
        with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb", buffering=0) as file:
            return file.read(MOST_BYTES + 1) or b""
    except OSError:
        return b""


def _unpacked(raw: bytes) -> bytes:
    """Give what a digest holds; nothing for one that is damaged or is no digest's size."""
    if not raw.startswith(_GZIP):
        return raw if len(raw) <= MOST_BYTES else b""
    member = zlib.decompressobj(31)
    try:
        whole = member.decompress(raw, MOST_BYTES)
    except zlib.error:
        return b""
    return whole if member.eof else b""
