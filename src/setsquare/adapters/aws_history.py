"""Asks CloudTrail's event history, which every account has without any trail: management events of 90 days, region by region, page by page.

Source: AWS, CloudTrail API Reference, `LookupEvents`: one attribute, 50 events a page, 2 requests a second for each account and region.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from setsquare.adapters.aws_access import AwsAccess
from setsquare.adapters.aws_clients import called
from setsquare.errors import CloudBusy

DAYS = 90
"""So far back it reaches."""

_SECONDS_BETWEEN = 0.5
_SECONDS_BUSY = 2.0
_ATTEMPTS = 6
_PAGE = 50
_HOMES = (("us-gov-", "us-gov-west-1"), ("cn-", "cn-north-1"))


class EventHistory:
    """The event history of an account, asked no faster than AWS permits and no oftener than a limit."""

    __slots__ = ("_access", "_last", "_most", "calls")

    def __init__(self, access: AwsAccess, most_calls: int) -> None:
        """Ask at most so often until `renew`."""
        self._access = access
        self._most = most_calls
        self._last = -_SECONDS_BETWEEN
        self.calls = 0

    def renew(self) -> None:
        """Count the calls anew."""
        self.calls = 0

    def pages(self, client: Any, begin: datetime, end: datetime, **about: Any) -> Iterator[tuple[Mapping[str, Any], ...] | None]:
        """Give the events between two moments, a page at a time; `None` comes last where the calls are used up before the events are.

        Raises:
            CloudBusy: AWS still asks to wait after several attempts.
            CloudFailed: it refuses.
        """
        token: dict[str, str] = {}
        while True:
            if self.calls >= self._most:
                yield None
                return
            answer = self._asked(client, StartTime=begin, EndTime=end, MaxResults=_PAGE, **about, **token)
            yield tuple(answer.get("Events", ()))
            following = answer.get("NextToken")
            if not following or token.get("NextToken") == following:
                return
            token = {"NextToken": str(following)}

    def _asked(self, client: Any, **parameters: Any) -> Any:
        """Ask once, no faster than AWS permits; asked to wait, wait longer each time."""
        clock = self._access.clock
        for attempt in range(_ATTEMPTS):
            clock.sleep(max(0.0, self._last + _SECONDS_BETWEEN - clock.monotonic_s()))
            self._last = clock.monotonic_s()
            self.calls += 1
            try:
                return called(client.lookup_events, **parameters)
            except CloudBusy:
                if attempt == _ATTEMPTS - 1:
                    raise
                clock.sleep(_SECONDS_BUSY * 2**attempt)
        return {}


def home_of(region: str) -> str:
    """Give the region in which the events of IAM and other global services lie.

    >>> home_of("eu-west-1"), home_of("cn-northwest-1")
    ('us-east-1', 'cn-north-1')
    """
    return next((home for start, home in _HOMES if region.startswith(start)), "us-east-1")
