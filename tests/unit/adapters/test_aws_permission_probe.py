"""Permissions are tried by calls that read next to nothing."""

from __future__ import annotations

import pytest
from tests.unit.adapters.aws_doubles import ACCOUNT, Clock
from tests.unit.adapters.aws_stub import AwsStub, Refuse

pytest.importorskip("botocore", reason="the extra aws is not installed")

from setsquare.adapters.aws_access import AwsAccess
from setsquare.adapters.aws_permission_probe import AwsPermissionProbe
from setsquare.errors import CloudAuth
from setsquare.ports.permission_probe import Standing
from setsquare.powers.iam.permissions import Account, needed
from setsquare.powers.iam.usage.sources import source_of

pytestmark = pytest.mark.network

ID = "12345678-1234-1234-1234-123456789abc"
ARN = f"arn:aws:cloudtrail:us-east-1:{ACCOUNT}:trail/main"
PLACE = Account(region="us-east-1", account=ACCOUNT, group="/g")


@pytest.fixture(autouse=True)
def credentials(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setattr("botocore.retries.standard.ExponentialBackoff.delay_amount", lambda *_: 0)


def refusing(code):
    def refused(_):
        raise Refuse(code)

    return refused


WORKING = {
    "logs:DescribeLogGroups": lambda _: {"logGroups": []},
    "logs:StartQuery": lambda _: {"queryId": "q"},
    "logs:GetQueryResults": lambda _: {"status": "Complete", "results": []},
    "logs:FilterLogEvents": lambda _: {"events": []},
    "cloudtrail:DescribeTrails": lambda _: {"trailList": [{"TrailARN": ARN}]},
    "cloudtrail:GetEventSelectors": lambda _: {"TrailARN": ARN},
    "cloudtrail:GetTrailStatus": lambda _: {"IsLogging": True},
    "cloudtrail:LookupEvents": lambda _: {"Events": []},
    "cloudtrail:GetEventDataStore": lambda _: {"Name": "main"},
    "cloudtrail:StartQuery": lambda _: {"QueryId": ID},
    "cloudtrail:DescribeQuery": lambda _: {"QueryId": ID, "QueryStatus": "FINISHED"},
    "cloudtrail:GetQueryResults": lambda _: {"QueryStatus": "FINISHED", "QueryResultRows": []},
}


def tried(trail, answers):
    with AwsStub(answers) as stub:
        access = AwsAccess(region="us-east-1", clock=Clock(), account=ACCOUNT, endpoint=stub.url)
        probe = AwsPermissionProbe(access, source_of(trail), "/g", "ecs-api")
        wanted = [each.operation for each in needed(PLACE, source_of(trail)) if not each.operation.startswith(("iam:", "s3:"))]
        return {operation: probe.tried(operation).standing for operation in wanted}


@pytest.mark.parametrize("trail", ["", "lookup", f"lake:{ID}"])
def test_everything_that_is_needed_is_tried(trail):
    assert set(tried(trail, WORKING).values()) == {Standing.GRANTED}


@pytest.mark.parametrize("trail", ["", "lookup", f"lake:{ID}"])
def test_each_missing_permission_is_found_by_itself(trail):
    for operation in tried(trail, WORKING):
        found = tried(trail, {name: answer for name, answer in WORKING.items() if name != operation})
        assert found[operation] is Standing.MISSING, operation
        others = {name for name, standing in found.items() if standing is not Standing.GRANTED} - {operation}
        # What a query answers cannot be read where none may be started.
        assert all(operation.endswith("StartQuery") for _name in others), (operation, others)


def test_what_is_not_there_may_be_looked_for():
    found = tried("", {**WORKING, "logs:FilterLogEvents": refusing("ResourceNotFoundException")})
    assert found["logs:FilterLogEvents"] is Standing.GRANTED


def test_a_busy_account_says_nothing():
    found = tried("lookup", {**WORKING, "cloudtrail:LookupEvents": refusing("ThrottlingException")})
    assert found["cloudtrail:LookupEvents"] is Standing.UNKNOWN


def test_expired_credentials_are_no_missing_permission():
    with pytest.raises(CloudAuth, match="ExpiredToken"):
        tried("lookup", {**WORKING, "cloudtrail:LookupEvents": refusing("ExpiredTokenException")})
