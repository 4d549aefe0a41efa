"""Hears of changes of IAM from an account: from its event history, which exists without any trail, or from the log group of a trail.

The history is asked once for each kind of change, since a question for all events of IAM would bring every reading call of every tool.

Source: AWS, CloudWatch Logs User Guide, "Filter pattern syntax".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec import Struct

from setsquare.adapters.aws_access import AwsAccess
from setsquare.adapters.aws_clients import pages
from setsquare.adapters.aws_history import DAYS, EventHistory, home_of
from setsquare.adapters.aws_log_events import is_of
from setsquare.errors import CloudBusy
from setsquare.ports.change_feed import Fresh
from setsquare.powers.iam.escalation.change_records import in_order
from setsquare.powers.iam.escalation.changes import CHANGES, Change, change_of

LATE = timedelta(hours=1)
"""So long after it took effect a change may still appear; each look reaches back as far. Source: AWS, CloudTrail User Guide: about 5 minutes, not guaranteed."""
MOST_CALLS = 1_000
"""One look asks the history no more often, which takes some 8 minutes."""

_TIME = "%Y-%m-%dT%H:%M:%SZ"
_OF_IAM = '{ $.eventSource = "iam.amazonaws.com" }'


class Recorded(Struct, frozen=True):
    """One event as a source gives it: its id, its time in UTC, the record."""

    identity: str
    at: str
    raw: str


Source = Callable[[datetime, datetime], Iterator[Recorded]]
"""Gives the events between two moments that may be changes, in any order."""


class AwsChanges:
    """The changes that a source of AWS holds; each look reaches back for what appeared late, and gives nothing twice."""

    __slots__ = ("_access", "_begin", "_known", "_name", "_source")

    def __init__(self, access: AwsAccess, name: str, source: Source, since: str) -> None:
        """Begin at a time in UTC, with what may have appeared late; `since` is `2026-11-21T10:15:02Z`."""
        self._access = access
        self._name = name
        self._source = source
        now = access.now()
        self._begin = min(max(_moment(since) - LATE, now - timedelta(days=DAYS)), now - LATE)
        self._known: dict[str, str] = {}

    @property
    def name(self) -> str:
        """Name the source."""
        return self._name

    def fresh(self) -> Fresh:
        """Give the changes that have appeared since.

        Raises:
            CloudFailed: the source may not be read, or AWS does not answer.
        """
        now = self._access.now()
        changes: list[Change] = []
        found: dict[str, str] = {}
        for event in self._source(self._begin, now):
            if event.identity in self._known or event.identity in found:
                continue
            found[event.identity] = event.at
            change = change_of(event.raw)
            if change is not None:
                changes.append(change)
        # Only a look that came to its end counts: what it found is not given again.
        self._begin = max(self._begin, now - LATE)
        first = self._begin.strftime(_TIME)
        self._known = {identity: at for identity, at in {**self._known, **found}.items() if at >= first}
        return Fresh(changes=in_order(changes), events=len(found), until=now.strftime(_TIME))


def lookup_changes(access: AwsAccess, since: str) -> AwsChanges:
    """Hear of changes from the event history, in the region where the events of IAM lie."""
    region = home_of(access.region)
    return AwsChanges(access, f"event history of {access.account or 'the account'} in {region}", _History(access, region).events, since)


def log_changes(access: AwsAccess, group: str, since: str) -> AwsChanges:
    """Hear of changes from the log group of a trail; those of other accounts of its organisation are left out."""

    def events(begin: datetime, end: datetime) -> Iterator[Recorded]:
        client = access.client("logs")
        asked = {"logGroupName": group, "filterPattern": _OF_IAM, "startTime": _millis(begin), "endTime": _millis(end)}
        for page in pages(client.filter_log_events, token=("nextToken", "nextToken"), **asked):
            for event in page.get("events", ()):
                raw = str(event.get("message", ""))
                at = datetime.fromtimestamp(int(event.get("timestamp", 0)) / 1000, UTC).strftime(_TIME)
                if is_of(raw.encode("utf-8", "replace"), access.account):
                    yield Recorded(str(event.get("eventId", "")) or raw, at, raw)

    return AwsChanges(access, f"log group {group} in {access.region}", events, since)


class _History:
    """The event history of one region, asked for each kind of change."""

    __slots__ = ("_access", "_history", "_region")

    def __init__(self, access: AwsAccess, region: str) -> None:
        self._access = access
        self._history = EventHistory(access, MOST_CALLS)
        self._region = region

    def events(self, begin: datetime, end: datetime) -> Iterator[Recorded]:
        """Give each event that may be a change.

        Raises:
            CloudBusy: there are more than one look can ask for.
            CloudFailed: as `EventHistory.pages`.
        """
        client = self._access.client("cloudtrail", self._region)
        self._history.renew()
        for kind in sorted(CHANGES):
            asked = [{"AttributeKey": "EventName", "AttributeValue": kind}]
            for page in self._history.pages(client, begin, end, LookupAttributes=asked):
                if page is None:
                    raise CloudBusy(
                        f"The event history holds more changes since {begin.strftime(_TIME)} than {MOST_CALLS} calls can read.",
                        "Begin later: --since YYYY-MM-DD.",
                    )
                yield from map(_recorded, page)


def _recorded(event: Mapping[str, Any]) -> Recorded:
    at = event.get("EventTime")
    told = at.astimezone(UTC).strftime(_TIME) if isinstance(at, datetime) else ""
    raw = str(event.get("CloudTrailEvent", ""))
    return Recorded(str(event.get("EventId", "")) or raw, told, raw)


def _moment(at: str) -> datetime:
    return datetime.strptime(at, _TIME).replace(tzinfo=UTC)


def _millis(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
