"""Reads a trail from a log group of CloudWatch Logs: counted by Logs Insights, a day at a time, or event by event where that cannot be had.

Source: AWS, CloudWatch Logs API Reference, `StartQuery`, `GetQueryResults`, `FilterLogEvents`; User Guide, "Logs Insights query language".
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from setsquare.adapters.aws_access import AwsAccess, nothing_known
from setsquare.adapters.aws_clients import pages
from setsquare.adapters.aws_days import Day, days_of, parted
from setsquare.adapters.aws_log_events import read_events
from setsquare.adapters.aws_log_query import Asked, NotCounted, counted_rows, started
from setsquare.adapters.aws_trail_facts import facts_of
from setsquare.errors import CloudFailed
from setsquare.ports.trails import TrailPart
from setsquare.powers.iam.usage.counted_rows import counts_of
from setsquare.powers.iam.usage.model import Gap, Window

AT_ONCE = 8
"""So many days are counted at once; an account may run 30 queries."""


class LogGroupTrail:
    """A trail in a log group, of one account. What `known` says is kept is not asked for again."""

    __slots__ = ("_access", "_group", "_known")

    def __init__(self, access: AwsAccess, group: str, known: Callable[[str], bool] = nothing_known) -> None:
        """Read a group; where no account is meant, the events of all accounts in it."""
        self._access = access
        self._group = group
        self._known = known

    @property
    def name(self) -> str:
        """Name the source."""
        return f"log group {self._group} in {self._access.region}"

    def parts(self, window: Window, progress: Callable[[str], None]) -> Iterator[TrailPart]:
        """Give one part for each day of the window that the group may hold, and what the account says about the trail.

        Raises:
            CloudFailed: the group does not exist or may not be read.
        """
        client = self._access.client("logs")
        facts = _described(client, self._group)
        now = self._access.now()
        days = days_of(window, now, _earliest(facts, now))
        source = f"logs:{self._access.account}:{self._access.region}:{self._group}"
        kept, new = parted(days, lambda day: day.identity(source, now), self._known)
        progress(f"{len(days)} days, {len(new)} of them new")
        yield from kept
        for at, (day, part) in enumerate(self._new(client, new, progress), 1):
            yield _named(part, day.identity(source, now))
            progress(f"{at} of {len(new)} days read")
        arn = str(facts["arn"]).removesuffix(":*")
        yield facts_of(
            self._access,
            lambda trail: str(trail.get("CloudWatchLogsLogGroupArn", "")).removesuffix(":*") == arn,
            f"the log group {self._group}",
            window,
            to_logs=True,
        )

    def _new(self, client: Any, days: list[Day], progress: Callable[[str], None]) -> Iterator[tuple[Day, TrailPart]]:
        """Count day by day; from the first day on that cannot be counted, read every event."""
        asked: deque[tuple[Day, Asked]] = deque()
        left = deque(days)
        try:
            while left or asked:
                while left and len(asked) < AT_ONCE:
                    query = started(client, self._question(left[0]), self._access.clock.sleep, is_patient=not asked)
                    if query is None:
                        break
                    asked.append((left.popleft(), query))
                day, query = asked[0]
                rows, is_whole = counted_rows(client, query, self._access.clock.sleep)
                asked.popleft()
                yield day, self._counted(rows, day, is_whole=is_whole)
        except NotCounted as error:
            progress(f"Logs Insights cannot count here ({error}), so every event is read")
            for day in (*(day for day, _query in asked), *left):
                yield day, read_events(client, self._group, day, self._access.account)

    def _question(self, day: Day) -> Asked:
        return Asked(group=self._group, account=self._access.account, begin=int(day.begin.timestamp()), end=int(day.end.timestamp()))

    def _counted(self, rows: Any, day: Day, *, is_whole: bool) -> TrailPart:
        # What Insights filtered is filtered again: rows of another account count for nothing.
        counts = counts_of(row for row in rows if not self._access.account or row.account in ("", self._access.account))
        reason = f"Logs Insights gives no more than 10,000 kinds of calls for a minute, and {day.day} has a minute with more"
        capped = () if is_whole else (Gap(code="capped", reason=reason, scope=day.day),)
        return TrailPart(
            identity="",
            uses=counts.uses,
            events=counts.events,
            unread=counts.unread,
            reasons=counts.reasons,
            regions=counts.seen.regions,
            days=counts.seen.days,
            seen=counts.seen,
            gaps=(*counts.gaps, *capped),
        )


def _named(part: TrailPart, identity: str) -> TrailPart:
    from msgspec.structs import replace  # noqa: PLC0415  (start-up)

    return replace(part, identity=identity)


def _described(client: Any, group: str) -> Any:
    """Find the group.

    Raises:
        CloudFailed: there is none of the name.
    """
    for page in pages(client.describe_log_groups, token=("nextToken", "nextToken"), logGroupNamePrefix=group):
        for found in page["logGroups"]:
            if found["logGroupName"] == group:
                return found
    raise CloudFailed(
        f"The account has no log group {group} in {client.meta.region_name}.",
        "Look at `cloudtrailLogGroup` and `awsRegion`; or read another source, such as --trail s3://BUCKET or --trail lookup.",
    )


def _earliest(facts: Any, now: datetime) -> str:
    """Give the first day of which the group may hold events."""
    retention = facts.get("retentionInDays")
    if not retention:
        return ""
    return datetime.fromtimestamp(now.timestamp() - retention * 86_400 + 3_600, UTC).date().isoformat()
