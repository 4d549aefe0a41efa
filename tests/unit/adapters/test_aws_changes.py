"""Changes of IAM in the event history of an account."""

from __future__ import annotations

import json
from datetime import datetime

import pytest
from tests.unit.adapters.aws_doubles import ACCOUNT, Clock, event
from tests.unit.adapters.aws_stub import AwsStub, Refuse

pytest.importorskip("botocore", reason="the extra aws is not installed")

from setsquare.adapters import aws_changes
from setsquare.adapters.aws_access import AwsAccess
from setsquare.adapters.aws_changes import log_changes, lookup_changes
from setsquare.errors import CloudAuth, CloudBusy
from setsquare.powers.iam.escalation.changes import CHANGES

pytestmark = pytest.mark.network


@pytest.fixture(autouse=True)
def credentials(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setattr("botocore.retries.standard.ExponentialBackoff.delay_amount", lambda *_: 0)


def change(at: str, name: str = "CreateAccessKey", source: str = "iam", user: str = "ci"):
    return {**event(at[:10], source, name), "eventTime": at, "eventID": f"{name} {at} {user}", "requestParameters": {"userName": user}}


def history(events, size=2):
    """Answers as `LookupEvents` does: the newest first, one attribute, page by page."""

    def lookup(parameters):
        (attribute,) = parameters["LookupAttributes"]
        assert attribute["AttributeKey"] == "EventName"
        held = sorted((each for each in events if each["eventName"] == attribute["AttributeValue"]), key=lambda each: each["eventTime"])
        held = [each for each in reversed(held) if parameters["StartTime"] <= at(each) <= parameters["EndTime"]]
        begin = int(parameters.get("NextToken", "0"))
        shown = [
            {
                "EventId": each["eventID"],
                "EventName": each["eventName"],
                "EventTime": datetime.fromisoformat(each["eventTime"]),
                "CloudTrailEvent": json.dumps(each),
            }
            for each in held[begin : begin + size]
        ]
        return {"Events": shown, **({"NextToken": str(begin + size)} if begin + size < len(held) else {})}

    return lookup


def at(each):
    return datetime.fromisoformat(each["eventTime"]).timestamp()


def feed(stub, clock, since="2026-11-25T12:00:00Z"):
    return lookup_changes(AwsAccess(region="eu-west-1", account=ACCOUNT, clock=clock, endpoint=stub.url), since)


# req: iam-autopilot/5.6
def test_each_kind_of_change_is_asked_for_and_given_in_its_order():
    events = [change(f"2026-11-26T0{hour}:00:00Z") for hour in (3, 1, 2)]
    events += [
        change("2026-11-26T01:30:00Z", "CreateLoginProfile"),
        change("2026-11-26T02:30:00Z", source="iot"),
        change("2026-11-20T00:00:00Z"),
    ]
    clock = Clock()
    with AwsStub({"cloudtrail:LookupEvents": history(events)}) as stub:
        found = feed(stub, clock).fresh()
        asked = {each["LookupAttributes"][0]["AttributeValue"] for each in stub.made("cloudtrail:LookupEvents")}
    assert [each.at[11:16] for each in found.changes] == ["01:00", "01:30", "02:00", "03:00"]
    assert (found.events, found.until, asked) == (5, "2026-11-26T12:00:00Z", set(CHANGES))
    # No faster than twice a second.
    assert clock.passed >= 0.5 * (len(CHANGES) - 1)


# req: iam-autopilot/5.6
def test_a_second_look_gives_what_has_appeared_since_also_late():
    events = [change("2026-11-26T11:58:00Z")]
    clock = Clock()
    with AwsStub({"cloudtrail:LookupEvents": history(events)}) as stub:
        made = feed(stub, clock)
        assert len(made.fresh().changes) == 1
        events += [change("2026-11-26T11:30:00Z", user="late"), change("2026-11-26T12:04:00Z", user="new")]
        clock.time = "2026-11-26T12:05:00Z"
        again = made.fresh()
        assert ([each.principal for each in again.changes], again.events) == (["late", "new"], 2)
        clock.time = "2026-11-26T12:10:00Z"
        assert made.fresh().changes == ()


def test_a_look_that_fails_loses_nothing():
    events = [change("2026-11-26T11:58:00Z"), change("2026-11-26T11:59:00Z", "UpdateLoginProfile")]
    calls = []
    good = history(events)

    def flaky(parameters):
        calls.append(parameters)
        if parameters["LookupAttributes"][0]["AttributeValue"] == "UpdateLoginProfile" and len(calls) < 60:
            raise Refuse("ThrottlingException")
        return good(parameters)

    with AwsStub({"cloudtrail:LookupEvents": flaky}) as stub:
        made = feed(stub, Clock())
        with pytest.raises(CloudBusy):
            made.fresh()
        calls.extend([{}] * 60)
        assert [each.event for each in made.fresh().changes] == ["CreateAccessKey", "UpdateLoginProfile"]


def test_no_further_back_than_the_history_reaches():
    with AwsStub({"cloudtrail:LookupEvents": history([])}) as stub:
        feed(stub, Clock(), since="2020-01-01T00:00:00Z").fresh()
        begin = stub.made("cloudtrail:LookupEvents")[0]["StartTime"]
    assert begin == datetime.fromisoformat("2026-08-28T12:00:00+00:00").timestamp()


def test_more_than_a_look_can_ask_for_is_said(monkeypatch):
    monkeypatch.setattr(aws_changes, "MOST_CALLS", 3)
    with AwsStub({"cloudtrail:LookupEvents": history([])}) as stub, pytest.raises(CloudBusy, match="3 calls"):
        feed(stub, Clock()).fresh()


def test_a_missing_permission_is_named():
    def refuse(_):
        raise Refuse("AccessDeniedException")

    with AwsStub({"cloudtrail:LookupEvents": refuse}) as stub, pytest.raises(CloudAuth, match="LookupEvents"):
        feed(stub, Clock()).fresh()


# req: iam-autopilot/5.6
def test_a_log_group_gives_the_changes_of_its_account_page_by_page():
    at = int(datetime.fromisoformat("2026-11-26T11:30:00+00:00").timestamp() * 1000)
    records = [change("2026-11-26T11:30:00Z", user=user) for user in ("a", "b", "other")]
    records[2]["recipientAccountId"] = "210987654321"
    records.append(event("2026-11-26", "iam", "ListRoles"))
    told = [{"eventId": str(number), "timestamp": at, "message": json.dumps(each)} for number, each in enumerate(records)]

    def filtered(parameters):
        assert parameters["filterPattern"] == '{ $.eventSource = "iam.amazonaws.com" }'
        assert parameters["logGroupName"] == "/aws/cloudtrail"
        begin = int(parameters.get("nextToken", "0"))
        shown = [each for each in told if parameters["startTime"] <= each["timestamp"] <= parameters["endTime"]]
        return {"events": shown[begin : begin + 2], **({"nextToken": str(begin + 2)} if begin + 2 < len(shown) else {})}

    clock = Clock()
    with AwsStub({"logs:FilterLogEvents": filtered}) as stub:
        access = AwsAccess(region="eu-west-1", account=ACCOUNT, clock=clock, endpoint=stub.url)
        feed = log_changes(access, "/aws/cloudtrail", "2026-11-25T12:00:00Z")
        first = feed.fresh()
        assert ([each.principal for each in first.changes], first.events) == (["a", "b"], 3)
        assert feed.name == "log group /aws/cloudtrail in eu-west-1"
        clock.time = "2026-11-26T12:05:00Z"
        assert feed.fresh().changes == ()
