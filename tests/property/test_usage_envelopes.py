"""The same events come to the same uses, in whatever way they are put together."""

from __future__ import annotations

import gzip
import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from setsquare.adapters.trail_file import read_bytes
from setsquare.ports.trails import TrailPart

NAMES = st.sampled_from(["DescribeInstances", "RunInstances", "StopInstances"])
EVENTS = st.lists(st.tuples(NAMES, st.integers(1, 28)), min_size=1, max_size=12)
BETWEEN = st.sampled_from(["", "", "\n", " ", "\r\n\r\n", "\x1e"])


def event(name: str, day: int) -> dict[str, Any]:
    issuer = {"type": "Role", "arn": "arn:aws:iam::1:role/app", "principalId": "AROA1"}
    who = {"type": "AssumedRole", "sessionContext": {"sessionIssuer": issuer}}
    text = 'a "quoted" } { [ \\ word\n'
    made = {"userIdentity": who, "eventTime": f"2026-01-{day:02}T00:00:00Z", "eventSource": "ec2.amazonaws.com", "eventName": name}
    return made | {"userAgent": text, "requestParameters": {"word": text}}


def forms(events: list[dict[str, Any]]) -> list[Any]:
    """Give the ways in which one document holds events."""
    logged = [{"id": "1", "timestamp": 1, "message": json.dumps(each)} for each in events]
    return [
        {"Records": events},
        {"messageType": "DATA_MESSAGE", "logEvents": logged},
        {"Events": [{"EventName": "x", "CloudTrailEvent": json.dumps(each)} for each in events]},
        {"QueryResultRows": [[{"eventJson": json.dumps(each)}] for each in events]},
        events,
    ]


def same(part: TrailPart) -> object:
    return (part.events, part.unread, part.packed, part.days, part.gaps)


@st.composite
def put_together(draw: st.DrawFn) -> tuple[list[dict[str, Any]], bytes]:
    """Part events into documents, write these one after another, and pack some pieces of the whole."""
    events = [event(*each) for each in draw(EVENTS)]
    cuts = sorted(draw(st.lists(st.integers(0, len(events)), max_size=4)))
    groups = [events[begin:end] for begin, end in zip([0, *cuts], [*cuts, len(events)], strict=True)]
    texts = [
        json.dumps(draw(st.sampled_from(forms(group))), indent=draw(st.sampled_from([None, None, 1]))) + draw(BETWEEN)
        for group in groups
        if group
    ]
    if draw(st.booleans()):
        return events, "".join(texts).encode()
    return events, b"".join(gzip.compress(text.encode(), 1) for text in texts)


@given(put_together())
def test_the_same_events_come_to_the_same(made: tuple[list[dict[str, Any]], bytes]) -> None:
    events, raw = made
    plain = read_bytes(json.dumps({"Records": events}).encode(), "a.json", "1")
    assert same(read_bytes(raw, "a.json", "1")) == same(plain)
    assert plain.events == len(events)


@given(put_together(), st.data())
def test_what_breaks_off_is_told_and_nothing_is_made_up(made: tuple[list[dict[str, Any]], bytes], data: st.DataObject) -> None:
    events, raw = made
    whole = len(raw.rstrip(b" \r\n\x1e"))
    cut = data.draw(st.integers(0, whole - 1))
    part = read_bytes(raw[:cut], "a.json", "1")
    assert part.events - part.unread <= len(events)
    # Between two documents nothing tells that others followed.
    assert part.gaps or part.unread or part.events - part.unread < len(events)
