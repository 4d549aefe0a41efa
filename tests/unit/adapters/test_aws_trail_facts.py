"""What an account says about its trail."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from tests.unit.adapters.aws_doubles import ACCOUNT, Clock
from tests.unit.adapters.aws_stub import AwsStub, Refuse

pytest.importorskip("botocore", reason="the extra aws is not installed")

from setsquare.adapters.aws_access import AwsAccess
from setsquare.adapters.aws_trail_facts import facts_of
from setsquare.errors import CloudAuth
from setsquare.powers.iam.usage.model import Window

pytestmark = pytest.mark.network

WINDOW = Window("2026-09-01", "2026-11-26")
ARN = f"arn:aws:cloudtrail:us-east-1:{ACCOUNT}:trail/main"
TRAIL = {
    "Name": "main",
    "TrailARN": ARN,
    "HomeRegion": "us-east-1",
    "S3BucketName": "trails",
    "IsMultiRegionTrail": True,
    "IncludeGlobalServiceEvents": True,
}
ALL = {"ReadWriteType": "All", "IncludeManagementEvents": True, "DataResources": [], "ExcludeManagementEventSources": []}
LOGGING = {"IsLogging": True, "StartLoggingTime": datetime(2025, 1, 1, tzinfo=UTC)}


@pytest.fixture(autouse=True)
def credentials(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")


def answers(trails=(TRAIL,), selectors=(ALL,), advanced=(), status=LOGGING, changes=()):
    def lookup(parameters):
        wanted = parameters["LookupAttributes"][0]["AttributeValue"]
        return {"Events": [{"EventName": wanted, "Resources": [{"ResourceName": ARN}]}] if wanted in changes else []}

    told = {"AdvancedEventSelectors": list(advanced)} if advanced else {"EventSelectors": list(selectors)}
    return {
        "cloudtrail:DescribeTrails": lambda _: {"trailList": list(trails)},
        "cloudtrail:GetEventSelectors": lambda _: {"TrailARN": ARN, **told},
        "cloudtrail:GetTrailStatus": lambda _: status,
        "cloudtrail:LookupEvents": lookup,
    }


def asked(made, window=WINDOW):
    with AwsStub(made) as stub:
        access = AwsAccess(region="us-east-1", clock=Clock(), account=ACCOUNT, endpoint=stub.url)
        return facts_of(access, lambda trail: trail.get("S3BucketName") == "trails", "the bucket trails", window)


def found(made, window=WINDOW):
    return sorted((gap.code, gap.scope) for gap in asked(made, window).gaps)


def test_a_whole_trail_has_no_gap():
    assert found(answers()) == []


# req: iam-autopilot/3.8
@pytest.mark.parametrize(
    ("changed", "gaps"),
    [
        ({"selectors": [{**ALL, "ReadWriteType": "WriteOnly"}]}, [("read-only-excluded", "")]),
        ({"selectors": [{**ALL, "ReadWriteType": "ReadOnly"}]}, [("write-only-excluded", "")]),
        ({"selectors": [{**ALL, "IncludeManagementEvents": False}]}, [("no-management-events", "")]),
        (
            {"selectors": [{**ALL, "ExcludeManagementEventSources": ["kms.amazonaws.com", "rdsdata.amazonaws.com"]}]},
            [("source-excluded", "kms"), ("source-excluded", "rds-data")],
        ),
        ({"trails": [{**TRAIL, "IsMultiRegionTrail": False}]}, [("region-absent", "")]),
        (
            {"trails": [{**TRAIL, "IncludeGlobalServiceEvents": False}]},
            [("source-excluded", name) for name in ("cloudfront", "iam", "sts")],
        ),
        ({"trails": [{**TRAIL, "S3BucketName": "others"}]}, [("unproven", "")]),
        ({"status": {"IsLogging": False, "StopLoggingTime": datetime(2026, 10, 1, tzinfo=UTC)}}, [("days-missing", "")]),
        ({"status": {"IsLogging": True, "StartLoggingTime": datetime(2026, 10, 1, tzinfo=UTC)}}, [("younger-than-window", "")]),
        ({"status": {**LOGGING, "LatestDeliveryError": "AccessDenied"}}, [("days-missing", "")]),
        ({"changes": ("StopLogging",)}, [("days-missing", "")]),
        ({"changes": ("PutEventSelectors",)}, [("unproven", "")]),
    ],
)
def test_what_a_trail_leaves_out_is_a_gap(changed, gaps):
    assert found(answers(**changed)) == gaps


def advanced(*fields):
    return {"FieldSelectors": [{"Field": name, **how} for name, how in fields]}


MANAGEMENT = advanced(("eventCategory", {"Equals": ["Management"]}))
OBJECTS = (("eventCategory", {"Equals": ["Data"]}), ("resources.type", {"Equals": ["AWS::S3::Object"]}))


def test_advanced_selectors_are_followed():
    left_out = advanced(("eventCategory", {"Equals": ["Management"]}), ("eventSource", {"NotEquals": ["kms.amazonaws.com"]}))
    assert found(answers(advanced=[left_out])) == [("source-excluded", "kms")]
    narrowed = advanced(("eventCategory", {"Equals": ["Management"]}), ("userIdentity.arn", {"NotStartsWith": ["arn:aws:iam::1:role/app"]}))
    assert found(answers(advanced=[narrowed])) == [("no-management-events", "")]


@pytest.mark.parametrize(
    ("selectors", "proven"),
    [
        ([advanced(*OBJECTS)], ("s3:read", "s3:write")),
        ([advanced(*OBJECTS, ("readOnly", {"Equals": ["false"]}))], ("s3:write",)),
        ([advanced(*OBJECTS, ("resources.ARN", {"StartsWith": ["arn:aws:s3:::one/"]}))], ()),
        ([advanced(("eventCategory", {"Equals": ["Data"]}), ("resources.type", {"Equals": ["AWS::DynamoDB::Table"]}))], ()),
    ],
)
def test_selectors_of_all_resources_prove_data_events(selectors, proven):
    assert asked(answers(advanced=[MANAGEMENT, *selectors])).seen.data == proven


def test_basic_selectors_of_all_resources_prove_data_events():
    for values, proven in ((["arn:aws:s3"], ("s3:read", "s3:write")), (["arn:aws:s3:::one/"], ())):
        chosen = {**ALL, "DataResources": [{"Type": "AWS::S3::Object", "Values": values}]}
        assert asked(answers(selectors=[chosen])).seen.data == proven


def test_data_events_that_may_be_new_are_not_proven():
    chosen = [MANAGEMENT, advanced(*OBJECTS)]
    assert asked(answers(advanced=chosen, changes=("PutEventSelectors",))).seen.data == ()
    assert asked(answers(advanced=chosen), Window("2026-01-01", "2026-11-26")).seen.data == ()


def test_of_two_trails_the_more_complete_one_counts():
    assert found(answers(trails=[{**TRAIL, "IsMultiRegionTrail": False}, TRAIL])) == []


def test_an_account_that_does_not_permit_the_question_leaves_the_trail_unproven():
    assert found({}) == [("unproven", "")]


def test_expired_credentials_are_no_gap_but_an_error():
    def expired(_):
        raise Refuse("ExpiredTokenException", "The security token included in the request is expired")

    with pytest.raises(CloudAuth, match="ExpiredToken"):
        found({"cloudtrail:DescribeTrails": expired})
