"""Has Logs Insights count the calls of a stretch of time; where more kinds of calls come than it gives, of its halves.

Source: AWS, CloudWatch Logs User Guide, "Logs Insights query language" (`stats`, `strcontains`, `coalesce`); API Reference, `StartQuery`: 10,000 rows.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec import Struct

from setsquare.adapters.aws_clients import called, failure_code, was_denied
from setsquare.errors import CloudBusy, CloudFailed
from setsquare.powers.iam.usage.counted_rows import Row

MOST_ROWS = 10_000
LEAST_SECONDS = 60
MOST_POLLS = 600
_POLL_SECONDS = 1.0
_WAIT_SECONDS = 3.0
_STARTS = 10
_BAD_QUERIES = frozenset({"MalformedQueryException", "InvalidParameterException", "UnsupportedOperationException"})
_WORKING = frozenset({"Scheduled", "Running", "Unknown"})
_TRUE = frozenset({"1", "true"})
_FLAGS = (
    ("version", '"versionId"'),
    ("acl", "x-amz-acl"),
    ("grant", "x-amz-grant-"),
    ("tagging", '"x-amz-tagging"'),
    ("retention", "x-amz-object-lock-mode"),
    ("until", "x-amz-object-lock-retain"),
    ("hold", "x-amz-object-lock-legal-hold"),
    ("tags", "agSpecification"),
    ("profile", "nstanceProfile"),
)
"""Words of a message that say what a request asked for besides, by the name of the column."""

_MEANS = {"grant": "acl", "until": "retention", "hold": "legal-hold"}
_COLUMNS = (
    ("kind", "userIdentity.type"),
    ("who", "coalesce(userIdentity.sessionContext.sessionIssuer.arn, userIdentity.arn)"),
    ("unique", "coalesce(userIdentity.sessionContext.sessionIssuer.principalId, userIdentity.principalId)"),
    ("via", "userIdentity.invokedBy"),
    ("account", "recipientAccountId"),
    ("source", "eventSource"),
    ("name", "eventName"),
    ("error", "errorCode"),
    ("region", "awsRegion"),
    ("reading", "readOnly"),
    ("management", "managementEvent"),
    ("category", "eventCategory"),
    ("day", "substr(eventTime, 0, 10)"),
)


class NotCounted(Exception):
    """Logs Insights does not count here: it is not permitted, not supported, or answered something else."""


class Asked(Struct, frozen=True, kw_only=True):
    """One question: a group, an account, and first and last second as Unix time. `query` is its number at AWS, empty before it is asked."""

    group: str
    account: str
    begin: int
    end: int
    query: str = ""


def query_text(account: str) -> str:
    """Write the query."""
    named = [f"{expression} as {name}Of" for name, expression in _COLUMNS]
    flags = [f"strcontains(@message, '{word}') as {name}In" for name, word in _FLAGS]
    whose = f" and recipientAccountId = '{account}'" if account else ""
    by = ", ".join([f"{name}Of" for name, _ in _COLUMNS] + [f"{name}In" for name, _ in _FLAGS])
    return (
        f"fields {', '.join(named + flags)}\n| filter ispresent(eventName){whose}\n"
        f"| stats count(*) as calls, min(eventTime) as firstCall, max(eventTime) as lastCall by {by}"
    )


def started(client: Any, asked: Asked, sleep: Callable[[float], None], *, is_patient: bool) -> Asked | None:
    """Start a query; `None` when AWS runs as many as it will and this one need not wait.

    Raises:
        NotCounted: queries are not possible here.
        CloudFailed: the group cannot be read at all.
    """
    for attempt in range(_STARTS):
        try:
            answer = called(
                client.start_query,
                logGroupName=asked.group,
                startTime=asked.begin,
                endTime=asked.end,
                queryString=query_text(asked.account),
                limit=MOST_ROWS,
            )
        except CloudBusy:
            if not is_patient:
                return None
            if attempt == _STARTS - 1:
                raise
            sleep(_WAIT_SECONDS)
        except CloudFailed as error:
            if was_denied(error) or failure_code(error) in _BAD_QUERIES:
                raise NotCounted(failure_code(error)) from error
            raise
        else:
            return Asked(group=asked.group, account=asked.account, begin=asked.begin, end=asked.end, query=str(answer["queryId"]))
    return None


def counted_rows(client: Any, asked: Asked, sleep: Callable[[float], None]) -> tuple[list[Row], bool]:
    """Wait for a query and give its rows; where there are more than Insights gives, those of its halves. The second is false where even a minute has more.

    Raises:
        NotCounted: what came is not what was asked for.
        CloudFailed: the answer cannot be had.
    """
    results = _results(client, asked, sleep)
    if len(results) < MOST_ROWS:
        return [_row(result) for result in results], True
    if asked.end - asked.begin < LEAST_SECONDS:
        return [_row(result) for result in results], False
    middle = (asked.begin + asked.end) // 2
    rows: list[Row] = []
    is_whole = True
    for begin, end in ((asked.begin, middle), (middle + 1, asked.end)):
        half = started(client, Asked(group=asked.group, account=asked.account, begin=begin, end=end), sleep, is_patient=True)
        found, is_found_whole = counted_rows(client, half or asked, sleep)
        rows += found
        is_whole = is_whole and is_found_whole
    return rows, is_whole


def _results(client: Any, asked: Asked, sleep: Callable[[float], None]) -> list[dict[str, str]]:
    """Wait until a query has ended.

    Raises:
        NotCounted: it failed.
        CloudBusy: it did not end in time.
    """
    for _ in range(MOST_POLLS):
        answer = called(client.get_query_results, queryId=asked.query)
        status = str(answer.get("status", "Unknown"))
        if status == "Complete":
            return [{str(cell.get("field", "")): str(cell.get("value", "")) for cell in row} for row in answer.get("results", ())]
        if status not in _WORKING:
            raise NotCounted(f"the query ended as {status}")
        sleep(_POLL_SECONDS)
    raise CloudBusy(
        f"A query of {asked.group} did not end in {MOST_POLLS} s.", "Nothing was changed; try again later, or a shorter window: --days."
    )


def _row(told: dict[str, str]) -> Row:
    """Read one row.

    Raises:
        NotCounted: it is no row of the query.
    """
    count = told.get("calls", "").partition(".")[0]
    if not count.isdecimal() or "nameOf" not in told:
        raise NotCounted("the answer has no counts")
    management = told.get("managementOf", "").lower()
    flags = tuple(dict.fromkeys(_MEANS.get(name, name) for name, _word in _FLAGS if told.get(f"{name}In", "").partition(".")[0] == "1"))
    return Row(
        kind=told.get("kindOf", ""),
        who=told.get("whoOf", ""),
        unique_id=told.get("uniqueOf", ""),
        via=told.get("viaOf", ""),
        account=told.get("accountOf", ""),
        source=told.get("sourceOf", ""),
        event=told["nameOf"],
        error=told.get("errorOf", ""),
        region=told.get("regionOf", ""),
        category=told.get("categoryOf", ""),
        day=told.get("dayOf", ""),
        first=told.get("firstCall", ""),
        last=told.get("lastCall", ""),
        count=int(count),
        is_reading=told.get("readingOf", "").lower() in _TRUE,
        is_management=management in _TRUE if management else None,
        flags=flags,
    )
