"""A trail in a log group: counted by Logs Insights, or read event by event."""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.unit.adapters.aws_doubles import ACCOUNT, Clock, event
from tests.unit.adapters.aws_stub import AwsStub, Refuse

pytest.importorskip("botocore", reason="the extra aws is not installed")

from setsquare.adapters.aws_access import AwsAccess
from setsquare.adapters.aws_trail_logs import LogGroupTrail
from setsquare.adapters.usage_store import open_usage_store
from setsquare.errors import CloudAuth, CloudBusy, CloudFailed
from setsquare.journeys.iam_usage import gathered, usage_of_role
from setsquare.powers.iam.usage.model import Outcome, Window

pytestmark = pytest.mark.network

GROUP = "/aws/cloudtrail"
WINDOW = Window("2026-11-24", "2026-11-26")


@pytest.fixture(autouse=True)
def credentials(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    # botocore itself asks again, with waits that no test needs.
    monkeypatch.setattr("botocore.retries.standard.ExponentialBackoff.delay_amount", lambda *_: 0)


def quiet(_line: str) -> None:
    return None


def found_in(record, path):
    for name in path.split("."):
        record = record.get(name) if isinstance(record, dict) else None
    return None if record is None else {True: "1", False: "0"}.get(record, record) if isinstance(record, bool) else str(record)


class Insights:
    """Counts as Logs Insights does: it evaluates the expressions of the query it is sent."""

    def __init__(self, events, most=10_000, statuses=("Scheduled", "Running", "Complete"), **facts):
        self.events, self.most, self.statuses = events, most, statuses
        self.facts = {"logGroupName": GROUP, "arn": f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:{GROUP}:*", **facts}
        self.queries: list[dict[str, Any]] = []
        self.polled: Counter[str] = Counter()

    def answers(self):
        return {
            "logs:DescribeLogGroups": lambda _: {"logGroups": [{"logGroupName": f"{GROUP}-other", "arn": "x"}, self.facts]},
            "logs:StartQuery": self.start,
            "logs:GetQueryResults": self.results,
            "logs:FilterLogEvents": self.filter,
        }

    def between(self, begin, end):
        for each in self.events:
            at = datetime.fromisoformat(each["eventTime"]).timestamp()
            if begin <= at <= end:
                yield each

    def start(self, parameters):
        assert (parameters["logGroupName"], parameters["limit"]) == (GROUP, 10_000)
        self.queries.append(parameters)
        return {"queryId": str(len(self.queries) - 1)}

    def results(self, parameters):
        self.polled[parameters["queryId"]] += 1
        status = self.statuses[min(self.polled[parameters["queryId"]], len(self.statuses)) - 1]
        if status != "Complete":
            return {"status": status, "results": []}
        query = self.queries[int(parameters["queryId"])]
        fields, where, stats = query["queryString"].split("\n| ")
        named = [tuple(reversed(each.rsplit(" as ", 1))) for each in re.split(r", (?=[^()]*(?:\(|$))", fields.removeprefix("fields "))]
        by = stats.partition(" by ")[2].split(", ")
        assert by == [name for name, _ in named]
        account = re.search(r"recipientAccountId = '(\d+)'", where)
        rows: Counter[tuple[Any, ...]] = Counter()
        times: dict[tuple[Any, ...], list[str]] = {}
        for each in self.between(query["startTime"], query["endTime"]):
            if account and each.get("recipientAccountId") != account[1]:
                continue
            key = tuple(self.value(each, expression) for _, expression in named)
            rows[key] += 1
            times.setdefault(key, []).append(each["eventTime"])
        shown = [
            [{"field": name, "value": value} for name, value in zip(by, key, strict=True) if value is not None]
            + [
                {"field": "calls", "value": str(count)},
                {"field": "firstCall", "value": min(times[key])},
                {"field": "lastCall", "value": max(times[key])},
            ]
            for key, count in rows.items()
        ]
        return {"status": "Complete", "results": shown[: self.most]}

    def value(self, record, expression):
        call = re.fullmatch(r"(\w+)\((.*)\)", expression)
        if call is None:
            return found_in(record, expression)
        match call[1]:
            case "coalesce":
                return next((value for path in call[2].split(", ") if (value := found_in(record, path)) is not None), None)
            case "substr":
                path, start, length = call[2].split(", ")
                return found_in(record, path)[int(start) : int(start) + int(length)]
            case "strcontains":
                return str(int(call[2].split(", ", 1)[1].strip("'") in json.dumps(record, separators=(",", ":"))))
        raise AssertionError(expression)

    def filter(self, parameters):
        assert "filterPattern" not in parameters
        held = list(self.between(parameters["startTime"] / 1000, parameters["endTime"] / 1000))
        at = int(parameters.get("nextToken", "0"))
        more = {"nextToken": str(at + 2)} if at + 2 < len(held) else {}
        return {"events": [{"message": json.dumps(each), "timestamp": 1} for each in held[at : at + 2]], **more}


def read(stub, store, clock=None, window=WINDOW):
    access = AwsAccess(region="us-east-1", clock=clock or Clock(), account=ACCOUNT, endpoint=stub.url)
    return gathered(LogGroupTrail(access, GROUP, store.holds), store, window, quiet)


@pytest.fixture
def store(tmp_path):
    made = open_usage_store(str(tmp_path / "state"))
    yield made
    made.close()


EVENTS = [
    event("2026-11-24"),
    event("2026-11-24"),
    event("2026-11-24", eventTime="2026-11-24T23:59:59Z"),
    event("2026-11-25", "ec2", "StopInstances", errorCode="Client.UnauthorizedOperation"),
    event("2026-11-25", "ecr", "DescribeRepositories", errorCode="ThrottlingException"),
    event("2026-11-25", "s3", "GetObject", eventCategory="Data", managementEvent=False, requestParameters={"versionId": "7"}),
    event("2026-11-25", recipientAccountId="999999999999"),
    event("2026-11-26", "kms", "Decrypt", userIdentity={"type": "AWSService", "invokedBy": "ecs.amazonaws.com"}),
    event("2026-11-26", userIdentity={"type": "IAMUser", "arn": f"arn:aws:iam::{ACCOUNT}:user/ada", "principalId": "AIDA1"}),
    event("2026-11-26", "signin", "X", userIdentity={}),
]


def shown(usage):
    return [(use.event, use.outcome, use.count, use.is_data, use.detail, use.error) for use in usage.uses]


# req: iam-autopilot/3.4
def test_counts_and_single_events_come_to_the_same(store, tmp_path):
    played = Insights(EVENTS)
    with AwsStub(played.answers()) as stub:
        counted = read(stub, store)
        assert len(played.queries) == 3
        single = open_usage_store(str(tmp_path / "other"))
        del stub.answers["logs:StartQuery"]
        whole = read(stub, single)
        assert len(stub.made("logs:FilterLogEvents")) > 3
    usage = usage_of_role(counted, "ecs-api", "AROA1")
    assert shown(usage) == [
        ("DescribeInstances", Outcome.USED, 3, False, "", ""),
        ("StopInstances", Outcome.DENIED, 1, False, "", "Client.UnauthorizedOperation"),
        ("DescribeRepositories", Outcome.USED, 1, False, "", "ThrottlingException"),
        ("GetObject", Outcome.USED, 1, True, "flags=version", ""),
    ]
    assert usage.principal.arn == f"arn:aws:iam::{ACCOUNT}:role/team/ecs-api"
    assert shown(usage_of_role(whole, "ecs-api", "AROA1")) == shown(usage)
    assert counted.coverage.days == whole.coverage.days == ("2026-11-24", "2026-11-25", "2026-11-26")
    assert (counted.events, counted.unread) == (whole.events, whole.unread) == (9, 1)
    # Counted rows do not tell on which bucket.
    assert "s3:read" in whole.coverage.data_scopes
    assert (counted.coverage.data_scopes, counted.coverage.data_sources) == (("s3:read",), ())
    single.close()


# req: iam-autopilot/3.3
def test_days_that_are_over_are_not_asked_for_again(store):
    played = Insights(EVENTS)
    with AwsStub(played.answers()) as stub:
        read(stub, store)
        played.queries.clear()
        played.polled.clear()
        again = read(stub, store, Clock("2026-11-26T13:00:00Z"))
        assert len(played.queries) == 1
        assert (again.events, again.pieces, again.fresh) == (9, 3, 1)
        played.queries.clear()
        played.polled.clear()
        read(stub, store, Clock("2026-11-27T05:00:00Z"))
        assert len(played.queries) == 1, "events may come late"


def test_a_day_with_more_kinds_of_calls_than_come_at_once_is_halved(store, monkeypatch):
    from setsquare.adapters import aws_log_query

    monkeypatch.setattr(aws_log_query, "MOST_ROWS", 5)
    events = [
        event("2026-11-24", name=f"Get{number:03}", eventTime=f"2026-11-24T{number % 24:02}:{number % 60:02}:00Z") for number in range(40)
    ]
    played = Insights(events, most=5)
    with AwsStub({**played.answers(), "logs:StartQuery": lambda parameters: played.start({**parameters, "limit": 10_000})}) as stub:
        found = read(stub, store)
    assert sum(use.count for use in usage_of_role(found, "ecs-api").uses) == 40
    assert "capped" not in {gap.code for gap in found.coverage.gaps}


def test_a_minute_with_more_is_a_gap(store, monkeypatch):
    from setsquare.adapters import aws_log_query

    monkeypatch.setattr(aws_log_query, "MOST_ROWS", 5)
    played = Insights([event("2026-11-24", name=f"Get{number:03}") for number in range(9)], most=5)
    with AwsStub({**played.answers(), "logs:StartQuery": lambda parameters: played.start({**parameters, "limit": 10_000})}) as stub:
        found = read(stub, store)
    assert [(gap.code, gap.scope) for gap in found.coverage.gaps if gap.code == "capped"] == [("capped", "2026-11-24")]


@pytest.mark.parametrize("how", ["malformed", "failed", "other rows"])
def test_where_nothing_is_counted_every_event_is_read(store, how):
    played = Insights(EVENTS, statuses=("Running", "Failed") if how == "failed" else ("Complete",))
    made = played.answers()

    def malformed(_):
        raise Refuse("MalformedQueryException")

    if how == "malformed":
        made["logs:StartQuery"] = malformed
    if how == "other rows":
        made["logs:GetQueryResults"] = lambda _: {"status": "Complete", "results": [[{"field": "@ptr", "value": "x"}]]}
    with AwsStub(made) as stub:
        found = read(stub, store)
    assert shown(usage_of_role(found, "ecs-api"))[0][:3] == ("DescribeInstances", Outcome.USED, 3)


def test_a_full_queue_is_waited_for(store):
    played, refused = Insights(EVENTS), [5]

    def start(parameters):
        if refused[0]:
            refused[0] -= 1
            raise Refuse("LimitExceededException")
        return played.start(parameters)

    clock = Clock()
    with AwsStub({**played.answers(), "logs:StartQuery": start}) as stub:
        assert read(stub, store, clock).events == 9
    assert 3.0 in clock.slept


def test_a_query_that_never_ends_is_named(store, monkeypatch):
    from setsquare.adapters import aws_log_query

    monkeypatch.setattr(aws_log_query, "MOST_POLLS", 5)
    with AwsStub(Insights(EVENTS, statuses=("Running",)).answers()) as stub, pytest.raises(CloudBusy, match="did not end"):
        read(stub, store)


def test_days_before_the_group_keeps_anything_are_not_asked_for(store):
    played = Insights(EVENTS, retentionInDays=1)
    with AwsStub(played.answers()) as stub:
        found = read(stub, store)
    assert min(query["startTime"] for query in played.queries) == int(datetime(2026, 11, 25, tzinfo=UTC).timestamp())
    assert "younger-than-window" in {gap.code for gap in found.coverage.gaps}


def test_a_group_that_does_not_exist_is_named(store):
    with (
        AwsStub({"logs:DescribeLogGroups": lambda _: {"logGroups": []}}) as stub,
        pytest.raises(CloudFailed, match="no log group /aws/cloudtrail"),
    ):
        read(stub, store)


def test_nothing_is_kept_of_a_run_that_was_refused_and_the_next_one_goes_on(store):
    played = Insights(EVENTS)

    def expired(_):
        raise Refuse("ExpiredTokenException")

    with AwsStub(played.answers()) as stub:
        good = stub.answers["logs:GetQueryResults"]
        stub.answers["logs:GetQueryResults"] = expired
        with pytest.raises(CloudAuth, match="ExpiredToken"):
            read(stub, store)
        stub.answers["logs:GetQueryResults"] = good
        assert read(stub, store).events == 9
