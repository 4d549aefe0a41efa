"""A trail in an event data store of CloudTrail Lake."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from tests.unit.adapters.aws_doubles import ACCOUNT, Clock
from tests.unit.adapters.aws_stub import AwsStub, Refuse

pytest.importorskip("botocore", reason="the extra aws is not installed")

from setsquare.adapters.aws_access import AwsAccess
from setsquare.adapters.aws_clients import reading_client
from setsquare.adapters.aws_trail_lake import LakeTrail, query_text
from setsquare.adapters.usage_store import open_usage_store
from setsquare.errors import CloudFailed, Refused
from setsquare.journeys.iam_usage import gathered, usage_of_role
from setsquare.powers.iam.usage.model import Outcome, Window

pytestmark = pytest.mark.network

ID = "12345678-1234-1234-1234-123456789abc"
STORE = f"arn:aws:cloudtrail:us-east-1:{ACCOUNT}:eventdatastore/{ID}"
WINDOW = Window("2026-11-24", "2026-11-26")
ROLE = f"arn:aws:iam::{ACCOUNT}:role/team/ecs-api"
MANAGEMENT = {"Name": "m", "FieldSelectors": [{"Field": "eventCategory", "Equals": ["Management"]}]}
OBJECTS = {
    "Name": "d",
    "FieldSelectors": [{"Field": "eventCategory", "Equals": ["Data"]}, {"Field": "resources.type", "Equals": ["AWS::S3::Object"]}],
}
FACTS = {
    "EventDataStoreArn": STORE,
    "Name": "main",
    "Status": "ENABLED",
    "AdvancedEventSelectors": [MANAGEMENT, OBJECTS],
    "MultiRegionEnabled": True,
    "RetentionPeriod": 400,
    "CreatedTimestamp": datetime(2025, 1, 1, tzinfo=UTC),
    "UpdatedTimestamp": datetime(2025, 1, 1, tzinfo=UTC),
}


@pytest.fixture(autouse=True)
def credentials(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")


@pytest.fixture
def store(tmp_path):
    made = open_usage_store(str(tmp_path / "state"))
    yield made
    made.close()


def quiet(_line: str) -> None:
    return None


def row(day, name, calls=1, **more):
    told = {
        "kind": "AssumedRole",
        "who": ROLE,
        "unique_id": "AROA1",
        "account": ACCOUNT,
        "source": "ec2.amazonaws.com",
        "name": name,
        "region": "us-east-1",
        "reading": "true",
        "management": "true",
        "category": "Management",
        "day": day,
        "asked": "",
        "calls": str(calls),
        "firstcall": f"{day}T01:00:00Z",
        "lastcall": f"{day}T02:00:00Z",
        **more,
    }
    return [{key: value} for key, value in told.items()]


def lake(rows, facts=FACTS, statuses=("QUEUED", "RUNNING", "FINISHED")):
    polls = iter(statuses)

    def results(parameters):
        begin = int(parameters.get("NextToken", "0"))
        more = {"NextToken": f"{begin + 2:08}"} if begin + 2 < len(rows) else {}
        return {"QueryStatus": "FINISHED", "QueryResultRows": rows[begin : begin + 2], **more}

    return {
        "cloudtrail:GetEventDataStore": lambda _: facts,
        "cloudtrail:StartQuery": lambda _: {"QueryId": ID},
        "cloudtrail:DescribeQuery": lambda _: {"QueryId": ID, "QueryStatus": next(polls, statuses[-1]), "ErrorMessage": "no column x"},
        "cloudtrail:GetQueryResults": results,
    }


def read(stub, store, clock=None):
    access = AwsAccess(region="us-east-1", clock=clock or Clock(), account=ACCOUNT, endpoint=stub.url)
    return gathered(LakeTrail(access, STORE, store.holds), store, WINDOW, quiet)


ROWS = [
    row("2026-11-24", "DescribeInstances", 7),
    row("2026-11-24", "RunInstances", reading="false", asked="instanceType,tagSpecificationSet"),
    row("2026-11-25", "StopInstances", reading="false", error="Client.UnauthorizedOperation"),
    row("2026-11-25", "GetObject", source="s3.amazonaws.com", category="Data", management="false", asked="bucketName,key,versionId"),
    row("2026-11-26", "ListKeys", account="999999999999"),
]


def test_all_pages_of_counts_are_read(store):
    with AwsStub(lake(ROWS)) as stub:
        found = read(stub, store)
        (query,) = stub.made("cloudtrail:StartQuery")
    assert set(query) == {"QueryStatement"}
    assert "eventtime >= '2026-11-24 00:00:00' AND eventtime < '2026-11-27 00:00:00'" in query["QueryStatement"]
    usage = usage_of_role(found, "ecs-api", "AROA1")
    assert [(use.event, use.outcome, use.count, use.detail) for use in usage.uses] == [
        ("DescribeInstances", Outcome.USED, 7, ""),
        ("RunInstances", Outcome.USED, 1, "flags=tags"),
        ("StopInstances", Outcome.DENIED, 1, ""),
        ("GetObject", Outcome.USED, 1, "flags=version"),
    ]
    assert usage.coverage.days == ("2026-11-24", "2026-11-25")
    assert usage.coverage.data_sources == ("s3",)
    assert found.events == 10


def test_only_days_that_are_not_over_are_asked_for_again(store):
    with AwsStub(lake(ROWS)) as stub:
        read(stub, store)
        read(stub, store, Clock("2026-11-26T13:00:00Z"))
        assert "eventtime >= '2026-11-26 00:00:00'" in stub.made("cloudtrail:StartQuery")[1]["QueryStatement"]


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"AdvancedEventSelectors": [OBJECTS]}, "no-management-events"),
        ({"MultiRegionEnabled": False}, "region-absent"),
        ({"Status": "STOPPED_INGESTION"}, "days-missing"),
        ({"CreatedTimestamp": datetime(2026, 11, 25, tzinfo=UTC)}, "younger-than-window"),
        ({"UpdatedTimestamp": datetime(2026, 11, 25, tzinfo=UTC)}, "unproven"),
    ],
)
def test_what_the_store_leaves_out_is_a_gap(store, changed, code):
    full = [row(day, "DescribeInstances") for day in ("2026-11-24", "2026-11-25", "2026-11-26")]
    with AwsStub(lake(full)) as stub:
        whole = {gap.code for gap in read(stub, store).coverage.gaps}
    with AwsStub(lake(full, {**FACTS, **changed})) as stub:
        found = {gap.code for gap in read(stub, open_usage_store(None)).coverage.gaps}
    assert found - whole == {code}


def test_days_that_the_store_no_longer_keeps_are_a_gap(store):
    with AwsStub(lake([], {**FACTS, "RetentionPeriod": 7})) as stub:
        found = read(stub, store, Clock("2026-12-03T12:00:00Z"))
    assert any(gap.code == "younger-than-window" and "since 2026-11-26" in gap.reason for gap in found.coverage.gaps)


def test_a_query_that_failed_is_named_and_nothing_is_kept(store):
    with AwsStub(lake(ROWS, statuses=("FAILED",))) as stub, pytest.raises(CloudFailed, match="FAILED: no column x"):
        read(stub, store)
    with AwsStub(lake(ROWS)) as stub:
        assert read(stub, store).fresh == 3


def test_a_store_that_does_not_exist_is_named(store):
    def missing(_):
        raise Refuse("EventDataStoreNotFoundException", "no such store")

    with AwsStub({"cloudtrail:GetEventDataStore": missing}) as stub, pytest.raises(CloudFailed, match="no such store"):
        read(stub, store)


def test_an_answer_without_counts_is_no_answer(store):
    with AwsStub(lake([[{"_col0": "1"}]])) as stub, pytest.raises(CloudFailed, match="something else than counts"):
        read(stub, store)


def test_the_query_groups_by_all_that_it_names():
    text = query_text(ID, ACCOUNT, "2026-11-24", "2026-11-26")
    names = re.findall(r" AS (\w+)", text)
    assert names[-3:] == ["calls", "firstcall", "lastcall"]
    assert text.endswith("GROUP BY " + ", ".join(map(str, range(1, len(names) - 2))))


# req: iam-autopilot/6.6
def test_an_answer_may_not_be_delivered_into_a_bucket():
    client = reading_client("cloudtrail", "us-east-1", endpoint="http://127.0.0.1:9")
    with pytest.raises(Refused, match="DeliveryS3Uri"):
        client.start_query(QueryStatement="SELECT 1", DeliveryS3Uri="s3://x/y")
