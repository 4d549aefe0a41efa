"""Reads the events of a log group one by one. No filter is sent: what is of another account is left out here.

Source: AWS, CloudWatch Logs API Reference, `FilterLogEvents`.
"""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct

from setsquare.adapters.aws_clients import pages
from setsquare.adapters.aws_days import Day
from setsquare.adapters.trail_file import part_of
from setsquare.ports.trails import TrailPart
from setsquare.powers.iam.usage.envelopes import NO_RECORD, read_line
from setsquare.powers.iam.usage.folding import Fold


class _Owned(Struct):
    recipientAccountId: str | None = None  # noqa: N815  (CloudTrail's own name)


def read_events(client: Any, group: str, day: Day, account: str) -> TrailPart:
    """Read a day of a group into a part without identity.

    Raises:
        CloudFailed: the group may not be read.
    """
    fold = Fold()
    begin, end = int(day.begin.timestamp() * 1000), int(day.end.timestamp() * 1000) + 999
    for page in pages(client.filter_log_events, token=("nextToken", "nextToken"), logGroupName=group, startTime=begin, endTime=end):
        for event in page.get("events", ()):
            raw = str(event.get("message", "")).encode("utf-8", "replace")
            if not is_of(raw, account):
                continue
            if not read_line(fold, raw):
                fold.miss(NO_RECORD)
    return part_of(fold, "", f"{group} on {day.day}")


def is_of(raw: bytes, account: str) -> bool:
    """Tell whether an event is of an account; one that does not say counts as such.

    >>> is_of(b'{"recipientAccountId": "1"}', "2"), is_of(b"{}", "2")
    (False, True)
    """
    try:
        owner = msgspec.json.decode(raw, type=_Owned).recipientAccountId
    except msgspec.MsgspecError:
        return True
    return not account or owner in (None, account)
