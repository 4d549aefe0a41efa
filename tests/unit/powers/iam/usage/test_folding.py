"""Records folded into uses, whatever shape they come in."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from setsquare.powers.iam.usage.envelopes import NO_RECORD, read_into
from setsquare.powers.iam.usage.folding import INSIGHT, MOST_SCOPES, NO_CALL, NO_PRINCIPAL, NO_TIME, Fold, Folded
from setsquare.powers.iam.usage.model import Outcome, Principal, Use, Window
from setsquare.powers.iam.usage.packing import decoded, encoded, merged, packed

EVERY_DAY = Window("0000", "9999")
ROLE = "arn:aws:iam::123456789012:role/team/app"


def event(**fields):
    made = {
        "eventVersion": "1.09",
        "userIdentity": {
            "type": "AssumedRole",
            "principalId": "AROAEXAMPLE:i-1",
            "arn": "arn:aws:sts::123456789012:assumed-role/app/i-1",
            "sessionContext": {"sessionIssuer": {"type": "Role", "principalId": "AROAEXAMPLE", "arn": ROLE}},
        },
        "eventTime": "2026-01-02T03:04:05Z",
        "eventSource": "ec2.amazonaws.com",
        "eventName": "DescribeInstances",
        "awsRegion": "eu-west-1",
        "requestParameters": None,
        "responseElements": None,
        "readOnly": True,
        "managementEvent": True,
        "eventCategory": "Management",
    }
    return made | fields


def folded(*documents: bytes) -> tuple[Folded, list[str]]:
    fold = Fold()
    wrong = [read_into(fold, document) for document in documents]
    return fold.folded(), wrong


def uses_of(result: Folded) -> list[Use]:
    return [use for pack in result.packed for use in merged(pack.principal, [pack.rows], EVERY_DAY)]


def uses(*events) -> list[Use]:
    result, wrong = folded(json.dumps({"Records": list(events)}).encode())
    assert wrong == [""]
    return uses_of(result)


def test_calls_of_one_kind_are_counted_with_first_and_last():
    times = ("2026-01-02T03:04:05Z", "2026-01-02T01:00:00Z", "2026-01-02T23:00:00Z")
    (use,) = uses(*(event(eventTime=time) for time in times))
    assert (use.count, use.first, use.last, use.day) == (3, times[1], times[2], "2026-01-02")
    assert use.principal == Principal("role", ROLE, "AROAEXAMPLE")
    assert (use.source, use.event, use.resource, use.region) == ("ec2.amazonaws.com", "DescribeInstances", "*", "eu-west-1")


def test_days_are_kept_apart_until_a_window_joins_them():
    result, _ = folded(json.dumps([event(eventTime=f"2026-01-{day:02d}T00:00:00Z") for day in (1, 2, 2, 3)]).encode())
    (pack,) = result.packed
    assert [use.count for use in merged(pack.principal, [pack.rows], EVERY_DAY)] == [4]
    (use,) = merged(pack.principal, [pack.rows], Window("2026-01-02", "2026-01-02"))
    assert (use.count, use.day) == (2, "2026-01-02")
    assert merged(pack.principal, [pack.rows], Window("2026-02-01", "2026-02-28")) == ()
    assert result.seen.days == ("2026-01-01", "2026-01-02", "2026-01-03")


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        (None, Outcome.USED),
        ("AccessDenied", Outcome.DENIED),
        ("AccessDeniedException", Outcome.DENIED),
        ("Client.UnauthorizedOperation", Outcome.DENIED),
        ("UnauthorizedOperation", Outcome.DENIED),
        ("UnauthorizedException", Outcome.DENIED),
        ("NotAuthorizedException", Outcome.DENIED),
        ("AuthorizationErrorException", Outcome.DENIED),
        ("AuthorizationError", Outcome.DENIED),
        ("Client.AuthFailure", Outcome.DENIED),
        ("ExpiredTokenException", Outcome.DENIED),
        ("InvalidClientTokenId", Outcome.DENIED),
        ("SignatureDoesNotMatch", Outcome.DENIED),
        ("VpceAccessDenied", Outcome.DENIED),
        ("ThrottlingException", Outcome.USED),
        ("Client.RequestLimitExceeded", Outcome.USED),
        ("ValidationException", Outcome.USED),
        ("NoSuchEntityException", Outcome.USED),
        ("NoSuchBucketPolicy", Outcome.USED),
        ("Client.InvalidVolume.NotFound", Outcome.USED),
        ("Client.DryRunOperation", Outcome.USED),
        ("InvalidAccessException", Outcome.USED),
        ("SomethingNewException", Outcome.USED),
    ],
)
def test_a_denied_call_is_no_use_and_every_other_error_is(code, outcome):
    (use,) = uses(event(errorCode=code))
    assert (use.outcome, use.error) == (outcome, code or "")


def test_denied_and_permitted_calls_are_kept_apart():
    assert Counter(use.outcome for use in uses(event(), event(errorCode="AccessDenied"), event())) == {Outcome.USED: 1, Outcome.DENIED: 1}


def test_resources_come_from_the_event_then_from_its_request_else_there_is_none():
    listed = event(
        eventSource="s3.amazonaws.com", eventName="GetObject", resources=[{"ARN": "arn:aws:s3:::b/k"}, {"ARN": "arn:aws:s3:::b"}]
    )
    assert {use.resource for use in uses(listed)} == {"arn:aws:s3:::b/k", "arn:aws:s3:::b"}
    asked = event(eventSource="s3.amazonaws.com", eventName="GetBucketAcl", requestParameters={"bucketName": "my.bucket", "acl": ""})
    assert {use.resource for use in uses(asked)} == {"arn:aws:s3:::my.bucket"}
    topic = event(
        eventSource="sns.amazonaws.com", eventName="GetTopicAttributes", requestParameters={"topicArn": "arn:aws:sns:eu-west-1:1:t"}
    )
    assert {use.resource for use in uses(topic)} == {"arn:aws:sns:eu-west-1:1:t"}
    named = event(eventSource="sns.amazonaws.com", eventName="GetTopicAttributes", requestParameters={"name": "t"})
    assert {use.resource for use in uses(named)} == {"*"}
    prefix = event(resources=[{"type": "AWS::S3::Object", "ARNPrefix": "arn:aws:s3:::b/"}])
    assert {use.resource for use in uses(prefix)} == {"*"}


def test_the_partition_of_a_bucket_is_that_of_its_region_and_an_alias_is_no_bucket():
    asked = event(eventSource="s3.amazonaws.com", awsRegion="cn-north-1", requestParameters={"bucketName": "bbb"})
    alias = event(eventSource="s3.amazonaws.com", requestParameters={"bucketName": "point-abc-s3alias"})
    assert [use.resource for use in uses(asked)] == ["arn:aws-cn:s3:::bbb"]
    assert [use.resource for use in uses(alias)] == ["*"]


@pytest.mark.parametrize(
    ("fields", "detail"),
    [
        ({"eventSource": "s3.amazonaws.com", "requestParameters": {"bucketName": "b", "key": "k", "versionId": "7"}}, "flags=version"),
        ({"eventSource": "s3.amazonaws.com", "readOnly": False, "requestParameters": {"x-amz-acl": "private", "key": "k"}}, "flags=acl"),
        (
            {"eventSource": "dynamodb.amazonaws.com", "eventName": "ExecuteStatement", "requestParameters": {"statement": " update t"}},
            "verbs=UPDATE",
        ),
        (
            {
                "eventSource": "dynamodb.amazonaws.com",
                "eventName": "TransactWriteItems",
                "readOnly": False,
                "requestParameters": {"transactItems": [{"put": {"tableName": "t"}}, {"conditionCheck": {"tableName": "t"}}]},
            },
            "verbs=CONDITIONCHECK,PUT",
        ),
        (
            {
                "eventName": "RunInstances",
                "readOnly": False,
                "requestParameters": {"iamInstanceProfile": {"name": "p"}, "tagSpecificationSet": {}},
            },
            "flags=profile,tags",
        ),
        (
            {"eventSource": "lambda.amazonaws.com", "readOnly": False, "requestParameters": {"role": "arn:aws:iam::123456789012:role/x/y"}},
            "roles=arn:aws:iam::123456789012:role/x/y",
        ),
        ({"eventSource": "sts.amazonaws.com", "readOnly": False, "requestParameters": {"roleArn": "arn:aws:iam::123456789012:role/x"}}, ""),
        ({"requestParameters": {"filterSet": {}}}, ""),
    ],
)
def test_the_request_tells_what_the_mapping_needs(fields, detail):
    (use,) = uses(event(**fields))
    assert use.detail == detail


def test_on_whose_behalf_and_which_category():
    identity = event()["userIdentity"] | {"invokedBy": "s3.amazonaws.com"}
    (use,) = uses(event(userIdentity=identity, eventSource="kms.amazonaws.com", eventName="Decrypt"))
    assert (use.via, use.is_data) == ("s3.amazonaws.com", False)
    assert [use.is_data for use in uses(event(eventCategory="Data"))] == [True]
    old = event(managementEvent=False)
    del old["eventCategory"]
    assert [use.is_data for use in uses(old)] == [True]
    older = event()
    del older["eventCategory"], older["managementEvent"]
    assert [use.is_data for use in uses(older)] == [False]


def test_what_was_seen_of_any_principal():
    result, _ = folded(
        json.dumps(
            [
                event(),
                event(eventSource="s3.amazonaws.com", eventName="GetObject", eventCategory="Data", awsRegion="us-east-1"),
                event(eventName="RunInstances", readOnly=False),
            ]
        ).encode()
    )
    assert (result.seen.regions, result.seen.sources, result.seen.scopes) == (("eu-west-1", "us-east-1"), ("ec2",), ("s3:read",))
    assert (result.seen.reads, result.seen.writes) == (1, 1)


def test_what_is_no_call_of_anyone_is_counted_by_reason():
    odd = [
        event(userIdentity=None),
        event(userIdentity={}),
        event(userIdentity={"type": "AssumedRole"}),
        event(eventTime=""),
        event(eventTime="yesterday, or so"),
        event(eventName=""),
        event(eventSource=""),
        event(eventCategory="Insight"),
        event(eventCategory="Insight", userIdentity=None),
    ]
    result, wrong = folded(json.dumps({"Records": [event(), *odd]}).encode())
    assert wrong == [""]
    assert (result.events, result.unread, sum(use.count for use in uses_of(result))) == (10, 9, 1)
    assert dict(result.reasons) == {NO_PRINCIPAL: 3, NO_TIME: 2, NO_CALL: 2, INSIGHT: 2}


@pytest.mark.parametrize(
    "odd",
    [
        5,
        "x",
        None,
        [],
        {"userIdentity": 5},
        {"userIdentity": {"type": 5}},
        {"eventTime": 7},
        {"resources": "x"},
        {"resources": [5]},
        {"readOnly": "true"},
    ],
)
def test_one_odd_record_does_not_hide_the_others(odd):
    record = event() | odd if isinstance(odd, dict) else odd
    result, wrong = folded(json.dumps({"Records": [event(), record, event()]}).encode())
    assert wrong == [""]
    assert result.events == 3
    assert sum(use.count for use in uses_of(result)) + result.unread == 3
    assert result.unread <= 1


@pytest.mark.parametrize(
    "document",
    [
        lambda one: {"Records": [one, one]},
        lambda one: [one, one],
        lambda one: [{"detail": one, "detail-type": "AWS API Call via CloudTrail"}, one],
        lambda one: {"Events": [{"EventName": "x", "CloudTrailEvent": json.dumps(one)}] * 2},
        lambda one: {"events": [{"message": json.dumps(one), "timestamp": 5}] * 2},
        lambda one: {"logEvents": [{"id": "1", "message": json.dumps(one)}] * 2},
        lambda one: [{"@timestamp": "x", "@message": json.dumps(one)}] * 2,
        lambda one: [{"eventData": one}, {"eventData": one}],
    ],
)
def test_every_envelope_is_opened(document):
    result, wrong = folded(json.dumps(document(event())).encode())
    assert wrong == [""]
    assert (result.events, result.unread) == (2, 0)


@pytest.mark.parametrize("before", ["", "2026-01-02T03:04:05.000Z ", "\t"])
def test_lines_are_read_with_what_stands_before_the_event(before):
    line = before + json.dumps(event())
    result, wrong = folded(f"{line}\n\n{line}\r\n{line}".encode())
    assert (wrong, result.events) == ([""], 3)


def test_a_byte_order_mark_is_passed_over():
    assert folded(b"\xef\xbb\xbf" + json.dumps({"Records": [event()]}).encode())[0].events == 1


def test_a_document_that_breaks_off_gives_what_stands_before():
    raw = json.dumps({"Records": [event(), event(), event()]}).encode()
    result, (wrong,) = folded(raw[:-40])
    assert (result.events, "breaks off" in wrong) == (2, True)


@pytest.mark.parametrize("raw", [b"", b" \n", b"nothing", b"{", b"[" * 100_000, b'{"detail":' * 100_000, b"\xff\xfe\x00", b"\x00" * 50])
def test_what_is_no_json_is_said(raw):
    result, (wrong,) = folded(raw)
    assert (result.events, bool(wrong)) == (0, True)


def test_envelopes_in_one_another_end_somewhere():
    value: object = event()
    for _ in range(20):
        value = {"detail": value}
    result, _ = folded(json.dumps(value).encode())
    assert dict(result.reasons) == {NO_RECORD: 1}


def test_uses_survive_packing_and_keeping():
    found = uses(
        event(),
        event(errorCode="AccessDenied"),
        event(eventSource="s3.amazonaws.com", requestParameters={"bucketName": "b-1", "versionId": "2"}),
    )
    assert [use for pack in packed(found) for use in merged(pack.principal, [pack.rows], EVERY_DAY)] == found
    assert decoded(found[0].principal, encoded(found)) == tuple(found)


def test_fields_that_older_events_lack_do_not_keep_calls_apart():
    older = event(eventName="RunInstances", readOnly=False)
    del older["readOnly"], older["eventCategory"]
    newer = event(eventName="RunInstances", readOnly=False)
    (use,) = uses(older, newer, older)
    assert use.count == 3


def test_an_event_of_two_resources_that_is_no_call_is_counted_once():
    result, _ = folded(json.dumps([event(eventCategory="Insight", resources=[{"ARN": "a"}, {"ARN": "b"}])] * 3).encode())
    assert (result.events, result.unread) == (3, 3)


def data(name, *arns, **fields):
    return event(
        eventSource="s3.amazonaws.com",
        eventName=name,
        eventCategory="Data",
        managementEvent=False,
        resources=[{"ARN": arn} for arn in arns],
        **fields,
    )


def test_data_events_tell_of_which_buckets_they_are():
    result, _ = folded(
        json.dumps(
            [
                data("GetObject", "arn:aws:s3:::app/a/b", "arn:aws:s3:::app"),
                data("PutObject", "arn:aws:s3:::logs/x", readOnly=False),
                data("GetObject", "arn:aws:s3:::app/c"),
                event(eventSource="s3.amazonaws.com", eventName="GetBucketAcl", resources=[{"ARN": "arn:aws:s3:::managed"}]),
            ]
        ).encode()
    )
    assert result.seen.scopes == ("s3:read", "s3:read arn:aws:s3:::app", "s3:write", "s3:write arn:aws:s3:::logs")
    assert result.seen.data == ()


def test_of_very_many_buckets_only_some_are_held_as_seen():
    result, _ = folded(json.dumps([data("GetObject", f"arn:aws:s3:::b{number:04}/k") for number in range(MOST_SCOPES + 20)]).encode())
    assert len(result.seen.scopes) == MOST_SCOPES


def test_the_same_event_twice_in_one_file_counts_once():
    one, two = event(eventID="e-1"), event(eventID="e-2", eventTime="2026-01-02T05:00:00Z")
    (use,) = uses(one, two, one)
    assert (use.count, use.last) == (2, "2026-01-02T05:00:00Z")
    lines = b"\n".join(json.dumps(each).encode() for each in (one, two, two, one))
    result, wrong = folded(lines)
    assert (wrong, result.events, [use.count for use in uses_of(result)]) == ([""], 2, [2])


def test_events_without_an_id_are_all_taken():
    (use,) = uses(event(), event(), event(eventID=None), event(eventID="e-1"))
    assert use.count == 4


def test_ids_are_forgotten_before_they_fill_the_memory(monkeypatch):
    monkeypatch.setattr("setsquare.powers.iam.usage.folding.MOST_IDS", 3)
    fold = Fold()
    for number in range(20):
        read_into(fold, json.dumps({"Records": [event(eventID=f"e-{number}")]}).encode())
    assert (fold.folded().events, len(fold._ids) <= 4) == (20, True)


@pytest.mark.parametrize(
    "time", ["2026-13-45T00:00:00Z", "2026-02-30T00:00:00Z", "\u0662\u0660\u0662\u0666-01-02T00:00:00Z", "0000-01-01T00:00:00Z", "now"]
)
def test_a_day_that_no_calendar_has_is_a_broken_record_and_never_a_silent_one(time):
    result, _ = folded(json.dumps({"Records": [event(eventTime=time)]}).encode())
    assert dict(result.reasons) == {NO_TIME: 1}
