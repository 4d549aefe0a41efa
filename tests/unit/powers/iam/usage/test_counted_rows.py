"""Calls that a service counted."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from setsquare.powers.iam.usage.counted_rows import Row, counts_of
from setsquare.powers.iam.usage.folding import NO_CALL, NO_PRINCIPAL, NO_TIME
from setsquare.powers.iam.usage.model import Outcome, Principal

ROW = Row(
    kind="AssumedRole",
    who="arn:aws:iam::123456789012:role/team/api",
    unique_id="AROA1",
    account="123456789012",
    source="ec2.amazonaws.com",
    event="StopInstances",
    error="",
    region="us-east-1",
    category="Management",
    day="2026-11-26",
    first="2026-11-26T01:00:00Z",
    last="2026-11-26T02:00:00Z",
    count=3,
    is_reading=False,
)


def row(**changed):
    return replace(ROW, **changed)


# req: iam-autopilot/3.4, iam-autopilot/3.5
def test_a_row_is_a_use_of_its_role():
    (use,) = counts_of([ROW]).uses
    assert use.principal == Principal("role", "arn:aws:iam::123456789012:role/team/api", "AROA1")
    assert (use.count, use.resource, use.outcome, use.is_data, use.day) == (3, "*", Outcome.USED, False, "2026-11-26")
    denied, throttled = counts_of([row(error="AccessDenied"), row(error="ThrottlingException")]).uses
    assert (denied.outcome, throttled.outcome) == (Outcome.DENIED, Outcome.USED)


@pytest.mark.parametrize(
    ("changed", "principal"),
    [
        (
            {"who": "arn:aws:sts::123456789012:assumed-role/api/s", "unique_id": "AROA1:s"},
            Principal("role", "arn:aws:iam::123456789012:role/api", "AROA1"),
        ),
        (
            {"kind": "IAMUser", "who": "arn:aws:iam::1:user/ada", "unique_id": "AIDA1"},
            Principal("user", "arn:aws:iam::1:user/ada", "AIDA1"),
        ),
        ({"kind": "AWSService", "who": "", "unique_id": "", "via": "ecs.amazonaws.com"}, Principal("service", "ecs.amazonaws.com")),
        ({"kind": "", "who": "", "unique_id": "", "via": "ecs.amazonaws.com"}, Principal("service", "ecs.amazonaws.com")),
    ],
)
def test_who_acted_is_named_as_whole_records_name_it(changed, principal):
    assert counts_of([row(**changed)]).uses[0].principal == principal


def test_what_cannot_be_attributed_is_counted_by_its_reason():
    found = counts_of([ROW, row(kind="", who="", unique_id=""), row(day=""), row(event="")])
    assert (found.events, found.unread, len(found.uses)) == (12, 9, 1)
    assert dict(found.reasons) == {NO_PRINCIPAL: 3, NO_TIME: 3, NO_CALL: 3}


def test_what_was_seen_tells_kinds_of_events_apart():
    found = counts_of(
        [
            ROW,
            row(event="ListKeys", source="kms.amazonaws.com", is_reading=True),
            row(event="GetObject", source="s3.amazonaws.com", category="Data", is_reading=True),
            row(event="PutObject", source="s3.amazonaws.com", category="", is_management=False),
        ]
    ).seen
    assert (found.sources, found.scopes, found.reads, found.writes) == (("ec2", "kms"), ("s3:read", "s3:write"), 1, 1)
    assert found.days == ("2026-11-26",)


@pytest.mark.parametrize(
    ("changed", "detail"),
    [
        ({"source": "s3.amazonaws.com", "flags": ("version", "acl", "tags")}, "flags=version,acl"),
        ({"flags": ("tags", "profile", "version")}, "flags=tags,profile"),
        ({"flags": ("tags",), "is_reading": True}, ""),
        ({"flags": ("profile",), "source": "iam.amazonaws.com"}, ""),
    ],
)
def test_flags_are_kept_where_they_tell_something(changed, detail):
    assert counts_of([row(**changed)]).uses[0].detail == detail


def test_statements_of_dynamodb_hide_what_they_did():
    found = counts_of(
        [row(source="dynamodb.amazonaws.com", event="ExecuteStatement"), row(source="dynamodb.amazonaws.com", event="GetItem")]
    )
    assert [(gap.code, gap.scope) for gap in found.gaps] == [("source-excluded", "dynamodb")]
    assert counts_of([row(source="dynamodb.amazonaws.com", event="GetItem")]).gaps == ()
