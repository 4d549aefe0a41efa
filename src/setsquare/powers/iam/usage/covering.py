"""How much of a window a trail shows, and what is missing."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from datetime import date, timedelta

from setsquare.powers.iam.usage.model import Coverage, Gap, Seen, Window
from setsquare.text.counted import counted

MANY = 50
"""So many management events of one kind must be there before the absence of the other kind means that a trail leaves it out."""

MOST_DAYS_NAMED = 5
# Said for people: of data events nothing is claimed unless they are held, and which regions an account uses a person may know.
_TOLD = frozenset({"no-data-events", "regions-named"})
# Services whose management events a trail may leave out. Source: AWS, CloudTrail User Guide, "Logging management events".
_EXCLUDABLE = (("kms", "kms"), ("rdsdata", "rds-data"))
# Where global services of the commercial partition log. Source: AWS, CloudTrail User Guide, "Global service events".
_GLOBAL_REGION = "us-east-1"
_COMMERCIAL = ("us-", "eu-", "ap-", "sa-", "ca-", "af-", "me-", "il-", "mx-")


def coverage_of(seen: Seen, gaps: Iterable[Gap], window: Window, regions: Iterable[str] = ()) -> Coverage:
    """Say what was seen in a window and which gaps follow from it; `regions` are those that are expected besides."""
    days = tuple(day for day in seen.days if window.begin <= day <= window.end)
    found = (*gaps, *_gaps_of_days(days, window), *_gaps_of_kinds(seen), *_gaps_of_regions(seen, regions))
    return Coverage(days=days, regions=seen.regions, data_sources=_data_sources(seen.data), gaps=tuple(dict.fromkeys(found)))


def concerns(gaps: Iterable[Gap], prefix: str, *, is_reading: bool) -> Gap | None:
    """Give the first gap for which the absence of an action of this service means nothing.

    >>> gap = Gap(code="read-only-excluded", reason="no reading event is in the trail")
    >>> concerns((gap,), "ec2", is_reading=False) is None, concerns((gap,), "ec2", is_reading=True) is gap
    (True, True)
    """
    for gap in gaps:
        if gap.code in _TOLD:
            continue
        if gap.code == "source-excluded" and gap.scope != prefix:
            continue
        if gap.code == "read-only-excluded" and not is_reading:
            continue
        if gap.code == "write-only-excluded" and is_reading:
            continue
        return gap
    return None


def _gaps_of_days(days: tuple[str, ...], window: Window) -> tuple[Gap, ...]:
    if not days:
        return (Gap(code="days-missing", reason=f"the trail holds no event between {window.begin} and {window.end}"),)
    gaps = []
    if days[0] > window.begin:
        gaps.append(Gap(code="younger-than-window", reason=f"the trail begins on {days[0]}, after the window's first day {window.begin}"))
    held, begin, end = set(days), date.fromisoformat(days[0]), date.fromisoformat(window.end)
    # Events of the last day may still be under way.
    missing = (end - begin).days - len(held - {window.end})
    if missing:
        absent = (day for at in range((end - begin).days) if (day := (begin + timedelta(at)).isoformat()) not in held)
        named = ", ".join(itertools.islice(absent, MOST_DAYS_NAMED))
        more = f" and {missing - MOST_DAYS_NAMED} more" if missing > MOST_DAYS_NAMED else ""
        gaps.append(Gap(code="days-missing", reason=f"the trail holds no event of {counted(missing, 'day')}: {named}{more}"))
    return tuple(gaps)


def _gaps_of_kinds(seen: Seen) -> tuple[Gap, ...]:
    if not seen.reads and not seen.writes:
        return (Gap(code="no-management-events", reason="the trail holds no management events"),)
    gaps = []
    if not seen.reads and seen.writes >= MANY:
        gaps.append(Gap(code="read-only-excluded", reason=f"the trail holds {seen.writes} writing management events and no reading one"))
    if not seen.writes and seen.reads >= MANY:
        gaps.append(Gap(code="write-only-excluded", reason=f"the trail holds {seen.reads} reading management events and no writing one"))
    gaps += [
        Gap(code="source-excluded", reason=f"the trail holds no event of {prefix}, which a trail may leave out", scope=prefix)
        for label, prefix in _EXCLUDABLE
        if label not in seen.sources
    ]
    return tuple(gaps)


def _gaps_of_regions(seen: Seen, regions: Iterable[str]) -> tuple[Gap, ...]:
    expected = dict.fromkeys(sorted(regions), "no event of it is in the trail")
    if any(region.startswith(_COMMERCIAL) and "-gov-" not in region and "-iso" not in region for region in seen.regions):
        expected.setdefault(_GLOBAL_REGION, "the events of IAM and other global services lie there")
    return tuple(
        Gap(code="region-absent", reason=f"the region {region} is absent: {reason}", scope=region)
        for region, reason in expected.items()
        if region not in seen.regions
    )


def _data_sources(data: Iterable[str]) -> tuple[str, ...]:
    """Join `s3:read` and `s3:write` to `s3`."""
    held = set(data)
    both = {entry.partition(":")[0] for entry in held if {f"{entry.partition(':')[0]}:read", f"{entry.partition(':')[0]}:write"} <= held}
    return tuple(sorted({entry.partition(":")[0] if entry.partition(":")[0] in both else entry for entry in held}))
