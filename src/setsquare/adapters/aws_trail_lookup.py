"""Reads the event history of an account as a trail: 90 days, management events, region by region, day by day."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from setsquare.adapters.aws_access import AwsAccess, nothing_known
from setsquare.adapters.aws_days import Day, days_of
from setsquare.adapters.aws_history import DAYS, EventHistory, home_of
from setsquare.adapters.trail_file import part_of
from setsquare.ports.trails import TrailPart
from setsquare.powers.iam.usage.envelopes import NO_RECORD, read_line
from setsquare.powers.iam.usage.folding import Fold
from setsquare.powers.iam.usage.model import Gap, Window

MOST_CALLS = 2_000
"""One run asks no more often than this, which takes some 17 minutes; the next run goes on where it ended."""


class LookupTrail:
    """The event history of one account in some regions; the region of IAM's events is always among them."""

    __slots__ = ("_access", "_history", "_is_named", "_known", "_regions")

    def __init__(self, access: AwsAccess, regions: tuple[str, ...] = (), known: Callable[[str], bool] = nothing_known) -> None:
        """Read these regions, or that of the settings where none is named."""
        self._access = access
        named = regions or (access.region,)
        self._is_named = bool(regions)
        self._regions = tuple(dict.fromkeys((*named, *map(home_of, named))))
        self._known = known
        self._history = EventHistory(access, MOST_CALLS)

    @property
    def name(self) -> str:
        """Name the source."""
        return f"event history of {', '.join(self._regions)}"

    def parts(self, window: Window, progress: Callable[[str], None]) -> Iterator[TrailPart]:
        """Give one part for each region and day, the newest days first, and what the event history cannot show.

        Raises:
            CloudFailed: it may not be read.
        """
        now = self._access.now()
        earliest = (now - timedelta(DAYS - 1)).date().isoformat()
        days = tuple(reversed(days_of(window, now, earliest)))
        clients = {region: self._access.client("cloudtrail", region) for region in self._regions}
        missed: list[str] = []
        for day in days:
            for region, client in clients.items():
                identity = day.identity(f"lookup:{self._access.account}:{region}", now)
                if self._known(identity):
                    yield TrailPart(identity=identity, uses=(), is_kept=True)
                    continue
                part = self._day(client, day, identity, region)
                if part is None:
                    missed.append(f"{region} on {day.day}")
                else:
                    yield part
            progress(f"{day.day} read, {self._history.calls} calls made")
        yield TrailPart(identity="", uses=(), gaps=(*self._shown(), *_gaps(missed, window, earliest)))

    def _shown(self) -> tuple[Gap, ...]:
        """Say what the event history cannot show at all."""
        data = Gap(code="no-data-events", reason="the event history holds management events only")
        read = ", ".join(self._regions)
        if self._is_named:
            return data, Gap(code="regions-named", reason=f"read were {read}, as named: what was done in other regions is not counted")
        reason = f"the event history is kept region by region, and only {read} was read: name every region that the account uses"
        return data, Gap(code="region-absent", reason=f"{reason}, --trail lookup:REGION,REGION")

    def _day(self, client: Any, day: Day, identity: str, region: str) -> TrailPart | None:
        """Read a day; `None` when the calls of this run are used up."""
        fold = Fold()
        for events in self._history.pages(client, day.begin, day.end):
            if events is None:
                return None
            for event in events:
                if not read_line(fold, str(event.get("CloudTrailEvent", "")).encode("utf-8", "replace")):
                    fold.miss(NO_RECORD)
        return part_of(fold, identity, f"event history of {region} on {day.day}")


def _gaps(missed: list[str], window: Window, earliest: str) -> Iterator[Gap]:
    if window.begin < earliest:
        yield Gap(
            code="younger-than-window", reason=f"the event history reaches back to {earliest}, not to the window's first day {window.begin}"
        )
    if missed:
        more = f" and {len(missed) - 3} more" if len(missed) > 3 else ""
        told = f"{', '.join(missed[:3])}{more} were not read, since one run makes {MOST_CALLS} calls; run it again to go on"
        yield Gap(code="capped", reason=told)
