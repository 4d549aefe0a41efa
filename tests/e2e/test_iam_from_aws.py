"""From raw trail files in a bucket to an analysis of all roles in scope: moto plays IAM, STS, S3 and log groups, a stub CloudTrail."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.unit.adapters.aws_doubles import ACCOUNT, event
from tests.unit.adapters.aws_stub import Answer, AwsStub, Refuse

pytest.importorskip("moto", reason="moto plays AWS")
boto3 = pytest.importorskip("boto3")

from moto import mock_aws  # noqa: E402  (after the skips)

from setsquare.adapters.aws_clients import READING  # noqa: E402
from setsquare.ports.notifier import Delivered  # noqa: E402

pytestmark = pytest.mark.network

BUCKET = "org-trails"
GROUP = "/aws/cloudtrail"
ARN = f"arn:aws:cloudtrail:us-east-1:{ACCOUNT}:trail/main"
TRAIL = {
    "Name": "main",
    "TrailARN": ARN,
    "HomeRegion": "us-east-1",
    "S3BucketName": BUCKET,
    "CloudWatchLogsLogGroupArn": f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:{GROUP}:*",
    "IsMultiRegionTrail": True,
    "IncludeGlobalServiceEvents": True,
}
ALL = {"ReadWriteType": "All", "IncludeManagementEvents": True, "DataResources": [], "ExcludeManagementEventSources": []}
POWER: dict[str, Any] = {
    "enabled": True,
    "mode": "pr-only",
    "targetRoles": ["ecs-*"],
    "excludeRoles": ["ecs-admin*"],
    "awsRegion": "us-east-1",
    "awsAccountId": "${TEST_AWS_ACCOUNT}",
    "cloudtrailLogGroup": GROUP,
}
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
GRANTED = ("ec2:DescribeInstances", "ec2:StopInstances", "iam:PassRole")


def cloudtrail() -> dict[str, Answer]:
    return {
        "cloudtrail:DescribeTrails": lambda _: {"trailList": [TRAIL]},
        "cloudtrail:GetEventSelectors": lambda _: {"TrailARN": ARN, "EventSelectors": [ALL]},
        "cloudtrail:GetTrailStatus": lambda _: {"IsLogging": True, "StartLoggingTime": datetime(2024, 1, 1, tzinfo=UTC)},
        "cloudtrail:LookupEvents": lambda _: {"Events": []},
    }


@pytest.fixture
def stub(monkeypatch: pytest.MonkeyPatch) -> Iterator[AwsStub]:
    with AwsStub(cloudtrail()) as made:
        monkeypatch.setenv("AWS_ENDPOINT_URL_CLOUDTRAIL", made.url)
        yield made


def today() -> date:
    return datetime.now(UTC).date()


def write_settings(folder: Path, **changed: Any) -> None:
    (folder / ".kiro").mkdir(exist_ok=True)
    power = {key: value for key, value in (POWER | changed).items() if value is not None}
    (folder / ".kiro" / "settings.json").write_text(json.dumps({"powers": {"awsIamAutopilot": power}}))


@pytest.fixture
def account(folder: Path, run: Any, stub: AwsStub, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An account with four roles, and 95 days of a trail in a bucket of its organisation; the workspace is trusted."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("TEST_AWS_ACCOUNT", ACCOUNT)
    monkeypatch.setattr("botocore.retries.standard.ExponentialBackoff.delay_amount", lambda *_: 0)
    write_settings(folder)
    assert run("trust").code == 0
    with mock_aws():
        iam = boto3.client("iam", region_name="us-east-1")
        policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": list(GRANTED), "Resource": "*"}]}
        for role, path in (("ecs-api", "/team/"), ("ecs-web", "/"), ("ecs-admin-1", "/"), ("lambda-x", "/")):
            iam.create_role(RoleName=role, Path=path, AssumeRolePolicyDocument=json.dumps(TRUST))
            iam.put_role_policy(RoleName=role, PolicyName="app", PolicyDocument=json.dumps(policy))
        s3 = boto3.client("s3", region_name="us-east-1")
        s3.create_bucket(Bucket=BUCKET)
        ids = {role["RoleName"]: role["RoleId"] for role in iam.list_roles()["Roles"]}
        for ago in range(95):
            put(s3, today() - timedelta(ago), ids)
        yield folder


def of_role(record: dict[str, Any], ids: dict[str, str], role: str, path: str) -> dict[str, Any]:
    issuer = {"type": "Role", "principalId": ids.get(role, "AROAOTHER"), "arn": f"arn:aws:iam::{ACCOUNT}:role{path}{role}"}
    return {**record, "userIdentity": {"type": "AssumedRole", "sessionContext": {"sessionIssuer": issuer}}}


def records(day: date, ids: dict[str, str]) -> list[dict[str, Any]]:
    others = [
        of_role(event(str(day), source, name), ids, "other", "/") for source, name in (("kms", "ListKeys"), ("rdsdata", "ExecuteStatement"))
    ]
    return [
        of_role(event(str(day)), ids, "ecs-api", "/team/"),
        of_role(event(str(day), name="StopInstances"), ids, "ecs-web", "/"),
        *others,
    ]


def put(s3: Any, day: date, ids: dict[str, str]) -> None:
    key = f"AWSLogs/o-a1b2c3d4e5/{ACCOUNT}/CloudTrail/us-east-1/{day:%Y/%m/%d}/{ACCOUNT}_CloudTrail_us-east-1_{day:%Y%m%d}T1000Z_a.json.gz"
    s3.put_object(Bucket=BUCKET, Key=key, Body=gzip.compress(json.dumps({"Records": records(day, ids)}).encode()))


@pytest.fixture
def old_roles(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Moto makes roles now; these are older than the window."""
    from setsquare.adapters import aws_cloud

    real = aws_cloud._entry

    def aged(told: Any) -> Any:
        from msgspec.structs import replace

        return replace(real(told), created="2024-01-01")

    return lambda: monkeypatch.setattr(aws_cloud, "_entry", aged)


def roles_of(ran: Any) -> dict[str, tuple[int, int]]:
    return {role["role"]: (role["used"], role["unused"]) for role in ran.json["roles"]}


# req: iam-autopilot/3.3, iam-autopilot/6.8
def test_from_raw_trail_files_to_all_roles_in_scope(account, run, old_roles):
    old_roles()
    ran = run("iam", "analyze", "--all", "--trail", f"s3://{BUCKET}", "--format", "json")
    assert ran.code == 0, ran.err
    assert roles_of(ran) == {"ecs-api": (1, 1), "ecs-web": (1, 1)}
    assert [role["gaps"] for role in ran.json["roles"]] == [[], []]
    assert {each["role"] for each in ran.json["skipped"]} == {"ecs-admin-1", "lambda-x"}
    assert ran.err.count("new in scope: arn:aws:iam::") == 2
    again = run("iam", "coverage", "--trail", f"s3://{BUCKET}", "--format", "json")
    assert (again.json["fresh"], again.json["pieces"]) == (0, 90)


def test_a_log_group_that_moto_plays_is_read_event_by_event(account, run, old_roles):
    old_roles()
    iam = boto3.client("iam", region_name="us-east-1")
    ids = {role["RoleName"]: role["RoleId"] for role in iam.list_roles()["Roles"]}
    logs = boto3.client("logs", region_name="us-east-1")
    logs.create_log_group(logGroupName=GROUP)
    logs.create_log_stream(logGroupName=GROUP, logStreamName="s")
    for ago in (1, 2):
        at = datetime.combine(today() - timedelta(ago), datetime.min.time(), UTC).timestamp() * 1000
        told = [{"timestamp": int(at), "message": json.dumps(each)} for each in records(today() - timedelta(ago), ids)]
        logs.put_log_events(logGroupName=GROUP, logStreamName="s", logEvents=told)
    ran = run("iam", "analyze", "ecs-api", "--days", "3", "--format", "json")
    assert ran.code == 0, ran.err
    (role,) = ran.json["roles"]
    assert (role["used"], role["events"]) == (1, 8)
    assert ran.json["trail"] == f"log group {GROUP} in us-east-1"


def test_without_trust_nothing_is_asked(account, run, stub):
    assert run("trust", "--revoke").code == 0
    ran = run("iam", "analyze", "ecs-api", "--trail", "lookup")
    assert (ran.code, stub.calls) == (3, [])
    assert "trust" in ran.err


def test_credentials_of_another_account_are_refused(account, run, stub, monkeypatch):
    monkeypatch.setenv("TEST_AWS_ACCOUNT", "210987654321")
    ran = run("iam", "analyze", "ecs-api", "--trail", f"s3://{BUCKET}")
    assert (ran.code, stub.calls) == (3, [])
    assert ACCOUNT in ran.err
    assert "awsAccountId" in ran.err


def test_an_unset_variable_is_named_by_every_command(account, run, monkeypatch):
    monkeypatch.delenv("TEST_AWS_ACCOUNT")
    ran = run("iam", "analyze", "ecs-api", "--trail", f"s3://{BUCKET}")
    assert ran.code == 3
    assert "TEST_AWS_ACCOUNT is unset" in ran.err
    doctor = {each["name"]: each for each in run("doctor", "--format", "json").json["checks"]}
    assert doctor["power variables"]["found"] == "unset: TEST_AWS_ACCOUNT"
    status = run("iam", "status", "--format", "json").json
    assert (status["connection"], status["variables"]) == ("variables are not set", [{"name": "TEST_AWS_ACCOUNT", "set": False}])


def test_the_connection_is_shown(account, run, monkeypatch):
    status = run("iam", "status", "--format", "json").json
    assert (status["connection"], status["mode"]) == ("connected", "pr-only")
    assert f":{ACCOUNT}:" in status["account"]
    doctor = {each["name"]: each for each in run("doctor", "--format", "json").json["checks"]}
    assert doctor["power AWS"]["standing"] == "fine"
    monkeypatch.setenv("TEST_AWS_ACCOUNT", "210987654321")
    assert run("iam", "status", "--format", "json").json["connection"] == "credentials of another account"
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    assert run("iam", "status", "--format", "json").json["connection"] == "credentials are not accepted"


def test_a_review_of_the_roles_is_due_until_it_is_recorded_and_again_when_they_change(account, run):
    assert run("iam", "status", "--format", "json").json["review_due"] is True
    assert run("iam", "status", "--reviewed", " ").code == 2
    done = run("iam", "status", "--reviewed", "still the two teams", "--format", "json").json
    assert (done["review_due"], done["reviewed"]) == (False, str(today()))
    write_settings(account, targetRoles=["ecs-*", "lambda-*"])
    changed = run("iam", "status", "--format", "json").json
    assert (changed["review_due"], changed["review"]) == (True, "the patterns were changed since the last review")


# req: iam-autopilot/6.8
def test_a_new_role_is_announced_in_one_run_and_analysed_in_the_next(account, run, old_roles):
    old_roles()
    argv = ("iam", "watch", "--trail", f"s3://{BUCKET}", "--format", "json")
    first = run(*argv)
    assert first.code == 0, first.err
    assert (first.json["roles"], len(first.json["announced"]), first.json["left"]) == ([], 2, True)
    second = run(*argv).json
    assert ([role["role"] for role in second["roles"]], second["announced"]) == (["ecs-api", "ecs-web"], [])
    iam = boto3.client("iam", region_name="us-east-1")
    iam.create_role(RoleName="ecs-new", AssumeRolePolicyDocument=json.dumps(TRUST))
    third = run(*argv).json
    assert [role["role"] for role in third["roles"]] == ["ecs-api", "ecs-web"]
    assert third["announced"] == [f"arn:aws:iam::{ACCOUNT}:role/ecs-new"]
    iam.create_role(RoleName="ecs-newer", AssumeRolePolicyDocument=json.dumps(TRUST))
    assert "ecs-newer" in {role["role"] for role in run(*argv, "--yes").json["roles"]}


# req: iam-autopilot/6.6
def test_a_dry_run_on_a_sandbox_lists_its_calls_and_remembers_nothing(account, run, old_roles):
    old_roles()
    write_settings(account, enabled=False, awsAccountId="210987654321")
    assert run("trust").code == 0
    argv = ("iam", "watch", "--sandbox-account", ACCOUNT, "--trail", f"s3://{BUCKET}")
    ran = run(*argv, "--format", "json")
    assert ran.code == 0, ran.err
    calls = {call["call"]: call["count"] for call in ran.json["calls"]}
    assert all(call["reading"] for call in ran.json["calls"])
    assert {name.partition(":")[2] for name in calls} <= {name for names in READING.values() for name in names}
    assert (calls["s3:GetObject"], calls["iam:GetRole"], calls["sts:GetCallerIdentity"]) == (90, 2, 1)
    assert len(ran.json["roles"]) == 2
    assert len(run(*argv, "--format", "json").json["announced"]) == 2
    text = run(*argv).out
    assert f"Dry run on {ACCOUNT}" in text
    assert "every one of them only reads" in text
    same = run("iam", "watch", "--sandbox-account", "210987654321", "--trail", f"s3://{BUCKET}")
    assert (same.code, "the account that the settings name" in same.err) == (2, True)


def test_what_is_needed_is_what_is_called(account, run, old_roles):
    old_roles()
    write_settings(account, awsAccountId="210987654321")
    assert run("trust").code == 0
    for trail in (f"s3://{BUCKET}", "lookup"):
        made = run("iam", "watch", "--sandbox-account", ACCOUNT, "--trail", trail, "--days", "2", "--format", "json").json["calls"]
        listed = {each["action"] for each in run("iam", "permissions", "--trail", trail, "--format", "json").json["permissions"]}
        called = {{"s3:ListObjectsV2": "s3:ListBucket"}.get(call["call"], call["call"]) for call in made} - {"sts:GetCallerIdentity"}
        # A managed policy is read where a role has one.
        assert called <= listed
        assert listed - called <= {"iam:GetPolicy", "iam:GetPolicyVersion"}


def test_each_permission_is_tried_and_a_missing_one_is_named(account, run, stub):
    argv = ("iam", "permissions", "--trail", f"s3://{BUCKET}", "--check", "--format", "json")
    whole = run(*argv)
    assert whole.code == 0, whole.out
    assert {each["standing"] for each in whole.json["permissions"]} == {"granted"}
    del stub.answers["cloudtrail:GetTrailStatus"]
    ran = run(*argv)
    assert ran.code == 1
    assert [each["action"] for each in ran.json["permissions"] if each["standing"] == "missing"] == ["cloudtrail:GetTrailStatus"]


def test_permissions_are_printed_before_the_power_is_on(folder, run):
    ran = run("iam", "permissions", "--trail", "s3://trails/org")
    policy = json.loads(ran.out.partition("\nTo replace")[0])
    assert {"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": ["arn:aws:s3:::trails/org/*"]} in policy["Statement"]
    assert "To replace: ACCOUNT_ID" in ran.out
    actions = {action for statement in policy["Statement"] for action in statement["Action"]}
    assert all(action.partition(":")[2].startswith(("Get", "List", "Describe", "Lookup")) for action in actions)


@pytest.mark.parametrize(
    ("code", "words"),
    [("ExpiredTokenException", "Sign in again"), ("RequestTimeTooSkewed", "clock"), ("ThrottlingException", "try again later")],
)
def test_what_goes_wrong_at_aws_is_named_and_the_next_run_works(account, run, stub, code, words):
    def refused(_):
        raise Refuse(code)

    good, stub.answers["cloudtrail:DescribeTrails"] = stub.answers["cloudtrail:DescribeTrails"], refused
    ran = run("iam", "coverage", "--trail", f"s3://{BUCKET}")
    assert ran.code == 4
    assert code in ran.err
    assert words in ran.err
    stub.answers["cloudtrail:DescribeTrails"] = good
    assert run("iam", "coverage", "--trail", f"s3://{BUCKET}", "--format", "json").json["pieces"] == 90


def test_change_events_are_read_from_a_stream(folder, run, tmp_path):
    write_settings(folder)
    change = event(
        "2026-11-26",
        "iam",
        "AttachRolePolicy",
        requestParameters={"roleName": "ecs-api", "policyArn": "arn:aws:iam::aws:policy/AdministratorAccess"},
    )
    envelope = {"version": "0", "id": "1", "detail-type": "AWS API Call via CloudTrail", "source": "aws.iam", "detail": change}
    failed = {**envelope, "detail": {**change, "errorCode": "AccessDenied"}}
    (tmp_path / "events").write_text("\n".join([json.dumps(envelope), "", "no event", json.dumps(failed), json.dumps(event("2026-11-26"))]))
    ran = run("iam", "watch", "--events", str(tmp_path / "events"), "--format", "json")
    assert ran.code == 0, ran.err
    assert [(each["event"], each["principal"]) for each in ran.json["changes"]] == [("AttachRolePolicy", "ecs-api")]
    assert (ran.json["events"], ran.json["unread"]) == (3, [3])


# req: iam-autopilot/5.6
def test_changes_of_the_account_are_heard_of_and_told_once(account, run, stub, old_roles, monkeypatch):
    old_roles()
    monkeypatch.setattr("setsquare.adapters.aws_history._SECONDS_BETWEEN", 0.0)
    made: list[str] = []

    def note(mutation):
        made.append(mutation.subject)
        return True

    monkeypatch.setattr("setsquare.wire.iam_escalations._note", note)
    told: list[str] = []

    class Channel:
        def tell(self, notice):
            told.append(notice.title)
            return Delivered("#x", "taken")

    monkeypatch.setattr("setsquare.adapters.notifiers.notifier_for", lambda *_: Channel())
    write_settings(account, escalationAlertChannel="#x")
    assert run("trust").code == 0
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "iam:CreatePolicyVersion", "Resource": "*"}]}
    asked = {"roleName": "deployer", "policyName": "x", "policyDocument": json.dumps(policy)}
    change = {**event(now[:10], "iam", "PutRolePolicy", requestParameters=asked), "eventTime": now}

    def lookup(parameters):
        assert [each["AttributeKey"] for each in parameters["LookupAttributes"]] == ["EventName"]
        is_it = parameters["LookupAttributes"][0]["AttributeValue"] == "PutRolePolicy"
        shown = {"EventId": "1", "EventTime": datetime.now(UTC), "EventName": "PutRolePolicy", "CloudTrailEvent": json.dumps(change)}
        return {"Events": [shown] if is_it else []}

    stub.answers["cloudtrail:LookupEvents"] = lookup
    argv = ("iam", "watch", "--events", "lookup", "--trail", f"s3://{BUCKET}", "--format", "json")
    report = run(*argv)
    assert report.code == 0, report.err
    assert ([each["principal"] for each in report.json["principals"]], len(report.json["announced"])) == (["deployer"], 2)
    assert [each["receipt"] for each in run(*argv, "--alert").json["alerts"]["delivered"]] == ["taken"]
    again = run(*argv, "--tell").json
    assert (again["alerts"]["known"], told, made) == (1, ["New escalation path: deployer (iam-001)"], ["deployer"])
    assert {role["role"] for role in again["roles"]} == {"ecs-api", "ecs-web"}
    # A watch that told goes on where it ended, with an hour for what appears late.
    asked_for = [each for each in stub.made("cloudtrail:LookupEvents") if each["LookupAttributes"][0]["AttributeValue"] == "PutRolePolicy"]
    begins = sorted(each["StartTime"] for each in asked_for)
    assert len(begins) == 3
    assert datetime.now(UTC).timestamp() - begins[-1] < 3700
    assert run("trust", "--revoke").code == 0
    calls = len(stub.calls)
    assert (run(*argv).code, len(stub.calls)) == (3, calls)
