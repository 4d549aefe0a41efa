"""The event history of an account."""

from __future__ import annotations

import json
from datetime import datetime

import pytest
from tests.unit.adapters.aws_doubles import ACCOUNT, Clock, event
from tests.unit.adapters.aws_stub import AwsStub, Refuse

pytest.importorskip("botocore", reason="the extra aws is not installed")

from setsquare.adapters import aws_trail_lookup
from setsquare.adapters.aws_access import AwsAccess
from setsquare.adapters.aws_trail_lookup import LookupTrail
from setsquare.adapters.usage_store import open_usage_store
from setsquare.errors import CloudAuth, CloudBusy
from setsquare.journeys.iam_usage import gathered, usage_of_role
from setsquare.powers.iam.usage.model import Window

pytestmark = pytest.mark.network

WINDOW = Window("2026-11-24", "2026-11-26")


@pytest.fixture(autouse=True)
def credentials(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    # botocore itself asks again, with waits that no test needs.
    monkeypatch.setattr("botocore.retries.standard.ExponentialBackoff.delay_amount", lambda *_: 0)


@pytest.fixture
def store(tmp_path):
    made = open_usage_store(str(tmp_path / "state"))
    yield made
    made.close()


def quiet(_line: str) -> None:
    return None


def history(events, size=2):
    def lookup(parameters):
        assert parameters["MaxResults"] == 50
        held = [each for each in events if parameters["StartTime"] <= at(each) <= parameters["EndTime"]]
        begin = int(parameters.get("NextToken", "0"))
        more = {"NextToken": str(begin + size)} if begin + size < len(held) else {}
        shown = [{"EventName": each["eventName"], "CloudTrailEvent": json.dumps(each)} for each in held[begin : begin + size]]
        return {"Events": shown, **more}

    return lookup


def at(each):
    return datetime.fromisoformat(each["eventTime"]).timestamp()


def read(stub, store, clock=None, regions=(), window=WINDOW):
    access = AwsAccess(region="us-east-1", clock=clock or Clock(), account=ACCOUNT, endpoint=stub.url)
    return gathered(LookupTrail(access, regions, store.holds), store, window, quiet)


EVENTS = [event(day) for day in ("2026-11-23", "2026-11-24", "2026-11-24", "2026-11-24", "2026-11-26")]


# req: iam-autopilot/3.8
def test_every_page_is_read_no_faster_than_twice_a_second(store):
    clock = Clock()
    with AwsStub({"cloudtrail:LookupEvents": history(EVENTS)}) as stub:
        found = read(stub, store, clock)
        assert [(use.event, use.count) for use in usage_of_role(found, "ecs-api").uses] == [("DescribeInstances", 4)]
        calls = len(stub.calls)
    assert calls == 4
    assert sum(clock.slept) == 0.5 * (calls - 1)
    assert {gap.code for gap in found.coverage.gaps} >= {"no-data-events", "region-absent"}


def test_regions_that_were_named_are_read_with_that_of_global_services(store):
    with AwsStub({"cloudtrail:LookupEvents": history(EVENTS)}) as stub:
        found = read(stub, store, regions=("eu-west-1",))
        assert len(stub.calls) == 8
    codes = {gap.code: gap.reason for gap in found.coverage.gaps}
    assert "eu-west-1, us-east-1" in codes["regions-named"]
    assert "region-absent" not in codes


def test_a_window_longer_than_the_history_is_a_gap(store):
    with AwsStub({"cloudtrail:LookupEvents": history([])}) as stub:
        found = read(stub, store, window=Window("2026-06-01", "2026-11-26"))
        assert len(stub.calls) == 90
    assert any(gap.code == "younger-than-window" and "2026-08-29" in gap.reason for gap in found.coverage.gaps)


def test_a_run_ends_after_so_many_calls_and_the_next_goes_on(store, monkeypatch):
    monkeypatch.setattr(aws_trail_lookup, "MOST_CALLS", 2)
    with AwsStub({"cloudtrail:LookupEvents": history(EVENTS)}) as stub:
        found = read(stub, store)
        capped = [gap.reason for gap in found.coverage.gaps if gap.code == "capped"]
        assert len(capped) == 1
        assert "us-east-1 on 2026-11-24" in capped[0]
        monkeypatch.setattr(aws_trail_lookup, "MOST_CALLS", 3)
        again = read(stub, store)
    assert again.events == 4
    assert "capped" not in {gap.code for gap in again.coverage.gaps}


def test_throttling_is_waited_out_and_at_last_named(store):
    refused = [5]

    def busy(parameters):
        if refused[0]:
            refused[0] -= 1
            raise Refuse("ThrottlingException", "Rate exceeded")
        return history(EVENTS)(parameters)

    clock = Clock()
    with AwsStub({"cloudtrail:LookupEvents": busy}) as stub:
        assert read(stub, store, clock).events == 4
        assert 2.0 in clock.slept
        refused[0] = 10_000
        with pytest.raises(CloudBusy, match="Throttling"):
            read(stub, open_usage_store(None))


@pytest.mark.parametrize(
    ("code", "hint"),
    [("ExpiredTokenException", "Sign in again"), ("RequestTimeTooSkewed", "clock"), ("AccessDeniedException", "iam permissions")],
)
def test_credentials_that_do_not_work_are_named(store, code, hint):
    def refused(_):
        raise Refuse(code)

    with AwsStub({"cloudtrail:LookupEvents": refused}) as stub, pytest.raises(CloudAuth, match=code) as raised:
        read(stub, store)
    assert hint in raised.value.hint


def test_an_entry_that_is_no_event_is_counted(store):
    with AwsStub({"cloudtrail:LookupEvents": lambda _: {"Events": [{"EventName": "X", "CloudTrailEvent": "{"}]}}) as stub:
        found = read(stub, store, window=Window("2026-11-26", "2026-11-26"))
    assert found.unread == 1
