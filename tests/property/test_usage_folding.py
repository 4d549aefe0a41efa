"""Folding in pieces comes to the same as counting the events one by one."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from setsquare.powers.iam.usage.envelopes import read_into
from setsquare.powers.iam.usage.folding import Fold
from setsquare.powers.iam.usage.model import Window
from setsquare.powers.iam.usage.outcomes import outcome_of
from setsquare.powers.iam.usage.packing import merged

EVENT = st.fixed_dictionaries(
    {
        "role": st.sampled_from(["a", "team/b"]),
        "id": st.sampled_from(["AROA1", "AROA2"]),
        "eventTime": st.sampled_from([f"2026-01-0{day}T0{hour}:00:00Z" for day in range(1, 5) for hour in range(3)]),
        "eventSource": st.sampled_from(["ec2.amazonaws.com", "s3.amazonaws.com"]),
        "eventName": st.sampled_from(["X", "Y"]),
        "errorCode": st.sampled_from([None, "AccessDenied", "ThrottlingException"]),
        "resources": st.lists(st.sampled_from(["arn:aws:s3:::b/1", "arn:aws:s3:::b"]), max_size=2, unique=True),
    }
)


def record(event):
    issuer = {"type": "Role", "principalId": event["id"], "arn": f"arn:aws:iam::123456789012:role/{event['role']}"}
    rest = {name: value for name, value in event.items() if name not in ("role", "id", "resources")}
    listed = {"resources": [{"ARN": arn} for arn in event["resources"]]} if event["resources"] else {}
    return {"userIdentity": {"type": "AssumedRole", "sessionContext": {"sessionIssuer": issuer}}, **rest, **listed}


@given(
    st.lists(st.lists(EVENT, max_size=12), max_size=4),
    st.sampled_from(["2026-01-01", "2026-01-02"]),
    st.sampled_from(["2026-01-02", "2026-01-04"]),
)
def test_pieces_come_to_what_their_events_do(pieces, begin, end):
    window = Window(begin, end)
    expected: dict[tuple[str, ...], list[Any]] = defaultdict(lambda: [0, "9", ""])
    packs = defaultdict(list)
    for events in pieces:
        fold = Fold()
        assert read_into(fold, json.dumps({"Records": [record(event) for event in events]}).encode()) == ""
        for pack in fold.folded().packed:
            packs[pack.principal].append(pack.rows)
        for event in events:
            if begin <= event["eventTime"][:10] <= end:
                for arn in event["resources"] or ["*"]:
                    key = (event["role"], event["id"], event["eventSource"], event["eventName"], event["errorCode"] or "", arn)
                    seen = expected[key]
                    seen[:] = [seen[0] + 1, min(seen[1], event["eventTime"]), max(seen[2], event["eventTime"])]
    found = {}
    for principal, rows in packs.items():
        for use in merged(principal, rows, window):
            key = (principal.arn.partition("role/")[2], principal.unique_id, use.source, use.event, use.error, use.resource)
            assert key not in found
            assert use.outcome is outcome_of(use.error)
            found[key] = [use.count, use.first, use.last]
    assert found == expected
