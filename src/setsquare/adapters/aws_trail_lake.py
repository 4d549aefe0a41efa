"""Reads a trail from an event data store of CloudTrail Lake: one SQL query counts the calls of the days that are not kept yet.

Source: AWS, CloudTrail User Guide, "CloudTrail Lake SQL constraints"; API Reference, `StartQuery`, `GetQueryResults`, `GetEventDataStore`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

from setsquare.adapters.aws_access import AwsAccess, nothing_known
from setsquare.adapters.aws_clients import called, pages
from setsquare.adapters.aws_days import Day, days_of, parted
from setsquare.adapters.aws_trail_facts import selectors_in
from setsquare.errors import CloudBusy, CloudFailed
from setsquare.ports.trails import TrailPart
from setsquare.powers.iam.usage.counted_rows import Row, counts_of
from setsquare.powers.iam.usage.model import Gap, Seen, Window
from setsquare.powers.iam.usage.selectors import selected

MOST_POLLS = 900
_POLL_SECONDS = 2.0
_WORKING = frozenset({"QUEUED", "RUNNING"})
_ACTIVE = frozenset({"ENABLED", "STARTING_INGESTION"})
_FLAGS = (
    ("version", "versionid"),
    ("acl", "x-amz-acl"),
    ("acl", "x-amz-grant-"),
    ("tagging", "x-amz-tagging"),
    ("retention", "x-amz-object-lock-mode"),
    ("retention", "x-amz-object-lock-retain"),
    ("legal-hold", "x-amz-object-lock-legal-hold"),
    ("tags", "tagspecification"),
    ("profile", "instanceprofile"),
)
"""Names of request parameters, in small letters, and what they ask for."""

_COLUMNS = (
    ("kind", "useridentity.type"),
    ("who", "coalesce(useridentity.sessioncontext.sessionissuer.arn, useridentity.arn)"),
    ("unique_id", "coalesce(useridentity.sessioncontext.sessionissuer.principalid, useridentity.principalid)"),
    ("via", "useridentity.invokedby"),
    ("account", "recipientaccountid"),
    ("source", "eventsource"),
    ("name", "eventname"),
    ("error", "errorcode"),
    ("region", "awsregion"),
    ("reading", "cast(readonly as varchar)"),
    ("management", "cast(managementevent as varchar)"),
    ("category", "eventcategory"),
    ("day", "date_format(eventtime, '%Y-%m-%d')"),
    ("asked", "array_join(array_sort(map_keys(requestparameters)), ',')"),
)


class LakeTrail:
    """A trail in an event data store. What `known` says is kept is not asked for again."""

    __slots__ = ("_access", "_known", "_store")

    def __init__(self, access: AwsAccess, store: str, known: Callable[[str], bool] = nothing_known) -> None:
        """Read a store, by its ARN or id; where no account is meant, the events of all accounts in it."""
        self._access = access
        self._store = store
        self._known = known

    @property
    def name(self) -> str:
        """Name the source."""
        return f"event data store {self._store.rpartition('/')[2]}"

    def parts(self, window: Window, progress: Callable[[str], None]) -> Iterator[TrailPart]:
        """Give one part for each day of the window, and what the store leaves out.

        Raises:
            CloudFailed: the store does not exist, may not be asked, or the query failed.
        """
        client = self._access.client("cloudtrail")
        facts = called(client.get_event_data_store, EventDataStore=self._store)
        now = self._access.now()
        days = days_of(window, now)
        source = f"lake:{self._access.account}:{self._store.rpartition('/')[2]}"
        kept, new = parted(days, lambda day: day.identity(source, now), self._known)
        progress(f"{len(days)} days, {len(new)} of them new")
        yield from kept
        rows = self._rows(client, new, progress) if new else {}
        for day in new:
            yield _part(rows.get(day.day, []), day.identity(source, now))
        yield _facts(facts, window, now)

    def _rows(self, client: Any, days: list[Day], progress: Callable[[str], None]) -> dict[str, list[Row]]:
        """Ask for the calls from the first of some days to the last, and sort them by day."""
        text = query_text(self._store.rpartition("/")[2], self._access.account, days[0].day, days[-1].day)
        number = str(called(client.start_query, QueryStatement=text)["QueryId"])
        progress(f"counting {days[0].day} to {days[-1].day}")
        self._waited(client, number)
        found: dict[str, list[Row]] = {}
        for page in pages(
            client.get_query_results, token=("NextToken", "NextToken"), EventDataStore=self._store, QueryId=number, MaxQueryResults=1000
        ):
            for told in page.get("QueryResultRows", ()):
                row = _row({key: value for cell in told for key, value in cell.items() if value is not None})
                # What the query filtered is filtered again.
                if not self._access.account or row.account in ("", self._access.account):
                    found.setdefault(row.day, []).append(row)
        return found

    def _waited(self, client: Any, number: str) -> None:
        """Wait until a query has ended.

        Raises:
            CloudFailed: it failed.
            CloudBusy: it did not end in time.
        """
        for _ in range(MOST_POLLS):
            answer = called(client.describe_query, EventDataStore=self._store, QueryId=number)
            status = str(answer.get("QueryStatus", ""))
            if status == "FINISHED":
                return
            if status not in _WORKING:
                why = str(answer.get("ErrorMessage", ""))[:300]
                raise CloudFailed(
                    f"The query of {self.name} ended as {status}: {why}", "Nothing was changed; look at the event data store."
                )
            self._access.clock.sleep(_POLL_SECONDS)
        raise CloudBusy(
            f"The query of {self.name} did not end in time.", "Nothing was changed; try again later, or a shorter window: --days."
        )


def query_text(store: str, account: str, begin: str, end: str) -> str:
    """Write the query for the days from `begin` to `end`, both included. All words in it were checked before: an id, digits and days."""
    after = (date.fromisoformat(end) + timedelta(1)).isoformat()
    named = ", ".join(f"{expression} AS {name}" for name, expression in _COLUMNS)
    by = ", ".join(str(number) for number in range(1, len(_COLUMNS) + 1))
    whose = f" AND recipientaccountid = '{account}'" if account else ""
    times = ", ".join(
        f"date_format({word}(eventtime), '%Y-%m-%dT%H:%i:%sZ') AS {name}" for word, name in (("min", "firstcall"), ("max", "lastcall"))
    )
    return (
        f"SELECT {named}, count(*) AS calls, {times} FROM {store} "  # noqa: S608  (an id that was matched against its pattern)
        f"WHERE eventtime >= '{begin} 00:00:00' AND eventtime < '{after} 00:00:00'{whose} GROUP BY {by}"
    )


def _row(told: dict[str, str]) -> Row:
    """Read one row.

    Raises:
        CloudFailed: it is no row of the query.
    """
    if not told.get("calls", "").isdecimal():
        raise CloudFailed("CloudTrail Lake answered something else than counts.", "Nothing is claimed; read another source: --trail.")
    asked = told.get("asked", "").lower()
    management = told.get("management", "")
    return Row(
        kind=told.get("kind", ""),
        who=told.get("who", ""),
        unique_id=told.get("unique_id", ""),
        via=told.get("via", ""),
        account=told.get("account", ""),
        source=told.get("source", ""),
        event=told.get("name", ""),
        error=told.get("error", ""),
        region=told.get("region", ""),
        category=told.get("category", ""),
        day=told.get("day", ""),
        first=told.get("firstcall", ""),
        last=told.get("lastcall", ""),
        count=int(told["calls"]),
        is_reading=told.get("reading", "").lower() == "true",
        is_management=management.lower() == "true" if management else None,
        flags=tuple(dict.fromkeys(flag for flag, word in _FLAGS if word in asked)),
    )


def _part(rows: list[Row], identity: str) -> TrailPart:
    counts = counts_of(rows)
    return TrailPart(
        identity=identity,
        uses=counts.uses,
        events=counts.events,
        unread=counts.unread,
        reasons=counts.reasons,
        regions=counts.seen.regions,
        days=counts.seen.days,
        seen=counts.seen,
        gaps=counts.gaps,
    )


def _facts(facts: Any, window: Window, now: datetime) -> TrailPart:
    """Say what the store leaves out, and since when."""
    name = str(facts.get("Name", ""))
    chosen = selected(selectors_in(facts), name)
    gaps = list(chosen.gaps)
    if not facts.get("MultiRegionEnabled"):
        gaps.append(Gap(code="region-absent", reason=f"the event data store {name} holds one region alone"))
    if str(facts.get("Status", "")) not in _ACTIVE:
        gaps.append(
            Gap(
                code="days-missing", reason=f"the event data store {name} takes no events: it is {facts.get('Status', 'in no known state')}"
            )
        )
    retention = int(facts.get("RetentionPeriod") or 0)
    begins = [told.astimezone(UTC).date() for told in (facts.get("CreatedTimestamp"),) if told]
    if retention:
        begins.append((now - timedelta(days=retention)).date())
    begun = max(begins, default=date.min).isoformat()
    if begun > window.begin:
        gaps.append(
            Gap(code="younger-than-window", reason=f"the event data store {name} holds events since {begun}, after the window's first day")
        )
    updated = facts.get("UpdatedTimestamp")
    # What the selectors say now proves nothing about days before they were changed.
    was_changed = bool(updated and updated.astimezone(UTC).date().isoformat() >= window.begin and updated != facts.get("CreatedTimestamp"))
    if was_changed:
        gaps.append(
            Gap(code="unproven", reason=f"the event data store {name} was changed in the window; nobody knows what it left out before")
        )
    return TrailPart(
        identity="",
        uses=(),
        gaps=tuple(gaps),
        seen=Seen(data=() if was_changed else chosen.data, is_of_all_regions=bool(facts.get("MultiRegionEnabled"))),
    )
