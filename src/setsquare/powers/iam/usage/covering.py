"""How much of a window a trail shows, and what is missing."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from setsquare.powers.iam.usage.digests import holes, joined, quiet_days, whole_regions
from setsquare.powers.iam.usage.model import Coverage, Gap, Seen, Window
from setsquare.text.counted import counted

MANY = 50
"""So many management events of one kind must be there before the absence of the other kind means that a trail leaves it out."""

MOST_DAYS_NAMED = 5
# Said for people: of data events nothing is claimed unless they are held; which regions an account uses a person may know; a count is no claim. What one region alone shows
# is judged action by action.
_TOLD = frozenset({"no-data-events", "regions-named", "one-region", "counted-twice", "passed-over"})
# Gaps that say already which regions are there.
_OF_REGIONS = frozenset({"region-absent", "regions-named"})
# Services whose management events a trail may leave out. Source: AWS, CloudTrail User Guide, "Logging management events".
_EXCLUDABLE = (("kms", "kms"), ("rdsdata", "rds-data"))
# Where global services of the commercial partition log. Source: AWS, CloudTrail User Guide, "Global service events".
_GLOBAL_REGION = "us-east-1"
# Source: AWS, CloudTrail User Guide, "Global service events"; Organizations and Route 53, "Logging API calls with AWS CloudTrail".
_GLOBAL = frozenset({"cloudfront", "iam", "organizations", "route53"})
_COMMERCIAL = ("us-", "eu-", "ap-", "sa-", "ca-", "af-", "me-", "il-", "mx-")

MOST_SCOPES = 2000
"""So many buckets, tables and functions are held as seen in data events; of more nothing is claimed."""


# req: iam-autopilot/3.8
def coverage_of(seen: Seen, gaps: Iterable[Gap], window: Window, regions: Iterable[str] = (), *, is_stated: bool = False) -> Coverage:
    """Say what was seen in a window and which gaps follow from it; `regions` are those that are expected besides.

    `is_stated` tells that a person answers for it that the trail is complete: days without events are quiet days then, and regions without events quiet regions. No other gap is
    lifted by that.
    """
    told = tuple(gaps)
    days = tuple(day for day in seen.days if window.begin <= day <= window.end)
    chains = joined(seen.stretches)
    quiet = quiet_days(chains, days, seen.regions, window)
    shown = tuple(sorted({*seen.regions, *whole_regions(chains, window)}))
    known = tuple(sorted({*days, *quiet}))
    has_begun = any(day < window.begin for day in seen.days)
    begin = window.begin if has_begun or not known else known[0]
    alone = _of_one_region(seen, told)
    found = (
        *told,
        *_gaps_of_begin(known, window, has_begun=has_begun),
        *(() if is_stated else _gaps_of_days(known, begin, window.end)),
        *holes(chains, window),
        *_gaps_of_kinds(seen),
        *_gaps_of_regions(shown, regions),
        *(() if is_stated else alone),
    )
    return Coverage(
        days=days,
        regions=shown,
        data_sources=_data_sources(seen.data),
        gaps=tuple(dict.fromkeys(found)),
        data_scopes=seen.scopes[:MOST_SCOPES],
        quiet=quiet,
        stated=tuple(_absent(known, begin, window.end)) if is_stated else (),
        is_stated=is_stated,
        stated_region=alone[0].scope if is_stated and alone else "",
    )


def lone_region(coverage: Coverage, prefix: str) -> str:
    """Give the one region that a trail shows, where it may lack calls that a service got in others; empty where it shows all.

    The events of global services lie in one region.

    >>> coverage = Coverage(gaps=(Gap(code="one-region", reason="all is of one region", scope="us-east-1"),))
    >>> lone_region(coverage, "ec2"), lone_region(coverage, "iam"), lone_region(Coverage(), "ec2")
    ('us-east-1', '', '')
    """
    region = next((gap.scope for gap in coverage.gaps if gap.code == "one-region"), "")
    return "" if region == _GLOBAL_REGION and prefix in _GLOBAL else region


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


def _gaps_of_begin(known: tuple[str, ...], window: Window, *, has_begun: bool) -> tuple[Gap, ...]:
    if not known:
        return (Gap(code="days-missing", reason=f"the trail holds no event between {window.begin} and {window.end}"),)
    if known[0] > window.begin and not has_begun:
        reason = f"the trail begins on {known[0]}, after the window's first day {window.begin}"
        return (Gap(code="younger-than-window", reason=reason),)
    return ()


def _absent(known: tuple[str, ...], begin: str, end: str) -> Iterator[str]:
    """Give the days without evidence; events of the last day may still be under way."""
    held, first = set(known), date.fromisoformat(begin)
    for at in range((date.fromisoformat(end) - first).days if known else 0):
        day = (first + timedelta(at)).isoformat()
        if day not in held:
            yield day


def _gaps_of_days(known: tuple[str, ...], begin: str, end: str) -> tuple[Gap, ...]:
    missing = (date.fromisoformat(end) - date.fromisoformat(begin)).days - len(set(known) - {end}) if known else 0
    if not missing:
        return ()
    named = ", ".join(itertools.islice(_absent(known, begin, end), MOST_DAYS_NAMED))
    more = f" and {missing - MOST_DAYS_NAMED} more" if missing > MOST_DAYS_NAMED else ""
    return (Gap(code="days-missing", reason=f"the trail holds no event of {counted(missing, 'day')}: {named}{more}"),)


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


def _gaps_of_regions(shown: tuple[str, ...], regions: Iterable[str]) -> tuple[Gap, ...]:
    expected = dict.fromkeys(sorted(regions), "no event of it is in the trail")
    if any(region.startswith(_COMMERCIAL) and "-gov-" not in region and "-iso" not in region for region in shown):
        expected.setdefault(_GLOBAL_REGION, "the events of IAM and other global services lie there")
    return tuple(
        Gap(code="region-absent", reason=f"the region {region} is absent: {reason}", scope=region)
        for region, reason in expected.items()
        if region not in shown
    )


def _of_one_region(seen: Seen, gaps: tuple[Gap, ...]) -> tuple[Gap, ...]:
    """Say of a trail of one region that nothing shows it to log others: one that logs all holds nothing of regions that nobody uses, and one that does not looks the same."""
    regions = {*seen.regions, *(each.region for each in seen.stretches)}
    if len(regions) != 1 or seen.is_of_all_regions or any(gap.code in _OF_REGIONS for gap in gaps):
        return ()
    region = min(regions)
    lifts = "events or digests of a second region lift this, and so does your word: --trail-is-complete"
    told = f"all events are of the region {region}, and nothing shows that the trail logs others"
    reason = f"{told}: what was done there it would not hold; {lifts}"
    return (Gap(code="one-region", reason=reason, scope=region),)


def _data_sources(data: Iterable[str]) -> tuple[str, ...]:
    """Join `s3:read` and `s3:write` to `s3`."""
    held = set(data)
    both = {entry.partition(":")[0] for entry in held if {f"{entry.partition(':')[0]}:read", f"{entry.partition(':')[0]}:write"} <= held}
    return tuple(sorted({entry.partition(":")[0] if entry.partition(":")[0] in both else entry for entry in held}))
