"""Digest files of CloudTrail as evidence: which hours a trail delivered, those without events too, and which log files it delivered then.

Source: AWS, CloudTrail User Guide, "CloudTrail digest file structure".
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterable
from datetime import date, timedelta

import msgspec
from msgspec import Struct

from setsquare.powers.iam.usage.model import Gap, Stretch, Window
from setsquare.text.lazy_pattern import LazyPattern

MOST_HOLES_NAMED = 3
_NAME = LazyPattern(r"(?:.*/)?(\d{12})_CloudTrail-Digest_([a-z0-9-]+)_(.+)_([a-z0-9-]+)_\d{8}T\d{6}Z\.json(?:\.gz)?\Z")
_TIME = LazyPattern(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\Z")


class _Delivered(Struct, gc=False):
    s3Object: str  # noqa: N815  (CloudTrail's own names, here and below)


class _File(Struct, gc=False):
    digestStartTime: str  # noqa: N815
    digestEndTime: str  # noqa: N815
    logFiles: list[_Delivered]  # noqa: N815


class Digest(Struct, frozen=True):
    """One digest: the time that it proves, and the keys of the log files that were delivered in it."""

    stretch: Stretch
    files: tuple[str, ...] = ()


def digest_in(name: str, raw: bytes) -> Digest | None:
    """Read a digest; `None` for what is none, which proves nothing.

    >>> raw = b'{"digestStartTime":"2026-01-05T00:01:31Z","digestEndTime":"2026-01-05T01:01:31Z","logFiles":[]}'
    >>> digest_in("123456789012_CloudTrail-Digest_eu-west-1_main_us-east-1_20260105T010131Z.json.gz", raw).stretch.chain
    '123456789012 main eu-west-1'
    >>> digest_in("other.json", raw) is None
    True
    """
    match = _NAME.match(name)
    if match is None:
        return None
    try:
        found = _decoder().decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    begin, end = found.digestStartTime, found.digestEndTime
    if not _TIME.match(begin) or not _TIME.match(end) or begin >= end:
        return None
    account, region, trail = match[1], match[2], match[3]
    return Digest(Stretch(f"{account} {trail} {region}", region, begin, end), tuple([each.s3Object for each in found.logFiles]))


def joined(stretches: Iterable[Stretch]) -> tuple[Stretch, ...]:
    """Join stretches of one chain that touch, sorted.

    >>> one, two = (
    ...     Stretch("a", "r", "2026-01-05T00:00:00Z", "2026-01-05T01:00:00Z"),
    ...     Stretch("a", "r", "2026-01-05T01:00:00Z", "2026-01-05T02:00:00Z"),
    ... )
    >>> [(each.begin[11:13], each.end[11:13]) for each in joined((two, one))]
    [('00', '02')]
    """
    found: list[Stretch] = []
    for each in sorted(stretches):
        last = found[-1] if found else None
        if last is None or last.chain != each.chain or last.end < each.begin:
            found.append(each)
        elif last.end < each.end:
            found[-1] = Stretch(last.chain, last.region, last.begin, each.end)
    return tuple(found)


def holes(stretches: tuple[Stretch, ...], window: Window) -> tuple[Gap, ...]:
    """Say which hours are missing in joined chains; nothing is missing before a chain begins and after it ends."""
    first, last = f"{window.begin}T00:00:00Z", f"{window.end}T23:59:59Z"
    found = [
        (before.region, before.end, after.begin)
        for before, after in itertools.pairwise(stretches)
        if before.chain == after.chain and before.end <= last and after.begin > first
    ]
    named = "; ".join(f"{region} from {begin} to {end}" for region, begin, end in found[:MOST_HOLES_NAMED])
    more = f"; and {len(found) - MOST_HOLES_NAMED} more" if len(found) > MOST_HOLES_NAMED else ""
    return (Gap(code="days-missing", reason=f"digests are missing, so nothing says what was delivered: {named}{more}"),) if found else ()


def quiet_days(stretches: tuple[Stretch, ...], held: Iterable[str], regions: Iterable[str], window: Window) -> tuple[str, ...]:
    """Give the days of a window without events that every chain proves whole; none where a region with events has no chain."""
    chains: dict[str, list[Stretch]] = {}
    for each in stretches:
        chains.setdefault(each.chain, []).append(each)
    if not chains or not set(regions) <= {each.region for each in stretches}:
        return ()
    with_events = set(held)
    first = max(window.begin, min(each.begin for each in stretches)[:10])
    last = min(window.end, max(each.end for each in stretches)[:10])
    found, day = [], first
    while day <= last:
        after = (date.fromisoformat(day) + timedelta(1)).isoformat()
        begin, end = f"{day}T00:00:00Z", f"{after}T00:00:00Z"
        if day not in with_events and all(any(each.begin <= begin and each.end >= end for each in chain) for chain in chains.values()):
            found.append(day)
        day = after
    return tuple(found)


def whole_regions(stretches: tuple[Stretch, ...], window: Window) -> frozenset[str]:
    """Give the regions that a chain proves from the first day of a window to its last, which may be under way."""
    begin, end = f"{window.begin}T00:00:00Z", f"{window.end}T00:00:00Z"
    return frozenset(each.region for each in stretches if each.begin <= begin and each.end >= end)


@functools.cache
def _decoder() -> msgspec.json.Decoder[_File]:
    return msgspec.json.Decoder(_File)
